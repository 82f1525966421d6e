"""What comes of each fault: the table of docs/faults.md, held to what happens.

`python -m tests.faults.outcomes` writes it into the document.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.faults.proxy import Fault
from tests.faults.wire import Refusal

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN, END = "<!-- begin of the table -->\n", "<!-- end of the table -->\n"

DONE = "as if nothing had happened"
LATER = "503, nothing is done"
PERHAPS = "503, it may be done"
PHASES = ("a read", "amid a transaction", "at its commit", "all in one go")


@dataclass(frozen=True)
class Outcome:
    """A fault, how each server shows it, and what comes of it when it happens in each of PHASES."""

    name: str
    faults: dict[str, Fault]
    phases: tuple[str, str, str, str]


def _both(fault: Fault) -> dict[str, Fault]:
    return {"mariadb": fault, "postgresql": fault}


def _told(
    mysql: Refusal | None, postgresql: Refusal | None = None, *, lasts: bool = False
) -> dict[str, Fault]:
    told = {"mariadb": mysql, "postgresql": postgresql}
    return {engine: Fault("refused", refusal, lasts=lasts) for engine, refusal in told.items() if refusal}


def _vitess(text: str) -> Refusal:
    return Refusal(text, 1105, f"target: gatehouse.-.primary: vttablet: rpc error: {text}")


ALL_DONE = (DONE, DONE, DONE, DONE)
ALL_LATER = (LATER, LATER, LATER, LATER)
DEADLOCK = Refusal("deadlock", 1213), Refusal("deadlock", "40P01")
READ_ONLY = Refusal("read-only", 1290), Refusal("read-only", "25006")
FULL = Refusal("disk full", 1114), Refusal("disk full", "53100")
KILLED = (
    Refusal("killed", 1927, is_fatal=True),
    Refusal("terminated", "57P01", is_fatal=True),
)

OUTCOMES = (
    Outcome("connection lost on the way there", _both(Fault("before")), (DONE, DONE, LATER, LATER)),
    Outcome("connection lost on the way back", _both(Fault("after")), (DONE, DONE, DONE, PERHAPS)),
    Outcome("connection lost amid the answer", _both(Fault("middle")), (DONE, DONE, DONE, PERHAPS)),
    Outcome("connection ended by the server", _both(Fault("killed")), (DONE, DONE, LATER, LATER)),
    Outcome("server shuts down (1053, 57P01)", _told(Refusal("", 1053, is_fatal=True), KILLED[1]),
            (DONE, DONE, LATER, LATER)),
    Outcome("server is gone, and stays away", _both(Fault("before", stays=True)), ALL_LATER),
    Outcome("server is gone after it did it", _both(Fault("after", stays=True)),
            (LATER, LATER, PERHAPS, PERHAPS)),
    Outcome("no answer", _both(Fault("silent")), ALL_LATER),
    Outcome("deadlock (1213, 40P01)", _told(*DEADLOCK), ALL_DONE),
    Outcome("deadlock after deadlock", _told(*DEADLOCK, lasts=True), ALL_LATER),
    Outcome("lock not given (1205, 55P03)", _told(Refusal("", 1205), Refusal("", "55P03")), ALL_DONE),
    Outcome("serialization failure (40001)", _told(None, Refusal("", "40001")), ALL_DONE),
    Outcome("server became read-only (1290, 25006), another takes over", _told(*READ_ONLY), ALL_DONE),
    Outcome("transaction is read-only (1792), another server takes over", _told(Refusal("", 1792)), ALL_DONE),
    Outcome("server stays read-only", _told(*READ_ONLY, lasts=True), ALL_LATER),
    Outcome("disk full (1114, 53100)", _told(*FULL, lasts=True), ALL_LATER),
    Outcome("disk full (1021)", _told(Refusal("", 1021), lasts=True), ALL_LATER),
    Outcome("too many connections (1040, 53300)",
            _told(Refusal("", 1040), Refusal("", "53300"), lasts=True), ALL_LATER),
    Outcome("server is starting (57P03)", _told(None, Refusal("", "57P03", is_fatal=True), lasts=True), ALL_LATER),
    Outcome("statement ended by the server's limit (3024, 57014)",
            _told(Refusal("", 3024), Refusal("", "57014")), ALL_LATER),
    Outcome("Vitess: transaction killed after 20 s",
            _told(_vitess("code = Aborted desc = transaction 17: ended (exceeded timeout: 20s)")), ALL_DONE),
    Outcome("Vitess: transaction pool exhausted",
            _told(_vitess("code = ResourceExhausted desc = transaction pool connection limit exceeded")), ALL_DONE),
    Outcome("Vitess: pool stays exhausted",
            _told(_vitess("code = ResourceExhausted desc = transaction pool connection limit exceeded"), lasts=True),
            ALL_LATER),
    Outcome("Vitess: primary moved",
            _told(_vitess("code = FailedPrecondition desc = wrong tablet type: REPLICA, want: PRIMARY")), ALL_DONE),
    Outcome("Vitess: tablet unavailable",
            _told(_vitess("code = Unavailable desc = error reading from server: EOF")), (DONE, DONE, LATER, DONE)),
    Outcome("Vitess: time is up",
            _told(_vitess("code = DeadlineExceeded desc = context deadline exceeded")), ALL_LATER),
)  # fmt: skip


def table() -> str:
    """Return the table as Markdown."""
    engines = {"mariadb": "MySQL", "postgresql": "PostgreSQL"}
    lines = [f"| fault | on | {' | '.join(PHASES)} |", "|---" * (2 + len(PHASES)) + "|"]
    for outcome in OUTCOMES:
        servers = ", ".join(engines[engine] for engine in outcome.faults)
        lines.append(f"| {outcome.name} | {servers} | {' | '.join(outcome.phases)} |")
    return "\n".join(lines) + "\n"


def write() -> None:
    """Put the table into the document."""
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    write()
