"""Where Gatehouse answers otherwise than the official SDK, and why."""

import re
from collections.abc import Callable
from typing import Any

from tests.wire.frontend.walking import Question
from tests.wire.oracles.asking import Answer
from tests.wire.oracles.findings import Difference
from tests.wire.oracles.matching import Problem

Rule = Callable[[Question, Answer, Problem], bool]

NOT_FOUND = '{"detail":"Not Found"}'
NO_TEXT = re.compile(r'\{"message":"\w+ must be a text of at most \d+ letters, without control characters"\}')
NO_TENANT = "AppId or tenantId not found"
OLD_COOKIES = "Those of OLDER_COOKIE_DOMAIN are taken away"
OAUTH_MEMBERS = (
    "status",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "token_introspection_endpoint",
    "end_session_endpoint",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "response_types_supported",
)


def _is_of_status(*ours: int) -> Rule:
    """The SDK crashed, and ours refuses in the form that frontends know."""

    def applies(question: Question, answer: Answer, problem: Problem) -> bool:
        is_crash = question.reference.status == 500 and bool(question.reference.crash)
        return is_crash and problem.where == "(status)" and answer.status in ours and "message" in answer.text

    return applies


def _refuses_a_tenant(question: Question, answer: Answer, problem: Problem) -> bool:
    return problem.where == "(status)" and answer.status == 400 and NO_TENANT in answer.text


def _takes_junk_for_the_latest(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.step.headers.get("fdi-version") == "junk"
        and question.reference.crash.startswith("ValueError")
        and answer.status == 200
        and '"status":"OK"' in answer.text
    )


def _knows_a_device(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.step.route == "POST /auth/totp/device"
        and bool(question.reference.crash)
        and answer.text == '{"status":"DEVICE_ALREADY_EXISTS_ERROR"}'
    )


def _has_no_application(question: Question, answer: Answer, problem: Problem) -> bool:
    """The SDK lets its application answer what it does not know itself."""
    return question.reference.text == NOT_FOUND and answer.status in (404, 405) and '"message"' in answer.text


def _wants_texts(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        problem.where in {"(status)", "$.body.message"}
        and answer.status == 400
        and bool(NO_TEXT.fullmatch(answer.text))
    )


def _takes_null_for_absent(question: Question, answer: Answer, problem: Problem) -> bool:
    body = question.step.body
    return (
        isinstance(body, dict)
        and None in body.values()
        and problem.where == "(status)"
        and answer.status == 400
        and answer.text.startswith('{"message":"Please provide')
    )


def _takes_null_for_an_empty_body(question: Question, answer: Answer, problem: Problem) -> bool:
    return question.step.body == "null" and problem.where == "$.body.message" and answer.status == 400


def _says_it_in_our_words(question: Question, answer: Answer, problem: Problem) -> bool:
    return problem.where == "$.body.message" and answer.status == 200 and OLD_COOKIES in answer.text


def _writes_to_one_form(question: Question, answer: Answer, problem: Problem) -> bool:
    return problem.where == "$.letters.to" and problem.got == str(problem.expected).lower()


def _names_the_tenant_as_it_is(question: Question, answer: Answer, problem: Problem) -> bool:
    return problem.where == "$.letters.link.query.tenantId" and problem.got == str(problem.expected).lower()


def _writes_to_strangers(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.step.route == "POST /auth/user/password/reset/token"
        and problem.where == "$.letters"
        and problem.expected == []
        and [(letter["link"], letter["code"]) for letter in _list(problem.got)] == [(None, None)]
    )


def _offers_what_is_set_up(question: Question, answer: Answer, problem: Problem) -> bool:
    if not question.step.route.endswith("/loginmethods") or '"providers":[]' not in answer.text:
        return False
    if problem.where == "$.body.thirdParty.enabled":
        return (problem.expected, problem.got) == (True, False)
    is_list = problem.where == "$.body.firstFactors"
    return is_list and [item for item in _list(problem.expected) if item != "thirdparty"] == problem.got


def _keeps_the_keys_as_long(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.step.target.endswith("/jwt/jwks.json")
        and problem.where == "$.cache-control"
        and problem.expected == "max-age=60, must-revalidate"
        and bool(re.fullmatch(r"max-age=\d+, must-revalidate", str(problem.got)))
    )


def _provides_no_oauth(question: Question, answer: Answer, problem: Problem) -> bool:
    if question.step.target.startswith("/auth/oauth/"):
        return problem.where == "(status)" and answer.status == 404
    return (
        question.step.target.endswith("/openid-configuration")
        and problem.got == "(missing)"
        and problem.where in {f"$.body.{name}" for name in OAUTH_MEMBERS}
    )


def _gives_no_token_twice(question: Question, answer: Answer, problem: Problem) -> bool:
    if question.conversation.settings != "token against forgery":
        return False
    if problem.where == "$.anti-csrf":
        return problem.got == "(missing)" and question.step.route in {"GET /me", "POST /me"}
    is_list = problem.where == "$.exposed"
    return is_list and [item for item in _list(problem.expected) if item != "anti-csrf"] == problem.got


