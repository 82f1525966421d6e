"""The recorded conversations of SDKs' test suites with the core 9.2.1 (CDI 5.1)."""

import gzip
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[1] / "vectors"
RECORDING = VECTORS / "cdi_conversations.jsonl.gz"
BASE_APP = "public"

_APP = re.compile(r"/appid-([^/?]+)")
_ROUTE = re.compile(r"/(?:[^/]+/)??((?:recipe/|users?\b|hello|apiversion|ee/|\.well-known/).*)")


@dataclass(frozen=True)
class Exchange:
    """A request and the answer that the core gave; `at_ms` is when it had answered."""

    number: int
    at_ms: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: str
    status: int
    content_type: str
    cache_control: str | None
    text: str

    @cached_property
    def app(self) -> str:
        """The app that is spoken to, or that is made."""
        if match := _APP.match(self.target):
            return match[1]
        made: str = self.sent.get("appId", BASE_APP) if isinstance(self.sent, dict) else BASE_APP
        return made

    @cached_property
    def path(self) -> str:
        """The path without app and tenant."""
        path = _APP.sub("", self.target.partition("?")[0], count=1)
        match = _ROUTE.fullmatch(path)
        return f"/{match[1]}" if match else path

    @property
    def route(self) -> str:
        """Method and path without app and tenant."""
        return f"{self.method} {self.path}"

    @property
    def asked(self) -> str:
        """The request on one line."""
        rid = self.headers.get("rid", "-")
        version = self.headers.get("cdi-version", "-")
        return f"{self.method} {self.target} rid={rid} cdi={version} {self.body[:300]}"

    @cached_property
    def sent(self) -> Any:
        """The body of the request as JSON, None without one."""
        return json.loads(self.body) if self.body else None

    @cached_property
    def is_json(self) -> bool:
        """Whether the answer is JSON."""
        return self.content_type.startswith("application/json")

    @cached_property
    def answer(self) -> Any:
        """The answer as JSON; read from the text anew, as comparing must not change it."""
        return json.loads(self.text)

    def concerns(self, word: str) -> bool:
        """Whether a word is in the path or names the recipe."""
        return word in self.path or word == self.headers.get("rid")


def read_recording(path: Path = RECORDING) -> list[Exchange]:
    """Return all exchanges in the order in which the core answered."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_exchange(number, json.loads(line)) for number, line in enumerate(lines)]


def of_apps_that(exchanges: Iterable[Exchange], word: str) -> list[Exchange]:
    """Return what was said in those apps where a recipe or path occurs."""
    kept = list(exchanges)
    apps = {exchange.app for exchange in kept if exchange.concerns(word)} - {BASE_APP}
    return [exchange for exchange in kept if exchange.app in apps]


def of_apps(exchanges: Sequence[Exchange], count: int) -> list[Exchange]:
    """Return what was said in the first so many apps."""
    apps = set(list(dict.fromkeys(exchange.app for exchange in exchanges))[:count])
    return [exchange for exchange in exchanges if exchange.app in apps]


def _exchange(number: int, line: dict[str, Any]) -> Exchange:
    return Exchange(
        number=number,
        at_ms=int(line["t"] * 1000),
        method=line["m"],
        target=line["p"],
        headers=line["h"],
        body=line["b"],
        status=line["s"],
        content_type=line["ct"],
        cache_control=line["cc"],
        text=line["r"],
    )
