"""A database for the developer's commands, which have no fixtures."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import servers


@contextmanager
def engine_url(engine: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database, on a server that is stopped afterwards unless it is SQLite."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'oracle.db'}"
        return
    server = servers.mysql_server() if engine == "mariadb" else servers.postgresql_server()
    try:
        yield server.create_database()
    finally:
        server.stop()
