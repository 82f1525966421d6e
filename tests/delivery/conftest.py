"""Servers of the outer world, for the senders."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gatehouse.delivery.letters import sign_in_letter
from gatehouse.delivery.message import Letter
from tests.delivery.certificates import Authority
from tests.delivery.endpoint import Endpoint, running_endpoint
from tests.delivery.local_aws import forget_everything, point_boto3_at, running_aws

LINK = "https://app.example.com/authenticate_magic_link?token=" + "a-_" * 14 + "b." + "Zz9" * 14 + "=&x=1"


@pytest.fixture
def letter() -> Letter:
    """A sign-in letter."""
    return sign_in_letter("ada@example.com", LINK, "Gatehouse", 15)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A certificate authority that only the tests trust."""
    return Authority()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for server certificates."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """An endpoint that boto3 takes for AWS and that answers as told."""
    with running_endpoint() as running:
        point_boto3_at(running.url, monkeypatch)
        yield running


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """An imitation of AWS, the same for all tests."""
    with running_aws() as url:
        yield url


@pytest.fixture
def aws(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty imitation of AWS that boto3 takes for the real one."""
    forget_everything(aws_url)
    point_boto3_at(aws_url, monkeypatch)
