"""AWS on this machine: moto's server, spoken to over HTTP as the real one is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
REGION = "eu-central-1"


@contextmanager
def running_aws() -> Iterator[str]:
    """Run the server on a free port until the block ends; gives its URL."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def forget_everything(url: str) -> None:
    """Empty the accounts of a server that `running_aws` runs."""
    with urlopen(Request(f"{url}/moto-api/reset", method="POST"), timeout=5):  # noqa: S310
        pass


def point_boto3_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make boto3 call `url`, with credentials and a region, whatever this machine is set up for."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    settings = {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", _session())


@cache
def _session() -> boto3.session.Session:
    """Return a session for all tests: making one, and what it loads, costs more than a test."""
    return boto3.session.Session()
