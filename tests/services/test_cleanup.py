"""The sweep deletes what has expired, all of that, and nothing else."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

import functions.cleanup
from gatehouse.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gatehouse.services import cleanup
from gatehouse.store.statement import Sql
from gatehouse.web.entrance import Entrance
from tests.houses import ADA, BOB, LAPTOP, Home
from tests.people import People

ROWS = {
    "session_info": (
        "session_handle, user_id, refresh_token_hash_2, session_data, created_at_time, use_static_key, expires_at",
        "'{n}', 'u', 'h', '', 1, {false}, {at}",
    ),
    "session_rotations": (
        "session_handle, refresh_token_hash_2, parent_hash_2, rotated_at_ms, expires_at_ms",
        "'{n}', 'h', 'p', 1, {at}",
    ),
    "emailpassword_pswd_reset_tokens": ("user_id, token, token_expiry", "'u', 't{n}', {at}"),
    "emailverification_tokens": ("user_id, email, token, token_expiry", "'u', 'e', 't{n}', {at}"),
    "dashboard_user_sessions": ("session_id, user_id, time_created, expiry", "'{n}', 'u', 1, {at}"),
    "totp_used_codes": (
        "user_id, code, is_valid, created_time_ms, expiry_time_ms",
        "'u', '1', {false}, {n}, {at}",
    ),
    "account_info_holds": ("subject, expires_at_ms", "'{n}', {at}"),
    "send_limits": ("subject, window_start_ms, sends, expires_at_ms", "'{n}', 1, 1, {at}"),
    "audit_log": ("id, at_ms, event", "'{n}', {at}, 'x'"),
    "webhook_deliveries": (
        "id, endpoint, event, at_ms, queued_at_ms, attempts",
        "'{n}', 'e', 'x', 1, {at}, 10",
    ),
    "session_access_token_signing_keys": ("created_at_time, value", "{at} + {n}, 'x'"),
}
PLACES = {
    *(("a1", tenant_id) for tenant_id in ("public", "patient", "usual", "quick")),
    *(("a2", tenant_id) for tenant_id in ("public", "usual", "quick")),
    *(("a3", tenant_id) for tenant_id in ("public", "quick", "usual")),
}
KEPT_FOR_MS = {
    "totp_used_codes": 15 * MINUTE_MS,
    "audit_log": 365 * DAY_MS,
    "webhook_deliveries": 14 * DAY_MS,
    "session_access_token_signing_keys": 7 * DAY_MS + 2 * HOUR_MS,
}


def insert(
    home: Home, table: str, number: int, at_ms: int, app_id: str = "public", tenant_id: str | None = None
) -> None:
    """Insert a row that expires at a time."""
    columns, values = ROWS[table]
    false = "FALSE" if home.house.database.dialect.name == "postgresql" else "0"
    text = values.format(n=number, at=at_ms, false=false)
    if tenant_id:
        columns, text = f"tenant_id, {columns}", f"'{tenant_id}', {text}"
    home.house.database.run(
        Sql(f"INSERT INTO {{{table}}} (app_id, {columns}) VALUES ('{app_id}', {text})").run()
    )


def make_app(home: Home, app_id: str, config: str = "{}", **tenants: str) -> None:
    """Make an app and tenants, with their own parts of the configuration."""
    people = People(home.house.database)
    people.insert("apps", app_id=app_id, created_at_time=1)
    for tenant_id, own in {"public": config, **tenants}.items():
        people.insert("tenants", app_id=app_id, tenant_id=tenant_id, created_at_time=1)
        people.insert("tenant_configs", app_id=app_id, tenant_id=tenant_id, core_config=own)


def places(home: Home, table: str) -> set[tuple[str, str]]:
    """Return the apps and tenants that a table has rows of."""
    tenant = "'-'" if table == "session_access_token_signing_keys" else "tenant_id"
    query = Sql(f"SELECT DISTINCT app_id, {tenant} FROM {{{table}}}").all(lambda row: (row[0], row[1]))
    return set(home.house.database.run(query))


def count(home: Home, table: str) -> int:
    """Count a table's rows."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


