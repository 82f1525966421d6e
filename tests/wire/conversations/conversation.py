"""The conversation with one app: what was said there, said here in our names."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from tests.wire.conversations.recording import Exchange
from tests.wire.conversations.totp_codes import Authenticators
from tests.wire.oracles.asking import Answer, header
from tests.wire.oracles.bindings import Bindings
from tests.wire.oracles.forms import new_values
from tests.wire.oracles.matching import Matcher, Problem


@dataclass(frozen=True)
class Request:
    """A request as it is sent here."""

    target: str
    body: bytes | None


@dataclass
class Conversation:
    """The names of one app's values, in requests and in answers."""

    bindings: Bindings = field(default_factory=Bindings)
    authenticators: Authenticators = field(default_factory=Authenticators)

    def lost_by(self, exchange: Exchange) -> str | None:
        """Return why a request cannot be said here, if it speaks of a value that was not given here."""
        said = {unquote(text) for text in _texts(exchange.sent)} | set(_query_values(exchange.target))
        return next((self.bindings.lost[value] for value in said if value in self.bindings.lost), None)

    def request(self, exchange: Exchange) -> Request:
        """Return a recorded request in our names."""
        path, question_mark, query = exchange.target.partition("?")
        items = [self._query_item(item) for item in query.split("&")] if query else []
        body = exchange.body
        if isinstance(exchange.sent, dict | list):
            said = self._translated(exchange.sent, "", exchange.at_ms)
            if said != exchange.sent:
                body = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return Request(path + question_mark + "&".join(items), body.encode() if body else None)

    def problems(self, exchange: Exchange, answer: Answer) -> list[Problem]:
        """Return how an answer differs from the recorded one, and learn its names."""
        if answer.status != exchange.status:
            wanted = f"{exchange.status} {exchange.text.rstrip()}"
            return [Problem("(status)", wanted, f"{answer.status} {answer.text.rstrip()}")]
        problems = [
            Problem(f"({name})", wanted, header(answer, name))
            for name, wanted in (
                ("content-type", exchange.content_type),
                ("cache-control", exchange.cache_control),
            )
            if header(answer, name) != wanted
        ]
        if not exchange.is_json:
            return problems + _different_texts(exchange, answer)
        if not answer.text.endswith("\n"):
            problems.append(Problem("(text)", "a newline at the end", answer.text[-20:]))
        try:
            ours = json.loads(answer.text)
        except ValueError:
            return [*problems, Problem("(text)", exchange.text, answer.text)]
        problems += Matcher(self.bindings).compare(exchange.answer, ours)
        if exchange.route == "POST /recipe/totp/device" and "secret" in exchange.answer and "secret" in ours:
            self.authenticators.add(exchange.answer["secret"], ours["secret"], exchange.sent["period"])
        return problems

    def lose(self, exchange: Exchange, because: str) -> None:
        """Note that what an answer gave is not known here."""
        if exchange.is_json:
            self.bindings.lose(new_values(exchange.answer), because)

    def _query_item(self, item: str) -> str:
        name, equals, value = item.partition("=")
        plain = unquote(value)
        ours = self._our_name(plain)
        return item if ours == plain else f"{name}{equals}{quote(ours, safe='')}"

    def _translated(self, value: Any, name: str, at_ms: int) -> Any:
        if isinstance(value, dict):
            return {key: self._translated(member, key, at_ms) for key, member in value.items()}
        if isinstance(value, list):
            return [self._translated(item, name, at_ms) for item in value]
        if not isinstance(value, str):
            return value
        if name == "totp":
            return self.authenticators.translate(value, at_ms)
        if name == "userInputCode":
            return self.bindings.known(value, "code") or self._our_name(value)
        return self._our_name(value)

    def _our_name(self, text: str) -> str:
        known = self.bindings.known(text)
        if known is not None:
            return str(known)
        plain = unquote(text)
        if plain != text and (known := self.bindings.known(plain)) is not None:
            return quote(str(known), safe="")
        self.bindings.sent.add(text)
        return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _query_values(target: str) -> Iterator[str]:
    for item in target.partition("?")[2].split("&"):
        yield unquote(item.partition("=")[2])


def _different_texts(exchange: Exchange, answer: Answer) -> list[Problem]:
    return [] if answer.text == exchange.text else [Problem("(text)", exchange.text, answer.text)]
