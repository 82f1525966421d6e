"""Commands as a terminal runs them: settings from the environment, what they say, and how they end."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Ended:
    """How a command has ended, and what it said."""

    status: int
    text: str
    errors: str


Command = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[[Callable[[], int]], Ended]:
    """Return a function that runs a command and returns how it ended."""

    def run(command: Callable[[], int]) -> Ended:
        capsys.readouterr()
        status = command()
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    return run
