"""Databases where SuperTokens can have been."""

import pytest

from tests.databases import FreshDatabase


@pytest.fixture(params=["mariadb", "postgresql"])
def foreign_url(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase) -> str:
    """Return the URL of an empty database on a server that SuperTokens runs on."""
    return fresh_database_url(request.param)
