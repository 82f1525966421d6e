"""`serverless deploy` against the AWS on this machine, and the deployed service as its users meet it."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path
from typing import cast

import httpx
import pytest

from gatehouse.bootstrap import House
from infra.local.aws.fleet import this_architecture
from infra.local.aws.stage import prepare_stage
from tests.databases import FreshDatabase
from tests.frontend import Answer, Frontend
from tests.gateway import ROOT
from tests.local_aws import LocalAws, running_local_aws
from tests.test_readme import check, run_flow

pytestmark = pytest.mark.timeout(300)

ORDERS = """
import json

def handler(event, context):
    return event["requestContext"]["authorizer"]["lambda"]
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """This service, deployed once for all tests here by the command behind `make deploy-local`."""
    with running_local_aws() as aws:
        yield aws


@pytest.fixture
def client(aws: LocalAws) -> Iterator[httpx.Client]:
    """A client of the deployed API."""
    with httpx.Client(base_url=aws.api_url, timeout=60) as client:
        yield client


class DeployedFrontend(Frontend):
    """A frontend that calls the deployed interface."""

    def __init__(self, client: httpx.Client, mode: str) -> None:
        super().__init__(cast(House, None), mode)
        self.client = client

    def call(self, method: str, target: str, **request: object) -> Answer:
        """Send a request over HTTP."""
        answer = self.client.request(
            method,
            f"/auth{target}",
            content=cast(bytes | None, request.get("body")),
            headers=cast(dict[str, str], request.get("headers")),
        )
        cookies = [SimpleCookie(line) for line in answer.headers.get_list("set-cookie")]
        self.client.cookies.clear()
        by_name = {name: morsel for cookie in cookies for name, morsel in cookie.items()}
        return Answer(answer.status_code, dict(answer.headers), by_name, answer.text)


def sign_in(client: httpx.Client, email: str) -> dict[str, str]:
    """Sign in by a link, and return the answer."""
    assert client.post("/login", json={"email": email}).status_code == 200
    letter = client.get("/_dev/mailbox.json").json()[0]
    assert letter["to"] == email
    token = letter["links"][0].partition("token=")[2]
    signed_in: dict[str, str] = client.post("/authenticate_magic_link", json={"token": token}).json()
    return signed_in


def uploads(aws: LocalAws) -> dict[str, str]:
    """Return what is in the stage's bucket, with when it came there."""
    stack = aws.client("cloudformation").describe_stacks(StackName="gatehouse-dev")["Stacks"][0]
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    bucket = aws.client("s3").list_objects_v2(Bucket=outputs["ServerlessDeploymentBucketName"])
    return {item["Key"]: str(item["LastModified"]) for item in bucket["Contents"]}


