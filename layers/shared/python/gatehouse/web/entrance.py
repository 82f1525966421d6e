"""The way into the house: built on the first request, and built anew when a secret has been rotated."""

import logging
from collections.abc import Callable
from threading import Lock

from gatehouse.bootstrap import Builder, House
from gatehouse.cold_start import problems, refuse_to_start, warn_of_secrets_in_clear
from gatehouse.config import Settings
from gatehouse.current_settings import Check, CurrentSettings, demand_nothing
from gatehouse.delivery.address import parse_sender
from gatehouse.delivery.smtp_url import parse_smtp_url
from gatehouse.parameters import is_reference
from gatehouse.store.engines.address import check_url
from gatehouse.web import answers
from gatehouse.web.snapshot import around_snapshot


class Entrance:
    """Keeps the house that requests are answered in: nothing is read or opened before the first (SnapStart).

    `build` is asked at each request, and returns the same house for as long as its settings are the same.
    """

    def __init__(self, build: Callable[[], House]) -> None:
        self._build = build
        self._house: House | None = None
        self._lock = Lock()

    @property
    def house(self) -> House:
        """The function's own house; raises SettingInvalid until the settings are right."""
        with self._lock:
            house = self._build()
            if house is not self._house:
                self._leave()
                self._house = house
                _set_up_logging(house.settings.log_level)
            return house

    def close(self) -> None:
        """Forget the house, and what it holds."""
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        """Close the connection of the house before; requests that are still in it would open another."""
        if self._house:
            self._house.close()
        self._house = None


def open_entrance(check: Check = demand_nothing) -> Entrance:
    """Return the entrance of a function to the house that its environment describes.

    On a deployed stage the function does not start with a wrong setting: one line in its log names it.
    """

    def demand(settings: Settings) -> None:
        check(settings)
        _demand_addresses(settings)

    refuse_to_start(lambda environ: problems(environ, demand))
    warn_of_secrets_in_clear()
    builder = Builder(CurrentSettings(demand))
    entrance = Entrance(builder)

    def forget() -> None:
        entrance.close()
        builder.forget()

    around_snapshot(forget)
    return entrance


def _demand_addresses(settings: Settings) -> None:
    """Raise SettingInvalid for what would else be read only when it is needed; a reference stands for a good one."""
    parse_sender(settings.email_from)
    if settings.smtp_url and not is_reference(settings.smtp_url):
        parse_smtp_url(settings.smtp_url)
    if not is_reference(settings.database_url):
        check_url(settings.database_url)


def _set_up_logging(level: str) -> None:
    """Log through Lambda's own handler, or to standard error where there is none."""
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s")
    answers.log.setLevel(level.upper())
