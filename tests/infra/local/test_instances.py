"""infra.local.instances and in_process: how many of a function run, and what becomes of those that fail."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.local.in_process import InProcessInstance
from infra.local.instances import FunctionError, FunctionTimeout, Instances, OutOfPatience, PayloadTooLarge
from infra.local.service import Function
from tests.infra.local.service import write_handler

COUNTING = """
    import threading, time

    calls = 0

    def handler(event, context):
        global calls
        calls += 1
        time.sleep(event.get("sleep", 0))
        return {"calls": calls, "thread": threading.get_ident(), "module": __name__}
"""

Start = Callable[..., Instances]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def start(source: str, *, timeout_s: float = 5.0, size: int = 2) -> Instances:
        write_handler(tmp_path, "f", source)
        function = Function("f", "s-local-f", "functions/f.handler", timeout_s=timeout_s)
        return Instances([function], partial(InProcessInstance, root=tmp_path), per_function=size)

    return start


def test_an_instance_keeps_its_module_and_thread_between_calls(start: Start) -> None:
    with start(COUNTING) as instances:
        first, second = instances.invoke("f", {}), instances.invoke("f", {})
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["thread"] == second["thread"] != threading.get_ident()


def test_concurrent_calls_get_instances_that_share_nothing(start: Start) -> None:
    with start(COUNTING) as instances, ThreadPoolExecutor(2) as callers:
        one, other = callers.map(lambda _: instances.invoke("f", {"sleep": 0.3}), range(2))
    assert one["calls"] == other["calls"] == 1
    assert one["thread"] != other["thread"]
    assert one["module"] != other["module"]


def test_calls_beyond_the_instances_wait_for_one(start: Start) -> None:
    with start(COUNTING) as instances, ThreadPoolExecutor(6) as callers:
        results = list(callers.map(lambda _: instances.invoke("f", {"sleep": 0.05}), range(6)))
    assert len({result["module"] for result in results}) == 2
    assert sorted(result["calls"] for result in results)[-1] >= 3


def test_a_function_that_takes_too_long_is_given_up_and_replaced(start: Start) -> None:
    with start(COUNTING, timeout_s=0.3, size=1) as instances:
        before = instances.invoke("f", {})
        with pytest.raises(FunctionTimeout, match=r"Task timed out after 0\.30 seconds"):
            instances.invoke("f", {"sleep": 1})
        after = instances.invoke("f", {})
    assert after["calls"] == 1
    assert after["module"] != before["module"]


def test_a_caller_may_have_less_patience_than_the_function(start: Start) -> None:
    with start(COUNTING) as instances, pytest.raises(OutOfPatience):
        instances.invoke("f", {"sleep": 2}, patience_s=0.2)


def test_a_caller_does_not_wait_forever_for_an_instance(start: Start) -> None:
    with start(COUNTING, size=1) as instances, ThreadPoolExecutor(1) as callers:
        busy = callers.submit(instances.invoke, "f", {"sleep": 0.6})
        time.sleep(0.1)
        with pytest.raises(OutOfPatience):
            instances.invoke("f", {}, patience_s=0.2)
        assert busy.result()["calls"] == 1


def test_what_a_handler_raises_is_told_with_its_traceback(start: Start) -> None:
    source = "def handler(event, context):\n    return 1 / event['by']\n"
    with start(source) as instances:
        with pytest.raises(FunctionError) as error:
            instances.invoke("f", {"by": 0})
        assert instances.invoke("f", {"by": 2}) == 0.5
    assert error.value.payload["errorType"] == "ZeroDivisionError"
    assert error.value.payload["errorMessage"] == "division by zero"
    trace = "".join(error.value.payload["stackTrace"])
    assert 'f.py", line 2, in handler' in trace
    assert "in_process.py" not in trace


@pytest.mark.parametrize(
    ("source", "error_type"),
    [
        ("def handler(event, context) return 1", "SyntaxError"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("handle = None", "AttributeError"),
    ],
)
def test_a_module_that_cannot_be_imported_is_told_each_time(
    start: Start, source: str, error_type: str
) -> None:
    with start(source) as instances:
        assert instances.warm_up()["f"].payload["errorType"] == error_type
        with pytest.raises(FunctionError) as error:
            instances.invoke("f", {})
    assert error.value.payload["errorType"] == error_type


def test_a_handler_that_exits_does_not_end_the_gateway(start: Start) -> None:
    source = "def handler(event, context):\n    raise SystemExit(1)\n"
    with start(source) as instances, pytest.raises(FunctionError, match="SystemExit"):
        instances.invoke("f", {})


@pytest.mark.parametrize("result", ["object()", "{1, 2}", "b'x'"])
def test_a_result_must_be_json(start: Start, result: str) -> None:
    source = f"def handler(event, context):\n    return {result}\n"
    with start(source) as instances, pytest.raises(FunctionError, match="MarshalError"):
        instances.invoke("f", {})


def test_payloads_have_a_limit_both_ways(start: Start) -> None:
    with start("def handler(event, context):\n    return 'x' * event['size']\n") as instances:
        with pytest.raises(PayloadTooLarge):
            instances.invoke("f", {"size": 0, "text": "x" * 6 * 1024 * 1024})
        with pytest.raises(FunctionError, match="ResponseSizeTooLarge"):
            instances.invoke("f", {"size": 6 * 1024 * 1024})
        assert instances.invoke("f", {"size": 2}) == "xx"


def test_a_handler_gets_a_context_as_on_lambda(start: Start) -> None:
    source = """
        def handler(event, context):
            return {
                "id": context.aws_request_id, "name": context.function_name,
                "memory": context.memory_limit_in_mb, "left": context.get_remaining_time_in_millis(),
                "arn": context.invoked_function_arn, "group": context.log_group_name,
            }
    """
    with start(source) as instances:
        context: dict[str, Any] = instances.invoke("f", {})
    assert len(context["id"]) == 36
    assert context["name"] == "s-local-f"
    assert context["memory"] == "1024"
    assert 4000 < context["left"] <= 5000
    assert context["arn"].endswith(":function:s-local-f")
    assert context["group"] == "/aws/lambda/s-local-f"


def test_stopped_instances_take_no_more_calls(start: Start) -> None:
    with start(COUNTING) as instances:
        instances.invoke("f", {})
    assert not [thread for thread in threading.enumerate() if thread.name == "f" and _outlives(thread)]


def _outlives(thread: threading.Thread) -> bool:
    thread.join(2)
    return thread.is_alive()
