"""The oracle itself: the core's own answers pass, and changes of them are noticed."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from tests.wire.java_core.asking import ask_all
from tests.wire.java_core.comparison import JSON_TYPE, MASK, NEW_CLAIMS, TEXT_TYPE
from tests.wire.java_core.manifest import Manifest, Question, read_manifest
from tests.wire.oracles.asking import Crash, SetClock
from tests.wire.oracles.findings import Findings

manifest = cache(read_manifest)


@dataclass
class RecordedCore:
    """Answers with the core's own answers in order, with new tokens for those that the manifest leaves out."""

    questions: list[Question]
    spoiled: Mapping[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._left = iter(self.questions)
        self._names: dict[str, str] = {}

    def call(self, method: str, target: str, *, body: bytes | None, headers: Mapping[str, str]) -> Crash:
        """Answer the next question."""
        question = next(self._left)
        assert (method, target) == (question.method, question.target)
        assert b"${" not in (body or b"")
        if isinstance(question.answer, str):
            return Crash(f"{question.answer}\n", question.status, {"content-type": TEXT_TYPE})
        answer = json.loads(json.dumps(question.answer))
        claims = dict(question.recorded.get("access_token_claims", {}))
        if answer.get("refreshToken", {}).get("token") == MASK:
            token = f"{'A' * 200}.{question.number:064x}.V2"
            answer["refreshToken"]["token"] = token
            self._names[claims["refreshTokenHash1"]] = hashlib.sha256(token.encode()).hexdigest()
        if answer.get("accessToken", {}).get("token") == MASK:
            renamed = {name: self._renamed(name, value) for name, value in claims.items()}
            answer["accessToken"]["token"] = _jwt(question.recorded["access_token_header"], renamed)
            if "antiCsrfToken" in answer:
                answer["antiCsrfToken"] = renamed["antiCsrfToken"]
        answer.update(self.spoiled.get(question.number, {}))
        answered = {"content-type": JSON_TYPE}
        if age := question.recorded.get("cache_control"):
            answered["cache-control"] = age
        return Crash(json.dumps(answer) + "\n", question.status, answered)

    def _renamed(self, name: str, value: Any) -> Any:
        if name == "antiCsrfToken" and value:
            return str(uuid5(NAMESPACE_URL, value))
        return self._names.get(value, value) if name in NEW_CLAIMS else value


def _jwt(*parts: Any) -> str:
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])


def asked(about: Manifest, spoiled: Mapping[int, Any]) -> Findings[Question]:
    """Ask everything, with some answers changed."""
    return ask_all(about.questions, RecordedCore(about.questions, spoiled), SetClock(), ())


@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_the_core_s_own_answers_pass(engine: str) -> None:
    findings = asked(manifest(engine), {})
    assert not findings.unexplained, findings.report()
    assert not findings.not_asked


@pytest.mark.parametrize(
    ("name", "spoiled", "where"),
    [
        ("apiversion", {"versions": ["5.1"]}, "$.versions"),
        ("access token 0 without the database", {"accessToken": {"token": "x"}}, "$.accessToken"),
        ("the newest refresh token", {"refreshToken": "gone"}, "$.refreshToken"),
        ("the newest refresh token", {"status": "DONE"}, "$.status"),
        ("afterwards", {"expiry": 1}, "$.expiry"),
        ("afterwards", {"timeCreated": 1}, "$.timeCreated"),
        ("another token, same key", {"jwt": "x"}, "$.jwt"),
        ("devices", {"devices": []}, "$.devices"),
    ],
)
def test_a_change_is_noticed(name: str, spoiled: Any, where: str) -> None:
    about = manifest("mariadb")
    number = next(q.number for q in about.questions if q.recorded["name"] == name)
    found = asked(about, {number: spoiled}).unexplained
    assert found[0].number == number
    assert where in {problem.where for problem in found[0].problems}
