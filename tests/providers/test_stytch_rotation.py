"""A secret of Stytch's that was rotated."""

import functions.login
from gatehouse.bootstrap import Builder
from gatehouse.current_settings import CurrentSettings
from gatehouse.web.entrance import Entrance
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import Match, Route
from tests.api import CONTEXT
from tests.delivery.endpoint import Answer, Endpoint
from tests.houses import Home, StoppedClock
from tests.providers.fake_stytch import SECRET


def holding(secret: str) -> Answer:
    return Answer(body={"SecretString": secret})


def login() -> int:
    headers = [("host", "127.0.0.1:3000"), ("content-type", "application/json")]
    request = Request("POST", "/login", headers, b'{"email": "ada@example.com"}', "203.0.113.7")
    event = http_event(request, Match(Route("POST /login", "login"), {}), Moment())
    status: int = functions.login.handler(event, CONTEXT)["statusCode"]
    return status


def test_a_refused_secret_is_asked_for_again_by_the_next_request(home: Home, endpoint: Endpoint) -> None:
    clock = StoppedClock()
    environment = {**home.environment, "STYTCH_SECRET": "secretsmanager:/gatehouse/dev/stytch"}
    endpoint.answers = [holding("an older secret"), holding(SECRET)]
    functions.login.app.state.entrance = entrance = Entrance(
        Builder(CurrentSettings(environ=environment, clock=clock))
    )

    assert (login(), len(endpoint.requests)) == (502, 1)
    assert (login(), len(endpoint.requests)) == (502, 1), "AWS is not asked twice within ten seconds"
    clock.advance(seconds=10)
    assert (login(), len(endpoint.requests)) == (200, 2)
    entrance.close()
