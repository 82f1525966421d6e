"""Starts real database servers for the tests, in a second and with nothing left behind.

The choice: the server of TEST_MYSQL_URL or TEST_POSTGRES_URL (its user must be allowed to create databases), else the
programs that infra/setup/programs.py finds, else the tests that need one are skipped, or fail where CI=true.
"""

import os
import secrets
import signal
import subprocess
from pathlib import Path

import psycopg
import pymysql
import pytest

from infra.setup.programs import MARIADB, POSTGRESQL, Program
from tests.certificates import Certificates, make_certificates
from tests.databases import MySQLServer, PostgreSQLServer, Server
from tests.processes import ServerFailed, ServerProcess, free_port

_CONNECTIONS = 400
_MYSQL_FLAGS = (
    f"--max-connections={_CONNECTIONS}",
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",  # with its default collation: tables must name theirs
    "--innodb-buffer-pool-size=64M",
    "--innodb-doublewrite=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--performance-schema=0",
)
_MARIADB_FLAGS = ("--innodb-log-file-size=4M", "--aria-log-file-size=8M")
_DURABLE_FLAGS = ("--innodb-fast-shutdown=1", "--innodb-doublewrite=1", "--innodb-flush-log-at-trx-commit=1")
_ORACLE_FLAGS = ("--innodb-redo-log-capacity=64M", "--mysqlx=0", "--secure-file-priv=NULL")
_MYSQL_ROOT = (
    "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';",
    "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
)
_POSTGRESQL_SETTINGS = (
    f"max_connections={_CONNECTIONS}",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "jit=off",
    "dynamic_shared_memory_type=mmap",  # nothing outside the data directory
)


def require(program: Program) -> Path:
    """Return where a program is; without it, skip the test, or fail it where CI=true."""
    if path := program.find():
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(program.advice)
    pytest.skip(program.advice)


def mysql_server() -> Server:
    """Return the server of TEST_MYSQL_URL, or start one that lets everybody do everything."""
    if url := os.environ.get("TEST_MYSQL_URL"):
        return MySQLServer(url)
    return start_mysql(has_accounts=False)


def postgresql_server() -> Server:
    """Return the server of TEST_POSTGRES_URL, or start one that believes every name."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        return PostgreSQLServer(url)
    return start_postgresql(has_accounts=False)


def start_mysql(*, has_accounts: bool, is_durable: bool = False) -> Server:
    """Start MariaDB or MySQL; with accounts it has passwords, privileges and TLS, and takes longer.

    Only a durable one can be started again.
    """
    program = require(MARIADB)
    is_mariadb = "MariaDB" in subprocess.check_output([program, "--version"], text=True)
    process, port = ServerProcess("mysql", signal.SIGTERM), free_port()
    data = process.make_directory("data")
    flags = [f"--datadir={data}", f"--tmpdir={process.directory}", *_MYSQL_FLAGS]
    flags += _MARIADB_FLAGS if is_mariadb else _ORACLE_FLAGS
    if not is_mariadb:
        process.run(program, "--no-defaults", "--initialize-insecure", *flags)
    elif has_accounts:
        tables = process.write("tables.sql", *_account_tables(program))
        process.run(program, "--no-defaults", "--bootstrap", *flags, script=tables)
    if is_mariadb and not has_accounts:
        flags.append("--skip-grant-tables")  # then an empty directory is enough
    else:
        flags.append(f"--init-file={process.write('root.sql', *_MYSQL_ROOT)}")
    certificates = _certificates(process) if has_accounts else None
    if certificates:
        flags += [f"--ssl-ca={certificates.authority}", f"--ssl-cert={certificates.certificate}"]
        flags.append(f"--ssl-key={certificates.key}")
    socket, pid_file = process.directory / "socket", process.directory / "pid"
    flags += [f"--port={port}", f"--socket={socket}", f"--pid-file={pid_file}", "--innodb-fast-shutdown=2"]
    flags += _DURABLE_FLAGS if is_durable else ()
    authority = certificates.authority if certificates else None
    server = MySQLServer(f"mysql://root@127.0.0.1:{port}", process, authority)
    process.start([program, "--no-defaults", *flags], lambda: _answers(server))
    return server


def start_postgresql(*, has_accounts: bool) -> Server:
    """Start PostgreSQL; with accounts it has passwords and TLS."""
    program = require(POSTGRESQL)
    process, port = ServerProcess("postgresql", signal.SIGINT), free_port()
    data = process.make_directory("data")
    password = secrets.token_urlsafe(12)
    process.run(
        program.resolve().with_name("initdb"),
        *("-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        *("--auth-local=trust", f"--auth-host={'scram-sha-256' if has_accounts else 'trust'}"),
        f"--pwfile={process.write('password', password)}",
    )
    settings = list(_POSTGRESQL_SETTINGS)
    certificates = _certificates(process) if has_accounts else None
    if certificates:
        settings += [
            "ssl=on",
            f"ssl_cert_file={certificates.certificate}",
            f"ssl_key_file={certificates.key}",
        ]
    account = f"postgres:{password}" if has_accounts else "postgres"
    url = f"postgresql://{account}@127.0.0.1:{port}/postgres"
    server = PostgreSQLServer(url, process, certificates.authority if certificates else None)
    options = [word for setting in settings for word in ("-c", setting)]
    listening = ["-h", "127.0.0.1", "-p", str(port), "-k", str(process.directory)]
    process.start([program, "-D", data, *options, *listening], lambda: _answers(server))
    return server


def _account_tables(program: Path) -> list[str]:
    """Return the SQL that mariadb-install-db runs; the script itself needs programs of other packages."""
    share = program.resolve().parent.parent / "share"
    found = [*share.glob("m*/m*_system_tables.sql"), *share.glob("m*_system_tables.sql")]
    if not found:
        raise ServerFailed(f"{program} belongs to an installation without system tables in {share}")
    rows = found[0].with_name(f"{found[0].stem}_data.sql")
    return ["CREATE DATABASE mysql;", "USE mysql;", found[0].read_text(), rows.read_text()]


def _certificates(process: ServerProcess) -> Certificates:
    certificates = make_certificates(process.directory)
    process.give(certificates.authority, certificates.certificate, certificates.key)
    return certificates


def _answers(server: Server) -> bool:
    try:
        server.execute("SELECT 1")
    except (pymysql.OperationalError, psycopg.OperationalError):
        return False
    return True
