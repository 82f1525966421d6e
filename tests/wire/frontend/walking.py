"""Walks through the conversations on one side or on both."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.wire.frontend.browser import Browser
from tests.wire.frontend.comparison import problems_of
from tests.wire.frontend.sides import Asked, Reply, Side, names_in
from tests.wire.frontend.steps import Conversation, Step, said, value_at
from tests.wire.oracles.bindings import Bindings
from tests.wire.oracles.findings import Findings


@dataclass
class Walker:
    """One side in one conversation: its names for values, and its browsers."""

    side: Side
    names: dict[str, str]
    browsers: dict[str, Browser] = field(default_factory=dict)

    def prepare(self, step: Step) -> None:
        """Send a step to the core."""
        self._keep(step, self.side.core(step.method, step.target, said(step.body, self.names)))

    def remember(self, step: Step) -> None:
        """Keep a value under another name."""
        self.names[step.target] = said(step.body, self._all_names())

    def _all_names(self) -> dict[str, str]:
        """Return the names of values, and of the tokens in browsers: `ada_saccesstoken`."""
        return self.names | {
            f"{name}_{token.lower().replace('-', '_')}": value
            for name, browser in self.browsers.items()
            for token, value in browser.tokens.items()
        }

    def asked(self, step: Step) -> Asked:
        """Return a step as this side is asked."""
        names = self._all_names()
        target = said(step.target, {name: quote(value, safe="") for name, value in names.items()})
        name, _, mode = step.by.partition("/")
        browser = self.browsers.setdefault(name, Browser(mode or "header")) if name else Browser("header")
        headers = browser.headers(target.partition("?")[0])
        body = said(step.body, names)
        if step.body is not None:
            headers["content-type"] = "application/json"
        given = {key: said(value, names) for key, value in step.headers.items()}
        sent = {key: value for key, value in {**headers, **given}.items() if value is not None}
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        return Asked(step.method, target, sent, text)

    def ask(self, step: Step) -> tuple[Asked, Reply]:
        """Ask, and keep what the answer gives."""
        asked = self.asked(step)
        reply = self.side.ask(asked)
        name = step.by.partition("/")[0]
        if name:
            self.browsers[name].take(reply.pairs)
        self.names |= names_in(reply.letters)
        self._keep(step, reply.json)
        return asked, reply

    def _keep(self, step: Step, answer: Any) -> None:
        for name, place in step.keep.items():
            value = value_at(answer, place)
            if value is not None:
                self.names[name] = value


@dataclass(frozen=True)
class Question:
    """One step, for findings and differences."""

    conversation: Conversation
    step: Step
    reference: Reply


Opener = Callable[[str], AbstractContextManager[Side]]
"""Opens one side with the settings of a deployment, by its name."""


def by_deployment(conversations: Iterable[Conversation]) -> Iterator[tuple[str, list[Conversation]]]:
    """Return the conversations of each deployment."""
    found: dict[str, list[Conversation]] = {}
    for conversation in conversations:
        found.setdefault(conversation.settings, []).append(conversation)
    yield from found.items()


def tell(
    conversations: Iterable[Conversation],
    opener: Opener,
    names: Mapping[str, str],
    show: Callable[[Conversation, Step, Asked, Reply], None],
) -> None:
    """Walk on one side only, and show every exchange."""
    for deployment, group in by_deployment(conversations):
        with opener(deployment) as side:
            for conversation in group:
                walker = Walker(side, dict(names))
                for step in conversation.steps:
                    if not _is_prepared(step, [walker]):
                        show(conversation, step, *walker.ask(step))


def compare(
    conversations: Iterable[Conversation],
    reference: Opener,
    ours: Opener,
    names: Mapping[str, str],
    findings: Findings[Question],
) -> None:
    """Walk on both sides, each step on both before the next, and judge the differences."""
    number = 0
    for deployment, group in by_deployment(conversations):
        with reference(deployment) as theirs, ours(deployment) as house, ThreadPoolExecutor(1) as background:
            bindings = Bindings()
            for conversation in group:
                walkers = Walker(theirs, dict(names)), Walker(house, dict(names))
                for step in conversation.steps:
                    number += 1
                    _compare_step(number, conversation, step, walkers, bindings, findings, background)


def _is_prepared(step: Step, walkers: Sequence[Walker]) -> bool:
    """Do what is no request to the frontend interface, and say whether it was that."""
    if step.method == "WAIT":
        time.sleep(float(step.target))
        return True
    for walker in walkers:
        if step.to == "core":
            walker.prepare(step)
        elif step.to == "names":
            walker.remember(step)
    return step.to != "frontend"


def _compare_step(
    number: int,
    conversation: Conversation,
    step: Step,
    walkers: tuple[Walker, Walker],
    bindings: Bindings,
    findings: Findings[Question],
    background: Executor,
) -> None:
    if _is_prepared(step, walkers):
        return
    asking = background.submit(walkers[0].ask, step)  # in another process, so both sides work at once
    _, ours = walkers[1].ask(step)
    asked, reference = asking.result()
    problems = problems_of(reference, ours, bindings)
    text = f"{conversation.name} ({conversation.settings}): {asked.method} {asked.target} {asked.body[:300]}"
    question = Question(conversation, step, reference)
    findings.judge(number, question, ours, problems, route=step.route, asked=text)
