"""One flow with one fault: what has to be true afterwards, whichever it is."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.flows import Flow, Told
from tests.faults.ledger import Change, change
from tests.faults.proxy import Fault
from tests.faults.world import PATIENCE_S, SHORT_S, Town

TIME_S = 3.0
"""A function has fifteen; here no server is far away."""

Towns = Callable[[str], Town]
"""Takes `mariadb` or `postgresql`; returns its town."""

ALL = [Fault(kind) for kind in ("before", "after", "middle", "killed", "silent")]
ALL += [Fault(kind, stays=True) for kind in ("before", "after")]
KINDS: Mapping[str, Sequence[Fault]] = (
    {"mariadb": ALL, "postgresql": ALL}
    if os.environ.get("FAULTS") == "all"
    else {"mariadb": [Fault("after")], "postgresql": [Fault("after")]}
)
"""What happens to every request, per engine; `FAULTS=all` tries everything, in ten minutes."""


@dataclass(frozen=True)
class Course:
    """How a flow goes when nothing happens: what it answers, and what has changed after each request."""

    good: Told
    changes: list[Change]

    @property
    def requests(self) -> int:
        """How many requests to the database it takes."""
        return len(self.changes) - 1


def course_of(town: Town, flow: Flow) -> Course:
    """Let a flow happen, and look at the database after each of its requests."""
    town.begin_anew()
    given = flow.prepare(town)
    before = town.ledger.read()
    changes: list[Change] = [{}]
    town.proxy.plan(None)
    town.proxy.watch = lambda _: changes.append(change(before, town.ledger.read()))
    try:
        good = flow.act(town, given)
    finally:
        town.proxy.watch = lambda _: None
    assert good.status in {200, 201, 303}, good
    assert good.word != "NOT_OK"
    return Course(good, changes)


@dataclass(frozen=True)
class Experience:
    """What somebody was told during a fault, and what the database held afterwards."""

    answer: Told
    change: Change
    orphans: list[str]
    took_s: float
    given: object

    def wrong_with(self, course: Course) -> str:
        """Return what may not be: an error that is no 503, something half-done, something else than was said."""
        is_success = is_same(self.answer, course.good)
        if not is_success and (self.answer.status != 503 or not self.answer.retry_after):
            return f"answered {self.answer}"
        if self.took_s > TIME_S:
            return f"took {self.took_s:.1f} s"
        if self.change not in course.changes:
            return f"half-written: {self.change}"
        if self.orphans:
            return f"orphans in {self.orphans}"
        if is_success and self.change != course.changes[-1]:
            return f"said {self.answer.word}, but did {self.change}"
        return ""


def experience(town: Town, flow: Flow, fault: Fault, at: int) -> Experience:
    """Let a flow happen with a fault at a request; afterwards the server is well again."""
    town.begin_anew()
    given = flow.prepare(town)
    before = town.ledger.read()
    town.proxy.plan(fault, at)
    since = time.monotonic()
    with town.patience(SHORT_S if fault.kind == "silent" else PATIENCE_S):
        answer = flow.act(town, given)
    took_s = time.monotonic() - since
    town.recover()
    after = town.ledger.read()
    return Experience(answer, change(before, after), town.ledger.orphans(after), took_s, given)


def complaints(town: Town, flow: Flow, faults: Sequence[Fault]) -> list[str]:
    """Let faults happen to each request of a flow, which is then asked for again; return all that is wrong."""
    course = course_of(town, flow)
    found = []
    for fault in faults:
        for at in range(1, course.requests + 1):
            came = experience(town, flow, fault, at)
            if wrong := came.wrong_with(course) or _wrong_with_next(town, flow, course, came):
                found.append(f"{fault.name} {at} of {course.requests}: {wrong}")
    return found


def is_same(told: Told, other: Told) -> bool:
    """Say whether two answers say the same."""
    return (told.status, told.word) == (other.status, other.word)


def _wrong_with_next(town: Town, flow: Flow, course: Course, came: Experience) -> str:
    """Ask again; return what is wrong if that neither works nor tells the truth, or if nobody can get on then."""
    again = flow.act(town, came.given)
    if is_same(again, course.good):
        return ""
    if not came.change:
        return f"nothing was done, but then said {again}"
    if again.word != flow.truth or not flow.instead:
        return f"after {came.change} said {again}"
    instead = flow.instead(town, came.given)
    gets_on = instead.status == 200 and instead.word in {course.good.word, "OK", "answered"}
    return "" if gets_on else f"and cannot get on: {instead}"
