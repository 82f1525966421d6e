"""What a receiver can do to whoever posts to it: nothing but take it, refuse it, or be left alone for a while."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import pytest

from gatehouse.delivery.webhook import MOST_BYTES, Receiver, Reply, is_public
from tests.certificates import Certificates, make_certificates
from tests.processes import free_port
from tests.webhooks.conftest import NewReceiver
from tests.webhooks.receiver import ReceiverServer


def post(url: str, *, times: int = 1, patience_s: float = 5, may_be_private: bool = True) -> list[Reply]:
    receiver = Receiver(url, may_be_private=may_be_private, patience_s=patience_s)
    try:
        return [receiver.post(b"{}", {"webhook-id": str(number)}) for number in range(times)]
    finally:
        receiver.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make a certificate for 127.0.0.1 by an authority that nobody knows."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


def test_all_that_succeeds_is_taken(new_receiver: NewReceiver) -> None:
    receiver = new_receiver(answers=[200, 201, 204, 299], body=b'{"ok":true}')

    assert [reply.is_taken for reply in post(receiver.url, times=4)] == [True] * 4
    assert receiver.connections == 1, "a connection is used again"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(new_receiver: NewReceiver, status: int) -> None:
    other = new_receiver()
    receiver = new_receiver(status=status, headers={"location": other.url})

    (reply,) = post(receiver.url)

    assert (reply.status, reply.is_taken, reply.is_down) == (status, False, False)
    assert other.received == []


def test_long_answers_are_not_read(new_receiver: NewReceiver) -> None:
    receiver = new_receiver(status=200, body=b"x" * 50_000_000)
    started = time.monotonic()

    replies = post(receiver.url, times=2)

    assert [reply.is_taken for reply in replies] == [True, True]
    assert receiver.connections == 2, f"the rest of an answer longer than {MOST_BYTES} is nobody's"
    assert time.monotonic() - started < 2


def test_slow_receiver_is_left(new_receiver: NewReceiver) -> None:
    receiver = new_receiver(hangs=True)

    (reply,) = post(receiver.url, patience_s=0.2)

    assert reply == Reply(None, "no answer in time")
    assert reply.is_down


def test_nobody_listens() -> None:
    (reply,) = post(f"http://127.0.0.1:{free_port()}/")
    assert reply == Reply(None, "connection refused")


def test_unknown_host() -> None:
    (reply,) = post("http://receiver.invalid/")
    assert reply == Reply(None, "unknown host")


def test_certificate_of_an_unknown_authority_is_refused(
    new_receiver: NewReceiver, certificates: Certificates
) -> None:
    receiver = new_receiver(certificates)

    (reply,) = post(receiver.url)

    assert reply == Reply(None, "certificate or TLS error")
    assert receiver.received == []


def test_certificate_must_be_for_the_name_in_the_url(
    new_receiver: NewReceiver, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    receiver = new_receiver(certificates)

    (known,) = post(receiver.url)
    (other,) = post(receiver.url.replace("127.0.0.1", "localhost"))

    assert known.is_taken
    assert other == Reply(None, "certificate or TLS error")
    assert len(receiver.received) == 1


def test_private_addresses_are_refused(receiver: ReceiverServer) -> None:
    for host in ("127.0.0.1", "localhost", "0", "[::1]", "[::ffff:127.0.0.1]", "127.1"):
        (reply,) = post(receiver.url.replace("127.0.0.1", host), may_be_private=False)
        assert reply == Reply(None, "private address"), host
    assert receiver.received == []


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("ff02::1", False),
        ("::ffff:169.254.169.254", False),
        ("2002:a9fe:a9fe::1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::808:808", True),
    ],
)
def test_addresses_are_open_to_all_or_not(address: str, *, is_open: bool) -> None:
    assert is_public(ip_address(address)) is is_open


def test_receiver_may_name_a_time(new_receiver: NewReceiver) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    (reply,) = post(new_receiver(status=503, headers={"retry-after": at}).url)
    (other,) = post(new_receiver(status=503, headers={"retry-after": "soon"}).url)

    assert reply.retry_after_s
    assert 3_590 <= reply.retry_after_s <= 3_600
    assert other.retry_after_s is None


def test_headers_and_body_are_as_they_were_given(receiver: ReceiverServer) -> None:
    post(f"{receiver.url}?who=a%20b")

    (received,) = receiver.received
    assert (received.path, received.body) == ("/hooks?who=a%20b", b"{}")
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.headers["webhook-id"] == "0"
