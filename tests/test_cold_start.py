"""How functions start on a deployed stage, under the real Lambda runtime client: with wrong settings, and SnapStart."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from functions.cdi.handler import demand_keys
from gatehouse.cold_start import problems, secrets_in_clear
from gatehouse.store.statement import Sql
from infra.local.events import Moment, http_event
from infra.local.instances import FunctionError, Invocation
from infra.local.messages import Request
from infra.local.routing import Match, Route
from infra.local.runtime_client import RuntimeClientInstance, Sandbox
from infra.local.service import Function
from tests.delivery.endpoint import Answer, Endpoint, running_endpoint
from tests.delivery.local_aws import REGION
from tests.gateway import ROOT
from tests.house_fixtures import MigratedDatabase

KEY = "a-key-of-20-letters=="
PACKAGES = [ROOT / "layers" / "shared" / "python"]
DEPLOYED = {
    "GATEHOUSE_STAGE": "dev",
    "DATABASE_URL": "ssm:/gatehouse/dev/database-url",
    "API_URL": "https://auth.example.com",
    "EMAIL_SENDER": "ses",
    "EMAIL_FROM": "Gatehouse <no-reply@example.com>",
}
HANDLERS = {"cdi": "functions/cdi/handler.handler", "fdi": "functions/fdi/handler.handler"}


def started(name: str, settings: Mapping[str, str], **sandbox: Any) -> RuntimeClientInstance:
    """Start a function as Lambda does; raises FunctionError."""
    function = Function(name, f"gatehouse-dev-{name}", HANDLERS.get(name, f"functions/{name}.handler"))
    inherited = {variable: os.environ[variable] for variable in ("PATH", "HOME") if variable in os.environ}
    environment = {**inherited, **DEPLOYED, **settings}
    return RuntimeClientInstance(function, Sandbox(ROOT, REGION, PACKAGES, **sandbox), environment)


def asked(instance: RuntimeClientInstance, method: str, path: str, **headers: str) -> tuple[int, str]:
    """Send a request as API Gateway does; return status and body."""
    sent = [("host", "auth.example.com"), *((name.replace("_", "-"), text) for name, text in headers.items())]
    match = Match(Route(f"{method} {path}", "function"), {"proxy": path.removeprefix("/core/")})
    event = http_event(Request(method, path, sent, b"", "203.0.113.7"), match, Moment())
    answer = json.loads(instance.invoke(Invocation("request-1", json.dumps(event), time.time() + 20)) or "{}")
    return answer["statusCode"], answer["body"]


WRONG = {
    "login": (
        {"SIGNUP": "maybe", "SEND_LIMIT_PER_ADDRESS": "0"},
        "Gatehouse cannot start: SIGNUP: must be one of open, invite_only; "
        "SEND_LIMIT_PER_ADDRESS: must be a whole number from 1 to 100000",
    ),
    "cdi": (
        {},
        "Gatehouse cannot start: API_KEYS: is needed on a deployed stage: 20 or more characters that callers send as "
        "`api-key`; without it everybody could read and write all users",
    ),
    "pages": (
        {"APP_NAME": "ssm:/gatehouse/dev/name"},
        "Gatehouse cannot start: APP_NAME: is shown on pages and cannot be a reference; write the name itself",
    ),
    "authorizer": (
        {"AUTHORIZER_ISSUER": "https://auth.example.com/auth"},
        '{"level": "CRITICAL", "message": "the authorizer cannot start", "reason": "AUTHORIZER_JWKS_URL must be the '
        'https:// address of a key set (JWKS)"}',
    ),
}


def test_a_wrong_setting_ends_the_cold_start_with_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    def start(name: str) -> str:
        with pytest.raises(FunctionError) as caught:
            started(name, WRONG[name][0])
        return str(caught.value)

    with ThreadPoolExecutor() as pool:
        errors = dict(zip(WRONG, pool.map(start, WRONG), strict=True))
    assert set(errors.values()) == {"Runtime.ExitError: the function's process ended with status 1"}
    written = capfd.readouterr()
    lines = [line.rpartition("\t")[2] for line in (written.out + written.err).splitlines()]
    assert sorted(lines) == sorted(line for _, line in WRONG.values()), "no traceback, no warning"


def test_a_secret_that_cannot_be_had_is_told_to_the_log_and_not_to_callers(
    capfd: pytest.CaptureFixture[str],
) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    settings = {
        **keys,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "SMTP_URL": "smtp://me:hunter2@mail.example.com",
    }
    instance = started("session", settings)
    try:
        status, body = asked(instance, "GET", "/.well-known/jwks.json")
    finally:
        instance.stop()
    assert (status, json.loads(body)["detail"]) == (
        500,
        "Something went wrong on our side. Please try again.",
    )
    assert "ssm:" not in body
    written = capfd.readouterr()
    log = written.out + written.err
    assert "DATABASE_URL: ssm:/gatehouse/dev/database-url: AWS cannot be reached" in log
    assert "SMTP_URL: whoever may look at the function sees the secret" in log
    assert "hunter2" not in log


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """What functions take for AWS."""
    with running_endpoint() as running:
        yield running


def test_a_snapshot_is_warm_and_holds_no_connection_and_no_secret(
    endpoint: Endpoint, migrated: Callable[[str], MigratedDatabase]
) -> None:
    database, user = migrated("mariadb"), f"user_{secrets.token_hex(4)}"
    url = re.sub(r"//[^@]*@", f"//{user}@", database.url)
    name = DEPLOYED["DATABASE_URL"].removeprefix("ssm:")
    endpoint.answers = [Answer(body={"Parameters": [{"Name": name, "Value": url}]})]

    def state() -> tuple[int, int]:
        """Return how often AWS was asked, and how many connections the function has."""
        count = Sql("SELECT COUNT(*) FROM information_schema.processlist WHERE user = :user")
        connections: int = database.gateway.run(count.only(lambda row: row[0], user=user))
        return len(endpoint.requests), connections

    settings = {
        "API_KEYS": KEY,
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    at_snapshot: list[tuple[int, int]] = []
    instance = started("cdi", settings, is_snap_start=True, at_snapshot=lambda: at_snapshot.append(state()))
    try:
        assert (at_snapshot, state()) == ([(0, 0)], (0, 0))
        loaded = Path(f"/proc/{instance._process.pid}/maps").read_text()
        assert all(module in loaded for module in ("psycopg", "bcrypt", "argon2")), "all that might be needed"
        for _ in range(2):
            status, body = asked(instance, "GET", "/core/recipe/roles", api_key=KEY)
            assert (status, json.loads(body)["status"]) == (200, "OK")
            assert state() == (1, 1)
    finally:
        instance.stop()


RESTORE = """
import boto3, random, sys
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
import functions.fdi.handler as function
from gatehouse.bootstrap import House

