"""References to secrets, resolved against an imitation of AWS, and what becomes of failures."""

import json
import logging
import time
import traceback

import boto3
import pytest

from gatehouse.errors import SettingInvalid
from gatehouse.parameters import Parameters
from tests.delivery.endpoint import Answer, Endpoint
from tests.delivery.local_aws import point_boto3_at

URL = "ssm:/gatehouse/dev/database_url"
SECRET = "secretsmanager:gatehouse/dev"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ms = 1_795_232_012_123

    def __call__(self) -> int:
        return self.now_ms


def put_parameter(name: str, value: str) -> None:
    """Store an encrypted parameter."""
    boto3.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def put_secret(name: str, value: str) -> str:
    """Store a secret; returns its ARN."""
    return boto3.client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]


def parameters_answer(**values: str) -> Answer:
    """Return what GetParameters answers for /name=value."""
    found = [{"Name": f"/{name}", "Value": value} for name, value in values.items()]
    return Answer(body={"Parameters": found, "InvalidParameters": []})


def failure(parameters: Parameters, value: str) -> str:
    """Return the message of resolving a value that cannot be resolved."""
    with pytest.raises(SettingInvalid) as caught:
        parameters.resolve_all({"DATABASE_URL": value})
    assert caught.value.name == "DATABASE_URL"
    return str(caught.value)


@pytest.mark.parametrize(
    "value", ["", "plain", "sqlite:///x.db", "arn:aws:ssm:x", "SSM:/a", " ssm:/a", "smtp://ssm:/a"]
)
def test_other_values_stay_as_they_are(value: str) -> None:
    assert Parameters().resolve(value) == value


@pytest.mark.usefixtures("aws")
def test_parameter_is_decrypted() -> None:
    put_parameter("/gatehouse/dev/database_url", "mysql://me:secret@db/gatehouse")
    assert Parameters().resolve(URL) == "mysql://me:secret@db/gatehouse"


@pytest.mark.usefixtures("aws")
def test_secret_is_read_whole_or_by_key() -> None:
    arn = put_secret(
        "gatehouse/dev", json.dumps({"url": "mysql://db", "port": 3306, "a#b": "c", "empty": ""})
    )
    assert arn.startswith("arn:aws:secretsmanager:")
    put_secret("plain", "not JSON")
    resolved = Parameters().resolve_all(
        {
            "A": f"{SECRET}#url",
            "B": f"secretsmanager:{arn}#url",
            "C": f"{SECRET}#port",
            "D": f"{SECRET}#a#b",
            "E": f"{SECRET}#empty",
            "F": "secretsmanager:plain",
            "G": "left alone",
        }
    )
    assert resolved == {
        "A": "mysql://db",
        "B": "mysql://db",
        "C": "3306",
        "D": "c",
        "E": "",
        "F": "not JSON",
        "G": "left alone",
    }


def test_ten_parameters_take_one_call(endpoint: Endpoint) -> None:
    names = [f"p{number}" for number in range(12)]
    endpoint.answers = [
        parameters_answer(**{name: f"value of {name}" for name in names[:10]}),
        parameters_answer(**{name: f"value of {name}" for name in names[10:]}),
    ]
    settings = {name.upper(): f"ssm:/{name}" for name in names}
    resolved = Parameters().resolve_all({**settings, "AGAIN": "ssm:/p0"})
    assert resolved == {**{name.upper(): f"value of {name}" for name in names}, "AGAIN": "value of p0"}
    assert [request["Names"] for request in endpoint.requests] == [
        [f"/{name}" for name in names[:10]],
        [f"/{name}" for name in names[10:]],
    ]
    assert all(request["WithDecryption"] for request in endpoint.requests)


def test_secret_with_several_keys_takes_one_call(endpoint: Endpoint) -> None:
    endpoint.answers = [Answer(body={"SecretString": '{"a": "1", "b": "2"}'})]
    assert Parameters().resolve_all({"A": f"{SECRET}#a", "B": f"{SECRET}#b"}) == {"A": "1", "B": "2"}
    assert endpoint.requests == [{"SecretId": "gatehouse/dev"}]


