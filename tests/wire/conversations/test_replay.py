"""The replay itself: it accepts other names, and notices everything else."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.wire.conversations.recording import Exchange, read_recording
from tests.wire.conversations.renamed import Renamed, RenamedCore
from tests.wire.conversations.replay import UNEXPLAINED, replay
from tests.wire.oracles.asking import Answer, SetClock
from tests.wire.oracles.findings import Difference, Findings
from tests.wire.oracles.matching import Problem

recording = cache(read_recording)


def replayed(
    change: Callable[[Exchange, Renamed], Renamed] = lambda _, answer: answer,
    exchanges: list[Exchange] | None = None,
    differences: tuple[Difference[Exchange], ...] = (),
) -> Findings[Exchange]:
    """Replay against the recording in other names, with some of its answers changed."""
    said = recording() if exchanges is None else exchanges
    return replay(said, RenamedCore(said, change), SetClock(), differences)


def test_the_recording_in_other_names_has_no_difference() -> None:
    findings = replayed()
    assert not findings.unexplained, findings.report()
    assert (findings.asked, findings.not_asked.total()) == (len(recording()), 0)


Spoil = Callable[[Any], Any]


def put(*path: str | int, value: Any) -> Spoil:
    """Return a change of one member of an answer."""

    def change(answer: Any) -> Any:
        place = answer
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value(place[path[-1]]) if callable(value) else value
        return answer

    return change


def drop(*path: str | int) -> Spoil:
    """Return the removal of one member of an answer."""

    def change(answer: Any) -> Any:
        place = answer
        for name in path[:-1]:
            place = place[name]
        del place[path[-1]]
        return answer

    return change


@pytest.mark.parametrize(
    ("route", "spoil", "where"),
    [
        ("POST /recipe/signup", put("status", value="DONE"), "$.status"),
        ("POST /recipe/signup", put("more", value=1), "$.more"),
        ("POST /recipe/signup", drop("recipeUserId"), "$.recipeUserId"),
        ("POST /recipe/signup", put("user", "isPrimaryUser", value=0), "$.user.isPrimaryUser"),
        ("POST /recipe/signup", put("user", "emails", 0, value=str.upper), "$.user.emails"),
        ("POST /recipe/signup", put("user", "phoneNumbers", value=["+1"]), "$.user.phoneNumbers"),
        ("POST /recipe/signup", put("user", "timeJoined", value=lambda ms: ms + 9_000), "$.user.timeJoined"),
        ("POST /recipe/signup", put("user", "timeJoined", value=str), "$.user.timeJoined"),
        ("GET /user/id", put("user", "id", value="4eba864a-4007-4ebd-b4b3-9e3c7a38430f"), "$.user.id"),
        ("GET /user/id", put("user", "timeJoined", value=lambda ms: ms + 1), "$.user.timeJoined"),
        ("POST /recipe/session", put("session", "userId", value="other"), "$.session.userId"),
        ("POST /recipe/session", put("session", "handle", value="short"), "$.session.handle"),
        (
            "POST /recipe/session",
            put("refreshToken", "expiry", value=lambda ms: ms + 1),
            "$.refreshToken.(lifetime)",
        ),
        (
            "POST /recipe/session",
            put("refreshToken", "token", value=lambda token: f"A{token}"),
            "$.accessToken.token.claims.refreshTokenHash1",
        ),
        ("POST /recipe/session", put("accessToken", "token", value="a.b.c"), "$.accessToken.token"),
        ("GET /.well-known/jwks.json", put("keys", 0, "kid", value="x-1"), "$.keys.kid"),
        ("GET /.well-known/jwks.json", put("keys", value=lambda keys: keys[::-1]), "$.keys.kid"),
        ("GET /.well-known/jwks.json", drop("keys", 1), "$.keys"),
        ("GET /recipe/role/permissions", put("permissions", 0, value="x"), "$.permissions"),
        ("POST /recipe/signinup/code", put("codeLifetime", value=1), "$.codeLifetime"),
        ("POST /recipe/signinup/code", put("deviceId", value="x"), "$.deviceId"),
    ],
)
def test_a_change_of_a_value_is_noticed(route: str, spoil: Spoil, where: str) -> None:
    chosen = next(item for item in recording() if item.route == route and "_ERROR" not in item.text)
    said = [item for item in recording() if item.app == chosen.app]

    def change(exchange: Exchange, answer: Renamed) -> Renamed:
        if exchange is not chosen:
            return answer
        return replace(answer, text=json.dumps(spoil(json.loads(answer.text))) + "\n")

    found = replayed(change, said).unexplained
    assert found[0].number == chosen.number
    assert where in {problem.where for problem in found[0].problems}


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"status": 500}, "(status)"),
        ({"headers": {"Content-Type": "application/json"}}, "(content-type)"),
        ({"headers": {}}, "(content-type)"),
        ({"text": "Not Found\n"}, "(text)"),
        ({"text": "Not found"}, "(text)"),
    ],
)
def test_a_change_of_an_error_is_noticed(changes: dict[str, Any], where: str) -> None:
    chosen = next(item for item in recording() if item.status == 404)
    found = replayed(lambda _, answer: replace(answer, **changes), [chosen]).unexplained
    assert [problem.where for finding in found for problem in finding.problems] == [where]


def test_sets_may_come_in_any_order_and_pages_may_not() -> None:
    def reverse(_: Exchange, answer: Renamed) -> Renamed:
        if not answer.text.startswith("{"):
            return answer
        return replace(answer, text=json.dumps(_reversed(json.loads(answer.text))) + "\n")

    found = {problem.where for finding in replayed(reverse).unexplained for problem in finding.problems}
    assert {where.split(".")[1] for where in found if "kid" not in where} == {"users", "user", "keys"}
    assert all("loginMethods" in where for where in found if where.startswith("$.user."))


def test_what_follows_from_a_difference_is_not_asked() -> None:
    chosen = next(item for item in recording() if item.route == "POST /recipe/signup")
    said = [item for item in recording() if item.app == chosen.app]
    findings = replayed(lambda e, a: replace(a, status=503) if e is chosen else a, said)
    assert [finding.number for finding in findings.unexplained] == [chosen.number]
    assert findings.not_asked[UNEXPLAINED] == sum(
        json.loads(chosen.text)["user"]["id"] in e.asked for e in said
    )


def test_an_explained_difference_is_counted_and_one_that_does_not_occur_is_stale() -> None:
    def is_missing(_: Exchange, answer: Answer, problem: Problem) -> bool:
        return problem.where == "(status)" and answer.status == 404

    differences: tuple[Difference[Exchange], ...] = (
        Difference("gone", "it is gone", is_missing),
        Difference("never", "", lambda *_: False),
    )
    findings = replayed(lambda _, answer: replace(answer, status=404), recording()[:1], differences)
    assert not findings.unexplained
    assert findings.explained == {"gone": 1}
    assert findings.stale == ["never"]


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(member) for name, member in value.items()}
    return [_reversed(item) for item in reversed(value)] if isinstance(value, list) else value
