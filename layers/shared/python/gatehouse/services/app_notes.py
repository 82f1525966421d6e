"""What SuperTokens notes about an app in `key_value`: its licence key, its domains, its id for telemetry."""

from gatehouse.clock import Clock
from gatehouse.models import PUBLIC
from gatehouse.recipe_errors import InvalidLicenseKey, NoLicenseKeyFound
from gatehouse.store import key_value
from gatehouse.store.database import Database
from gatehouse.store.statement import Query

LICENSE_KEY = "LICENSE_KEY"
TELEMETRY_ID = "TELEMETRY_ID"
NOT_PRESENT = "NOT_PRESENT"
"""What the Java core stores in the place of a licence key that was removed."""

LONGEST_DOMAIN = 1_024


class AppNotes:
    """Notes that change nothing: every feature is on, and nothing is sent home."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def ping(self, app_id: str) -> None:
        """Ask the database for a note; raises DatabaseError where it does not answer."""
        self._database.run(key_value.get_value(app_id, PUBLIC, "Test"))

    def get_license_key(self, app_id: str) -> str:
        """Return the licence key that was stored; raises NoLicenseKeyFound."""
        key = self._database.run(key_value.get_value(app_id, PUBLIC, LICENSE_KEY))
        if key is None or key == NOT_PRESENT:
            raise NoLicenseKeyFound
        return key

    def set_license_key(self, app_id: str, key: str) -> None:
        """Store a licence key, whatever it says; raises InvalidLicenseKey for what means none."""
        if key in {"", NOT_PRESENT}:
            raise InvalidLicenseKey
        self._database.run(self._written(app_id, LICENSE_KEY, key))

    def remove_license_key(self, app_id: str) -> None:
        """Forget the licence key, if there is one."""
        self._database.run(key_value.delete_value(app_id, PUBLIC, LICENSE_KEY))

    def get_telemetry_id(self, app_id: str) -> str | None:
        """Return the id that a Java core has made for telemetry, if there is one."""
        return self._database.run(key_value.get_value(app_id, PUBLIC, TELEMETRY_ID))

    def note_domains(self, app_id: str, *, website: str | None, api: str | None) -> None:
        """Note the domains that an SDK names at its start; writes only what has changed."""
        given = {"websiteDomain": website, "apiDomain": api}
        domains = {name: value for name, value in given.items() if value and len(value) <= LONGEST_DOMAIN}
        if not domains:
            return
        known = self._database.batch(*(key_value.get_value(app_id, PUBLIC, name) for name in domains))
        changed = [
            self._written(app_id, name, value)
            for (name, value), before in zip(domains.items(), known, strict=True)
            if value != before
        ]
        if changed:
            self._database.batch(*changed)

    def _written(self, app_id: str, name: str, value: str) -> Query[int]:
        return key_value.upsert_value(app_id, PUBLIC, name=name, value=value, now_ms=self._clock())
