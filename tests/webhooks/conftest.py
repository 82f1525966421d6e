"""Houses whose events go to receivers."""

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from gatehouse.bootstrap import House
from tests.houses import Home
from tests.webhooks.receiver import ReceiverServer, receiver_server

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()

NewReceiver = Callable[..., ReceiverServer]
NewHouse = Callable[..., House]


@pytest.fixture
def new_receiver() -> Iterator[NewReceiver]:
    """Return a function that starts a receiver, which answers as its arguments say."""
    with ExitStack() as running:
        yield lambda *args, **behaviour: running.enter_context(receiver_server(*args, **behaviour))


@pytest.fixture
def receiver(new_receiver: NewReceiver) -> ReceiverServer:
    """Return a receiver that takes everything."""
    return new_receiver()


@pytest.fixture
def new_house(home: Home) -> NewHouse:
    """Return a function that makes a house whose events go to receivers."""
    return lambda *receivers, **settings: house_of(home, *receivers, **settings)


def house_of(home: Home, *receivers: ReceiverServer, **settings: Any) -> House:
    """Return a house on the same database whose events go to receivers."""
    urls = ", ".join(receiver.url for receiver in receivers)
    return home.with_settings(**{"WEBHOOK_URLS": urls, "WEBHOOK_SECRETS": SECRET, **settings})
