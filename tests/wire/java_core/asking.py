"""Asks the questions of a manifest in their order, each at its own time."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tests.wire.java_core.comparison import problems_of
from tests.wire.java_core.manifest import Question
from tests.wire.java_core.placeholders import Unanswered, filled_in
from tests.wire.oracles.asking import Answer, Caller, Crash, SetClock
from tests.wire.oracles.bindings import Bindings
from tests.wire.oracles.findings import Difference, Findings


def ask_all(
    questions: Iterable[Question],
    caller: Caller,
    clock: SetClock,
    differences: Sequence[Difference[Question]],
) -> Findings[Question]:
    """Ask, compare, and keep our answers for the questions of the same group that need them."""
    findings = Findings(differences)
    group, bindings = "", Bindings()
    answers: list[Any] = []
    for question in questions:
        if question.group != group:
            group, bindings, answers = question.group, Bindings(), []
        clock.at_ms = question.at_ms
        try:
            body = filled_in(question.recorded.get("body"), answers, question.at_ms)
        except Unanswered:
            findings.skip("because an answer before lacks what they need")
            answers.append(None)
            continue
        answer = _answer(caller, question, body)
        problems = problems_of(question, answer, bindings)
        asked = f"[{question.name}] {question.method} {question.target} {json.dumps(body)[:400]}"
        findings.judge(question.number, question, answer, problems, route=question.route, asked=asked)
        answers.append(_parsed(answer))
    return findings


def _answer(caller: Caller, question: Question, body: Any) -> Answer:
    content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = (
        question.headers if content is None else {**question.headers, "content-type": "application/json"}
    )
    try:
        return caller.call(question.method, question.target, body=content, headers=headers)
    except Exception as error:  # what a client would see as a 500 is a finding, not the end
        return Crash(f"raised {type(error).__name__}: {error}")


def _parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.text)
    except ValueError:
        return None