def _notes_no_factor_twice(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.step.route == "POST /auth/totp/device/verify"
        and '"wasAlreadyVerified":true' in answer.text
        and problem.where in {"$.st-access-token", "$.front-token", "$.exposed"}
        and problem.got == "(missing)"
    )


def _leaves_null_out(question: Question, answer: Answer, problem: Problem) -> bool:
    return (problem.where, problem.expected, problem.got) == ("$.body.pkceCodeVerifier", None, "(missing)")


def _sends_people_home(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.step.route == "GET /auth/authorisationurl"
        and problem.where == "(status)"
        and answer.text.startswith('{"message":"redirectURIOnProviderDashboard must be within')
    )


def _uses_pkce(question: Question, answer: Answer, problem: Problem) -> bool:
    return "thirdPartyId=twitter&" in question.step.target and problem.where in {
        "$.body.pkceCodeVerifier",
        "$.body.urlWithQueryParams.query.code_challenge",
        "$.body.urlWithQueryParams.query.code_challenge_method",
    }


def _tells_what_the_provider_refused(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        question.step.route == "POST /auth/signinup"
        and bool(question.reference.crash)
        and answer.status == 200
        and answer.text.startswith('{"status":"GENERAL_ERROR","message":"idp ')
    )


def _wants_proof_of_whose_token_it_is(question: Question, answer: Answer, problem: Problem) -> bool:
    return (
        "oAuthTokens" in str(question.step.body)
        and answer.status == 200
        and "needs an id_token beside the access_token" in answer.text
    )


def _says_its_charset(question: Question, answer: Answer, problem: Problem) -> bool:
    return (problem.where, problem.expected, problem.got) == (
        "$.content-type",
        "text/html",
        "text/html; charset=utf-8",
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


DIFFERENCES: tuple[Difference[Question], ...] = (
    Difference(
        "tenants",
        "a tenant that does not exist is bad input in every recipe; the SDK passes the core's error on as its own "
        "failure, and does not look at the tenant at all where it publishes keys",
        _refuses_a_tenant,
    ),
    Difference(
        "crashes",
        "the SDK fails on input of wrong types and on errors of the core; here bad input is a 400 and a broken "
        "session a 401",
        _is_of_status(400, 401, 440),
    ),
    Difference(
        "fdi-version",
        "a version that is none counts as the latest, as if the header were absent; the SDK fails",
        _takes_junk_for_the_latest,
    ),
    Difference(
        "known device",
        "the SDK means to say that a device exists, and fails while it does",
        _knows_a_device,
    ),
    Difference(
        "other paths",
        "there is no application behind the interface that could answer what it does not have; 405 tells a wrong "
        "method from a wrong path",
        _has_no_application,
    ),
    Difference(
        "texts",
        "codes and numbers have to be texts; the SDK sends other types to the core, which takes them for unknown",
        _wants_texts,
    ),
    Difference(
        "null", "a member that is null is absent; the SDK takes it for a value", _takes_null_for_absent
    ),
    Difference(
        "body null", "a body that is no object has no members, whatever it is", _takes_null_for_an_empty_body
    ),
    Difference("words", "the message names our setting", _says_it_in_our_words),
    Difference(
        "addresses",
        "letters go to the address as it is stored: in lower case, so that the send limits count one address once",
        _writes_to_one_form,
    ),
    Difference(
        "tenant in links", "links name the tenant as it is stored, in lower case", _names_the_tenant_as_it_is
    ),
    Difference(
        "forgotten by strangers",
        "whoever has no password gets a letter that says so: the answer then takes as long as for those who have one",
        _writes_to_strangers,
    ),
    Difference(
        "third parties",
        "people cannot sign in with third parties where no provider is set up, so that is not offered",
        _offers_what_is_set_up,
    ),
    Difference(
        "age of keys",
        "the SDK looks for the core's cache-control in the wrong case, and always says a minute; here it is as the "
        "core says",
        _keeps_the_keys_as_long,
    ),
    Difference(
        "OAuth",
        "Gatehouse is no OAuth2 provider, so there are no endpoints of one, and the configuration names none",
        _provides_no_oauth,
    ),
    Difference(
        "anti-csrf",
        "the token came with the refreshed session; the SDK sends it once more when it confirms the session",
        _gives_no_token_twice,
    ),
    Difference(
        "verified device",
        "a factor that the session has completed is not noted again when its device is verified again",
        _notes_no_factor_twice,
    ),
    Difference("no PKCE", "a verifier that there is not is left out, not null", _leaves_null_out),
    Difference(
        "redirects",
        "third parties send people only to our own origins and apps; the SDK leaves that to the third party",
        _sends_people_home,
    ),
    Difference(
        "Twitter",
        "Twitter demands PKCE, which the SDK means to use there and forgets for a client that the core keeps",
        _uses_pkce,
    ),
    Difference(
        "refused codes",
        "a code that the third party refuses is told to people, as GENERAL_ERROR; the SDK fails",
        _tells_what_the_provider_refused,
    ),
    Difference(
        "access tokens",
        "an access token may have been given to another application, so it needs an id_token that names ours",
        _wants_proof_of_whose_token_it_is,
    ),
    Difference("charset", "the page that goes on with Apple's answer says its charset", _says_its_charset),
)
