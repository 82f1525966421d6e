"""Compares an answer with the core's: what is volatile has to be there, everything else has to be equal."""

import json
from typing import Any

from tests.wire.java_core.manifest import Question
from tests.wire.oracles import forms
from tests.wire.oracles.asking import Answer, header
from tests.wire.oracles.bindings import Bindings
from tests.wire.oracles.forms import Form, Path
from tests.wire.oracles.matching import Matcher, Problem
from tests.wire.oracles.tokens import jwt_parts

JSON_TYPE = "application/json;charset=UTF-8"
TEXT_TYPE = "text/html;charset=UTF-8"
MASK = "(volatile)"
CLAIMS: Path = ("accessToken", "token", "claims")
NEW_CLAIMS = {"refreshTokenHash1", "parentRefreshTokenHash1", "antiCsrfToken"}


def problems_of(question: Question, answer: Answer, bindings: Bindings) -> list[Problem]:
    """Return how an answer differs; new values are bound, so that they stay the same within a group."""
    if answer.status != question.status:
        wanted = f"{question.status} {json.dumps(question.answer)}"
        return [Problem("(status)", wanted, f"{answer.status} {answer.text.rstrip()}")]
    is_text = isinstance(question.answer, str)
    problems = _different_headers(question, answer, TEXT_TYPE if is_text else JSON_TYPE)
    if is_text:
        wanted = f"{question.answer}\n"
        return problems + ([] if answer.text == wanted else [Problem("(text)", wanted, answer.text)])
    try:
        ours = json.loads(answer.text)
    except ValueError:
        return [*problems, Problem("(text)", json.dumps(question.answer), answer.text)]
    matcher = _matcher(question, bindings)
    problems += matcher.compare(_unmasked(question.answer, ours), ours)
    return problems + _different_token(question, matcher, ours)


def _matcher(question: Question, bindings: Bindings) -> Matcher:
    def is_volatile(path: Path) -> bool:
        return any(path[:length] in question.volatile for length in range(1, len(path) + 1))

    def form_at(path: Path) -> Form | None:
        if path[-1] in {"kid", "token"} or not is_volatile(path):
            return None
        if path[: len(CLAIMS)] == CLAIMS and path[-1] not in NEW_CLAIMS:
            is_new_session = path[-1] == "sessionHandle" and ("session", "handle") in question.volatile
            return forms.HANDLE if is_new_session else None
        return forms.form_at(path)

    def is_time_at(path: Path) -> bool:
        return is_volatile(path) and (forms.is_time_at(path) or path[-1] == "retryAfterMs")

    return Matcher(
        bindings,
        form_at=form_at,
        is_time_at=is_time_at,
        is_ordered_at=lambda path: path[-1] in question.ordered,
    )


def _unmasked(recorded: Any, ours: Any, path: Path = ()) -> Any:
    """Put our own token in the place of a masked one if it looks like one."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        return {name: _unmasked(value, ours.get(name), (*path, name)) for name, value in recorded.items()}
    form = forms.form_at(path)
    if recorded == MASK and isinstance(ours, str) and (form is None or form.matches(ours)):
        return ours
    return recorded


def _different_headers(question: Question, answer: Answer, content_type: str) -> list[Problem]:
    problems: list[Problem] = []
    if header(answer, "content-type") != content_type:
        problems.append(Problem("(content-type)", content_type, header(answer, "content-type")))
    wanted, got = question.recorded.get("cache_control"), header(answer, "cache-control")
    if wanted != got and not _is_about(wanted, got):
        problems.append(Problem("(cache-control)", wanted, got))
    return problems


def _is_about(wanted: str | None, got: str | None) -> bool:
    """Whether two `max-age=…, must-revalidate` differ by a second at most: the core's clock ran on while it worked."""
    ages = [
        text.removeprefix("max-age=").removesuffix(", must-revalidate") for text in (wanted or "", got or "")
    ]
    return all(age.isdigit() for age in ages) and abs(int(ages[0]) - int(ages[1])) <= 1


def _different_token(question: Question, matcher: Matcher, ours: Any) -> list[Problem]:
    claims = question.recorded.get("access_token_claims")
    if claims is None or not isinstance(ours, dict) or "accessToken" not in ours:
        return []
    try:
        our_header, our_claims = jwt_parts(ours["accessToken"]["token"])
    except ValueError as error:
        return [Problem("$.accessToken.token", "a JWT", str(error))]
    recorded_header = question.recorded["access_token_header"]
    problems = matcher.compare(recorded_header, our_header, ("accessToken", "token", "header"))
    return problems + matcher.compare(claims, our_claims, CLAIMS)