@pytest.mark.parametrize("table", ROWS)
def test_expired_rows_go_and_live_ones_stay(home: Home, table: str) -> None:
    now_ms = home.clock() - KEPT_FOR_MS.get(table, 0)
    for number in range(3):
        insert(home, table, number, now_ms - 10_000)
        insert(home, table, number + 10, now_ms + 60_000)

    swept = home.house.cleanup.sweep(lambda: True)

    assert (swept.deleted[table], swept.is_finished, count(home, table)) == (3, True, 3)
    assert home.house.cleanup.sweep(lambda: True).deleted[table] == 0


def test_every_table_with_an_expiry_is_swept() -> None:
    from gatehouse.store.cleanup import EXPIRED

    assert set(EXPIRED) == set(ROWS)


def test_apps_keep_their_keys_as_long_as_they_live(home: Home) -> None:
    table = "session_access_token_signing_keys"
    make_app(home, "century", '{"access_token_dynamic_signing_key_update_interval": "876000"}')
    make_app(home, "hourly", '{"access_token_signing_key_update_interval": 1, "access_token_validity": 60}')
    make_app(home, "usual", '{"totp_max_attempts": 3}')
    ages_ms = {"public": 8 * DAY_MS, "century": 3_650 * DAY_MS, "hourly": 2 * HOUR_MS, "usual": 8 * DAY_MS}
    for number, (app_id, age_ms) in enumerate(ages_ms.items()):
        insert(home, table, number, home.clock() - age_ms, app_id)
        insert(home, table, number, home.clock() - 50 * MINUTE_MS, app_id)

    assert home.house.cleanup.sweep(lambda: True).deleted[table] == 3
    assert places(home, table) == {(app_id, "-") for app_id in ages_ms}
    home.clock.advance(days=8)
    assert home.house.cleanup.sweep(lambda: True).deleted[table] == 3
    assert places(home, table) == {("century", "-")}


def test_tenants_keep_totp_codes_as_long_as_they_count(home: Home) -> None:
    table = "totp_used_codes"
    patient, quick = '{"totp_rate_limit_cooldown_sec": "86400"}', '{"totp_rate_limit_cooldown_sec": 60}'
    make_app(home, "a1", "{}", patient=patient, usual="{}", quick=quick)
    make_app(home, "a2", patient, usual="{}", quick=quick)
    make_app(home, "a3", "{}", quick=quick, usual="{}")
    for number, (app_id, tenant_id) in enumerate(sorted(PLACES)):
        insert(home, table, number, home.clock() - 2 * MINUTE_MS, app_id, tenant_id)

    home.house.cleanup.sweep(lambda: True)
    assert places(home, table) == {place for place in PLACES if place[1] != "quick"}
    home.clock.advance(minutes=20)
    home.house.cleanup.sweep(lambda: True)
    assert places(home, table) == {("a1", "patient"), ("a2", "public"), ("a2", "usual")}
    home.clock.advance(days=1)
    home.house.cleanup.sweep(lambda: True)
    assert places(home, table) == set()


def test_tenants_keep_devices_as_long_as_their_codes_live(home: Home) -> None:
    people = People(home.house.database)
    make_app(home, "a1", "{}", long='{"passwordless_code_lifetime": "864000000"}', broken="no JSON")
    for app_id, tenant_id in (("public", "public"), ("a1", "public"), ("a1", "long"), ("a1", "broken")):
        where = {"app_id": app_id, "tenant_id": tenant_id, "device_id_hash": f"d{tenant_id}"}
        people.insert("passwordless_devices", **where, link_code_salt="s", failed_attempts=0)
        people.insert(
            "passwordless_codes",
            **where,
            code_id=tenant_id,
            link_code_hash=f"h{tenant_id}",
            created_at=home.clock() - 2 * DAY_MS,
        )

    deleted = home.house.cleanup.sweep(lambda: True).deleted
    assert (deleted["passwordless_devices"], deleted["passwordless_codes"]) == (2, 2)
    assert places(home, "passwordless_devices") == {("a1", "long"), ("a1", "broken")}
    home.clock.advance(days=10)
    home.house.cleanup.sweep(lambda: True)
    assert places(home, "passwordless_codes") == {("a1", "broken")}, "nobody can tell how long"


