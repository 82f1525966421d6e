"""Text messages through SNS: what it gets, and what becomes of its failures."""

from urllib.parse import parse_qs

import pytest
from moto.sns.models import sns_backends

from gatehouse.delivery.message import TextMessage
from gatehouse.delivery.sns import SnsSmsSender
from gatehouse.errors import LetterNotSent
from tests.delivery.endpoint import Answer, Endpoint
from tests.delivery.local_aws import ACCOUNT, REGION, point_boto3_at

MESSAGE = TextMessage("+4915112345678", "Your code for Gatehouse is 998877. 👋", code="998877")
ACCEPTED = Answer(
    body="<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
)
TYPE = {"AWS.SNS.SMS.SMSType": "Transactional"}


@pytest.mark.usefixtures("aws")
def test_message_is_handed_to_sns() -> None:
    SnsSmsSender(sender_id="Gatehouse").send(MESSAGE)
    sent = sns_backends[ACCOUNT][REGION].sms_messages
    assert list(sent.values()) == [(MESSAGE.to, MESSAGE.text)]


def attributes(endpoint: Endpoint) -> dict[str, str]:
    """Return the attributes of the one message that the endpoint got."""
    [request] = endpoint.requests
    entries = {name: value for name, [value] in parse_qs(request["form"]).items()}
    prefixes = {name.removesuffix(".Name") for name in entries if name.endswith(".Name")}
    assert {entries[f"{prefix}.Value.DataType"] for prefix in prefixes} == {"String"}
    return {entries[f"{prefix}.Name"]: entries[f"{prefix}.Value.StringValue"] for prefix in prefixes}


def test_message_is_transactional(endpoint: Endpoint) -> None:
    endpoint.answers = [ACCEPTED]
    SnsSmsSender().send(MESSAGE)
    assert attributes(endpoint) == TYPE


def test_sender_id_is_shown(endpoint: Endpoint) -> None:
    endpoint.answers = [ACCEPTED]
    SnsSmsSender(sender_id="Gatehouse").send(MESSAGE)
    assert attributes(endpoint) == {**TYPE, "AWS.SNS.SMS.SenderID": "Gatehouse"}


@pytest.mark.parametrize(
    ("code", "status", "tries"),
    [
        ("Throttling", 400, 2),
        ("InternalError", 500, 2),
        ("InvalidParameter", 400, 1),
        ("AuthorizationError", 403, 1),
        ("OptedOut", 400, 1),
    ],
)
def test_refusal_fails_the_message_and_tells_the_operator(
    endpoint: Endpoint, code: str, status: int, tries: int, caplog: pytest.LogCaptureFixture
) -> None:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{MESSAGE.to}</Message></Error>"
    xml = f"<ErrorResponse>{error}<RequestId>request-1</RequestId></ErrorResponse>"
    endpoint.answers = [Answer(status, xml)]
    with pytest.raises(LetterNotSent, match="text message"):
        SnsSmsSender().send(MESSAGE)
    assert len(endpoint.requests) == tries
    assert code in caplog.text
    assert MESSAGE.to not in caplog.text
    assert "998877" not in caplog.text


def test_slow_service_fails(endpoint: Endpoint) -> None:
    endpoint.answers = [Answer(hangs=True)]
    with pytest.raises(LetterNotSent):
        SnsSmsSender(timeout_s=0.3).send(MESSAGE)
    assert len(endpoint.requests) == 2


def test_answer_that_is_not_from_sns_fails_the_message(endpoint: Endpoint) -> None:
    endpoint.answers = [Answer(body="<html>Please accept the terms of this network<br></html>")]
    with pytest.raises(LetterNotSent):
        SnsSmsSender().send(MESSAGE)


def test_unreachable_service_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    point_boto3_at("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(LetterNotSent):
        SnsSmsSender().send(MESSAGE)