def remnants(aws: LocalAws, *names: str) -> list[str]:
    """Return all in the account that has one of these names."""
    found = [
        *(item["FunctionName"] for item in aws.client("lambda").list_functions()["Functions"]),
        *(item["LayerName"] for item in aws.client("lambda").list_layers()["Layers"]),
        *(item["Name"] for item in aws.client("apigatewayv2").get_apis()["Items"]),
        *(item["Name"] for item in aws.client("s3").list_buckets()["Buckets"]),
        *(item["RoleName"] for item in aws.client("iam").list_roles()["Roles"]),
        *(item["PolicyName"] for item in aws.client("iam").list_policies(Scope="Local")["Policies"]),
        *(item["Name"] for item in aws.client("events").list_rules()["Rules"]),
        *(item["logGroupName"] for item in aws.client("logs").describe_log_groups()["logGroups"]),
        *(item["AlarmName"] for item in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(item["DashboardName"] for item in aws.client("cloudwatch").list_dashboards()["DashboardEntries"]),
        *(item["StackName"] for item in aws.client("cloudformation").describe_stacks()["Stacks"]),
    ]
    return [name for name in found if any(part in name for part in names)]


def test_flow_of_the_readme_works_on_what_was_deployed(aws: LocalAws, tmp_path: Path) -> None:
    check(run_flow(aws.api_url, tmp_path))


@pytest.mark.parametrize("mode", ["header", "cookie"])
def test_frontends_sign_up_in_refresh_and_out(client: httpx.Client, mode: str) -> None:
    frontend = DeployedFrontend(client, mode)
    user = frontend.sign_up(f"{mode}@example.com")
    refreshed = frontend.ask("POST", "/session/refresh")
    assert refreshed.status == 200, refreshed.text
    assert frontend.is_signed_in
    assert frontend.ask("POST", "/signout", {}).json == {"status": "OK"}
    assert frontend.tokens == {}
    fields = [{"id": "email", "value": f"{mode}@example.com"}, {"id": "password", "value": "correct horse 1"}]
    assert frontend.post("/signin", formFields=fields)["user"]["id"] == user["id"]
    wrong = [*fields[:1], {"id": "password", "value": "another horse 1"}]
    assert frontend.post("/signin", formFields=wrong) == {"status": "WRONG_CREDENTIALS_ERROR"}


def test_core_answers_whoever_has_its_key_and_nobody_else(aws: LocalAws, client: httpx.Client) -> None:
    asked = {"rid": "emailpassword", "cdi-version": "5.1"}
    body = {"email": "core@example.com", "password": "correct horse 1"}
    for key in ({}, {"api-key": "a" * 32}):
        refused = client.post("/core/recipe/signup", headers={**asked, **key}, json=body)
        assert (refused.status_code, refused.text) == (401, "Invalid API key\n")
    keyed = {**asked, "api-key": aws.core_api_key}
    made = client.post("/core/recipe/signup", headers=keyed, json=body).json()
    assert made["status"] == "OK"
    assert client.get("/core/hello", headers=keyed).text == "Hello\n"


def test_browsers_of_named_origins_may_call(client: httpx.Client) -> None:
    asked = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}
    allowed = client.options("/auth/signin", headers=asked)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "st-auth-mode" in allowed.headers["access-control-allow-headers"].split(",")
    stranger = client.options("/auth/signin", headers={**asked, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


def test_cron_deletes_what_has_expired(aws: LocalAws, client: httpx.Client) -> None:
    sign_in(client, "cron@example.com")
    with closing(sqlite3.connect(aws.folder / "gatehouse.db", isolation_level=None)) as database:
        (before,) = database.execute("SELECT COUNT(*) FROM session_info").fetchone()
        database.execute(
            "UPDATE session_info SET expires_at = 1 WHERE expires_at = (SELECT MAX(expires_at) FROM session_info)"
        )
        ran = client.post("/_dev/run/cleanup").json()
        assert ran["finished"]
        assert ran["deleted"]["session_info"] == 1
        (after,) = database.execute("SELECT COUNT(*) FROM session_info").fetchone()
    assert after == before - 1
    run = aws.client("lambda").invoke(FunctionName="gatehouse-dev-cleanup", Payload=b"{}")
    assert json.loads(run["Payload"].read())["deleted"]["session_info"] == 0


def test_another_service_attaches_the_authorizer_as_documented(
    aws: LocalAws, client: httpx.Client, tmp_path: Path
) -> None:
    written = re.search(
        r"```yaml\n(service: orders\n.*?)```", (ROOT / "docs/authorizer.md").read_text("utf-8"), re.DOTALL
    )
    assert written
    here = f"provider:\n  architecture: {this_architecture()}"
    (tmp_path / "serverless.yml").write_text(written[1].replace("provider:", here, 1))
    (tmp_path / "orders.py").write_text(ORDERS)
    aws.serverless("deploy", cwd=tmp_path)
    (address,) = re.findall(r"GET - (\S+/orders)", aws.serverless("info", cwd=tmp_path))
    signed_in = sign_in(client, "orders@example.com")
    assert httpx.get(address, timeout=60).status_code == 403
    answer = httpx.get(address, headers={"Authorization": f"Bearer {signed_in['session_jwt']}"}, timeout=60)
    assert answer.json()["email"] == "orders@example.com"


def test_deploying_again_without_a_change_uploads_nothing(aws: LocalAws) -> None:
    before = uploads(aws)
    assert "No changes to deploy" in aws.deploy()
    assert uploads(aws) == before


def test_a_changed_setting_takes_effect_and_a_rollback_takes_it_back(
    aws: LocalAws, client: httpx.Client
) -> None:
    assert client.get("/").text.count("Gatehouse") > 0
    assert "deployed" in aws.deploy("appName=Porter Lodge")
    assert "Porter Lodge" in client.get("/").text
    times = re.findall(r"Timestamp: (\d+)", aws.serverless("deploy", "list"))
    assert len(times) == 2
    aws.serverless("rollback", "--timestamp", times[0])
    assert "Porter" not in client.get("/").text


def test_a_stage_with_snapstart_on_mariadb(
    aws: LocalAws, fresh_database_url: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database_url("mariadb"))
    prepare_stage("quick", aws.environment, tmp_path)
    aws.deploy("snapStart=true", stage="quick")
    with httpx.Client(base_url=aws.url_of("quick"), timeout=60) as client:
        assert sign_in(client, "quick@example.com")["session_jwt"]
    functions = aws.client("lambda")
    quick = functions.get_function_configuration(FunctionName="gatehouse-quick-login", Qualifier="snapstart")
    assert quick["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    assert quick["Version"] == "1"


def test_removing_leaves_nothing_behind(aws: LocalAws) -> None:
    assert {"gatehouse-dev", "gatehouse-dev-login", "dev-gatehouse"} <= {*remnants(aws, "dev")}
    aws.serverless("remove", "--stage", "dev")
    assert remnants(aws, "gatehouse-dev", "dev-gatehouse") == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(aws.api_url)
