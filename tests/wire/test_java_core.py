"""Gatehouse goes on with a database of a genuine core, and leaves it so that the core can go on (issue: adoption)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gatehouse.bootstrap import House
from tests.core import Core
from tests.databases import FreshDatabase, Server
from tests.wire.java_core.adoption import load_copy, move_in
from tests.wire.java_core.asking import ask_all
from tests.wire.java_core.core_tokens import access_token_claims, refresh_token_content
from tests.wire.java_core.differences import DIFFERENCES
from tests.wire.java_core.manifest import READS, Manifest, Question, read_manifest
from tests.wire.java_core.stored_formats import misshapen
from tests.wire.java_core.stored_users import incomplete
from tests.wire.oracles.asking import SetClock
from tests.wire.oracles.findings import Findings

pytestmark = pytest.mark.timeout(300)

LIMIT = int(os.environ.get("ORACLE_LIMIT", "30"))


@dataclass(frozen=True)
class Adopted:
    """A copy of the core's database with a house in it, and how all questions were answered there."""

    engine: str
    url: str
    manifest: Manifest
    house: House
    clock: SetClock
    before: list[str]
    findings: Findings[Question]

    def unexplained(self, *, reads: bool) -> str:
        """Return the report of what differs, empty without differences."""
        found = [f for f in self.findings.unexplained if (f.question.group == READS) == reads]
        return "\n".join(["", *(str(f) for f in found[:LIMIT]), f"{len(found)} differ"]) if found else ""


@pytest.fixture(scope="module", params=["mariadb", "postgresql"])
def adopted(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase) -> Iterator[Adopted]:
    """Adopt a database and ask everything, once on each engine; later tests look at what came of it."""
    engine: str = request.param
    url = fresh_database_url(engine)
    server: Server = request.getfixturevalue(
        {"mariadb": "mariadb_server", "postgresql": "postgres_server"}[engine]
    )
    load_copy(engine, server, url)
    before = misshapen(url) + incomplete(url)
    manifest = read_manifest(engine)
    house, clock = move_in(url, manifest.asked_from_ms)
    findings = ask_all(manifest.questions, Core(house), clock, DIFFERENCES)
    clock.at_ms = manifest.asked_until_ms
    yield Adopted(engine, url, manifest, house, clock, before, findings)
    house.database.disconnect()


def test_everything_reads_as_it_did(adopted: Adopted) -> None:
    assert not adopted.unexplained(reads=True), adopted.unexplained(reads=True)


def test_everything_goes_on_as_it_would_have(adopted: Adopted) -> None:
    assert not adopted.unexplained(reads=False), adopted.unexplained(reads=False)
    assert not adopted.findings.not_asked


def test_no_difference_is_explained_that_does_not_occur(adopted: Adopted) -> None:
    assert not adopted.findings.stale


def test_rows_keep_the_core_s_formats(adopted: Adopted) -> None:
    assert not adopted.before, "the core's own rows have to pass"
    assert not misshapen(adopted.url)


def test_people_stay_whole(adopted: Adopted) -> None:
    assert not incomplete(adopted.url)


def durable_users(adopted: Adopted) -> list[dict[str, Any]]:
    """Return the people of the app whose tokens live for a century."""
    return [
        user
        for user in adopted.manifest.about["users"]
        if user["app"] == "durable" and not user.get("deleted")
    ]


def new_session(core: Core, user: dict[str, Any], **wanted: bool) -> Any:
    """Open a session for somebody."""
    body = {"enableAntiCsrf": False, "useDynamicSigningKey": True, **wanted}
    data = {"userDataInJWT": {"made": "here"}, "userDataInDatabase": {"é": [1]}}
    return core.post(f"{user['prefix']}/recipe/session", userId=user["userId"], **data, **body)


SESSIONS: tuple[dict[str, bool], ...] = ({}, {"useDynamicSigningKey": False}, {"enableAntiCsrf": True})


@pytest.mark.parametrize("wanted", SESSIONS, ids=["dynamic key", "static key", "anti-csrf"])
def test_another_instance_goes_on_with_our_sessions(adopted: Adopted, wanted: dict[str, bool]) -> None:
    here = Core(adopted.house)
    house, clock = move_in(adopted.url, adopted.clock())
    there = Core(house)
    options = {"enableAntiCsrf": False, "useDynamicSigningKey": True, **wanted}
    for user in durable_users(adopted):
        made = new_session(here, user, **wanted)
        clock.at_ms += 1_000
        adopted.clock.at_ms = clock.at_ms
        anti_csrf = {"antiCsrfToken": made["antiCsrfToken"]} if wanted.get("enableAntiCsrf") else {}
        checks = {"doAntiCsrfCheck": True, "enableAntiCsrf": options["enableAntiCsrf"], "checkDatabase": True}
        verify, refresh = (f"{user['prefix']}/recipe/session/{verb}" for verb in ("verify", "refresh"))
        verified = there.post(verify, accessToken=made["accessToken"]["token"], **checks, **anti_csrf)
        assert verified == {"status": "OK", "session": made["session"]}

        child = there.post(refresh, refreshToken=made["refreshToken"]["token"], **options, **anti_csrf)
        assert child["session"] == made["session"]
        child_csrf = {"antiCsrfToken": child["antiCsrfToken"]} if anti_csrf else {}
        promoted = here.post(verify, accessToken=child["accessToken"]["token"], **checks, **child_csrf)
        assert promoted["accessToken"]["token"] != child["accessToken"]["token"]
        stolen = there.post(refresh, refreshToken=made["refreshToken"]["token"], **options, **anti_csrf)
        assert stolen["status"] == "TOKEN_THEFT_DETECTED"
    house.database.disconnect()


@pytest.mark.parametrize("wanted", SESSIONS, ids=["dynamic key", "static key", "anti-csrf"])
def test_the_core_can_read_our_tokens(adopted: Adopted, wanted: dict[str, bool]) -> None:
    for user in durable_users(adopted):
        made = new_session(Core(adopted.house), user, **wanted)
        claims = access_token_claims(adopted.url, "durable", made["accessToken"]["token"])
        content = refresh_token_content(adopted.url, "durable", made["refreshToken"]["token"])
        tenant = {} if user["tenant"] == "public" else {"tenantId": user["tenant"]}
        anti_csrf = {"antiCsrfToken": made["antiCsrfToken"]} if wanted.get("enableAntiCsrf") else {}
        assert content == {
            "sessionHandle": made["session"]["handle"],
            "userId": user["recipeUserId"],
            "nonce": content["nonce"],
            **tenant,
            **anti_csrf,
        }
        assert claims["sessionHandle"] == content["sessionHandle"]
        assert (claims["tId"], claims["made"]) == (user["tenant"], "here")
        assert claims["parentRefreshTokenHash1"] is None


def test_rows_of_new_sessions_keep_the_core_s_formats(adopted: Adopted) -> None:
    for user in durable_users(adopted):
        for wanted in SESSIONS:
            new_session(Core(adopted.house), user, **wanted)
    assert not misshapen(adopted.url)
