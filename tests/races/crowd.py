"""Many instances at the same moment, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from gatehouse.bootstrap import House
from gatehouse.errors import GatehouseError
from gatehouse.store.statement import Sql
from tests.houses import Home
from tests.signing_keys import make_key

T = TypeVar("T")


def crowd_of(size: int, home: Home, act: Callable[[House, int], T]) -> list[T | GatehouseError]:
    """Let instances act at the same moment; failures are returned."""
    start = Barrier(size)

    def run(number: int) -> T | GatehouseError:
        house = House(home.house.settings, home.clock, make_key)
        try:
            house.database.run(Sql("SELECT 1").run())
            start.wait()
            return act(house, number)
        except GatehouseError as error:
            return error
        finally:
            house.database.disconnect()

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(run, range(size)))


def winners(outcomes: list[T | GatehouseError]) -> list[T]:
    """Return what succeeded."""
    return [outcome for outcome in outcomes if not isinstance(outcome, GatehouseError)]
