"""The settings as they are now: a secret that was rotated is found without a deployment."""

import os
from collections.abc import Callable
from threading import RLock

from gatehouse.clock import SECOND_MS, Clock, now_ms
from gatehouse.config import Settings, load_settings, secrets_max_age_s
from gatehouse.database_settings import Environment
from gatehouse.errors import SettingInvalid
from gatehouse.parameters import Parameters

Check = Callable[[Settings], None]
"""What one function demands of the settings besides; raises SettingInvalid."""

PAUSE_MS = 10 * SECOND_MS
"""After something was refused, AWS is asked again at once, but never twice within this time."""


def demand_nothing(settings: Settings) -> None:
    """Take any settings."""


class CurrentSettings:
    """The settings of the environment, whose references are asked for again when their values are too old."""

    def __init__(
        self,
        check: Check = demand_nothing,
        environ: Environment | None = None,
        clock: Clock = now_ms,
    ) -> None:
        self.check = check
        self._environ = os.environ if environ is None else environ
        self._clock = clock
        self._lock = RLock()
        self.forget()

    def forget(self) -> None:
        """Keep nothing: after a restored snapshot, what was kept may be of another year."""
        self._settings: Settings | None = None
        self._parameters: Parameters | None = None
        self._failure: SettingInvalid | None = None
        self._is_doubted = False
        self._asked_at_ms = 0

    def read(self) -> Settings:
        """Return the settings: the same object until one of them has changed. Raises SettingInvalid."""
        with self._lock:
            if self._settings is None or self._failure or self._is_due:
                self._ask()
            if self._settings is None:
                raise AssertionError("unreachable")
            return self._settings

    def doubt(self) -> None:
        """Let the next request ask for the secrets, because somebody has refused one."""
        self._is_doubted = True

    def renew(self) -> Settings:
        """Ask for the secrets at once, because somebody has refused one; return what holds now."""
        self.doubt()
        return self.read()

    @property
    def _is_due(self) -> bool:
        if self._parameters is None:
            return False
        is_doubted = self._is_doubted and self._clock() - self._asked_at_ms >= PAUSE_MS
        return is_doubted or self._clock() >= self._parameters.good_until_ms

    def _ask(self) -> None:
        """Ask for what is due; a failure is told again, without asking, until the pause is over."""
        parameters = self._parameters = self._parameters or Parameters(
            secrets_max_age_s(self._environ), self._clock
        )
        now = self._clock()
        if self._failure and now - self._asked_at_ms < PAUSE_MS:
            raise SettingInvalid(self._failure.name, self._failure.reason)
        if self._failure or self._is_doubted:
            parameters.expire()
        self._is_doubted = False
        self._asked_at_ms = now
        try:
            settings = load_settings(self._environ, parameters.resolve_all)
            self.check(settings)
        except SettingInvalid as error:
            self._failure = error if parameters.has_asked else None
            raise
        self._failure = None
        if settings != self._settings:
            self._settings = settings
