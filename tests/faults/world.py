"""A house behind a faulty proxy, warm and with short patience, and what flows need of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql

from gatehouse.bootstrap import House
from gatehouse.models import TableNames
from gatehouse.store.database import Database
from gatehouse.store.engines import Engine, engine_for
from gatehouse.store.statement import Sql
from tests.api import Api
from tests.core import Core
from tests.faults.ledger import Contents, Ledger
from tests.faults.proxy import FaultyProxy, Killer, faulty_proxy
from tests.frontend import Frontend
from tests.houses import Home, StoppedClock, open_house
from tests.oauth.world import ISSUER, publish
from tests.oauth.world import World as ThirdParties

PATIENCE_S = 6.0
SHORT_S = 0.15
"""How long a silent server is waited for."""

ACME = {
    "thirdPartyId": "acme",
    "oidcDiscoveryEndpoint": f"{ISSUER}/.well-known/openid-configuration",
    "clients": [{"clientId": "c1", "clientSecret": "s1"}],
}
SETTINGS = {
    "THIRD_PARTY_PROVIDERS": json.dumps([ACME]),
    "BCRYPT_LOG_ROUNDS": "4",
    "WEBHOOK_URLS": "https://hooks.example.com/gatehouse",
    "MFA": "on",
    "ADMIN_EMAILS": "ada@example.com",
    "FIRST_FACTORS": "emailpassword,link-email,otp-email,thirdparty",
    "EMAIL_VERIFICATION": "optional",
    "ACCOUNT_LINKING": "verified",
    "SEND_LIMIT_PER_ADDRESS": "1000",
    "SEND_LIMIT_PER_CLIENT": "1000",
}


class Town:
    """A home, its database's proxy and ledger, and the interfaces of the house."""

    def __init__(self, home: Home, engine: Engine, proxy: FaultyProxy, ledger: Ledger) -> None:
        self.home, self.proxy, self.ledger = home, proxy, ledger
        self._engine = engine
        self.core = Core(home.house)
        third_parties = ThirdParties()
        publish(third_parties)
        home.house.__dict__["oauth"] = third_parties.client
        self.start: Contents = {}

    @property
    def house(self) -> House:
        """The house."""
        return self.home.house

    @property
    def api(self) -> Api:
        """Return the REST functions, whose house is this one from now on."""
        return Api(self.house)

    @property
    def database(self) -> Database:
        """The house's gateway."""
        return self.home.house.database

    def frontend(self) -> Frontend:
        """Return a frontend where nobody is signed in."""
        return Frontend(self.house)

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Wait for the server as long as this, meanwhile."""
        self._engine.statement_timeout_s = seconds  # type: ignore[misc]
        yield
        self._engine.statement_timeout_s = PATIENCE_S  # type: ignore[misc]

    def recover(self) -> None:
        """Let the server be there, and the house be connected and not remember that it was not."""
        self.proxy.plan(None)
        self.database._down_until = 0.0
        self.database.run(Sql("SELECT 1").run())

    def begin_anew(self) -> None:
        """Be as at the beginning: a warm house, with nothing in its database but keys."""
        self.recover()
        self.ledger.put_back(self.start)

    def ask_core(self, method: str, path: str, body: Any = None) -> Any:
        """Return the core's answer, whatever it is."""
        content = None if body is None else json.dumps(body).encode()
        return self.core.call(method, path, body=content, headers={"cdi-version": "5.4"})


def killer(url: str) -> Killer:
    """Return what ends a connection of a number at the server of a database's URL."""
    parts = urlsplit(url)

    def end(number: int) -> None:
        if parts.scheme == "postgresql":
            with psycopg.connect(url, autocommit=True) as connection:
                assert connection.execute("SELECT pg_terminate_backend(%s)", (number,)).fetchall() == [
                    (True,)
                ]
            return
        with pymysql.connect(
            host=parts.hostname, port=parts.port or 0, user=parts.username, ssl_disabled=True
        ) as admin:
            admin.query(f"KILL CONNECTION {number}")

    return end


@contextmanager
def open_town(url: str, ledger: Ledger, mailbox: Path) -> Iterator[Town]:
    """Build a house on a migrated, empty database, and let it make its keys."""
    parts = urlsplit(url)
    with faulty_proxy(url, killer(url)) as proxy:
        behind = url.replace(f":{parts.port}/", f":{proxy.port}/")
        home = open_house(behind, mailbox, StoppedClock(), **SETTINGS)
        engine = engine_for(behind, statement_timeout_s=PATIENCE_S)
        home.house.__dict__["database"] = Database(engine, TableNames())
        town = Town(home, engine, proxy, ledger)
        _warm_up(town)
        yield town
        home.close()


def _warm_up(town: Town) -> None:
    """Make keys, and forget who was there meanwhile."""
    empty = town.ledger.read()
    town.home.sign_in("first@example.com")
    town.frontend().sign_up("second@example.com")
    town.ask_core("GET", "/hello")
    keys = {"session_access_token_signing_keys", "jwt_signing_keys", "key_value"}
    full = town.ledger.read()
    town.start = {**empty, **{table: rows for table, rows in full.items() if table in keys}}
    town.begin_anew()
