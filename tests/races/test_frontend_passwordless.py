"""Codes of frontends are used once, however many tabs use one at the same moment; on every engine."""

from collections import Counter

import pytest

from gatehouse.bootstrap import House
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import Tenant
from gatehouse.recipe_errors import RecipeError
from gatehouse.services.auth_checks import LetIn
from gatehouse.services.code_delivery import Contact
from gatehouse.services.passwordless import Attempt, LinkAttempt, TypedAttempt
from gatehouse.services.passwordless_sending import SentCode
from gatehouse.services.passwordless_visitors import Visitor
from tests.houses import ADA, LAPTOP, Home
from tests.people import People
from tests.races.crowd import crowd_of, winners

NOBODY = Visitor(None, None)

pytestmark = pytest.mark.timeout(180)


def tenant(house: House) -> Tenant:
    """Return the public tenant."""
    return house.tenancy.resolve("", PUBLIC, PUBLIC)


def send(home: Home) -> SentCode:
    """Send a code to Ada."""
    sending = home.house.passwordless_sending
    return sending.create_code(tenant(home.house), Contact(email=ADA), NOBODY, LAPTOP)


def typed(sent: SentCode, code: str | None = None) -> Attempt:
    """Return an attempt with the code."""
    return TypedAttempt(sent.code.device_id_hash, sent.code.device_id, code or sent.code.user_input_code)


def opened(sent: SentCode) -> Attempt:
    """Return an attempt with the link."""
    return LinkAttempt(sent.code.device_id_hash, sent.code.link_code)


def use(home: Home, attempts: list[Attempt]) -> tuple[list[LetIn], Counter[str]]:
    """Let tabs use codes at the same moment; return who got in, and count the answers of the others."""
    outcomes = crowd_of(
        len(attempts),
        home,
        lambda house, number: house.passwordless_signin.consume_code(
            tenant(house), attempts[number], NOBODY, has_anti_csrf=False
        ),
    )
    refused = Counter(
        outcome.status_text if isinstance(outcome, RecipeError) else repr(outcome)
        for outcome in outcomes
        if not isinstance(outcome, LetIn)
    )
    return winners(outcomes), refused


def sessions(home: Home) -> int:
    """Count all sessions."""
    return People(home.house.database).counts()["session_info"]


@pytest.mark.parametrize("is_known", [False, True], ids=["new", "known"])
def test_two_tabs_use_one_code_once(home: Home, *, is_known: bool) -> None:
    if is_known:
        People(home.house.database).passwordless(ADA, None)
    sent = send(home)

    entered, refused = use(home, [typed(sent), opened(sent)])

    assert len(entered) == sessions(home) == 1
    assert entered[0].is_new is not is_known
    assert refused == {"RESTART_FLOW_ERROR": 1}


def test_a_crowd_with_codes_of_one_address_is_one_person(home: Home) -> None:
    sent = [send(home) for _ in range(4)]

    entered, refused = use(home, [attempt for one in sent for attempt in (typed(one), opened(one))])

    assert len(entered) == sessions(home) == 1
    assert refused == {"RESTART_FLOW_ERROR": 7}
    assert People(home.house.database).counts()["passwordless_users"] == 1


def test_wrong_codes_at_once_are_all_counted(home: Home) -> None:
    sent = send(home)
    wrong = f"{(int(sent.code.user_input_code) + 1) % 1_000_000:06}"

    entered, refused = use(home, [typed(sent, wrong)] * 8)

    assert not entered
    assert refused == {"INCORRECT_USER_INPUT_CODE_ERROR": 4, "RESTART_FLOW_ERROR": 4}
    assert use(home, [typed(sent)]) == ([], {"RESTART_FLOW_ERROR": 1})
