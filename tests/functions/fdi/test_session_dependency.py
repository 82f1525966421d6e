"""The example of docs/frontend.md: a function of the user's own that demands a session."""

import re
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from mangum import Mangum

from gatehouse.web.entrance import Entrance
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import Match, Route
from tests.api import CONTEXT
from tests.frontend import Answer, Frontend, answer_of
from tests.houses import Home

DOCUMENT = Path(__file__).parents[3] / "docs" / "frontend.md"


@pytest.fixture
def orders(tmp_path: Path) -> Iterator[ModuleType]:
    """Return the module that the document shows, word for word."""
    shown = re.search(
        r"<!-- example -->\n```python\n(.*?)```\n<!-- end of example -->",
        DOCUMENT.read_text("utf-8"),
        re.DOTALL,
    )
    assert shown
    path = tmp_path / "orders.py"
    path.write_text(shown[1], "utf-8")
    spec = spec_from_file_location("orders", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules["orders"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["orders"]


Ask = Callable[..., Answer]


@pytest.fixture
def frontend(sqlite_home: Home) -> Frontend:
    """Somebody's frontend, signed in."""
    frontend = Frontend(sqlite_home.house)
    frontend.open_session()
    return frontend


@pytest.fixture
def ask(orders: ModuleType, frontend: Frontend) -> Ask:
    """Return what asks the example with the frontend's tokens."""

    def ask(method: str, path: str, tokens: dict[str, str] | None = None, **headers: str) -> Answer:
        held = frontend.tokens if tokens is None else tokens
        proof = {"authorization": f"Bearer {held['st-access-token']}"} if "st-access-token" in held else {}
        request = Request(
            method, path, list({"host": "api.example.com", **proof, **headers}.items()), b"", "203.0.113.7"
        )
        orders.app.state.entrance = Entrance(lambda: frontend.house)
        handler: Mangum = orders.handler
        answer = answer_of(
            handler(http_event(request, Match(Route(f"{method} {path}", "orders"), {}), Moment()), CONTEXT)
        )
        frontend.take(answer)
        return answer

    return ask


def test_session_is_given_without_asking_the_database(frontend: Frontend, ask: Ask) -> None:
    answer = ask("GET", "/orders")
    assert answer.status == 200
    assert list(answer.json) == ["orders_of"]
    assert "front-token" not in answer.headers


def test_visitors_are_refused_as_frontends_know_it(ask: Ask) -> None:
    answer = ask("GET", "/orders", {})
    assert (answer.status, answer.json, "front-token" in answer.headers) == (
        401,
        {"message": "unauthorised"},
        False,
    )


def test_expired_session_is_refreshed_and_its_first_use_brings_a_new_token(
    sqlite_home: Home, frontend: Frontend, ask: Ask
) -> None:
    sqlite_home.clock.advance(minutes=61)
    assert ask("GET", "/orders").json == {"message": "try refresh token"}
    frontend.ask("POST", "/session/refresh")
    refreshed = dict(frontend.tokens)

    answer = ask("GET", "/orders")

    assert answer.status == 200
    assert answer.headers["st-access-token"] != refreshed["st-access-token"]
    assert answer.front_token["up"]["parentRefreshTokenHash1"] is None


def test_ended_session_is_signed_out_where_it_must_be_looked_up(frontend: Frontend, ask: Ask) -> None:
    frontend.ask("POST", "/session/refresh")
    held = dict(frontend.tokens)
    frontend.ask("POST", "/signout")

    answer = ask("GET", "/orders", held)

    assert (answer.status, answer.json, answer.headers["front-token"]) == (
        401,
        {"message": "unauthorised"},
        "remove",
    )


def test_claims_are_demanded_and_read_again(sqlite_home: Home, frontend: Frontend, ask: Ask) -> None:
    refused = ask("DELETE", "/orders/7")

    assert (refused.status, refused.json) == (
        403,
        {
            "message": "invalid claim",
            "claimValidationErrors": [
                {
                    "id": "st-role",
                    "reason": {"message": "wrong value", "expectedToInclude": "clerk", "actualValue": []},
                },
                {
                    "id": "st-ev",
                    "reason": {"message": "wrong value", "expectedValue": True, "actualValue": False},
                },
            ],
        },
    )
    user_id = ask("GET", "/orders").json["orders_of"]
    house = sqlite_home.house
    house.userroles.create_role("public", "clerk", ["cancel"])
    house.userroles.add_role("public", "public", user_id=user_id, role="clerk")
    tenant = house.tenancy.resolve("", "public", "public")
    house.emailverification.verify(
        tenant, house.emailverification.create_token(tenant, user_id, "ada@example.com")
    )
    assert ask("DELETE", "/orders/7").status == 403, "a session is believed for some time"

    sqlite_home.clock.advance(minutes=6)
    answer = ask("DELETE", "/orders/7")

    assert (answer.status, answer.json) == (200, {"cancelled": "7", "by": user_id})
    claims = answer.front_token["up"]
    assert (claims["st-role"]["v"], claims["st-ev"]["v"]) == (["clerk"], True)


def test_verified_address_may_be_demanded_of_everybody(
    sqlite_home: Home, ask: Ask, frontend: Frontend
) -> None:
    frontend.house = sqlite_home.with_settings(EMAIL_VERIFICATION="required")
    answer = ask("GET", "/orders")
    assert (answer.status, answer.json["claimValidationErrors"][0]["id"]) == (403, "st-ev")


def test_removed_user_is_signed_out(sqlite_home: Home, frontend: Frontend, ask: Ask) -> None:
    user_id = ask("GET", "/orders").json["orders_of"]
    sqlite_home.house.user_removal.remove("public", user_id, with_linked=True)
    sqlite_home.clock.advance(minutes=6)
    answer = ask("DELETE", "/orders/7")
    assert (answer.status, answer.json) == (401, {"message": "unauthorised"})
