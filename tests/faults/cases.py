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


def complaints(town: Town, flow: Flow, faults: Sequence[Fault]) -> list[str]:
    """Let faults happen to each request of a flow; return all that is wrong."""
    course = course_of(town, flow)
    found = []
    for fault in faults:
        for at in range(1, course.requests + 1):
            if wrong := complaint(town, flow, course, fault, at):
                found.append(f"{fault.name} {at} of {course.requests}: {wrong}")
    return found


def complaint(town: Town, flow: Flow, course: Course, fault: Fault, at: int) -> str:
    """Let a flow happen with a fault at a request, and again without; return what is wrong, or nothing."""
    town.begin_anew()
    given = flow.prepare(town)
    before = town.ledger.read()
    town.proxy.plan(fault, at)
    since = time.monotonic()
    with town.patience(SHORT_S if fault.kind == "silent" else PATIENCE_S):
        first = flow.act(town, given)
    took_s = time.monotonic() - since
    town.recover()
    after = town.ledger.read()
    done = change(before, after)
    if took_s > TIME_S:
        return f"took {took_s:.1f} s"
    if wrong := _wrong_with(first, course.good):
        return wrong
    if done not in course.changes:
        return f"half-written: {done}"
    if orphans := town.ledger.orphans(after):
        return f"orphans in {orphans}"
    if first == course.good and done != course.changes[-1]:
        return f"said {first.word}, but did {done}"
    return _complaint_about_next(town, flow, course, given, done)


def _complaint_about_next(town: Town, flow: Flow, course: Course, given: object, done: Change) -> str:
    again = flow.act(town, given)
    if (again.status, again.word) == (course.good.status, course.good.word):
        return ""
    if not done:
        return f"nothing was done, but then said {again}"
    if again.word != flow.truth or not flow.instead:
        return f"after {done} said {again}"
    instead = flow.instead(town, given)
    good = {course.good.word, "OK", "answered"}
    return "" if instead.status == 200 and instead.word in good else f"and cannot get on: {instead}"


def _wrong_with(first: Told, good: Told) -> str:
    if (first.status, first.word) == (good.status, good.word):
        return ""
    if first.status == 503 and first.retry_after:
        return ""
    return f"answered {first}"
