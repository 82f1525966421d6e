"""The one account of the local AWS, and a client to it for CloudFormation, which carries resources out by its API."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from moto.core.models import DEFAULT_ACCOUNT_ID

ACCOUNT_ID = DEFAULT_ACCOUNT_ID
DEFAULT_REGION = "us-east-1"
BY_CLOUDFORMATION = "by-cloudformation"
"""Part of the user agent of calls that are one step of a deployment."""

_ANY = "local"


def surroundings(endpoint: str, region: str) -> dict[str, str]:
    """Return the environment that leads the command line, SDKs and functions to the local AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": _ANY,
        "AWS_SECRET_ACCESS_KEY": _ANY,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def client_of(service: str, environment: Mapping[str, str]) -> Any:
    """Return a client of the local AWS for whoever is led there by `environment`."""
    session = boto3.session.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )
    return session.client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])  # type: ignore[call-overload]


class Account:
    """Makes clients of the local AWS for whoever deploys to it."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self.client = cache(self._client)

    def _client(self, service: str, region: str) -> Any:
        session = boto3.session.Session(
            aws_access_key_id=_ANY,
            aws_secret_access_key=_ANY,
            region_name=region,
        )
        limits = Config(user_agent_extra=BY_CLOUDFORMATION, retries={"total_max_attempts": 1})
        return session.client(service, endpoint_url=self._endpoint, config=limits)  # type: ignore[call-overload]
