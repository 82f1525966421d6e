"""infra.local.runtime_client: functions' processes, and what becomes of those that end."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.instances import FunctionError, FunctionTimeout, Instances
from infra.local.runtime_client import RuntimeClientInstance, Sandbox
from infra.local.service import Function
from tests.infra.local.service import write_handler

SOURCE = """
    import os, threading, time

    def handler(event, context):
        if event == "exit":
            os._exit(3)
        if event == "exit later":
            threading.Timer(0.1, os._exit, [3]).start()
        if event == "sleep":
            time.sleep(30)
        return os.getpid()
"""


@pytest.fixture
def instances(tmp_path: Path) -> Iterator[Instances]:
    write_handler(tmp_path, "f", SOURCE)
    function = Function("f", "s-local-f", "functions/f.handler", timeout_s=1.0)
    sandbox = Sandbox(tmp_path, "us-east-1")

    def start(function: Function) -> RuntimeClientInstance:
        return RuntimeClientInstance(function, sandbox, {"PATH": os.environ["PATH"]})

    with Instances([function], start, per_function=1) as instances:
        yield instances


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_serves_one_call_after_another(instances: Instances) -> None:
    assert instances.invoke("f", 1) == instances.invoke("f", 2) != os.getpid()


def test_a_process_that_ends_during_a_call_is_an_error_and_replaced(instances: Instances) -> None:
    first = instances.invoke("f", 1)
    with pytest.raises(
        FunctionError, match=r"Runtime\.ExitError: the function's process ended with status 3"
    ):
        instances.invoke("f", "exit")
    assert instances.invoke("f", 2) != first


def test_a_process_that_ends_between_calls_is_replaced(instances: Instances) -> None:
    first = instances.invoke("f", "exit later")
    while is_alive(first):
        time.sleep(0.05)
    time.sleep(0.2)  # for the gateway to hear of it too
    assert instances.invoke("f", 2) != first


def test_a_process_that_takes_too_long_is_killed(instances: Instances) -> None:
    first = instances.invoke("f", 1)
    with pytest.raises(FunctionTimeout):
        instances.invoke("f", "sleep")
    assert not is_alive(first)


def test_processes_end_with_the_gateway(instances: Instances) -> None:
    with instances:
        process_id = instances.invoke("f", 1)
    assert not is_alive(process_id)
