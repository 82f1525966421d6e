"""Who is in which tenant, through the core interface, on every kind of database."""

from typing import Any

import pytest

from gatehouse.models import TableNames
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.databases import FreshDatabase
from tests.functions.cdi.tenants import NOT_FOUND, say
from tests.houses import Home
from tests.people import DATABASES, People, make_database

PATH = "/recipe/multitenancy/tenant/user"
ADA = "ada@example.com"
COLUMNS = "tenant_id, primary_or_recipe_user_id, recipe_id, time_joined, primary_or_recipe_user_time_joined"
UNKNOWN = {"status": "UNKNOWN_USER_ID_ERROR"}
JOINED = {"status": "OK", "wasAlreadyAssociated": False}
EMAIL_TAKEN = {"status": "EMAIL_ALREADY_EXISTS_ERROR"}
PHONE_TAKEN = {"status": "PHONE_NUMBER_ALREADY_EXISTS_ERROR"}
THIRD_PARTY_TAKEN = {"status": "THIRD_PARTY_USER_ALREADY_EXISTS_ERROR"}


@pytest.fixture(scope="module", params=DATABASES)
def kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of a database."""
    return str(request.param)


@pytest.fixture(scope="module")
def url(kind: str, fresh_database_url: FreshDatabase) -> str:
    """Return the URL of a database of each kind, with a second tenant besides `t1`."""
    url = make_database(kind, fresh_database_url)
    database = Database(engine_for(url), TableNames())
    People(database).add_tenant("t2")
    database.disconnect()
    return url


def join(core: Core, user_id: str, tenant: str = "/t1") -> Any:
    """Let somebody into a tenant."""
    return core.post(f"{tenant}{PATH}", recipeUserId=user_id)


def leave(core: Core, user_id: str, tenant: str = "/t1") -> Any:
    """Take somebody out of a tenant."""
    return core.post(f"{tenant}{PATH}/remove", recipeUserId=user_id)


def make_primary(people: People, *user_ids: str) -> None:
    """Link login methods into one primary user, the first one."""
    for table in ("app_id_to_user_id", "all_auth_recipe_users"):
        link = Sql(
            f"UPDATE {{{table}}} SET primary_or_recipe_user_id = :primary, "
            f"is_linked_or_is_a_primary_user = :is_linked WHERE app_id = 'public' AND user_id IN (:user_ids)"
        )
        people.database.run(link.run(primary=user_ids[0], is_linked=True, user_ids=list(user_ids)))


def not_allowed(what: str, primary: str) -> dict[str, str]:
    """Return the answer that names the primary user who stands in the way."""
    return {
        "status": "ASSOCIATION_NOT_ALLOWED_ERROR",
        "reason": f"Another primary user with {what} already exists: {primary}",
    }


def test_every_kind_of_login_method_joins_and_leaves(core: Core, people: People) -> None:
    ids = {
        "emailpassword": people.emailpassword(ADA, time_joined=5),
        "thirdparty": people.third_party("google", "g1", ADA, time_joined=5),
        "passwordless": people.passwordless(ADA, "+491701234567", time_joined=5),
    }
    for recipe, user_id in ids.items():
        assert join(core, f" {user_id} ") == JOINED
        assert join(core, user_id) == {"status": "OK", "wasAlreadyAssociated": True}
        assert people.rows("all_auth_recipe_users", COLUMNS, user_id=user_id) == [
            (tenant, user_id, recipe, 5, 5) for tenant in ("public", "t1")
        ]
        assert [row[0] for row in people.rows(f"{recipe}_user_to_tenant", "tenant_id")] == ["public", "t1"]
        assert set(core.get("/user/id", userId=user_id)["user"]["tenantIds"]) == {"public", "t1"}

        assert leave(core, user_id) == {"status": "OK", "wasAssociated": True}
        assert leave(core, user_id) == {"status": "OK", "wasAssociated": False}
        assert [row[0] for row in people.rows(f"{recipe}_user_to_tenant", "tenant_id")] == ["public"]


def test_account_information_goes_along(core: Core, people: People) -> None:
    user_id = people.passwordless(None, "+491701234567")
    google = people.third_party("google", "g1", ADA)
    join(core, user_id)
    join(core, google)

    assert people.rows("passwordless_user_to_tenant", "email, phone_number", tenant_id="t1") == [
        (None, "+491701234567")
    ]
    assert people.rows(
        "thirdparty_user_to_tenant", "third_party_id, third_party_user_id", tenant_id="t1"
    ) == [("google", "g1")]


def test_people_without_a_tenant_can_join_one(core: Core, people: People) -> None:
    user_id = people.emailpassword(ADA)
    assert leave(core, user_id, "")["wasAssociated"]

    assert join(core, user_id) == JOINED


def test_external_ids_name_people_too(core: Core, people: People) -> None:
    user_id = people.emailpassword(ADA)
    people.map(user_id, "external")

    assert join(core, "external") == JOINED
    assert join(core, user_id)["wasAlreadyAssociated"]
    assert leave(core, "external")["wasAssociated"]


def test_ids_that_nobody_uses_are_unknown(core: Core, people: People) -> None:
    assert join(core, "nobody") == UNKNOWN
    assert leave(core, "nobody") == UNKNOWN


def test_an_id_of_no_login_method_cannot_join_but_leaves_with_what_it_has(core: Core, people: People) -> None:
    people.give_everything("elsewhere-1", "t1")
    people.give_session("elsewhere-1")

    assert join(core, "elsewhere-1") == UNKNOWN
    assert leave(core, "elsewhere-1") == {"status": "OK", "wasAssociated": True}
    assert leave(core, "elsewhere-1") == {"status": "OK", "wasAssociated": False}
    assert people.counts() == {
        "session_info": 1,
        "user_metadata": 1,
        "totp_users": 1,
        "totp_user_devices": 1,
        "emailverification_verified_emails": 1,
    }


@pytest.mark.parametrize("external", [None, "external"])
def test_whoever_leaves_takes_sessions_roles_and_tokens_of_that_tenant(
    core: Core, people: People, external: str | None
) -> None:
    user_id = people.emailpassword(ADA, "public", "t1")
    bob = people.emailpassword("bob@example.com", "t1")
    if external:
        people.map(user_id, external)
    people.give_everything(external or user_id, "t1")
    people.give_session(external or user_id)
    people.give_verification_token(external or user_id)
    people.give_session(bob, "t1")

    assert leave(core, user_id)["wasAssociated"]
    assert [row[0] for row in people.rows("session_info", "tenant_id")] == ["public", "t1"]
    assert people.rows("session_info", "user_id", tenant_id="t1") == [(bob,)]
    assert people.rows("emailverification_tokens", "tenant_id") == [("public",)]
    assert people.rows("user_roles", "tenant_id") == people.rows("totp_used_codes", "tenant_id") == []
    assert (
        len(people.rows("totp_user_devices", "user_id")) == len(people.rows("user_metadata", "user_id")) == 1
    )


def test_a_session_alone_counts_as_being_there(core: Core, people: People) -> None:
    user_id = people.emailpassword(ADA)
    people.give_session(user_id, "t1")

    assert leave(core, user_id) == {"status": "OK", "wasAssociated": True}
    assert [row[0] for row in people.rows("emailpassword_user_to_tenant", "tenant_id")] == ["public"]


def test_what_another_one_has_there_is_taken(core: Core, people: People) -> None:
    people.emailpassword(ADA, "t1")
    people.third_party("google", "g1", "other@example.com", "t1")
    people.passwordless(ADA, None, "t1")
    people.passwordless(None, "+491701234567", "t1")

    assert join(core, people.emailpassword(ADA)) == EMAIL_TAKEN
    assert join(core, people.third_party("google", "g1", ADA)) == THIRD_PARTY_TAKEN
    assert join(core, people.passwordless(ADA, "+49300")) == EMAIL_TAKEN
    assert join(core, people.passwordless("b@example.com", "+491701234567")) == PHONE_TAKEN
    assert len(people.rows("all_auth_recipe_users", "user_id", tenant_id="t1")) == 4


def test_what_is_shared_with_another_recipe_is_not(core: Core, people: People) -> None:
    people.emailpassword(ADA, "t1")
    people.third_party("google", "g1", ADA, "t1")

    assert join(core, people.passwordless(ADA, None)) == JOINED
    assert join(core, people.third_party("google", "g2", ADA)) == JOINED
    assert join(core, people.third_party("github", "g1", ADA)) == JOINED


def test_a_primary_user_of_the_tenant_with_the_same_information_stands_in_the_way(
    core: Core, people: People
) -> None:
    there = people.passwordless(ADA, "+491701234567", "t1")
    make_primary(people, there)
    newcomer = people.third_party("google", "g1", ADA)
    make_primary(people, newcomer)
    by_phone = people.emailpassword("b@example.com")
    phone = people.passwordless(None, "+491701234567")
    make_primary(people, by_phone, phone)

    assert join(core, newcomer) == not_allowed("email", there)
    assert join(core, phone) == PHONE_TAKEN
    assert join(core, by_phone) == PHONE_TAKEN
    assert leave(core, there)["wasAssociated"]
    assert join(core, newcomer) == JOINED


def test_third_party_accounts_stand_in_the_way_too(core: Core, people: People) -> None:
    google = people.third_party("google", "g1", "x@example.com", "public", "t1")
    there = people.emailpassword("y@example.com", "t1")
    make_primary(people, there, google)
    other = people.third_party("google", "g1", "z@example.com", "t2")
    newcomer = people.emailpassword("w@example.com", "t2")
    make_primary(people, newcomer, other)

    assert join(core, newcomer) == THIRD_PARTY_TAKEN
    leave(core, google)
    assert join(core, newcomer) == not_allowed("third party info", there)


def test_primary_users_meet_others_who_are_none(core: Core, people: People) -> None:
    people.passwordless(ADA, None, "t1")
    newcomer = people.emailpassword(ADA)
    make_primary(people, newcomer)

    assert join(core, newcomer) == JOINED


def test_two_login_methods_of_one_person_do_not_share_a_place(core: Core, people: People) -> None:
    first = people.emailpassword(ADA, "public")
    second = people.emailpassword(ADA, "t1")
    make_primary(people, first, second)

    assert join(core, first) == EMAIL_TAKEN


def test_rows_of_a_linked_person_share_when_the_first_one_joined(core: Core, people: People) -> None:
    old = people.emailpassword(ADA, time_joined=10)
    new = people.passwordless("b@example.com", None, time_joined=20)
    make_primary(people, new, old)
    leave(core, old, "")
    people.database.run(
        Sql("UPDATE {all_auth_recipe_users} SET primary_or_recipe_user_time_joined = :at_ms").run(at_ms=20)
    )
    assert join(core, old) == JOINED

    columns = "user_id, primary_or_recipe_user_id, time_joined, primary_or_recipe_user_time_joined"
    assert sorted(people.rows("all_auth_recipe_users", columns)) == sorted(
        [(new, new, 20, 10), (old, new, 10, 10)]
    )
    rows = people.rows("all_auth_recipe_users", "is_linked_or_is_a_primary_user")
    assert all(row[0] for row in rows)


def test_before_4_0_the_id_has_another_name(core: Core, people: People) -> None:
    user_id = people.emailpassword(ADA)

    for version, name, other in (("3.0", "userId", "recipeUserId"), ("4.0", "recipeUserId", "userId")):
        assert say(core, "POST", f"/t1{PATH}", version=version, **{name: user_id}) == JOINED
        assert say(core, "POST", f"/t1{PATH}/remove", version=version, **{name: user_id})["wasAssociated"]
        for path in (f"/t1{PATH}", f"/t1{PATH}/remove"):
            assert say(core, "POST", path, version=version, **{other: user_id}) == (
                400,
                f"Field name '{name}' is invalid in JSON input",
            )
            assert say(core, "POST", path, version=version, **{name: " \n"}) == (
                400,
                "Field name 'userId' cannot be an empty String",
            )
            assert say(core, "POST", path, version=version, **{name: "x" * 129})[0] == 400


def test_foreign_keys_tell_of_a_tenant_that_another_instance_has_removed(
    core: Core, home: Home, people: People, kind: str
) -> None:
    user_id = people.emailpassword(ADA)
    people.add_tenant("gone")
    assert core.get("/gone/recipe/user/roles", userId=user_id)["roles"] == []
    elsewhere = Core(home.with_settings())
    assert elsewhere.post("/recipe/multitenancy/tenant/remove", tenantId="gone")["didExist"]

    answer = say(core, "POST", f"/gone{PATH}", recipeUserId=user_id)
    if kind.startswith("adopted"):
        assert answer == (400, f"{NOT_FOUND}(, public, gone)")
    else:
        assert answer == JOINED
