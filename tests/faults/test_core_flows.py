"""The core interface when the database is lost, at every request of every flow."""

import pytest

from tests.faults.cases import KINDS, Towns, complaints
from tests.faults.flows import CDI, Flow


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("engine", KINDS)
@pytest.mark.parametrize("flow", CDI, ids=lambda flow: flow.name.replace(" ", "-"))
def test_nothing_is_half_done_or_lied_about(towns: Towns, engine: str, flow: Flow) -> None:
    assert complaints(towns(engine), flow, KINDS[engine]) == []
