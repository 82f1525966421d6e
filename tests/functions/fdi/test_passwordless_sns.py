"""Codes of the frontend interface by text message through SNS."""

from urllib.parse import parse_qs

import pytest

from gatehouse.bootstrap import House
from tests.delivery.endpoint import Answer, Endpoint
from tests.frontend import Frontend
from tests.functions.fdi.codes import CODE, NUMBER, ask, type_code
from tests.houses import Home

ACCEPTED = Answer(
    body="<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
)
OPTED_OUT = Answer(
    400, "<ErrorResponse><Error><Type>Sender</Type><Code>OptedOut</Code></Error></ErrorResponse>"
)


@pytest.fixture
def house(sqlite_home: Home) -> House:
    """A house that sends codes to numbers through SNS."""
    return sqlite_home.with_settings(
        PASSWORDLESS_CONTACT="PHONE",
        PASSWORDLESS_FLOW="USER_INPUT_CODE",
        SMS_SENDER="sns",
        SMS_SENDER_ID="Bookshop",
        APP_NAME="Bookshop",
    )


def test_people_sign_in_with_a_code_that_sns_was_given(house: House, endpoint: Endpoint) -> None:
    endpoint.answers = [ACCEPTED]
    frontend = Frontend(house)

    device = ask(frontend, phoneNumber=NUMBER)

    [request] = endpoint.requests
    sent = {name: value for name, [value] in parse_qs(request["form"]).items()}
    assert sent["PhoneNumber"] == NUMBER
    assert "Bookshop" in sent.values(), "the sender"
    code, _, rest = sent["Message"].partition(" ")
    assert rest == "is your code for Bookshop. It works once and expires in 15 minutes."
    assert type_code(frontend, device, code)["status"] == "OK"


def test_messages_that_sns_refuses_are_told(
    house: House, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint.answers = [OPTED_OUT]

    answer = Frontend(house).ask("POST", CODE, {"phoneNumber": NUMBER})

    assert answer.status == 502
    assert answer.json == {"message": "The text message could not be sent. Please try again in a moment."}
    assert NUMBER not in caplog.text
