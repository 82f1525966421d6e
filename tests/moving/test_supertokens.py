"""The command before a move: what it finds, what it refuses, what it tells to do."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gatehouse.crypto.access_token import LATEST, AccessToken, sign_access_token
from gatehouse.crypto.signing_key import SigningKey, StaticKey
from gatehouse.models import TableNames
from tests.core import Core
from tests.databases import FreshDatabase, Server
from tests.moving.recorded import move, tables
from tests.signing_keys import make_key
from tests.store.migrations.described import ask, described
from tests.store.migrations.runs import migrate, seed
from tests.wire.java_core.adoption import move_in

NOW_MS = 1_800_000_000_000
BASE_ROWS = (
    "INSERT INTO apps (app_id, created_at_time) VALUES ('public', 1)",
    "INSERT INTO tenants (app_id, tenant_id, created_at_time) VALUES ('public', 'public', 1)",
    "INSERT INTO tenant_configs (core_config, email_password_enabled, passwordless_enabled, third_party_enabled) "
    "VALUES ('{}', TRUE, TRUE, TRUE)",
)


@pytest.fixture
def url(fresh_database_url: FreshDatabase) -> str:
    """A database of core 9.0 on PostgreSQL with its first tenant."""
    url = fresh_database_url("postgresql")
    seed(url)
    run(url, *BASE_ROWS)
    return url


def run(url: str, *statements: str) -> None:
    """Run statements."""
    ask(url, *(statement.replace("%", "%%") for statement in statements), "SELECT 1")


LOSSES = {
    "passkeys": (
        (
            "CREATE TABLE webauthn_users (app_id VARCHAR(64), user_id CHAR(36))",
            "INSERT INTO webauthn_users VALUES ('public', 'u1')",
            "INSERT INTO app_id_to_user_id VALUES ('public', 'u1', 'webauthn', 'u1', FALSE)",
        ),
        "1 people have nothing but passkeys",
    ),
    "OAuth2": (
        ("CREATE TABLE oauth_clients (client_id TEXT)", "INSERT INTO oauth_clients VALUES ('c')"),
        "1 OAuth2 clients have the core as their provider",
    ),
    "SAML": (
        ("CREATE TABLE saml_clients (client_id TEXT)", "INSERT INTO saml_clients VALUES ('c')"),
        "1 SAML connections are set up",
    ),
    "bulk import": (
        ("CREATE TABLE bulk_import_users (id TEXT)", "INSERT INTO bulk_import_users VALUES ('b')"),
        "1 people wait in bulk_import_users",
    ),
    "reservation tables": (
        (
            "CREATE TABLE recipe_user_account_infos (app_id TEXT)",
            "INSERT INTO recipe_user_account_infos VALUES ('public')",
        ),
        "1 rows are in the reservation tables of core 12",
    ),
    "own database": (
        ("""INSERT INTO tenant_configs VALUES ('', 'public', 't1', '{"postgresql_database_name": "t1"}')""",),
        "1 tenants (public/t1) have a database of their own",
    ),
    "Firebase": (
        (
            "INSERT INTO app_id_to_user_id VALUES ('public', 'u2', 'emailpassword', 'u2', FALSE)",
            "INSERT INTO emailpassword_users VALUES ('public', 'u2', 'a@b.example', '$f_scrypt$x$y$m=14$r=8$s=z', 1)",
        ),
        "1 passwords came from Firebase and need its signer key",
    ),
}


def plain(text: str) -> str:
    """Return a report without its line breaks."""
    return " ".join(text.split())


def test_what_is_in_use_and_not_here_is_told_and_stops_the_move(url: str) -> None:
    run(url, *(statement for statements, _ in LOSSES.values() for statement in statements))

    ended = move(url)
    applied = move(url, "--apply")

    assert (ended.status, applied.status) == (1, 1)
    _, _, told = plain(ended.text).partition("In use, and not here after the move - ")
    for case, (_, text) in LOSSES.items():
        assert text in told, case
    assert "--accept-losses" in applied.errors
    assert "schema_migrations" not in tables(url)


def test_passkeys_of_people_who_have_something_else_are_told_as_such(url: str) -> None:
    run(url, *LOSSES["passkeys"][0])
    run(
        url,
        "INSERT INTO app_id_to_user_id VALUES ('public', 'u0', 'emailpassword', 'u0', TRUE)",
        "UPDATE app_id_to_user_id SET primary_or_recipe_user_id = 'u0' WHERE user_id = 'u1'",
    )

    text = plain(move(url).text)

    assert "1 login methods are passkeys" in text
    assert "have nothing but passkeys" not in text


def test_losses_that_are_accepted_do_not_stop_it_and_are_kept(url: str) -> None:
    run(url, *LOSSES["OAuth2"][0])

    ended = move(url, "--apply", "--accept-losses")

    assert ended.status == 0
    assert "schema_migrations" in tables(url)
    assert ask(url, "SELECT * FROM oauth_clients") == [("c",)]


def test_signer_key_of_the_settings_is_enough_for_passwords_of_firebase(url: str, tmp_path: Path) -> None:
    run(url, *LOSSES["Firebase"][0])
    config = tmp_path / "config.yaml"
    config.write_text("firebase_password_hashing_signer_key: c2VjcmV0\n")

    assert move(url, FIREBASE_PASSWORD_HASHING_SIGNER_KEY="c2VjcmV0").status == 0
    ended = move(url, "--config", str(config))
    assert (ended.status, "coreSettings, as a reference" in ended.text) == (0, True)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "ALTER TABLE session_info ADD COLUMN strange INT NOT NULL",
            "session_info.strange must have a value in every row",
        ),
        (
            """UPDATE tenant_configs SET core_config = '{"password_hashing_alg": "MD5"}'""",
            "1 tenants (public/public) have a core_config that Gatehouse does not take",
        ),
        (
            "UPDATE tenant_configs SET core_config = 'access_token_validity: 5'",
            "1 tenants (public/public) have a core_config that Gatehouse does not take",
        ),
    ],
)
def test_what_cannot_be_served_stops_the_move(url: str, statement: str, told: str) -> None:
    run(url, statement)

    ended = move(url)
    applied = move(url, "--apply", "--accept-losses")

    assert (ended.status, applied.status) == (1, 1)
    assert f"This has to be mended first - {told}" in plain(ended.text)
    assert "Mend what is named above" in applied.errors
    assert "schema_migrations" not in tables(url)


def test_columns_of_newer_cores_that_may_be_empty_are_no_obstacle(url: str) -> None:
    run(
        url,
        "ALTER TABLE session_info ADD COLUMN prev_refresh_token_hash_2 VARCHAR(128)",
        "ALTER TABLE session_info ADD COLUMN refresh_token_rotated_at BIGINT",
        "CREATE TABLE recipe_user_account_infos (app_id TEXT)",
    )

    ended = move(url, "--apply")

    assert ended.status == 0
    assert "schema of core    12.1 or later" in ended.text
    house, _ = move_in(url, NOW_MS)
    made = Core(house).post("/recipe/signup", email="ada@example.com", password="Secret-1234")
    house.database.disconnect()
    assert made["status"] == "OK"


@pytest.mark.parametrize(
    ("table", "column", "version"),
    [
        ("totp_user_devices", "created_at", "7.0 or later, before 9.0"),
        ("app_id_to_user_id", "primary_or_recipe_user_id", "6.0 or later, before 7.0"),
    ],
)
def test_schema_of_an_older_core_is_left_to_the_core(
    fresh_database_url: FreshDatabase, table: str, column: str, version: str
) -> None:
    url = fresh_database_url("postgresql")
    seed(url, has_foreign_keys=False)
    run(url, f"ALTER TABLE {table} DROP COLUMN {column}")
    if table == "app_id_to_user_id":
        run(url, "ALTER TABLE totp_user_devices DROP COLUMN created_at")
    before = described(url)

    ended = move(url, "--apply", "--accept-losses")

    assert ended.status == 1
    assert ended.errors.startswith(f"This is the schema of core {version} (it has ")
    assert "Upgrade the core first" in ended.errors
    assert described(url) == before


def test_column_that_core_9_0_lacks_is_told_and_added(url: str) -> None:
    ended = move(url)
    assert "schema of core    9.0 or later, before 9.1" in ended.text
    assert "ALTER TABLE tenant_configs ADD COLUMN is_first_factors_null BOOLEAN" in ended.text

    assert move(url, "--apply").status == 0
    assert ask(url, "SELECT is_first_factors_null FROM tenant_configs") == [(True,)]


def test_database_without_tables_of_supertokens_is_refused(fresh_database_url: FreshDatabase) -> None:
    url = fresh_database_url("postgresql")

    ended = move(url, "--apply")

    assert ended.status == 1
    assert ended.errors.startswith("There are no tables of SuperTokens here. Nothing was changed.")
    assert "POSTGRESQL_TABLE_SCHEMA" in ended.errors
    assert tables(url) == set()


def test_prefix_that_is_not_set_is_named(fresh_database_url: FreshDatabase) -> None:
    url = fresh_database_url("mariadb")
    seed(url, TableNames(prefix="auth"))

    assert "set MYSQL_TABLE_NAMES_PREFIX=auth\n" in move(url).errors
    ended = move(url, "--apply", MYSQL_TABLE_NAMES_PREFIX="auth")
    assert (ended.status, ended.errors) == (0, "")
    assert "auth_schema_migrations" in tables(url)
    assert "DROP TABLE auth_users;" in move(url, "--undo-plan", MYSQL_TABLE_NAMES_PREFIX="auth").text


def test_names_and_file_of_supertokens_lead_to_the_database(url: str, tmp_path: Path) -> None:
    place = urlsplit(url)
    config = tmp_path / "config.yaml"
    config.write_text(
        f"postgresql_host: {place.hostname}\npostgresql_port: {place.port}\npostgresql_user: {place.username}\n"
        f"postgresql_database_name: {place.path.lstrip('/')}\n"
    )

    by_file = move("", "--config", str(config))
    by_names = move("", POSTGRESQL_CONNECTION_URI=url)
    elsewhere = move("mysql://nobody@127.0.0.1:1/none", "--config", str(config))

    assert (by_file.status, by_names.status) == (0, 0)
    assert f"database {place.path.lstrip('/')}\n" in by_file.text
    assert (elsewhere.status, elsewhere.text) == (2, ""), "what the environment says goes first"
    assert elsewhere.errors.startswith("The database cannot be reached")


def test_without_a_database_the_setting_is_named() -> None:
    ended = move("")

    assert (ended.status, ended.errors.startswith("Set DATABASE_URL")) == (1, True)


def test_user_who_may_only_read_can_look_and_is_told_who_moves(guarded_postgres_server: Server) -> None:
    url = guarded_postgres_server.create_database()
    seed(url)
    reader = guarded_postgres_server.create_account(url, "SELECT")

    assert move(reader).status == 0
    ended = move(reader, "--apply")

    assert ended.status == 1
    assert ended.errors.startswith("The database user may not do this: ")
    assert "make migrate ARGS=--print" in ended.errors


def old_token(key: SigningKey) -> str:
    """Sign an access token as a core did long ago."""
    token = AccessToken(
        session_handle="s1",
        user_id="u1",
        recipe_user_id="u1",
        tenant_id="public",
        refresh_token_hash1="1" * 64,
        parent_refresh_token_hash1=None,
        anti_csrf_token=None,
        created_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + 3_600_000,
        payload={},
        version=LATEST,
    )
    return sign_access_token(key, token)


@pytest.mark.parametrize("is_dynamic", [True, False])
def test_key_of_an_old_core_signs_for_its_sessions_after_the_move(url: str, is_dynamic: bool) -> None:
    value = make_key()
    run(
        url,
        f"INSERT INTO key_value VALUES ('public', 'public', 'access_token_signing_key', '{value}', {NOW_MS - 1000})",
    )
    settings = {"ACCESS_TOKEN_SIGNING_KEY_DYNAMIC": str(is_dynamic).lower()}

    told = move(url, **settings)
    ended = move(url, "--apply", **settings)

    assert "1 signing keys are still where cores before 3.6 kept them" in plain(told.text)
    assert "moved the signing key of app public" in ended.text
    assert not ask(url, "SELECT 1 FROM key_value WHERE name = 'access_token_signing_key'")
    static = ask(url, "SELECT key_id, created_at, key_string FROM jwt_signing_keys")
    dynamic = ask(url, "SELECT created_at_time, value FROM session_access_token_signing_keys")
    if is_dynamic:
        assert (dynamic, static) == ([(NOW_MS - 1000, value)], [])
        key = SigningKey(NOW_MS - 1000, value)
    else:
        assert (dynamic, static[0][1:]) == ([], (NOW_MS - 1000, value))
        key = StaticKey(NOW_MS - 1000, value, static[0][0])
    assert verified(url, old_token(key)) == ("OK", "s1")
    assert "moved the signing key" not in move(url, "--apply", **settings).text


def verified(url: str, token: str) -> tuple[str, str]:
    """Verify an access token here; return the status and the session's handle."""
    house, _ = move_in(url, NOW_MS)
    answer = Core(house).post(
        "/recipe/session/verify",
        accessToken=token,
        enableAntiCsrf=False,
        doAntiCsrfCheck=False,
        checkDatabase=False,
    )
    house.database.disconnect()
    return answer["status"], answer.get("session", {}).get("handle", "")


def test_key_that_a_core_has_moved_meanwhile_is_not_moved_twice(url: str) -> None:
    value = make_key()
    migrate(url)
    run(
        url,
        f"INSERT INTO key_value VALUES ('public', 'public', 'access_token_signing_key', '{value}', 5)",
        f"INSERT INTO session_access_token_signing_keys VALUES ('public', 5, '{value}')",
    )

    assert move(url, "--apply").status == 0
    assert ask(url, "SELECT COUNT(*) FROM session_access_token_signing_keys") == [(1,)]


def test_undo_plan_of_a_database_that_was_never_moved_into_drops_nothing(url: str) -> None:
    ended = move(url, "--undo-plan")

    assert ended.status == 0
    assert "nothing can be removed" in ended.text
    assert "DROP" not in ended.text
