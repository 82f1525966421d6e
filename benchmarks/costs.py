"""What a million sign-ins cost on AWS: `python -m benchmarks.costs` measures the work and prints it times the prices.

Processor time is measured on this machine, on MariaDB (or the database of DATABASE_URL), with letters handed to an
imitation of SES. A function of 1769 MB has one whole processor, smaller ones a share. Waiting is added: a round trip
to the database, and the hand-over of a letter, take as long as the options say. Cold starts are added by their share.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from statistics import median
from typing import Any

import boto3
from moto.ses.models import ses_backends

from benchmarks.metered import MeteredApi
from gatehouse.migrate import main as migrate
from infra.local.messages import Response
from tests import servers
from tests.delivery.local_aws import ACCOUNT, REGION, running_aws

PRICES = {
    "requests of an HTTP API, per million": 1.00,
    "requests of Lambda, per million": 0.20,
    "GB-second on arm64": 0.0000133334,
    "letters through SES, per thousand": 0.10,
    "logs taken in, per GB": 0.50,
}
"""List prices of us-east-1 in US dollars, November 2026, without the free tier."""

WHOLE_PROCESSOR_MB = 1769
PLATFORM_LOG_BYTES = 600
"""What Lambda (START, END, REPORT) and the HTTP API's access log add to each request."""

WARM_UP = 3

_MEMBER = "member@example.com"
_FRONTEND = {"rid": "anti-csrf", "fdi-version": "4.2", "st-auth-mode": "header"}


@dataclass(frozen=True)
class Assumptions:
    """What is not measured."""

    round_trip_ms: float
    letter_ms: float
    cold_share: float
    cold_start_cpu_ms: float
    runs: int


@dataclass
class Visitor:
    """Who signs in, again and again."""

    api: MeteredApi
    refresh_token: str
    jwt: str
    visits: int = 0

    def sign_in_by_link(self) -> None:
        """Ask for a link, open it, use it."""
        self.visits += 1
        _, signed_in = _use_link(self.api, f"link{self.visits}@example.com")
        self.jwt = signed_in["session_jwt"]

    def sign_in_by_code(self) -> None:
        """Ask for a code, type it in."""
        self.visits += 1
        email = f"code{self.visits}@example.com"
        _, asked = self.api.ask("POST", "/auth/signinup/code", {"email": email}, _FRONTEND)
        device = {name: asked[name] for name in ("deviceId", "preAuthSessionId")}
        code = {**device, "userInputCode": _letter(r"\b(\d{6})\b")}
        self.api.ask("POST", "/auth/signinup/code/consume", code, _FRONTEND)

    def sign_in_by_password(self) -> None:
        """Type address and password."""
        self.api.ask("POST", "/auth/signin", _form(_MEMBER), _FRONTEND)

    def refresh(self) -> None:
        """Refresh a session, as a frontend does every hour that somebody is there."""
        headers = {**_FRONTEND, **_bearer(self.refresh_token)}
        response, _ = self.api.ask("POST", "/auth/session/refresh", None, headers)
        self.refresh_token = dict(response.headers)["st-refresh-token"]

    def check_session(self) -> None:
        """Ask who is signed in."""
        self.api.ask("GET", "/session", None, _bearer(self.jwt))


@dataclass(frozen=True)
class Flow:
    """Something that people do, and how many letters it sends."""

    name: str
    run: Callable[[Visitor], None]
    letters: int = 0


@dataclass(frozen=True)
class Cost:
    """What a million runs of a flow take and cost, in US dollars."""

    flow: Flow
    requests: int
    round_trips: int
    gb_seconds: float
    log_gb: float

    @property
    def parts(self) -> dict[str, float]:
        """Dollars by service."""
        return {
            "HTTP API": self.requests * PRICES["requests of an HTTP API, per million"],
            "Lambda": self.requests * PRICES["requests of Lambda, per million"]
            + self.gb_seconds * PRICES["GB-second on arm64"],
            "logs": self.log_gb * PRICES["logs taken in, per GB"],
            "letters": self.flow.letters * 1000 * PRICES["letters through SES, per thousand"],
        }


FLOWS = (
    Flow("link (REST)", Visitor.sign_in_by_link, letters=1),
    Flow("code by e-mail (frontend SDK)", Visitor.sign_in_by_code, letters=1),
    Flow("password (frontend SDK)", Visitor.sign_in_by_password),
    Flow("refresh of a session", Visitor.refresh),
    Flow("`GET /session` with a JWT", Visitor.check_session),
)


