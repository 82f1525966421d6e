"""The sweep deletes what has expired, all of that, and nothing else."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

import functions.cleanup
from gatehouse.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gatehouse.services import cleanup
from gatehouse.store.statement import Sql
from gatehouse.web.app import Entrance
from tests.houses import ADA, BOB, LAPTOP, Home

ROWS = {
    "session_info": (
        "session_handle, user_id, refresh_token_hash_2, session_data, created_at_time, use_static_key, expires_at",
        "'{n}', 'u', 'h', '', 1, {false}, {at}",
    ),
    "emailpassword_pswd_reset_tokens": ("user_id, token, token_expiry", "'u', 't{n}', {at}"),
    "emailverification_tokens": ("user_id, email, token, token_expiry", "'u', 'e', 't{n}', {at}"),
    "dashboard_user_sessions": ("session_id, user_id, time_created, expiry", "'{n}', 'u', 1, {at}"),
    "totp_used_codes": (
        "user_id, code, is_valid, created_time_ms, expiry_time_ms",
        "'u', '1', {false}, {n}, {at}",
    ),
    "send_limits": ("subject, window_start_ms, sends, expires_at_ms", "'{n}', 1, 1, {at}"),
    "audit_log": ("id, at_ms, event", "'{n}', {at}, 'x'"),
    "session_access_token_signing_keys": ("created_at_time, value", "{at} + {n}, 'x'"),
}
KEPT_FOR_MS = {
    "totp_used_codes": 15 * MINUTE_MS,
    "audit_log": 365 * DAY_MS,
    "session_access_token_signing_keys": 7 * DAY_MS + 2 * HOUR_MS,
}


def insert(home: Home, table: str, number: int, at_ms: int) -> None:
    """Insert a row that expires at a time."""
    columns, values = ROWS[table]
    false = "FALSE" if home.house.database.dialect.name == "postgresql" else "0"
    text = values.format(n=number, at=at_ms, false=false)
    home.house.database.run(
        Sql(f"INSERT INTO {{{table}}} (app_id, {columns}) VALUES ('public', {text})").run()
    )


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
