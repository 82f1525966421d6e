"""A move into databases that a genuine core wrote: nobody signs in again, and the way back is open."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_private_key

from gatehouse.bootstrap import House
from gatehouse.store.migrations.files import read_migrations
from infra.moving.supertokens.way_back import own_tables
from tests.api import Api
from tests.core import Core
from tests.databases import FreshDatabase, Server
from tests.functions.test_main_flow import sign_in
from tests.houses import open_house
from tests.moving.conftest import Ended
from tests.moving.recorded import Rows, all_rows, load, move, tables
from tests.signing_keys import make_key
from tests.store.migrations.described import ask
from tests.store.migrations.runs import MIGRATIONS
from tests.wire.conversations.totp_codes import totp_code
from tests.wire.java_core.adoption import move_in
from tests.wire.java_core.manifest import Manifest, read_manifest
from tests.wire.java_core.stored_formats import misshapen
from tests.wire.java_core.stored_users import incomplete
from tests.wire.oracles.asking import SetClock

DURABLE = "/appid-durable"
DYNAMIC = {"enableAntiCsrf": False, "useDynamicSigningKey": True}
CHECKS = {"enableAntiCsrf": False, "doAntiCsrfCheck": False, "checkDatabase": True}


@dataclass(frozen=True)
class Moved:
    """A recorded database: what was in it before, how rehearsal and move ended, and a house in it."""

    engine: str
    url: str
    manifest: Manifest
    before: Rows
    rehearsal: Ended
    after_rehearsal: Rows
    move: Ended
    after_move: Rows
    house: House
    clock: SetClock

    @property
    def core(self) -> Core:
        """The core interface of the house."""
        return Core(self.house)

    def recorded(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        """Return what the manifest lists of the app whose tokens live for a century."""
        listed: list[dict[str, Any]] = self.manifest.about[kind]
        return [item for item in listed if item["app"] == "durable" and wanted.items() <= item.items()]


@pytest.fixture(scope="module", params=["mariadb", "postgresql"])
def moved(request: pytest.FixtureRequest, fresh_database_url: FreshDatabase) -> Iterator[Moved]:
    """Move into a recorded database, once on each engine; tests use different people of it."""
    engine: str = request.param
    server: Server = request.getfixturevalue(
        {"mariadb": "mariadb_server", "postgresql": "postgres_server"}[engine]
    )
    url = fresh_database_url(engine)
    load(engine, server, url)
    names = tables(url)
    before = all_rows(url, names)
    rehearsal = move(url)
    after_rehearsal = all_rows(url, tables(url))
    ended = move(url, "--apply")
    after_move = all_rows(url, names)
    manifest = read_manifest(engine)
    house, clock = move_in(url, manifest.asked_from_ms)
    yield Moved(engine, url, manifest, before, rehearsal, after_rehearsal, ended, after_move, house, clock)
    house.database.disconnect()


def test_rehearsal_tells_what_is_there_and_changes_nothing(moved: Moved) -> None:
    assert (moved.rehearsal.status, moved.rehearsal.errors) == (0, "")
    assert moved.after_rehearsal == moved.before
    server = {"mariadb": "MariaDB 10", "postgresql": "PostgreSQL 1"}[moved.engine]
    for line in (
        f"server            {server}",
        "schema of core    9.1 or later, before 9.2.2 (it has tenant_configs.is_first_factors_null)",
        "is not here yet",
        "3 apps, 6 tenants",
        "25, with 17 passwords, 4 passwordless and 5 third-party logins; 1 linked to another",
        "3 for refresh tokens, 3 dynamic and 3 static for access tokens",
        "makes tables: schema_migrations, users",
        "Nothing was changed. --apply moves in",
    ):
        assert line in moved.rehearsal.text
    assert ("compares without case" in moved.rehearsal.text) == (moved.engine == "mariadb")


def test_move_leaves_every_row_of_the_core_as_it_was(moved: Moved) -> None:
    assert moved.move.status == 0, moved.move.errors
    added = [row for row in moved.after_move["key_value"] if row[2].startswith("gatehouse")]
    assert len(added) == 1
    kept = {table: [row for row in rows if row not in added] for table, rows in moved.after_move.items()}
    assert kept == moved.before


def test_second_move_has_nothing_to_do(moved: Moved) -> None:
    again = move(moved.url)

    assert (again.status, "has moved in already" in again.text) == (0, True)
    assert "Nothing: the tables are ready for Gatehouse." in again.text
    assert move(moved.url, "--apply").status == 0


def test_sessions_of_the_core_verify_and_refresh(moved: Moved) -> None:
    for session in moved.recorded("sessions", state="fresh", enableAntiCsrf=False):
        tokens = session["tokens"][-1]

        verified = moved.core.post(
            f"{DURABLE}/recipe/session/verify", accessToken=tokens["accessToken"], **CHECKS
        )
        refreshed = moved.core.post(
            f"{DURABLE}/recipe/session/refresh", refreshToken=tokens["refreshToken"], **DYNAMIC
        )

        assert (verified["status"], verified["session"]["handle"]) == ("OK", session["handle"])
        assert verified["session"]["userDataInJWT"] == session["userDataInJWT"]
        assert (refreshed["status"], refreshed["session"]["userId"]) == ("OK", session["userId"])


def test_passwords_of_the_core_sign_in(moved: Moved) -> None:
    for user in moved.recorded("users", recipe="emailpassword"):
        signed_in = moved.core.post(
            f"{user['prefix']}/recipe/signin", email=user["email"], password=user["password"]
        )
        assert (signed_in["status"], signed_in["user"]["id"]) == ("OK", user["userId"])


def test_codes_and_links_that_the_core_sent_still_work(moved: Moved) -> None:
    used = 0
    for device in moved.recorded("passwordless_codes"):
        code = device["codes"][-1]
        proof = (
            {"linkCode": code["linkCode"]}
            if device["use"] == "link"
            else {"deviceId": device["deviceId"], "userInputCode": code["userInputCode"]}
        )
        consumed = moved.core.post(
            f"{device['prefix']}/recipe/signinup/code/consume",
            preAuthSessionId=device["preAuthSessionId"],
            **proof,
        )
        used += consumed["status"] == "OK"
    assert used == len(moved.recorded("passwordless_codes")) > 1


def test_letters_that_the_core_wrote_still_work(moved: Moved) -> None:
    (reset,) = moved.recorded("password_reset")
    (pending,) = moved.recorded("email_verification", state="pending")

    consumed = moved.core.post(f"{DURABLE}/recipe/user/password/reset/token/consume", token=reset["token"])
    verified = moved.core.post(
        f"{pending['prefix']}/recipe/user/email/verify", method="token", token=pending["token"]
    )

    assert (consumed["status"], consumed["userId"]) == ("OK", reset["userId"])
    assert (verified["status"], verified["userId"]) == ("OK", pending["userId"])


def test_authenticators_of_the_core_go_on(moved: Moved) -> None:
    device = next(
        item for item in moved.manifest.about["totp_devices"] if item["verified"] and not item["prefix"]
    )
    moved.clock.at_ms += 300_000

    code = totp_code(device["secret"], moved.clock(), device["period"])
    answer = moved.core.post("/recipe/totp/verify", userId=device["userId"], totp=code)

    assert answer == {"status": "OK"}


def core_s_key(url: str, table: str, column: str, where: str) -> str:
    """Read a key as the core would."""
    return str(ask(url, f"SELECT {column} FROM {table} WHERE {where}")[0][0])


def core_s_refresh_token(url: str, handle: str, user_id: str) -> str:
    """Make a refresh token with none of our code (specs/supertokens.md 3.4)."""
    master = core_s_key(url, "key_value", "value", "app_id = 'durable' AND name = 'refresh_token_key'")
    nonce, iv = hashlib.sha256(b"a nonce").hexdigest(), b"twelve bytes"
    payload = json.dumps({"sessionHandle": handle, "userId": user_id, "nonce": nonce})
    key = hashlib.pbkdf2_hmac("sha512", master.encode(), iv, 100, 32)
    sealed = base64.b64encode(iv + AESGCM(key).encrypt(iv, payload.encode(), None)).decode()
    return f"{sealed}.{nonce}.V2"


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_session_that_the_core_opens_meanwhile_is_good_here_at_once(moved: Moved) -> None:
    """The core runs on beside us: it makes a signing key that we have not seen, and a session signed with it."""
    user = moved.recorded("users", recipe="passwordless")[0]
    moved.core.get(f"{DURABLE}/.well-known/jwks.json")
    now_ms, handle = moved.clock(), "0f9a2c56-2f3b-4b7e-9a55-0f4f7b7f7a01"
    token = core_s_refresh_token(moved.url, handle, user["userId"])
    value = make_key()
    is_static = "0" if moved.engine == "mariadb" else "FALSE"
    ask(
        moved.url,
        f"INSERT INTO session_access_token_signing_keys (app_id, created_at_time, value) "
        f"VALUES ('durable', {now_ms}, '{value}')",
        f"INSERT INTO session_info (app_id, tenant_id, session_handle, user_id, refresh_token_hash_2, session_data, "
        f"expires_at, created_at_time, jwt_user_payload, use_static_key) VALUES ('durable', 'public', '{handle}', "
        f"'{user['userId']}', '{hash_of(hash_of(token))}', '{{}}', {now_ms + 10**9}, {now_ms}, '{{}}', {is_static})",
        "SELECT 1",
    )
    claims = {
        "iat": now_ms // 1000, "exp": now_ms // 1000 + 3600, "sub": user["userId"], "rsub": user["userId"],
        "tId": "public", "sessionHandle": handle, "refreshTokenHash1": hash_of(token),
        "parentRefreshTokenHash1": None, "antiCsrfToken": None,
    }  # fmt: skip
    private = load_der_private_key(base64.b64decode(re.split("[|;]", value)[1]), None)
    access_token = jwt.encode(claims, private, "RS256", headers={"kid": f"d-{now_ms}", "version": "5"})  # type: ignore[arg-type]

    verified = moved.core.post(f"{DURABLE}/recipe/session/verify", accessToken=access_token, **CHECKS)
    refreshed = moved.core.post(f"{DURABLE}/recipe/session/refresh", refreshToken=token, **DYNAMIC)

    assert (verified["status"], verified["session"]["handle"]) == ("OK", handle)
    assert refreshed["status"] == "OK"


def test_tenant_that_the_core_makes_meanwhile_is_known_at_once(moved: Moved) -> None:
    yes, key = ("1", "") if moved.engine == "mariadb" else ("TRUE", "")
    ask(
        moved.url,
        "INSERT INTO tenants (app_id, tenant_id, created_at_time) VALUES ('durable', 'new', 1)",
        "INSERT INTO tenant_configs (connection_uri_domain, app_id, tenant_id, core_config, email_password_enabled, "
        f"passwordless_enabled, third_party_enabled, is_first_factors_null) VALUES ('{key}', 'durable', 'new', '{{}}', "
        f"{yes}, {yes}, {yes}, {yes})",
        "SELECT 1",
    )

    made = moved.core.post(f"{DURABLE}/new/recipe/signup", email="first@example.com", password="Secret-1234")

    assert (made["status"], made["user"]["tenantIds"]) == ("OK", ["new"])


def use_everything(moved: Moved, folder: Path) -> str:
    """Sign people up and in through every interface; return who has a password."""
    home = open_house(moved.url, folder / "mailbox.jsonl")
    api = Api(home.house)
    admin = sign_in(api, home, "boss@example.com")
    api.call("POST", "/invite", {"email": "guest@example.com"}, bearer=admin["session_token"])
    sign_in(api, home, "guest@example.com")
    core = Core(home.house)
    made = core.post("/recipe/signup", email="stays@example.com", password="Secret-1234")
    user_id: str = made["user"]["id"]
    core.post("/recipe/session", userId=user_id, userDataInJWT={}, userDataInDatabase={}, **DYNAMIC)
    core.post("/recipe/totp/device", userId=user_id, skew=1, period=30)
    core.post("/recipe/signinup/code", email="waits@example.com")
    core.post("/recipe/user/password/reset/token", userId=user_id, email="stays@example.com")
    core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)
    other = core.post(
        "/recipe/signinup",
        thirdPartyId="google",
        thirdPartyUserId="stays-1",
        email={"id": "stays@example.com", "isVerified": True},
    )
    core.post("/recipe/accountlinking/user/link", recipeUserId=other["recipeUserId"], primaryUserId=user_id)
    home.close()
    return user_id


def test_core_finds_all_in_its_own_tables_and_forms_on_the_way_back(moved: Moved, tmp_path: Path) -> None:
    user_id = use_everything(moved, tmp_path)
    assert (misshapen(moved.url), incomplete(moved.url)) == ([], [])

    plan = move(moved.url, "--undo-plan")
    statements = [line.rstrip(";") for line in plan.text.splitlines() if not line.startswith("--")]
    core_tables = set(moved.before)
    rows = all_rows(moved.url, core_tables - {"key_value"})
    assert plan.status == 0
    ask(moved.url, *(statement.replace("%", "%%") for statement in statements), "SELECT 1")

    assert tables(moved.url) == core_tables
    assert all_rows(moved.url, core_tables - {"key_value"}) == rows
    names = {row[0] for row in ask(moved.url, "SELECT name FROM key_value")}
    assert names == {"FEATURE_FLAG", "refresh_token_key"}
    assert len(statements) - 1 == len(own_tables_of(moved))

    assert move(moved.url, "--apply").status == 0, "and one may come again"
    house, _ = move_in(moved.url, moved.clock())
    signed_in = Core(house).post("/recipe/signin", email="stays@example.com", password="Secret-1234")
    house.database.disconnect()
    assert signed_in["user"]["id"] == user_id
    assert len(signed_in["user"]["loginMethods"]) == 2


def own_tables_of(moved: Moved) -> list[str]:
    """Return our own tables."""
    return own_tables(read_migrations(MIGRATIONS, urlsplit(moved.url).scheme))