def test_value_is_kept_for_its_age(endpoint: Endpoint) -> None:
    clock = Clock()
    parameters = Parameters(max_age_s=60, clock=clock)
    endpoint.answers = [parameters_answer(a="old"), parameters_answer(a="new")]
    assert parameters.resolve("ssm:/a") == "old"
    clock.now_ms += 59_999
    assert parameters.resolve("ssm:/a") == "old"
    assert len(endpoint.requests) == 1
    clock.now_ms += 1
    assert parameters.resolve("ssm:/a") == "new"


DENIED = Answer(400, {"message": "User: … is not authorized to perform …"}, "AccessDeniedException")
PASSING = [
    Answer(500, {"message": "internal"}, "InternalServerError"),
    Answer(400, {"message": "slow down"}, "ThrottlingException"),
    Answer(hangs=True),
]


@pytest.mark.parametrize(
    ("answer", "max_age_s", "pause_ms"),
    [*((answer, 60, 60_000) for answer in PASSING), (PASSING[1], 0, 30_000)],
)
def test_old_value_is_used_while_aws_cannot_be_reached(
    endpoint: Endpoint, answer: Answer, max_age_s: int, pause_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    parameters = Parameters(max_age_s=max_age_s, clock=clock, timeout_s=0.5)
    endpoint.answers = [parameters_answer(a="hunter2"), answer]
    parameters.resolve("ssm:/a")
    clock.now_ms += 90_000
    assert parameters.resolve("ssm:/a") == "hunter2"
    assert "ssm:/a cannot be fetched" in caplog.text
    assert "90 s ago" in caplog.text
    assert "hunter2" not in caplog.text
    asked = len(endpoint.requests)
    clock.now_ms += pause_ms - 1
    assert parameters.resolve("ssm:/a") == "hunter2"
    assert len(endpoint.requests) == asked  # each try costs the caller seconds
    clock.now_ms += 1
    endpoint.answers = [parameters_answer(a="new")]
    assert parameters.resolve("ssm:/a") == "new"


@pytest.mark.parametrize("answer", PASSING, ids=lambda answer: answer.code or "hangs")
@pytest.mark.parametrize("value", [URL, f"{SECRET}#password"])
def test_first_value_needs_aws(endpoint: Endpoint, answer: Answer, value: str) -> None:
    endpoint.answers = [answer]
    parameters = Parameters(timeout_s=0.5)
    began = time.monotonic()
    message = failure(parameters, value)
    assert time.monotonic() - began < 8
    assert value in message
    assert "cannot be reached" in message


def test_closed_port_is_named_as_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    point_boto3_at("http://127.0.0.1:9", monkeypatch)
    assert "cannot be reached (EndpointConnectionError)" in failure(Parameters(), URL)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (URL, "there is no such parameter"),
        (SECRET, "there is no such secret"),
        (f"{SECRET}#password", "there is no such secret"),
    ],
)
def test_missing_parameter_or_secret_is_named(value: str, advice: str) -> None:
    message = failure(Parameters(), value)
    assert value in message
    assert advice in message


@pytest.mark.usefixtures("aws")
def test_missing_parameter_among_others_is_named() -> None:
    put_parameter("/a", "hunter2")
    put_parameter("/c", "hunter2")
    with pytest.raises(SettingInvalid) as caught:
        Parameters().resolve_all({"A": "ssm:/a", "B": "ssm:/b", "C": "ssm:/c"})
    assert caught.value.name == "B"
    assert "ssm:/b" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("secret", "key", "advice"),
    [
        ('{"user": "hunter2"}', "password", "no text under this key"),
        ('{"password": null, "user": "hunter2"}', "password", "no text under this key"),
        ('{"password": {"text": "hunter2"}}', "password", "no text under this key"),
        ('{"password": true, "user": "hunter2"}', "password", "no text under this key"),
        ("hunter2", "password", "not a JSON object"),
        ('["hunter2"]', "0", "not a JSON object"),
    ],
)
def test_missing_key_is_named_and_the_secret_stays_secret(secret: str, key: str, advice: str) -> None:
    put_secret("gatehouse/dev", secret)
    with pytest.raises(SettingInvalid) as caught:
        Parameters().resolve_all({"PASSWORD": f"{SECRET}#{key}"})
    told = "".join(traceback.format_exception(caught.value))
    assert f"PASSWORD: {SECRET}#{key}: " in told
    assert advice in told
    assert "hunter2" not in told


