"""The local gateway with this project's serverless.yml."""

from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from gatehouse import core_config
from infra.local.environment import local_values, shared_environment
from infra.local.service import Service, read_service
from infra.local.template import Template
from tests.gateway import ROOT, running_gateway
from tests.webhooks.conftest import SECRET
from tests.webhooks.receiver import receiver_server

ROUTES = {
    "POST /login": "login",
    "POST /invite": "invite",
    "GET /authenticate_magic_link": "authenticate_magic_link",
    "POST /authenticate_magic_link": "authenticate_magic_link",
    "GET /session": "session",
    "GET /.well-known/jwks.json": "session",
    "POST /logout": "logout",
    "GET /users": "users",
    "POST /users": "users",
    "GET /users/{id}": "users",
    "PATCH /users/{id}": "users",
    "DELETE /users/{id}": "users",
    "GET /audit": "audit",
    "GET /": "pages",
    "GET /check-your-mail": "pages",
    "GET /profile": "pages",
    "GET /directory": "pages",
    "GET /docs": "pages",
    "GET /openapi.json": "pages",
    "GET /favicon.ico": "pages",
    "GET /assets/{file+}": "pages",
    "GET /auth/{proxy+}": "fdi",
    "POST /auth/{proxy+}": "fdi",
    "PUT /auth/{proxy+}": "fdi",
    "ANY /core": "cdi",
    "ANY /core/{proxy+}": "cdi",
}


def read(**environ: str) -> Service:
    values = local_values(environ, ROOT, "127.0.0.1", 3000)
    return read_service(Template(ROOT / "serverless.yml", stage="local", environ=values))


@pytest.fixture
def service() -> Service:
    return read()


def test_every_endpoint_has_its_function(service: Service) -> None:
    assert {route.key: route.function for route in service.routes} == ROUTES
    assert {route.authorizer for route in service.routes} == {None}


def test_every_handler_exists(service: Service) -> None:
    missing = [item.handler for item in service.functions.values() if not _file(item.handler).exists()]
    assert missing == []


def test_local_settings_need_no_aws(service: Service) -> None:
    for function in service.functions.values():
        settings = function.environment
        assert settings["GATEHOUSE_STAGE"] == "local"
        assert settings["DATABASE_URL"] == "sqlite:///.gatehouse/gatehouse.db"
        assert settings["EMAIL_SENDER"] == "console"
        assert settings["API_URL"] == settings["WEBSITE_URL"] == "http://127.0.0.1:3000"
        assert not [name for name, value in settings.items() if "ssm:" in value or "secretsmanager:" in value]


def test_the_core_needs_no_key_locally_and_may_have_one() -> None:
    assert read().functions["cdi"].environment["API_KEYS"] == ""
    values = {"API_KEYS": "k" * 20, "ACCESS_TOKEN_VALIDITY": "60"}
    shared = shared_environment(read(**values), values)
    assert shared.items() >= values.items()


def test_settings_of_the_core_that_nobody_changes_are_not_set(service: Service) -> None:
    names = {name for item in service.functions.values() for name in item.environment}
    assert names & set(core_config.environment_names()) == {"API_KEYS", "PASSWORDLESS_CODE_LIFETIME"}


def test_the_authorizer_knows_where_the_keys_are(service: Service) -> None:
    settings = service.functions["authorizer"].environment
    assert settings["AUTHORIZER_JWKS_URL"] == "http://127.0.0.1:3000/.well-known/jwks.json"
    assert settings["AUTHORIZER_ISSUER"] == "http://127.0.0.1:3000/auth"


def test_the_authorizer_knows_stytch_as_the_issuer() -> None:
    service = read(IDENTITY_PROVIDER="stytch", STYTCH_PROJECT_ID="project-test-1")
    assert service.functions["authorizer"].environment["AUTHORIZER_ISSUER"] == "stytch.com/project-test-1"


