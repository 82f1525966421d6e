"""Which Node the set-up accepts."""

import pytest

from infra.setup.node import is_supported


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2\n", "v22.13.0", "v22.23.1", "v24.0.0", "v25.1.0"])
def test_node_that_osls_runs_on_is_taken(version: str) -> None:
    assert is_supported(version)


@pytest.mark.parametrize(
    "version", ["v18.20.8", "v20.18.3", "v21.7.3", "v22.12.0", "v23.11.0", "v9.24.0", "", "node: not found"]
)
def test_any_other_node_is_replaced(version: str) -> None:
    assert not is_supported(version)