@pytest.mark.usefixtures("aws")
def test_binary_secret_is_refused() -> None:
    boto3.client("secretsmanager").create_secret(Name="gatehouse/dev", SecretBinary=b"\x00hunter2")
    assert "store it as text" in failure(Parameters(), SECRET)


@pytest.mark.usefixtures("aws")
def test_secret_that_is_being_deleted_is_named() -> None:
    put_secret("gatehouse/dev", "hunter2")
    boto3.client("secretsmanager").delete_secret(SecretId="gatehouse/dev")
    assert "scheduled for deletion" in failure(Parameters(), SECRET)


@pytest.mark.parametrize(
    "value",
    [
        "ssm:",
        "ssm:/",
        "ssm:database_url",
        "ssm://",
        "ssm:/a b",
        "ssm:/a:1",
        "ssm:/a#key",
        "ssm:/a\n",
        "ssm:/ä",
        "secretsmanager:",
        "secretsmanager:#key",
        "secretsmanager:name#",
        "secretsmanager:na me",
    ],
)
def test_malformed_reference_is_named(value: str) -> None:
    message = failure(Parameters(), value)
    assert value in message
    assert "write ssm:/path/name" in message


def test_reference_alone_is_named_once() -> None:
    with pytest.raises(SettingInvalid) as caught:
        Parameters().resolve("ssm:nothing")
    assert caught.value.name == "ssm:nothing"
    assert str(caught.value).count("ssm:nothing") == 1


@pytest.mark.parametrize("value", [URL, f"{SECRET}#password"])
def test_denied_access_says_what_to_allow(endpoint: Endpoint, value: str) -> None:
    endpoint.answers = [DENIED]
    message = failure(Parameters(), value)
    assert value in message
    assert "allow ssm:GetParameters or secretsmanager:GetSecretValue" in message
    assert len(endpoint.requests) == 1


def test_denied_parameter_is_found_among_others(endpoint: Endpoint) -> None:
    endpoint.answers = [DENIED, parameters_answer(a="1"), DENIED, parameters_answer(c="3")]
    with pytest.raises(SettingInvalid) as caught:
        Parameters().resolve_all({"A": "ssm:/a", "B": "ssm:/b", "C": "ssm:/c"})
    assert caught.value.name == "B"
    assert "access is denied" in str(caught.value)


def test_denied_access_is_not_papered_over_by_an_old_value(endpoint: Endpoint) -> None:
    clock = Clock()
    parameters = Parameters(max_age_s=60, clock=clock)
    endpoint.answers = [parameters_answer(a="old"), DENIED]
    parameters.resolve("ssm:/a")
    clock.now_ms += 60_000
    assert "access is denied" in failure(parameters, "ssm:/a")


def test_unknown_refusal_is_named(endpoint: Endpoint) -> None:
    endpoint.answers = [Answer(400, {"message": "hm"}, "SomethingNewException")]
    assert "SomethingNewException" in failure(Parameters(), URL)


@pytest.mark.parametrize(
    ("missing", "advice"),
    [(["AWS_REGION", "AWS_DEFAULT_REGION"], "region"), (["AWS_ACCESS_KEY_ID"], "credentials")],
)
def test_missing_region_or_credentials_are_named(
    endpoint: Endpoint, missing: list[str], advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in missing:
        monkeypatch.delenv(name)
    assert advice in failure(Parameters(), URL)
    assert endpoint.requests == []


def test_log_and_representation_hold_no_secret(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    endpoint.answers = [parameters_answer(a="hunter2")]
    parameters = Parameters()
    with caplog.at_level(logging.INFO):
        parameters.resolve("ssm:/a")
    assert "hunter2" not in repr(vars(parameters)) + caplog.text
