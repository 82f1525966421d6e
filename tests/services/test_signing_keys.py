"""Keys are made late, once per app, and rotate without a token ever failing."""

import pytest

from gatehouse.clock import DAY_MS, HOUR_MS
from gatehouse.core_config import CoreConfig
from gatehouse.crypto.access_token import AccessToken, sign_access_token
from gatehouse.crypto.json_web_token import TokenInvalid
from gatehouse.crypto.refresh_token import (
    RefreshToken,
    RefreshTokenInvalid,
    make_refresh_key,
    seal_refresh_token,
)
from gatehouse.crypto.signing_key import StaticKey
from gatehouse.errors import SettingInvalid
from gatehouse.models import PUBLIC, Credentials
from gatehouse.services import signing_keys
from gatehouse.services.signing_keys import REREADS, SigningKeyRing, SigningKeys
from gatehouse.store import signing_key
from gatehouse.store.statement import Sql
from tests.houses import ADA, Home
from tests.signing_keys import make_key

WEEK_MS = 7 * DAY_MS
TOKEN = AccessToken(
    session_handle="h",
    user_id="u",
    recipe_user_id="u",
    tenant_id="public",
    refresh_token_hash1="hash",
    created_at_ms=0,
    expires_at_ms=4_000_000_000_000,
    payload={},
)


def ring(home: Home) -> SigningKeyRing:
    """Return the keys of all apps as another instance would see them."""
    house = home.house
    return SigningKeyRing(house.database, house.tenancy, home.clock, house.make_signing_key_value)


def instance(home: Home) -> SigningKeys:
    """Return the keys as another Lambda instance would see them, which has read nothing yet."""
    return ring(home).of(PUBLIC, CoreConfig())


def test_no_key_is_made_before_one_is_needed(home: Home) -> None:
    instance(home)

    assert home.house.database.run(Sql("SELECT 1 FROM {session_access_token_signing_keys}").finds()) is False


def test_every_instance_signs_with_the_same_key(home: Home) -> None:
    assert instance(home).to_sign().kid == instance(home).to_sign().kid


def test_new_key_is_published_a_minute_before_it_signs(home: Home) -> None:
    keys = instance(home)
    first = keys.to_sign().kid
    home.clock.advance(days=7, seconds=-61)
    assert keys.to_sign().kid == first

    home.clock.advance(seconds=2)
    assert keys.to_sign().kid == first, "caches of the key list may not know the second yet"
    published, _ = keys.jwks()
    assert len(published) == 2
    assert published[1]["kid"] == first

    home.clock.advance(seconds=61)
    assert keys.to_sign().kid == published[0]["kid"] != first


def test_old_key_verifies_for_two_hours_more(home: Home) -> None:
    jwt = home.sign_in(ADA).session_jwt or ""
    kid = instance(home).to_sign().kid

    home.clock.ahead_ms += WEEK_MS + 2 * HOUR_MS - 60_000
    assert kid in {key["kid"] for key in instance(home).jwks()[0]}
    home.clock.ahead_ms += 120_000
    assert kid not in {key["kid"] for key in instance(home).jwks()[0]}
    with pytest.raises(TokenInvalid):
        instance(home).verify(jwt)


def test_instance_learns_of_a_key_that_another_made(home: Home) -> None:
    early = instance(home)
    early.to_sign()
    home.clock.ahead_ms += WEEK_MS
    late = instance(home)
    late.to_sign()
    home.clock.advance(minutes=2)
    signed_in = home.sign_in(ADA)

    before = home.house.database.round_trips
    verified = early.verify(signed_in.session_jwt or "")
    assert verified.user_id == signed_in.user.auth_user_id
    assert home.house.database.round_trips == before + 1


def test_unknown_keys_do_not_hammer_the_database(home: Home) -> None:
    jwt = home.sign_in(ADA).session_jwt or ""
    home.house.database.run(Sql("DELETE FROM {session_access_token_signing_keys}").run())
    keys = instance(home)
    keys.to_sign()

    before = home.house.database.round_trips
    for _ in range(50):
        with pytest.raises(TokenInvalid):
            keys.verify(jwt)
    assert home.house.database.round_trips == before + 1


def test_key_list_may_be_cached_until_the_next_key(home: Home) -> None:
    keys = instance(home)

    assert keys.jwks()[1] == pytest.approx(7 * 86_400 - 60, abs=2)
    home.clock.advance(days=7, seconds=-120)
    assert keys.jwks()[1] == pytest.approx(60, abs=2)


def test_empty_database_says_to_migrate(home: Home) -> None:
    home.house.database.run(Sql("DELETE FROM {apps}").run())

    with pytest.raises(SettingInvalid, match="make migrate"):
        instance(home).to_sign()


def test_session_survives_the_rotation(home: Home) -> None:
    token = home.sign_in(ADA).session_token
    home.clock.advance(days=6.9999)
    fresh = home.house.identity.check(Credentials(token=token))

    assert home.house.identity.check(Credentials(jwt=fresh.session_jwt)).user.email == ADA


