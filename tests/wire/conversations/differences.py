"""Where Gatehouse answers otherwise than the recorded core, and why."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.wire.conversations.recording import Exchange
from tests.wire.oracles.asking import Answer
from tests.wire.oracles.findings import Difference
from tests.wire.oracles.matching import Problem

VERSIONS = ["3.0", "3.1", "4.0", "5.0", "5.1", "5.2", "5.3", "5.4"]
OLD_VERSION = "2.18"
KEY_INTERVAL_S = 168 * 3600 - 60


def _announces_our_versions(exchange: Exchange, answer: Answer, problem: Problem) -> bool:
    return (
        exchange.route == "GET /apiversion"
        and problem.where == "$.versions"
        and sorted(_json(answer)["versions"]) == VERSIONS
    )


def _takes_any_licence(exchange: Exchange, answer: Answer, problem: Problem) -> bool:
    return (
        exchange.route == "PUT /ee/license"
        and problem.where == "(status)"
        and answer.status == 200
        and _json(answer) == {"status": "OK"}
    )


def _finds_users(exchange: Exchange, answer: Answer, problem: Problem) -> bool:
    return (
        exchange.route == "GET /users"
        and '"user" is null' in exchange.text
        and problem.where == "(status)"
        and answer.status == 200
        and _json(answer).keys() == {"status", "users"}
        and all(_is_meant(user, exchange) for user in _json(answer)["users"])
    )


def _is_meant(user: Any, exchange: Exchange) -> bool:
    """Whether an address of a user, or its domain, begins with one of the searched terms."""
    terms = parse_qs(urlsplit(exchange.target).query)["email"][0].lower().split(";")
    return any(email.startswith(term) or f"@{term}" in email for email in user["emails"] for term in terms)


def _refuses_old_version(exchange: Exchange, answer: Answer, problem: Problem) -> bool:
    return (
        exchange.headers.get("cdi-version") == OLD_VERSION
        and problem.where == "(status)"
        and answer.status == 400
        and answer.text == f"cdi-version {OLD_VERSION} not supported\n"
    )


def _made_the_key_later(exchange: Exchange, answer: Answer, problem: Problem) -> bool:
    if exchange.path != "/.well-known/jwks.json" or problem.where != "(cache-control)":
        return False
    return _max_age(problem.expected) <= _max_age(problem.got) <= KEY_INTERVAL_S


def _names_no_java_class(exchange: Exchange, answer: Answer, problem: Problem) -> bool:
    return (
        exchange.route == "POST /recipe/session/refresh"
        and problem.where == "$.message"
        and str(problem.expected).startswith(("io.supertokens.", "java."))
        and problem.got in {"version of refresh token not recognised", "Invalid refresh token"}
    )


def _says_what_is_not_offered(exchange: Exchange, answer: Answer, problem: Problem) -> bool:
    return (
        exchange.path.startswith("/recipe/oauth/")
        and problem.where == "(text)"
        and answer.status == exchange.status == 404
        and "OAuth" in answer.text
    )


def _json(answer: Answer) -> Any:
    return json.loads(answer.text)


def _max_age(cache_control: object) -> int:
    """Return the seconds of `max-age=…, must-revalidate`, or a number that no rule accepts."""
    match str(cache_control).split(", "):
        case [age, "must-revalidate"] if age.startswith("max-age=") and age[8:].isdigit():
            return int(age[8:])
    return KEY_INTERVAL_S + 1


DIFFERENCES = (
    Difference(
        "versions",
        "we announce the versions that SDKs of today ask for, and none below 3.0",
        _announces_our_versions,
    ),
    Difference(
        "licence",
        "the recorded core was offline and could not ask api.supertokens.io; here every feature is on, and a"
        " licence key is taken and means nothing",
        _takes_any_licence,
    ),
    Difference(
        "search",
        "the core of 9.2.1 fails when several addresses are searched for, which 10.0.2 mends; here they are found",
        _finds_users,
    ),
    Difference(
        "CDI 2.18",
        "versions below 3.0 have access tokens of another make, and no SDK of today asks for them",
        _refuses_old_version,
    ),
    Difference(
        "key age",
        "the core makes an app's keys with the app, we make them when they are first needed, so they are younger",
        _made_the_key_later,
    ),
    Difference(
        "Java's words",
        "the message of a text that is no refresh token begins with the name of a Java class; ours says the rest",
        _names_no_java_class,
    ),
    Difference(
        "OAuth2",
        "the core of 9.2.1 knows no OAuth2; we say that it is not offered",
        _says_what_is_not_offered,
    ),
)