def test_configuration_that_does_not_hold_is_no_reason_to_delete_or_to_stop(home: Home) -> None:
    table = "session_access_token_signing_keys"
    make_app(home, "a1", '{"access_token_validity": "forever"}')
    for number, app_id in enumerate(("public", "a1")):
        insert(home, table, number, home.clock() - 30 * DAY_MS, app_id)

    assert home.house.cleanup.sweep(lambda: True).is_finished
    assert places(home, table) == {("a1", "-")}


def test_tenants_that_are_configured_as_usual_cost_nothing(home: Home) -> None:
    home.house.cleanup.sweep(lambda: True)
    before = home.house.database.round_trips
    home.house.cleanup.sweep(lambda: True)
    usual = home.house.database.round_trips - before
    make_app(home, "a1", '{"password_hashing_alg": "BCRYPT"}', **{f"t{number}": "{}" for number in range(9)})
    before = home.house.database.round_trips
    home.house.cleanup.sweep(lambda: True)

    assert home.house.database.round_trips - before == usual


def test_more_than_a_batch_goes_in_several(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "BATCH", 10)
    for number in range(25):
        insert(home, "session_info", number, home.clock() - 1)

    assert home.house.cleanup.sweep(lambda: True).deleted["session_info"] == 25


def test_sweep_stops_when_its_time_is_over_and_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "BATCH", 10)
    for number in range(25):
        insert(home, "session_info", number, home.clock() - 1)
    time_left = iter([True, True, True])

    swept = home.house.cleanup.sweep(lambda: next(time_left, False))

    assert not swept.is_finished
    assert count(home, "session_info") == 25 - sum(swept.deleted.values()) > 0


def test_devices_go_with_their_codes_once_all_have_expired(home: Home) -> None:
    home.house.identity.login(ADA, LAPTOP)
    home.clock.advance(days=1, minutes=16)
    home.house.identity.login(BOB, LAPTOP)

    deleted = home.house.cleanup.sweep(lambda: True).deleted

    assert (deleted["passwordless_devices"], deleted["passwordless_codes"]) == (1, 1)
    assert home.house.identity.authenticate(home.mailbox.token_for(BOB), LAPTOP).user.email == BOB


def test_device_with_a_young_code_keeps_its_old_ones(home: Home) -> None:
    home.house.identity.login(ADA, LAPTOP)
    database = home.house.database
    device = database.run(
        Sql("SELECT device_id_hash FROM {passwordless_devices}").only(lambda row: str(row[0]))
    )
    home.clock.advance(days=2)
    database.run(
        Sql("""INSERT INTO {passwordless_codes}
               (app_id, tenant_id, code_id, device_id_hash, link_code_hash, created_at)
               VALUES ('public', 'public', 'young', :device, 'h', :now)""").run(
            device=device, now=home.clock()
        )
    )

    home.house.cleanup.sweep(lambda: True)

    assert (count(home, "passwordless_devices"), count(home, "passwordless_codes")) == (1, 2)


@pytest.fixture
def cron(home: Home) -> Iterator[None]:
    """The cron function on the house."""
    original = functions.cleanup.entrance
    functions.cleanup.entrance = Entrance(lambda: home.house)
    yield
    functions.cleanup.entrance = original


@pytest.mark.usefixtures("cron")
def test_function_answers_counts_and_whether_it_finished(home: Home) -> None:
    insert(home, "session_info", 1, home.clock() - 1)

    answer = functions.cleanup.handler({}, SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))
    assert (answer["finished"], answer["deleted"]["session_info"]) == (True, 1)
    late = functions.cleanup.handler({}, SimpleNamespace(get_remaining_time_in_millis=lambda: 4_000))
    assert late == {"finished": False, "deleted": {}}