def test_withdrawn_key_ends_within_five_minutes(home: Home) -> None:
    jwt = home.sign_in(ADA).session_jwt or ""
    keys = instance(home)
    keys.verify(jwt)
    home.house.database.run(Sql("DELETE FROM {session_access_token_signing_keys}").run())

    assert keys.verify(jwt).user_id
    home.clock.advance(minutes=2)
    fresh_kids = {key["kid"] for key in keys.jwks()[0]}
    with pytest.raises(TokenInvalid):
        keys.verify(jwt)
    assert len(fresh_kids) == 1


def test_known_keys_are_believed_while_the_database_is_away(home: Home) -> None:
    keys = instance(home)
    keys.to_sign()
    home.clock.advance(minutes=6)
    jwt = home.sign_in(ADA).session_jwt or ""
    lost = home.with_settings(DATABASE_URL="mysql://nobody@127.0.0.1:1/x").database
    keys._database = lost

    home.clock.advance(minutes=1)
    assert keys.verify(jwt).session_handle


def test_static_key_that_another_instance_has_just_made_is_found_at_once(home: Home) -> None:
    early, late = instance(home), instance(home)
    early.to_sign()
    token = sign_access_token(late.to_sign(is_static=True), TOKEN)

    assert early.verify(token) == TOKEN
    assert early.to_sign(is_static=True).kid == late.to_sign(is_static=True).kid


def test_invented_keys_make_an_instance_look_only_a_few_times(home: Home) -> None:
    keys = instance(home)
    keys.to_sign()
    before = home.house.database.round_trips
    for number in range(50):
        with pytest.raises(TokenInvalid, match="Key not found"):
            keys.verify(sign_access_token(StaticKey(0, make_key(), f"s-{number}"), TOKEN))

    assert home.house.database.round_trips - before == REREADS
    home.clock.advance(seconds=11)
    with pytest.raises(TokenInvalid):
        keys.verify(sign_access_token(StaticKey(0, make_key(), "s-0"), TOKEN))
    assert home.house.database.round_trips - before == REREADS + 1


def test_refresh_tokens_of_another_instance_are_opened(home: Home) -> None:
    early, late = instance(home), instance(home)
    early.to_sign()
    text = seal_refresh_token(RefreshToken(session_handle="h", user_id="u"), late.to_seal())

    assert early.open(text).session_handle == "h"
    assert early.to_seal() == late.to_seal()


def test_foreign_refresh_tokens_make_an_instance_look_once(home: Home) -> None:
    keys = instance(home)
    keys.to_seal()
    text = seal_refresh_token(RefreshToken(session_handle="h", user_id="u"), make_refresh_key())
    before = home.house.database.round_trips
    for _ in range(50):
        with pytest.raises(RefreshTokenInvalid):
            keys.open(text)

    assert home.house.database.round_trips - before == 1


def test_keys_of_an_older_form_sign_and_verify(home: Home) -> None:
    old = make_key().replace("|", ";")
    now_ms = home.clock()
    home.house.database.run(signing_key.insert_key(PUBLIC, created_at_ms=now_ms, value=old))
    home.house.database.run(
        signing_key.insert_static_key(PUBLIC, key_id="s-old", created_at_ms=now_ms, value=old)
    )
    keys = instance(home)

    for is_static in (False, True):
        assert keys.verify(sign_access_token(keys.to_sign(is_static=is_static), TOKEN)) == TOKEN


def test_ring_keeps_the_keys_of_the_apps_that_were_last_asked_for(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "KEPT_APPS", 2)
    apps, config = ring(home), CoreConfig()
    first, second = apps.of("a1", config), apps.of("a2", config)

    assert apps.of("a1", config) is first
    apps.of("a3", config)
    assert apps.of("a1", config) is first
    assert apps.of("a2", config) is not second


def test_ring_forgets_with_the_tenants(home: Home) -> None:
    apps, config = ring(home), CoreConfig()
    first = apps.of("a1", config)
    home.house.tenancy.forget()

    assert apps.of("a1", config) is not first


def test_configuration_may_change_how_long_keys_live(home: Home) -> None:
    keys = ring(home)
    short = CoreConfig(access_token_dynamic_signing_key_update_interval=1.0)
    first = keys.of(PUBLIC, CoreConfig()).to_sign().kid
    home.clock.advance(minutes=90)

    assert keys.of(PUBLIC, CoreConfig()).to_sign().kid == first
    assert keys.of(PUBLIC, short).to_sign().kid != first
    home.clock.advance(days=6)
    assert [key["kid"] for key in keys.of(PUBLIC, CoreConfig()).jwks()[0]][1:] == [first]
    assert first not in {key["kid"] for key in keys.of(PUBLIC, short).jwks()[0]}
