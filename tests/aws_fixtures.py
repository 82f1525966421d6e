"""Fixtures of AWS: an imitation that keeps what it is told, and an endpoint that answers as told."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # what imitates AWS takes a second to load, which most tests need not wait for
    from tests.delivery.endpoint import Endpoint


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Endpoint]":
    """An endpoint that boto3 takes for AWS and that answers as told."""
    from tests.delivery.endpoint import running_endpoint
    from tests.delivery.local_aws import point_boto3_at

    with running_endpoint() as running:
        point_boto3_at(running.url, monkeypatch)
        yield running


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """An imitation of AWS, the same for all tests."""
    from tests.delivery.local_aws import running_aws

    with running_aws() as url:
        yield url


@pytest.fixture
def aws(aws_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty imitation of AWS that boto3 takes for the real one."""
    from tests.delivery.local_aws import forget_everything, point_boto3_at

    forget_everything(aws_url)
    point_boto3_at(aws_url, monkeypatch)
