"""Compares an answer with the recorded one: new values are bound, everything else has to be equal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.wire.oracles.bindings import Bindings, Space
from tests.wire.oracles.forms import CODE, JWT, PAGE, Form, Path, form_at, is_ordered_at, is_time_at
from tests.wire.oracles.tokens import jwt_parts, page_parts, sha256_hex

SECOND_MS = 1_000
TIME_TOLERANCE_MS = 2_500
"""Recorded times were taken while the core worked, up to a second before its answer, and some lost their fraction."""


@dataclass(frozen=True)
class Problem:
    """One difference: where, what was recorded, what is answered here."""

    where: str
    expected: Any
    got: Any


@dataclass(frozen=True)
class Matcher:
    """Compares parsed JSON.

    `form_at` says where values are new, `is_time_at` where times are, `is_ordered_at` where an array has an order.
    """

    bindings: Bindings
    form_at: Callable[[Path], Form | None] = form_at
    is_time_at: Callable[[Path], bool] = is_time_at
    is_ordered_at: Callable[[Path], bool] = is_ordered_at
    time_tolerance_ms: int = TIME_TOLERANCE_MS

    def compare(self, recorded: Any, ours: Any, path: Path = ()) -> list[Problem]:
        """Return the differences of an answer, or of what stands at a path in it."""
        return self._compare(path, recorded, ours) + _mismatched_hashes(ours)

    def _compare(self, path: Path, recorded: Any, ours: Any) -> list[Problem]:
        if type(recorded) is not type(ours):
            return [_problem(path, recorded, ours)]
        if isinstance(recorded, dict):
            return self._compare_objects(path, recorded, ours)
        if isinstance(recorded, list):
            return self._compare_arrays(path, recorded, ours)
        if isinstance(recorded, str):
            return self._compare_texts(path, recorded, ours)
        if isinstance(recorded, int) and not isinstance(recorded, bool) and self.is_time_at(path):
            return self._compare_times(path, recorded, ours)
        return [] if recorded == ours else [_problem(path, recorded, ours)]

    def _compare_objects(self, path: Path, recorded: dict[str, Any], ours: dict[str, Any]) -> list[Problem]:
        problems: list[Problem] = []
        for name, value in recorded.items():
            if name in ours:
                problems += self._compare((*path, name), value, ours[name])
            else:
                problems.append(_problem((*path, name), value, "(missing)"))
        for name, value in ours.items():
            if name not in recorded:
                problems.append(_problem((*path, name), "(not there)", value))
        return problems or _mismatched_durations(path, recorded, ours)

    def _compare_arrays(self, path: Path, recorded: list[Any], ours: list[Any]) -> list[Problem]:
        if len(recorded) != len(ours):
            return [_problem(path, recorded, ours)]
        if self.is_ordered_at(path) or len(recorded) < 2:
            pairs = zip(recorded, ours, strict=True)
        else:
            pairs = zip(*self._paired(path, recorded, ours), strict=True)
        return [problem for mine, theirs in pairs for problem in self._compare(path, mine, theirs)]

    def _paired(self, path: Path, recorded: list[Any], ours: list[Any]) -> tuple[list[Any], list[Any]]:
        """Put two sets in the same order: first what is known, then what can be bound, then the rest as it is."""
        pairs: list[tuple[Any, Any]] = []
        for may_bind in (False, True):
            for mine in list(recorded):
                for theirs in ours:
                    if self._agree(path, mine, theirs, may_bind=may_bind):
                        pairs.append((mine, theirs))
                        recorded = _without(recorded, mine)
                        ours = _without(ours, theirs)
                        break
        pairs += zip(recorded, ours, strict=True)
        return [mine for mine, _ in pairs], [theirs for _, theirs in pairs]

    def _agree(self, path: Path, recorded: Any, ours: Any, *, may_bind: bool) -> bool:
        mark = self.bindings.mark()
        is_equal = not self._compare(path, recorded, ours)
        is_equal = is_equal and (may_bind or self.bindings.mark() == mark)
        if not is_equal:
            self.bindings.go_back(mark)
        return is_equal

    def _compare_texts(self, path: Path, recorded: str, ours: str) -> list[Problem]:
        form = self.form_at(path)
        if form is JWT and JWT.matches(recorded):
            return self._compare_jwts(path, recorded, ours)
        if form is PAGE and PAGE.matches(recorded):
            return self._compare_pages(path, recorded, ours)
        space: Space = "code" if form is CODE else "value"
        known = self.bindings.known(recorded, space)
        if known is not None or form is None or recorded in self.bindings.sent or not form.matches(recorded):
            expected = recorded if known is None else known
            return [] if expected == ours else [_problem(path, expected, ours)]
        if not form.matches(ours):
            return [_problem(path, f"a {form.name} such as {recorded}", ours)]
        if not self.bindings.bind(recorded, ours, space):
            return [_problem(path, f"a new {form.name}", f"{ours} (seen before)")]
        return []

    def _compare_jwts(self, path: Path, recorded: str, ours: str) -> list[Problem]:
        try:
            header, claims = jwt_parts(ours)
        except ValueError as error:
            return [_problem(path, "a JWT", f"{ours} ({error})")]
        wanted_header, wanted_claims = jwt_parts(recorded)
        problems = self._compare((*path, "header"), wanted_header, header)
        problems += self._compare((*path, "claims"), wanted_claims, claims)
        self.bindings.bind(recorded, ours)
        return problems

    def _compare_pages(self, path: Path, recorded: str, ours: str) -> list[Problem]:
        try:
            parts = page_parts(ours)
        except ValueError:
            return [_problem(path, "base64 of <user id>;<time>", ours)]
        wanted = page_parts(recorded)
        problems = self._compare_texts((*path, "userId"), wanted[0], parts[0])
        problems += self._compare_times((*path, "timeJoined"), wanted[1], parts[1])
        self.bindings.bind(recorded, ours)
        return problems

    def _compare_times(self, path: Path, recorded: int, ours: int) -> list[Problem]:
        """Compare times; one in milliseconds is the name of a moment and stays the same wherever it is told."""
        is_in_seconds = path[-1] in {"iat", "exp"}
        unit_ms = SECOND_MS if is_in_seconds else 1
        known = self.bindings.known(recorded, "time")
        if known is not None:
            return [] if known == ours else [_problem(path, known, ours)]
        if abs(recorded - ours) * unit_ms > self.time_tolerance_ms:
            return [_problem(path, f"about {recorded}", ours)]
        if not is_in_seconds and recorded % SECOND_MS:
            self.bindings.bind(recorded, ours, "time")
        return []


def _problem(path: Path, expected: Any, got: Any) -> Problem:
    return Problem(".".join(("$", *path)), expected, got)


def _without(values: list[Any], value: Any) -> list[Any]:
    at = next(index for index, item in enumerate(values) if item is value)
    return values[:at] + values[at + 1 :]


def _mismatched_durations(path: Path, recorded: dict[str, Any], ours: dict[str, Any]) -> list[Problem]:
    """Tokens live exactly as long as recorded; of those in full seconds either end may have lost its fraction."""
    if not {"createdTime", "expiry"} <= recorded.keys():
        return []
    wanted, lives = recorded["expiry"] - recorded["createdTime"], ours["expiry"] - ours["createdTime"]
    slack = SECOND_MS if recorded["expiry"] % SECOND_MS == 0 else 0
    return [] if abs(wanted - lives) <= slack else [_problem((*path, "(lifetime)"), wanted, lives)]


def _mismatched_hashes(ours: Any) -> list[Problem]:
    """An access token names the refresh token that it was given with."""
    match ours:
        case {"accessToken": {"token": str(access_token)}, "refreshToken": {"token": str(refresh_token)}}:
            pass
        case _:
            return []
    try:
        claimed = jwt_parts(access_token)[1].get("refreshTokenHash1")
    except ValueError:
        return []
    wanted = sha256_hex(refresh_token)
    where = ("accessToken", "token", "claims", "refreshTokenHash1")
    return [] if claimed == wanted else [_problem(where, wanted, claimed)]