entrance = function.app.state.entrance
random.seed(1)
run_before_snapshot()
assert random.getstate() == (random.seed(1), random.getstate())[1], "nothing was drawn"
assert entrance._house is None, "nothing was built"
session = boto3.DEFAULT_SESSION._session
assert session._credentials is None, "those of another hour"
assert "service-2" in str(session.get_component("data_loader")._cache.keys()), "and still half the way is gone"

before = entrance.house  # as if somebody had been served before the snapshot, against all rules
before.database.transact(lambda tx: None)
before.database._usable_connection()
run_after_restore()
assert random.getstate() != (random.seed(1), random.getstate())[1], "every copy draws numbers of its own"
assert before.database._connection is None
assert entrance.house is not before, "no cache and no age is older than the restore"

loaded = set(sys.modules)
for name in [name for name, part in vars(House).items() if hasattr(part, "attrname")]:
    getattr(entrance.house, name)
assert {name for name in set(sys.modules) - loaded if "gatehouse" in name} == set()
"""


def test_after_a_restore_everything_is_new(migrated: Callable[[str], MigratedDatabase]) -> None:
    environment = {
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "DATABASE_URL": migrated("sqlite").url,
        "A_REFERENCE": "ssm:/gatehouse/dev/anything",
        "PYTHONPATH": f"{ROOT}:{PACKAGES[0]}",
    }
    done = subprocess.run(
        [sys.executable, "-c", RESTORE], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_references_are_no_problem_before_they_are_resolved() -> None:
    everywhere = {
        **DEPLOYED,
        "SMTP_URL": "secretsmanager:/gatehouse/dev/smtp#url",
        "STYTCH_SECRET": "ssm:/gatehouse/dev/stytch",
        "STYTCH_PROJECT_ID": "project-1",
        "IDENTITY_PROVIDER": "stytch",
        "THIRD_PARTY_PROVIDERS": "ssm:/gatehouse/dev/third-party-providers",
        "WEBHOOK_SECRETS": "ssm:/gatehouse/dev/webhook-secrets",
        "WEBHOOK_URLS": "https://app.example.com/webhooks",
        "API_KEYS": "ssm:/gatehouse/dev/core-api-keys",
        "ADMIN_EMAILS": "ssm:/gatehouse/dev/admins",
        "FIREBASE_PASSWORD_HASHING_SIGNER_KEY": "ssm:/gatehouse/dev/firebase",
    }
    assert problems(everywhere, demand_keys) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL: is needed, for example ssm:/gatehouse/dev/"),
        ({"SMTP_URL": "ssm:smtp"}, "SMTP_URL: ssm:smtp: this is not a reference"),
        ({"EMAIL_SENDER": "smtp"}, "SMTP_URL: is needed when EMAIL_SENDER is smtp"),
        ({"GATEHOUSE_TEST_MODE": "on"}, "GATEHOUSE_TEST_MODE: is for test suites"),
        ({"API_KEYS": "short"}, "The core's configuration: "),
        ({"MAILBOX_FILE": "mailbox.jsonl"}, "MAILBOX_FILE: is for laptops"),
        ({"MFA": "off", "REQUIRED_SECONDARY_FACTORS": "totp"}, "MFA: must be on"),
        ({"DATABASE_URL": "ssm:/a b"}, "DATABASE_URL: ssm:/a b: this is not a reference"),
    ],
)
def test_what_is_written_out_is_checked_although_secrets_are_not_known(
    changes: dict[str, str], told: str
) -> None:
    (problem,) = problems(
        {**DEPLOYED, "API_KEYS": "ssm:/gatehouse/dev/core-api-keys", **changes}, demand_keys
    )
    assert problem.startswith(told)


def test_secrets_that_are_written_out_are_named() -> None:
    assert secrets_in_clear({**DEPLOYED, "API_KEYS": "", "SIGNUP": "open", "HOME": "/home/ada"}) == []
    assert secrets_in_clear({"DATABASE_URL": "mysql://gatehouse@localhost/gatehouse"}) == []
    in_clear = {
        "API_KEYS": KEY,
        "DATABASE_URL": "mysql://gatehouse:hunter2@db.example.com/gatehouse",
        "MYSQL_PASSWORD": "hunter2",
        "SMTP_URL": "smtp://me:hunter2@mail.example.com",
        "STYTCH_SECRET": "hunter2",
        "WEBHOOK_SECRETS": "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==",
    }
    assert secrets_in_clear(in_clear) == sorted(in_clear)
