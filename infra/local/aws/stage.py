"""What a stage needs before it is deployed: its secrets in Parameter Store, and a database of today's shape."""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.aws.account import client_of

_SQLITE = "sqlite:///"


class NotPrepared(Exception):
    """The stage cannot be prepared; what is wrong has been said."""


@dataclass(frozen=True)
class Secrets:
    """What was put into Parameter Store."""

    database_url: str = field(repr=False)
    core_api_keys: str = field(repr=False)


def prepare_stage(stage: str, environment: Mapping[str, str], folder: Path) -> Secrets:
    """Put a stage's secrets where its functions look, and migrate its database. Raises NotPrepared.

    The database is DATABASE_URL, or a file in `folder`; the keys of the core are made up, unless some are there.
    """
    folder.mkdir(exist_ok=True)
    given = os.environ.get("DATABASE_URL") or f"{_SQLITE}{folder.absolute()}/{stage}.db"
    parameters = client_of("ssm", environment)
    names = {name: f"/gatehouse/{stage}/{name}" for name in ("database-url", "core-api-keys")}
    kept = Secrets(
        database_url=_absolute(given),
        core_api_keys=_value(parameters, names["core-api-keys"]) or secrets.token_hex(16),
    )
    values = {"database-url": kept.database_url, "core-api-keys": kept.core_api_keys}
    for name, value in values.items():
        parameters.put_parameter(Name=names[name], Value=value, Type="SecureString", Overwrite=True)
    migration = [sys.executable, "-m", "gatehouse.migrate"]
    surroundings = {**os.environ, "DATABASE_URL": kept.database_url}
    if subprocess.run(migration, env=surroundings, stdin=subprocess.DEVNULL, check=False).returncode:
        raise NotPrepared
    return kept


def _value(parameters: Any, name: str) -> str | None:
    try:
        found: str = parameters.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ClientError:
        return None
    return found


def _absolute(url: str) -> str:
    """Return the URL with the file's whole path: functions run in folders of their own."""
    path = url.removeprefix(_SQLITE)
    if path == url or path.startswith((":", "/")):
        return url
    return f"{_SQLITE}{Path(path).absolute()}"