def measure(flow: Flow, visitor: Visitor, assumptions: Assumptions) -> Cost:
    """Run a flow, and return what a million of it take."""
    runs = []
    for _ in range(WARM_UP + assumptions.runs):
        visitor.api.meter.calls.clear()
        flow.run(visitor)
        runs.append(list(visitor.api.meter.calls))
    warm = runs[WARM_UP:]
    calls = list(zip(*warm, strict=True))
    gb_seconds = 0.0
    for of_call in calls:
        memory_mb = of_call[0].memory_mb
        cpu_ms = (
            median(call.cpu_ms for call in of_call) + assumptions.cold_share * assumptions.cold_start_cpu_ms
        )
        waiting_ms = median(call.round_trips for call in of_call) * assumptions.round_trip_ms
        seconds = (cpu_ms * WHOLE_PROCESSOR_MB / min(memory_mb, WHOLE_PROCESSOR_MB) + waiting_ms) / 1000
        gb_seconds += seconds * memory_mb / 1024
    if flow.letters:
        gb_seconds += flow.letters * assumptions.letter_ms / 1000 * calls[0][0].memory_mb / 1024
    log_bytes = sum(median(call.log_bytes for call in of_call) + PLATFORM_LOG_BYTES for of_call in calls)
    return Cost(
        flow,
        requests=len(calls),
        round_trips=int(sum(median(call.round_trips for call in of_call) for of_call in calls)),
        gb_seconds=gb_seconds * 1e6,
        log_gb=log_bytes * 1e6 / 1e9,
    )


def table(costs: list[Cost]) -> str:
    """Return the costs as a Markdown table."""
    services = list(costs[0].parts)
    lines = [f"| a million times | requests | round trips | GB-s | {' | '.join(services)} | together |"]
    lines.append("|---" * (len(services) + 5) + "|")
    for cost in costs:
        parts = " | ".join(f"${value:.2f}" for value in cost.parts.values())
        lines.append(
            f"| {cost.flow.name} | {cost.requests} M | {cost.round_trips} M | {cost.gb_seconds:,.0f} | {parts} "
            f"| **${sum(cost.parts.values()):.2f}** |"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure and print; return the exit status."""
    assumptions = _assumptions()
    with _deployed() as visitor:
        print(table([measure(flow, visitor, assumptions) for flow in FLOWS]))
    return 0


@contextmanager
def _deployed() -> Iterator[Visitor]:
    """Yield a visitor of the API as it is deployed, with a database of its own and an imitation of AWS behind it."""
    with ExitStack() as stack:
        url = os.environ.get("DATABASE_URL")
        if not url:
            server = servers.mysql_server()
            stack.callback(server.stop)
            url = server.create_database()
        aws = stack.enter_context(running_aws())
        os.environ.update(
            AWS_ENDPOINT_URL=aws,
            AWS_REGION=REGION,
            AWS_DEFAULT_REGION=REGION,
            AWS_ACCESS_KEY_ID="benchmark",
            AWS_SECRET_ACCESS_KEY="benchmark",  # noqa: S106
            AWS_EC2_METADATA_DISABLED="true",
            AWS_LAMBDA_FUNCTION_NAME="benchmark",
            DATABASE_URL=url,
            GATEHOUSE_STAGE="benchmark",
            API_URL="https://auth.example.com",
            PORT="443",
            API_KEYS="benchmark-benchmark-benchmark",
            EMAIL_SENDER="ses",
            EMAIL_FROM="Gatehouse <no-reply@example.com>",
            SEND_LIMIT_PER_ADDRESS="100000",
            SEND_LIMIT_PER_CLIENT="1000000",
        )
        _verify_sender()
        with redirect_stdout(sys.stderr):
            if migrate([]):
                raise SystemExit(1)
        yield _visitor(MeteredApi(os.environ))


def _visitor(api: MeteredApi) -> Visitor:
    """Return somebody who has a password, a session to refresh and a JWT."""
    response, _ = api.ask("POST", "/auth/signup", _form(_MEMBER), _FRONTEND)
    _, signed_in = _use_link(api, _MEMBER)
    return Visitor(api, dict(response.headers)["st-refresh-token"], signed_in["session_jwt"])


def _use_link(api: MeteredApi, email: str) -> tuple[Response, Any]:
    api.ask("POST", "/login", {"email": email})
    token = _letter(r"authenticate_magic_link\?token=([\w.=-]+)")
    api.ask("GET", f"/authenticate_magic_link?token={token}")
    return api.ask("POST", "/authenticate_magic_link", {"token": token})


def _verify_sender() -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="no-reply@example.com")


def _letter(pattern: str) -> str:
    """Return what the newest letter holds: the imitation of SES keeps them in this process."""
    letter = str(ses_backends[ACCOUNT][REGION].sent_messages[-1].__dict__)
    found = re.search(pattern, letter)
    if found is None:
        raise RuntimeError("the letter does not hold what it should")
    return found[1]


def _form(email: str) -> dict[str, Any]:
    return {"formFields": [{"id": "email", "value": email}, {"id": "password", "value": "correct horse 1"}]}


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _assumptions() -> Assumptions:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.costs", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--round-trip-ms", type=float, default=1.5, help="to the database and back")
    parser.add_argument("--letter-ms", type=float, default=80.0, help="to hand a letter to SES")
    parser.add_argument("--cold-share", type=float, default=0.01, help="how many requests meet a cold start")
    parser.add_argument(
        "--cold-start-cpu-ms", type=float, default=450.0, help="processor time of a cold start"
    )
    parser.add_argument("--runs", type=int, default=40, help="how often each flow is measured")
    return Assumptions(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
