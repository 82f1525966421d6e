"""What a genuine core was asked on copies of its databases, and what it answered (vectors/java_core)."""

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

VECTORS = Path(__file__).parents[1] / "vectors" / "java_core"
DUMPS = {"mariadb": "mysql", "postgresql": "postgresql"}
"""Engines of the tests, with the name of the core's database."""

READS = "reads"

_PREFIX = re.compile(r"^(?:/appid-[^/]+)?(?:/(?:t1|t2|d1|public)(?=/))?")


@dataclass(frozen=True)
class Question:
    """One request and the core's answer to it."""

    number: int
    group: str
    recorded: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the question is about."""
        return f"{self.group}: {self.recorded['name']}"

    @property
    def method(self) -> str:
        """The HTTP method; reads are GETs."""
        method: str = self.recorded.get("method", "GET")
        return method

    @property
    def target(self) -> str:
        """Path and query."""
        query = self.recorded["query"]
        path: str = self.recorded["path"]
        return path + (f"?{urlencode(query)}" if query else "")

    @property
    def path(self) -> str:
        """The path without app and tenant."""
        return _PREFIX.sub("", self.recorded["path"])

    @property
    def route(self) -> str:
        """Method and path without app and tenant."""
        return f"{self.method} {self.path}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the client sent."""
        headers = {"cdi-version": "5.1"}
        if rid := self.recorded.get("rid"):
            headers["rid"] = rid
        return headers

    @property
    def at_ms(self) -> int:
        """When it was asked."""
        at_ms: int = self.recorded["at_ms"]
        return at_ms

    @property
    def status(self) -> int:
        """The status of the core's answer."""
        status: int = self.recorded["status"]
        return status

    @property
    def answer(self) -> Any:
        """The core's answer: an object, or the text of an error."""
        return self.recorded["answer"]

    @cached_property
    def volatile(self) -> frozenset[tuple[str, ...]]:
        """The places in the answer whose values are new each time."""
        return frozenset(tuple(name.split(".")) for name in self.recorded.get("volatile", ()))

    @cached_property
    def ordered(self) -> frozenset[str]:
        """The arrays whose order counts."""
        return frozenset(self.recorded.get("ordered", ()))


@dataclass(frozen=True)
class Manifest:
    """All questions about one database, in the order in which they have to be asked."""

    engine: str
    about: Mapping[str, Any]

    @cached_property
    def questions(self) -> list[Question]:
        """Reads first, then the steps group by group."""
        asked = [(READS, read) for read in self.about["reads"]]
        asked += [(group["group"], step) for group in self.about["steps"] for step in group["steps"]]
        return [Question(number, group, recorded) for number, (group, recorded) in enumerate(asked)]

    @property
    def asked_from_ms(self) -> int:
        """When the first question was asked."""
        at_ms: int = self.about["asked_from_ms"]
        return at_ms

    @property
    def asked_until_ms(self) -> int:
        """When the last question had been answered."""
        at_ms: int = self.about["asked_until_ms"]
        return at_ms


def read_manifest(engine: str) -> Manifest:
    """Return the manifest of `mariadb` or `postgresql`."""
    with gzip.open(VECTORS / f"{DUMPS[engine]}.json.gz", "rt", encoding="utf-8") as file:
        return Manifest(engine, json.load(file))


def read_dump(engine: str) -> list[str]:
    """Return the statements that make the database."""
    with gzip.open(VECTORS / f"{DUMPS[engine]}.sql.gz", "rt", encoding="utf-8") as file:
        return [statement for part in file.read().split(";\n") if (statement := part.strip())]
