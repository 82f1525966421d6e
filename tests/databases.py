"""What tests do on a database server: make databases and accounts, run statements."""

import secrets
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pymysql

from tests.processes import ServerProcess

FreshDatabase = Callable[[str], str]
"""Takes `sqlite`, `mariadb` or `postgresql`; returns the URL of an empty database."""


class Server(ABC):
    """A database server by its administrator's URL.

    `ca_file` is the authority of its TLS certificate, where it has one. One without a process is not ours.
    """

    def __init__(self, url: str, process: ServerProcess | None = None, ca_file: Path | None = None) -> None:
        self.url = url
        self.ca_file = ca_file
        self.process = process
        self._databases: list[str] = []

    @abstractmethod
    def execute(self, *statements: str, database: str = "") -> None:
        """Run statements as the administrator, in a database or in none."""

    @abstractmethod
    def create_account(self, database_url: str, *privileges: str) -> str:
        """Make an account that may only do the given things with a database's tables; return its URL there."""

    def create_database(self) -> str:
        """Make an empty database; return its URL for the administrator."""
        name = f"gatehouse_{secrets.token_hex(6)}"
        self.execute(f"CREATE DATABASE {name}")
        self._databases.append(name)
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def stop(self) -> None:
        """Stop the server, or drop what was made on one that is not ours."""
        if self.process:
            self.process.stop()
        else:
            self.execute(*(f"DROP DATABASE IF EXISTS {name}" for name in self._databases))


class MySQLServer(Server):
    """MariaDB, MySQL, or what speaks like them."""

    def execute(self, *statements: str, database: str = "") -> None:
        """Run statements as the administrator, in a database or in none."""
        parts = urlsplit(self.url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        ca_file = self.ca_file or options.get("ssl_ca")
        connection = pymysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=database or None,
            unix_socket=options.get("unix_socket"),
            ssl=ssl.create_default_context(cafile=ca_file) if ca_file else None,
            ssl_disabled=not ca_file,
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def create_account(self, database_url: str, *privileges: str) -> str:
        """Make an account that may only do the given things with a database's tables; return its URL there."""
        name, password = _account()
        self.execute(
            f"CREATE USER '{name}'@'%' IDENTIFIED BY '{password}'",
            f"GRANT {', '.join(privileges)} ON {_database(database_url)}.* TO '{name}'@'%'",
        )
        return _with_account(database_url, name, password)


class PostgreSQLServer(Server):
    """PostgreSQL."""

    def execute(self, *statements: str, database: str = "") -> None:
        """Run statements as the administrator, in a database or in that of the URL."""
        url = urlsplit(self.url)._replace(path=f"/{database}").geturl() if database else self.url
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create_account(self, database_url: str, *privileges: str) -> str:
        """Make an account that may only do the given things with a database's tables; return its URL there."""
        name, password = _account()
        granted = ", ".join(privileges)
        self.execute(
            f"CREATE ROLE {name} LOGIN PASSWORD '{password}'",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            f"GRANT {granted} ON ALL TABLES IN SCHEMA public TO {name}",
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {granted} ON TABLES TO {name}",
            database=_database(database_url),
        )
        return _with_account(database_url, name, password)


def _account() -> tuple[str, str]:
    return f"account_{secrets.token_hex(4)}", secrets.token_urlsafe(12)


def _database(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _with_account(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{name}:{password}@{host}").geturl()
