"""Letters through SES: what it gets, and what becomes of its failures."""

import time

import boto3
import pytest
from moto.ses.models import ses_backends

from gatehouse.delivery.message import Letter
from gatehouse.delivery.ses import SesEmailSender
from gatehouse.errors import LetterNotSent, SettingInvalid
from tests.delivery.conftest import LINK
from tests.delivery.endpoint import Answer, Endpoint
from tests.delivery.local_aws import ACCOUNT, REGION, point_boto3_at

FROM = "Gatehouse <no-reply@gatehouse.example>"


@pytest.mark.usefixtures("aws")
def test_letter_is_handed_to_ses(letter: Letter) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="gatehouse.example")
    SesEmailSender(FROM).send(letter)
    [sent] = ses_backends[ACCOUNT][REGION].sent_messages
    assert sent.source == FROM
    assert sent.destinations == {"ToAddresses": ["ada@example.com"]}
    assert sent.subject == "Sign in to Gatehouse"
    assert sent.body == letter.html


@pytest.mark.usefixtures("aws")
def test_sender_that_is_not_verified_fails(letter: Letter, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LetterNotSent):
        SesEmailSender(FROM).send(letter)
    assert "MessageRejected" in caplog.text
    assert "verify the identity of EMAIL_FROM" in caplog.text
    assert ses_backends[ACCOUNT][REGION].sent_messages == []


def test_letter_goes_out_as_text_and_html(endpoint: Endpoint, letter: Letter) -> None:
    endpoint.answers = [Answer(body={"MessageId": "1"})]
    SesEmailSender(FROM).send(letter)
    assert endpoint.requests == [
        {
            "FromEmailAddress": FROM,
            "Destination": {"ToAddresses": ["ada@example.com"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Sign in to Gatehouse", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": letter.text, "Charset": "UTF-8"},
                        "Html": {"Data": letter.html, "Charset": "UTF-8"},
                    },
                }
            },
        }
    ]


def test_configuration_set_is_named(endpoint: Endpoint, letter: Letter) -> None:
    SesEmailSender(FROM, configuration_set="letters").send(letter)
    assert endpoint.requests[0]["ConfigurationSetName"] == "letters"


def test_names_and_domains_in_any_script_are_written_in_ascii(endpoint: Endpoint) -> None:
    sender = SesEmailSender("Größe, Söhne <post@bücher.example>")
    sender.send(Letter("ada@bücher.example", "入口", "text", "<p>html</p>"))
    [request] = endpoint.requests
    assert request["FromEmailAddress"].startswith("=?utf-8?")
    assert request["FromEmailAddress"].endswith(" <post@xn--bcher-kva.example>")
    assert request["Destination"] == {"ToAddresses": ["ada@xn--bcher-kva.example"]}
    assert request["Content"]["Simple"]["Subject"]["Data"] == "入口"


def test_letter_to_an_ambiguous_domain_is_not_sent(endpoint: Endpoint) -> None:
    with pytest.raises(LetterNotSent):
        SesEmailSender(FROM).send(Letter("ada@straße.example", "Hello", "text", "<p>html</p>"))
    assert endpoint.requests == []


def test_one_client_serves_all_letters(
    endpoint: Endpoint, letter: Letter, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = SesEmailSender(FROM)
    sender.send(letter)
    monkeypatch.delenv("AWS_ENDPOINT_URL")  # a new client would go elsewhere
    sender.send(letter)
    assert len(endpoint.requests) == 2


THROTTLED = Answer(429, {"message": "Maximum sending rate exceeded."}, "TooManyRequestsException")
BROKEN = Answer(500, {"message": "internal"}, "InternalFailure")


@pytest.mark.parametrize("passing", [THROTTLED, BROKEN])
def test_passing_failure_is_tried_once_more(endpoint: Endpoint, letter: Letter, passing: Answer) -> None:
    endpoint.answers = [passing, Answer(body={"MessageId": "1"})]
    SesEmailSender(FROM).send(letter)
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        (THROTTLED, 2),
        (BROKEN, 2),
        (Answer(400, {"message": "paused"}, "SendingPausedException"), 1),
        (Answer(400, {"message": "suspended"}, "AccountSuspendedException"), 1),
        (Answer(400, {"message": "Local address contains control or whitespace"}, "BadRequestException"), 1),
        (Answer(404, {"message": "no such configuration set"}, "NotFoundException"), 1),
        (Answer(403, {"message": "not authorized for ada@example.com"}, "AccessDeniedException"), 1),
        (Answer(400, {"message": "no"}, "SomethingNewException"), 1),
    ],
    ids=lambda value: value.code if isinstance(value, Answer) else None,
)
def test_refusal_fails_the_letter_and_tells_the_operator(
    endpoint: Endpoint, letter: Letter, answer: Answer, tries: int, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.answers = [answer]
    with pytest.raises(LetterNotSent, match="try again") as caught:
        SesEmailSender(FROM).send(letter)
    assert len(endpoint.requests) == tries
    assert answer.code in caplog.text
    assert "request-1" in caplog.text
    assert "ada@example.com" not in caplog.text + str(caught.value)
    assert LINK not in caplog.text


def test_slow_service_fails_within_two_time_outs(endpoint: Endpoint, letter: Letter) -> None:
    endpoint.answers = [Answer(hangs=True)]
    sender = SesEmailSender(FROM, timeout_s=0.3)
    began = time.monotonic()
    with pytest.raises(LetterNotSent):
        sender.send(letter)
    assert time.monotonic() - began < 8  # two tries and botocore's pause take up to two seconds
    assert len(endpoint.requests) == 2


def test_unreachable_service_fails(letter: Letter, monkeypatch: pytest.MonkeyPatch) -> None:
    point_boto3_at("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(LetterNotSent):
        SesEmailSender(FROM).send(letter)


@pytest.mark.parametrize("missing", [["AWS_REGION", "AWS_DEFAULT_REGION"], ["AWS_ACCESS_KEY_ID"]])
def test_missing_region_or_credentials_fail(
    endpoint: Endpoint,
    letter: Letter,
    missing: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in missing:
        monkeypatch.delenv(name)
    with pytest.raises(LetterNotSent):
        SesEmailSender(FROM).send(letter)
    assert endpoint.requests == []
    assert "SES cannot be used" in caplog.text


def test_bad_sender_fails_at_the_start() -> None:
    with pytest.raises(SettingInvalid, match="EMAIL_FROM"):
        SesEmailSender("nobody")
