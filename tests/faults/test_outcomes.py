"""Each fault in each phase of a transaction comes out as docs/faults.md says."""

import time
from functools import cache
from types import SimpleNamespace

import pytest

from gatehouse.web.time_limits import MARGIN_S
from tests.faults.cases import Course, Towns, course_of, experience
from tests.faults.flows import CDI, REST, Flow
from tests.faults.outcomes import BEGIN, DOCUMENT, DONE, END, LATER, OUTCOMES, PERHAPS, PHASES, Outcome, table
from tests.faults.proxy import Fault
from tests.faults.world import Town

FLOWS = {flow.name: flow for flow in (*REST, *CDI)}
BY_PHASE = dict(
    zip(
        PHASES,
        ("session", "link of somebody new", "link of somebody new", "core: code made"),
        strict=True,
    )
)
CASES = [
    pytest.param(outcome, engine, id=f"{outcome.name}-{engine}")
    for outcome in OUTCOMES
    for engine in outcome.faults
]


@cache
def known_course(town: Town, flow: Flow) -> Course:
    """Return how a flow goes, found out once; tests of other files may have had the house forget its tenants."""
    town.recover()
    town.ask_core("GET", "/hello")
    return course_of(town, flow)


def at_of(course: Course, phase: str) -> int:
    """Return which request is meant by a phase."""
    last = course.requests
    assert phase != PHASES[3] or last == 1, "not in one go any more; choose another flow"
    return {PHASES[1]: 2, PHASES[2]: last}.get(phase, 1)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("outcome", "engine"), CASES)
def test_fault_comes_out_as_documented(outcome: Outcome, engine: str, towns: Towns) -> None:
    town, told = towns(engine), {}
    for phase in PHASES:
        flow = FLOWS[BY_PHASE[phase]]
        course = known_course(town, flow)
        came = experience(town, flow, outcome.faults[engine], at_of(course, phase))
        assert came.wrong_with(course) == ""
        if came.answer.status != 503:
            told[phase] = DONE
        else:
            told[phase] = PERHAPS if came.change else LATER
    assert told == dict(zip(PHASES, outcome.phases, strict=True))


@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_answer_comes_before_lambda_ends_the_function(
    towns: Towns, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, flow, left_s = towns(engine), FLOWS["session"], MARGIN_S + 0.3
    town.begin_anew()
    given = flow.prepare(town)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left_s * 1_000)
    monkeypatch.setattr("tests.api.CONTEXT", context)
    town.proxy.plan(Fault("silent"), at=1)

    since = time.monotonic()
    answer = flow.act(town, given)

    assert time.monotonic() - since < left_s
    assert (answer.status, answer.retry_after) == (503, "5")
    town.recover()


def test_document_has_this_table() -> None:
    text = DOCUMENT.read_text()
    found = text.partition(BEGIN)[2].partition(END)[0]
    assert found == table(), "run `python -m tests.faults.outcomes`"
