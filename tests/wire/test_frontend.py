"""Gatehouse's frontend interface answers as that of the official Python SDK, which runs on our core beside it."""

import json
import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from functions.fdi.handler import dispatcher
from infra.local.messages import Request, Response
from infra.local.service import read_service
from infra.local.template import Template
from tests.wire.frontend.both import Both, both_sides
from tests.wire.frontend.cors import METHODS, ORIGINS, granted, preflight
from tests.wire.frontend.differences import DIFFERENCES
from tests.wire.frontend.said.everything import CONVERSATIONS
from tests.wire.frontend.sides import Asked
from tests.wire.frontend.steps import form
from tests.wire.frontend.walking import Question, compare
from tests.wire.oracles.findings import Findings

NOT_OFFERED = ("/oauth/", "/webauthn/", "/saml/")
"""Recipes of the SDK that Gatehouse does not have."""

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"PORT": "3000", "API_URL": "http://localhost:3000"}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    """Both sides, started once."""
    with both_sides() as both:
        yield both


def test_every_answer_is_the_sdks(both: Both) -> None:
    findings: Findings[Question] = Findings(DIFFERENCES)
    compare(CONVERSATIONS, both.reference, both.ours, both.names, findings)
    assert not findings.unexplained, "\n" + findings.report(limit=int(os.environ.get("ORACLE_LIMIT", "30")))
    assert not findings.stale, "differences that no longer occur"


def test_everything_that_either_side_answers_is_asked(both: Both) -> None:
    asked = {step.route.replace("/auth", "", 1) for item in CONVERSATIONS for step in item.steps}
    ours = {f"{operation.method} {operation.path}" for operation in dispatcher.routes.operations}
    assert ours - asked == set()
    with both.reference("second factors") as reference:
        theirs = set(reference.ask(Asked("GET", "/operations", {})).json)
    assert not {route for route in theirs - ours if not route.split()[1].startswith(NOT_OFFERED)} - asked


def test_pages_may_do_what_the_sdks_application_lets_them(both: Both) -> None:
    service = read_service(Template(ROOT / "serverless.yml", stage="local", environ=ENVIRONMENT))
    assert service.cors
    with both.reference("laptop") as reference:
        for origin in ORIGINS:
            for method in METHODS:
                asked = Asked("OPTIONS", "/auth/session/refresh", preflight(origin, method))
                theirs = granted(reference.ask(asked).headers, origin, method)
                request = Request("OPTIONS", asked.target, [*asked.headers.items()])
                assert granted(dict(service.cors.preflight(request).headers), origin, method) == theirs, (
                    origin
                )


def test_pages_may_read_the_tokens_that_the_sdk_lets_them_read(both: Both) -> None:
    service = read_service(Template(ROOT / "serverless.yml", stage="local", environ=ENVIRONMENT))
    assert service.cors
    sign_up = form(email="cors@example.com", password="correct horse 1")
    with both.reference("laptop") as reference:
        for number, origin in enumerate(ORIGINS):
            body = json.dumps(sign_up).replace("cors@", f"cors{number}@")
            headers = {"origin": origin, "content-type": "application/json", "st-auth-mode": "header"}
            asked = Asked("POST", "/auth/signup", headers, body)
            theirs = granted(reference.ask(asked).headers, origin, "POST")
            ours = service.cors.apply(
                Request("POST", asked.target, [*headers.items()]), Response(HTTPStatus.OK)
            )
            mine = granted(dict(ours.headers), origin, "POST")
            assert (mine.reads, mine.with_credentials) == (theirs.reads, theirs.with_credentials), origin
            assert theirs.readable <= mine.readable, origin
            assert theirs.reads == (number == 0), "else nothing was compared"
