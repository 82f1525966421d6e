"""Every function under the real Lambda runtime client, the authorizer before a route as a service attaches it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.databases import FreshDatabase
from tests.gateway import ROOT, running_gateway

PROFILE = "- httpApi: GET /profile"
GUARDED_PROFILE = """- httpApi:
          method: GET
          path: /profile
          authorizer: {name: gatehouse}"""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """This service, with the authorizer attached to one of its pages."""
    for name in ("functions", "infra", "layers", "web"):
        (tmp_path / name).symlink_to(ROOT / name)
    text = (ROOT / "serverless.yml").read_text("utf-8")
    assert PROFILE in text
    (tmp_path / "serverless.yml").write_text(text.replace(PROFILE, GUARDED_PROFILE))
    return tmp_path / "serverless.yml"


@pytest.fixture
def client(service: Path, fresh_database_url: FreshDatabase) -> Iterator[httpx.Client]:
    """A client of the functions, each in its own process under awslambdaric."""
    environment = {"DATABASE_URL": fresh_database_url("postgresql")}
    with (
        running_gateway(environment, "--runtime", "awslambdaric", "--config", str(service)) as gateway,
        httpx.Client(base_url=gateway.url, timeout=40) as client,
    ):
        yield client


def test_every_function_answers(client: httpx.Client) -> None:
    assert client.post("/login", json={"email": "ada@example.com"}).json() == {"message": "magic link sent"}
    link = client.get("/_dev/mailbox.json").json()[0]["links"][0]
    assert "<form" in client.get(link).text
    signed_in = client.post("/authenticate_magic_link", json={"token": link.partition("token=")[2]}).json()
    bearer = {"Authorization": f"Bearer {signed_in['session_token']}"}

    assert client.get("/session", headers=bearer).json()["user"]["roles"] == ["admin"]
    assert client.post("/invite", headers=bearer, json={"email": "bob@example.com"}).status_code == 200
    users = client.get("/users", headers=bearer).json()
    assert [user["email"] for user in users] == ["bob@example.com", "ada@example.com"]
    assert client.delete(f"/users/{users[0]['id']}", headers=bearer).json() == {"message": "success"}
    assert "<title>" in client.get("/").text

    assert client.get("/profile").status_code in {401, 403}, "the authorizer denies"
    assert client.get("/profile", headers=bearer).status_code == 403, "it takes JWTs, not session tokens"
    jwt = {"Authorization": f"Bearer {signed_in['session_jwt']}"}
    assert "<title>" in client.get("/profile", headers=jwt).text

    swept = client.post("/_dev/run/cleanup").json()
    assert swept["finished"] is True
    assert swept["deleted"]["session_info"] == 0
    assert client.post("/logout", headers=bearer).json() == {"message": "logged out"}
    assert client.get("/session", headers=bearer).status_code == 401
