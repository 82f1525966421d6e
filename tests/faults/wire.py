"""What a go-between has to know of two protocols: where requests and answers end, and how errors look."""

from dataclasses import dataclass
from typing import Protocol

MYSQL_QUERY = 0x03
MYSQL_MORE_RESULTS = 0x08


@dataclass(frozen=True)
class Piece:
    """Bytes of a client; a request is answered, and can be lost."""

    data: bytes
    is_request: bool


@dataclass(frozen=True)
class Refusal:
    """An error that a server may answer with; after a fatal one it closes the connection."""

    name: str
    code: int | str
    text: str = "injected"
    is_fatal: bool = False


class Wire(Protocol):
    """One connection, as its protocol sees it; `number` is the server's for it."""

    number: int

    def from_client(self, data: bytes) -> list[Piece]:
        """Return what is complete of what a client sent."""

    def begin_answer(self) -> None:
        """Expect the answer to a request."""

    def ends_with(self, data: bytes) -> bool:
        """Take more of an answer; say whether it is complete."""

    def note_server(self, data: bytes) -> None:
        """Take what a server says unasked, or before the first request."""

    def refuse(self, refusal: Refusal) -> bytes:
        """Return the answer that is an error."""


class MySqlWire:
    """Packets of a length, a number and a payload; a request begins a new sequence."""

    def __init__(self) -> None:
        self.number = 0
        self._sent = self._answer = b""
        self._columns: int | None = None
        self._ends_seen = 0

    def from_client(self, data: bytes) -> list[Piece]:
        """Part what was sent into packets."""
        packets, self._sent = _mysql_packets(self._sent + data)
        return [Piece(packet, packet[3] == 0 and packet[4:5] == bytes([MYSQL_QUERY])) for packet in packets]

    def begin_answer(self) -> None:
        """Expect the first result."""
        self._answer, self._columns, self._ends_seen = b"", None, 0

    def ends_with(self, data: bytes) -> bool:
        """Follow the results, of which there is one per statement."""
        packets, self._answer = _mysql_packets(self._answer + data)
        ends = [self._is_last(packet[4:]) for packet in packets]
        return any(ends)

    def note_server(self, data: bytes) -> None:
        """Read the greeting: behind the version's name stands the number."""
        if not self.number:
            at = data.index(b"\0", 5) + 1
            self.number = int.from_bytes(data[at : at + 4], "little")

    def refuse(self, refusal: Refusal) -> bytes:
        """Return an ERR packet."""
        assert isinstance(refusal.code, int)
        payload = b"\xff" + refusal.code.to_bytes(2, "little") + b"#HY000" + refusal.text.encode()
        return len(payload).to_bytes(3, "little") + b"\x01" + payload

    def _is_last(self, payload: bytes) -> bool:
        kind = payload[0]
        if kind == 0xFF:
            return True
        if self._columns is None:
            if kind == 0x00:
                return not _ok_flags(payload) & MYSQL_MORE_RESULTS
            self._columns, self._ends_seen = kind, 0
            return False
        if kind != 0xFE or len(payload) >= 9:
            return False
        self._ends_seen += 1
        if self._ends_seen < 2:
            return False
        self._columns = None
        return not int.from_bytes(payload[3:5], "little") & MYSQL_MORE_RESULTS


class PostgreSqlWire:
    """Messages of a letter, a length and a body; a request ends with Sync, or is a simple query."""

    _NEGOTIATIONS = (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"\x00\x00\x00\x08\x04\xd2\x16\x30")

    def __init__(self) -> None:
        self.number = 0
        self._sent = self._answer = b""
        self._is_ready = False
        self._state = b"I"

    def from_client(self, data: bytes) -> list[Piece]:
        """Gather messages up to a Sync; before the server is ready, let everything through."""
        if not self._is_ready:
            return [Piece(data, is_request=False)]
        self._sent += data
        pieces, start, at = list[Piece](), 0, 0
        while len(self._sent) >= at + 5:
            end = at + 1 + int.from_bytes(self._sent[at + 1 : at + 5], "big")
            if len(self._sent) < end:
                break
            kind = self._sent[at : at + 1]
            if kind in b"SQX":
                pieces.append(Piece(self._sent[start:end], is_request=kind != b"X"))
                start = end
            at = end
        self._sent = self._sent[start:]
        return pieces

    def begin_answer(self) -> None:
        """Expect messages up to ReadyForQuery."""
        self._answer = b""

    def ends_with(self, data: bytes) -> bool:
        """Look for ReadyForQuery, which tells the transaction's state as well."""
        self._answer += data
        while len(self._answer) > (length := int.from_bytes(self._answer[1:5], "big")) >= 4:
            message, self._answer = self._answer[: 1 + length], self._answer[1 + length :]
            if message[:1] == b"Z":
                self._state = message[5:6]
                return True
        return False

    def note_server(self, data: bytes) -> None:
        """Learn from the first ReadyForQuery, the last message of the greeting, that requests will follow."""
        if not self._is_ready and data[-6:-1] == b"Z\x00\x00\x00\x05":
            self._is_ready = True
            at = data.index(b"K\x00\x00\x00\x0c") + 5
            self.number = int.from_bytes(data[at : at + 4], "big")

    def refuse(self, refusal: Refusal) -> bytes:
        """Return an ErrorResponse, and ReadyForQuery unless the connection ends."""
        severity = "FATAL" if refusal.is_fatal else "ERROR"
        fields = "".join(
            f"{name}{value}\0"
            for name, value in zip("SVCM", (severity, severity, refusal.code, refusal.text), strict=True)
        )
        body = fields.encode() + b"\0"
        error = b"E" + (4 + len(body)).to_bytes(4, "big") + body
        state = b"I" if self._state == b"I" else b"E"
        return error if refusal.is_fatal else error + b"Z\x00\x00\x00\x05" + state


WIRES: dict[str, type[MySqlWire] | type[PostgreSqlWire]] = {"mysql": MySqlWire, "postgresql": PostgreSqlWire}
"""By the scheme of a database's URL."""


def _mysql_packets(data: bytes) -> tuple[list[bytes], bytes]:
    """Return complete packets, and the rest."""
    packets = []
    while len(data) >= 4 + (length := int.from_bytes(data[:3], "little")) and len(data) >= 4:
        packets.append(data[: 4 + length])
        data = data[4 + length :]
    return packets, data


def _ok_flags(payload: bytes) -> int:
    """Return the status flags of an OK packet: they stand behind two numbers of variable length."""
    at = 1
    for _ in range(2):
        at += {0xFC: 3, 0xFD: 4, 0xFE: 9}.get(payload[at], 1)
    return int.from_bytes(payload[at : at + 2], "little")
