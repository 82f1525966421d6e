"""What the recorded ids, tokens and times are called here."""

from collections.abc import Iterable
from typing import Any, Literal

Space = Literal["value", "code", "time"]
"""Six digits and milliseconds mean little by themselves, so they are remembered apart."""

_Name = tuple[Space, Any]


class Bindings:
    """The recorded values of one app with ours; what a comparison bound can be taken back."""

    def __init__(self) -> None:
        self._ours: dict[_Name, Any] = {}
        self._recorded: dict[_Name, Any] = {}
        self._order: list[_Name] = []
        self.sent: set[str] = set()
        """Values that clients chose; they have to come back as they are."""
        self.lost: dict[str, str] = {}
        """New values that our answer did not give, with the reason why."""

    def known(self, recorded: Any, space: Space = "value") -> Any | None:
        """Return our name of a recorded value, if it has one."""
        return self._ours.get((space, recorded))

    def bind(self, recorded: Any, ours: Any, space: Space = "value") -> bool:
        """Remember a pair; answers False if ours already stands for another recorded value."""
        name = (space, recorded)
        if name not in self._ours:
            if space != "time" and self._recorded.get((space, ours), recorded) != recorded:
                return False
            self._order.append(name)
        self._ours[name] = ours
        self._recorded[(space, ours)] = recorded
        return True

    def mark(self) -> int:
        """Return a point to go back to."""
        return len(self._order)

    def go_back(self, mark: int) -> None:
        """Forget what was bound since a mark."""
        while len(self._order) > mark:
            name = self._order.pop()
            self._recorded.pop((name[0], self._ours.pop(name)), None)

    def lose(self, values: Iterable[str], because: str) -> None:
        """Note recorded values that have no name here, unless they have one."""
        for value in values:
            if ("value", value) not in self._ours and value not in self.sent:
                self.lost.setdefault(value, because)
