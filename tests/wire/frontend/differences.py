"""Where Gatehouse answers otherwise than the official SDK, and why."""

from tests.wire.frontend.walking import Question
from tests.wire.oracles.findings import Difference

DIFFERENCES: tuple[Difference[Question], ...] = ()
