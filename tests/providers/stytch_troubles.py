"""What can go wrong at Stytch: each answers a call of the fake in the place of the API."""

import json
from collections.abc import Callable

from tests.providers.fake_stytch import Call, Trouble
from tests.providers.stytch_objects import Json, Refusal


def hang(call: Call) -> None:
    """Never answer."""
    call.fake.is_over.wait(60)
    call.close_connection = True


def trickle(call: Call) -> None:
    """Answer a byte at a time, without an end: each comes in time, the answer never does."""
    call.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    while not call.fake.is_over.wait(0.05):
        call.wfile.write(b" ")
        call.wfile.flush()


def hang_up(call: Call) -> None:
    """Close the connection without an answer."""
    call.close_connection = True


def delay(seconds: float) -> Trouble:
    """Answer what was asked, but late."""

    def trouble(call: Call) -> None:
        call.fake.is_over.wait(seconds)
        call.send_json(*call.answer())

    return trouble


def refuse(status: int, error_type: str) -> Trouble:
    """Answer with an error in Stytch's form."""
    return lambda call: call.send_json(status, Refusal(status, error_type).body)


def send(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Trouble:
    """Answer with anything."""
    return lambda call: call.send(status, body, kind, **headers)


def change(work: Callable[[Json], None]) -> Trouble:
    """Do what was asked, but let `work` change the answer's body."""

    def trouble(call: Call) -> None:
        status, answer = call.answer()
        body: Json = json.loads(json.dumps(answer))
        work(body)
        call.send_json(status, body)

    return trouble
