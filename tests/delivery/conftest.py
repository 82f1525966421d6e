"""Servers of the outer world, for the senders."""

from pathlib import Path

import pytest

from gatehouse.delivery.letters import sign_in_letter
from gatehouse.delivery.message import Letter
from tests.delivery.certificates import Authority

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
