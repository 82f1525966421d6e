"""What a replay found: differences that are explained, differences that are not, and questions not asked."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tests.wire.oracles.asking import Answer
from tests.wire.oracles.matching import Problem

Q = TypeVar("Q")

LONGEST_VALUE = 300
NOT_THERE = "404 Not found"


@dataclass(frozen=True)
class Difference(Generic[Q]):
    """A difference that is meant: where it is, what is answered instead, and why.

    `applies` gets the question, our answer and one problem; it has to look at our answer as well, so that only the
    meant answer is excused.
    """

    name: str
    reason: str
    applies: Callable[[Q, Answer, Problem], bool]


@dataclass(frozen=True)
class Finding(Generic[Q]):
    """A question whose answer differs without a reason."""

    number: int
    question: Q
    route: str
    asked: str
    problems: Sequence[Problem]

    def __str__(self) -> str:
        lines = [f"#{self.number} {self.asked}"]
        for problem in self.problems:
            lines.append(f"    {problem.where}")
            lines.append(f"      recorded {_short(problem.expected)}")
            lines.append(f"      here     {_short(problem.got)}")
        return "\n".join(lines)


@dataclass
class Findings(Generic[Q]):
    """All that was found; `judge` takes one answer after the other."""

    differences: Sequence[Difference[Q]]
    unexplained: list[Finding[Q]] = field(default_factory=list)
    asked: int = 0
    not_asked: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)

    def judge(
        self, number: int, question: Q, answer: Answer, problems: Sequence[Problem], *, route: str, asked: str
    ) -> list[Problem]:
        """Take the differences of one answer; return those that nothing explains."""
        self.asked += 1
        rest: list[Problem] = []
        for problem in problems:
            meant = next((d for d in self.differences if d.applies(question, answer, problem)), None)
            if meant:
                self.explained[meant.name] += 1
            else:
                rest.append(problem)
        if rest:
            self.unexplained.append(Finding(number, question, route, asked, rest))
        return rest

    def skip(self, because: str) -> None:
        """Note that a question could not be asked."""
        self.not_asked[because] += 1

    @property
    def stale(self) -> list[str]:
        """The names of differences that did not occur."""
        return [item.name for item in self.differences if not self.explained[item.name]]

    def report(self, limit: int = 30) -> str:
        """Tell the first unexplained differences, and how many there are of everything."""
        lines = [str(finding) for finding in self.unexplained[:limit]]
        if len(self.unexplained) > limit:
            lines.append(f"… and {len(self.unexplained) - limit} more")
        return "\n".join([*lines, self.summary()])

    def by_route(self, limit: int = 3, only: str = "") -> str:
        """Tell unexplained differences route by route, most of them first, a few of each; `only` is part of a route."""
        routes: dict[str, list[Finding[Q]]] = {}
        for finding in self.unexplained:
            if only in finding.route:
                routes.setdefault(finding.route, []).append(finding)
        lines: list[str] = []
        for route, found in sorted(routes.items(), key=lambda item: -len(item[1])):
            is_missing = all(finding.problems[0].got == NOT_THERE for finding in found)
            lines.append(f"\n== {route}: {len(found)}" + (" (not there yet)" if is_missing else ""))
            lines += [] if is_missing else [str(finding) for finding in found[:limit]]
        return "\n".join([*lines, "", self.summary()])

    def summary(self) -> str:
        """Tell the counts, and the reason of each explained difference."""
        reasons = {item.name: item.reason for item in self.differences}
        lines = [f"{self.asked} asked, {len(self.unexplained)} differ without a reason"]
        lines += [f"  explained {count}x {name}: {reasons[name]}" for name, count in self.explained.items()]
        lines += [f"  not asked {count}x {because}" for because, count in self.not_asked.items()]
        return "\n".join(lines)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)})"