def test_no_function_outlasts_the_api_and_crons_run_at_their_rates(service: Service) -> None:
    routed = {route.function for route in service.routes} | {"authorizer"}
    assert all(service.functions[name].timeout_s < 30 for name in routed)
    schedules = {name: item.schedules for name, item in service.functions.items() if item.schedules}
    assert {name: [schedule.every_s for schedule in items] for name, items in schedules.items()} == {
        "cleanup": [3600],
        "webhooks": [60],
    }


def test_pages_of_allowed_origins_may_call_the_frontend_interface() -> None:
    asked = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "anti-csrf,authorization,content-type,fdi-version,rid,st-auth-mode",
    }
    allowed, foreign = ({"origin": f"http://{host}"} for host in ("shop.example", "evil.example"))
    with running_gateway({"ALLOWED_ORIGINS": allowed["origin"]}) as gateway:
        url = f"{gateway.url}/auth/session/refresh"
        preflight = httpx.options(url, headers={**asked, **allowed})
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == allowed["origin"]
        assert preflight.headers["access-control-allow-credentials"] == "true"
        names = set(preflight.headers["access-control-allow-headers"].split(","))
        assert names >= set(asked["access-control-request-headers"].split(","))
        exposed = httpx.post(url, headers=allowed).headers["access-control-expose-headers"].split(",")
        assert {"anti-csrf", "front-token", "st-access-token", "st-refresh-token"} <= set(exposed)
        assert "access-control-allow-origin" not in httpx.options(url, headers={**asked, **foreign}).headers
        assert "access-control-allow-origin" not in httpx.post(url, headers=foreign).headers


@pytest.mark.parametrize("runtime", ["in-process", "awslambdaric"])
def test_every_function_answers(runtime: str) -> None:
    with (
        receiver_server() as receiver,
        running_gateway(
            {"WEBHOOK_URLS": receiver.url, "WEBHOOK_SECRETS": SECRET}, "--runtime", runtime
        ) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        assert "does not start" not in gateway.output
        for core_url in (gateway.core_url, f"{gateway.url}/core"):
            assert httpx.get(f"{core_url}/hello").text.strip() == "Hello"
            assert "5.1" in httpx.get(f"{core_url}/apiversion").json()["versions"]
        refused = client.post("/auth/session/refresh")
        assert (refused.status_code, refused.json()) == (401, {"message": "unauthorised"})
        assert client.get("/auth/jwt/jwks.json").json()["keys"]
        assert client.post("/login", json={"email": "ada@example.com"}).json() == {
            "message": "magic link sent"
        }
        (letter,) = client.get("/_dev/mailbox.json").json()
        token = httpx.URL(letter["links"][0]).params["token"]
        assert client.get("/authenticate_magic_link", params={"token": token}).status_code == 200
        signed_in = client.post("/authenticate_magic_link", json={"token": token}).json()
        headers = {"Authorization": f"Bearer {signed_in['session_token']}"}
        assert client.get("/session", headers=headers).json()["user"]["email"] == "ada@example.com"
        assert client.get("/.well-known/jwks.json").json()["keys"]
        assert client.post("/invite", json={"email": "bob@example.com"}, headers=headers).status_code == 200
        assert len(client.get("/users", headers=headers).json()) == 2
        assert client.get("/").headers["content-type"].startswith("text/html")
        assert client.get("/assets/favicon.svg").status_code == 200
        assert client.post("/_dev/run/cleanup").json()["finished"] is True
        assert client.post("/_dev/run/webhooks").json()["finished"] is True
        heard = [Webhook(SECRET).verify(item.body, dict(item.headers))["type"] for item in receiver.received]
        assert {"user.created", "session.created", "user.invited"} <= set(heard)
        assert client.post("/logout", headers=headers).json() == {"message": "logged out"}
        assert client.get("/session", headers=headers).status_code == 401


def _file(handler: str) -> Path:
    return ROOT / f"{handler.rpartition('.')[0]}.py"
