"""Connections over the network are encrypted, and to a server that a known authority vouches for."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from gatehouse.errors import DatabaseRefused, SettingInvalid
from gatehouse.store.engines import engine_for, tls
from tests.certificates import make_certificates
from tests.databases import Server

LAMBDA_BUNDLE = "/etc/pki/tls/certs/ca-bundle.crt"


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Treat this machine's servers as if they were far away, and read the authorities anew."""
    monkeypatch.setattr("gatehouse.store.engines.mysql.LOOPBACK", frozenset())
    tls.ca_bundle.cache_clear()
    tls.verified_context.cache_clear()
    yield
    tls.ca_bundle.cache_clear()
    tls.verified_context.cache_clear()


@pytest.fixture
def bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return where the system's authorities are, as Amazon Linux has them: in a bundle that Python is not told of."""
    file = tmp_path / "ca-bundle.crt"
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: SimpleNamespace(cafile=None))
    moved = tuple(str(file) if path == LAMBDA_BUNDLE else str(tmp_path / "none") for path in tls._BUNDLES)
    monkeypatch.setattr(tls, "_BUNDLES", moved)
    return file


def cipher(url: str) -> str:
    """Return how a connection is encrypted, as the server sees it."""
    connection = engine_for(url).connect()
    [result] = connection.run([("SHOW STATUS LIKE 'Ssl_cipher'", {})])
    connection.close()
    return str(result.rows[0][1])


def test_server_of_a_known_authority_is_accepted(guarded_mariadb_server: Server, bundle: Path) -> None:
    assert guarded_mariadb_server.ca_file
    bundle.write_bytes(guarded_mariadb_server.ca_file.read_bytes())
    assert cipher(guarded_mariadb_server.create_database())


def test_server_of_a_foreign_authority_is_refused(
    guarded_mariadb_server: Server, bundle: Path, tmp_path: Path
) -> None:
    bundle.write_bytes(make_certificates(tmp_path).authority.read_bytes())
    with pytest.raises(DatabaseRefused) as caught:
        cipher(guarded_mariadb_server.create_database())
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.__cause__)


def test_server_of_another_name_is_refused(guarded_mariadb_server: Server, bundle: Path) -> None:
    assert guarded_mariadb_server.ca_file
    bundle.write_bytes(guarded_mariadb_server.ca_file.read_bytes())
    with pytest.raises(DatabaseRefused) as caught:
        cipher(guarded_mariadb_server.create_database().replace("127.0.0.1", "localhost"))
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.__cause__)


def test_authority_may_be_named_in_the_url(
    guarded_mariadb_server: Server, bundle: Path, tmp_path: Path
) -> None:
    bundle.write_bytes(make_certificates(tmp_path).authority.read_bytes())
    assert cipher(f"{guarded_mariadb_server.create_database()}?ssl_ca={guarded_mariadb_server.ca_file}")
    with pytest.raises(SettingInvalid, match="ssl_ca cannot be read"):
        cipher(f"{guarded_mariadb_server.create_database()}?ssl_ca={tmp_path / 'none.pem'}")
