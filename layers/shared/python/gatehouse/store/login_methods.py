"""Reads of people with all their login methods: three statements that travel in one batch, whoever they look for.

`keys` is SQL that gives `app_id` and `user_id`; everybody with one of these login methods is read, whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gatehouse.models.authuser import AuthUser, LoginMethod, ThirdPartyInfo
from gatehouse.store.statement import Query, Sql

Reads = tuple[Sql, Sql, Sql]
"""Login methods, their tenants, and which e-mail addresses are verified."""


_METHOD = "a.app_id, a.user_id, a.primary_or_recipe_user_id, a.is_linked_or_is_a_primary_user, a.recipe_id"


def reads(keys: str) -> Reads:
    """Return the three reads of the people whose login methods `keys` finds."""
    primary_ids = f"""
        SELECT DISTINCT x.app_id, x.primary_or_recipe_user_id
        FROM (SELECT DISTINCT k.app_id, k.user_id FROM ({keys}) k) k
        CROSS JOIN {{app_id_to_user_id}} x
        WHERE x.app_id = k.app_id AND x.user_id = k.user_id"""
    return _reads(
        methods=f"""
        SELECT DISTINCT {_METHOD}
        FROM ({primary_ids}) kp
        CROSS JOIN {{app_id_to_user_id}} a
        WHERE a.app_id = kp.app_id AND a.primary_or_recipe_user_id = kp.primary_or_recipe_user_id""",
        tenants=f"""
        FROM ({primary_ids}) kp
        CROSS JOIN {{all_auth_recipe_users}} r
        WHERE r.app_id = kp.app_id AND r.primary_or_recipe_user_id = kp.primary_or_recipe_user_id""",
    )


def _reads(*, methods: str, tenants: str) -> Reads:
    """Return the three reads of the people whose login methods and tenants the texts find.

    Each SELECT DISTINCT makes one join. No engine moves a join into or out of it, so none can put together rows that
    have nothing but the app in common, as PostgreSQL does where its statistics are of tables with one row: then it
    takes all joins to be free (tests/store/test_plans.py). For SQLite without statistics, CROSS JOIN is an inner join
    whose order it keeps, and the tenants have a column that no index holds: it would take one that finds by app alone.
    """
    return (
        Sql(f"""
        SELECT km.user_id, km.primary_or_recipe_user_id, km.is_linked_or_is_a_primary_user, km.recipe_id,
          m.external_user_id, e.email, e.time_joined, p.email, p.phone_number, p.time_joined,
          t.email, t.third_party_id, t.third_party_user_id, t.time_joined, n.external_user_id
        FROM ({methods}) km
        LEFT JOIN {{userid_mapping}} m ON m.app_id = km.app_id AND m.supertokens_user_id = km.user_id
        LEFT JOIN {{userid_mapping}} n
          ON n.app_id = km.app_id AND n.supertokens_user_id = km.primary_or_recipe_user_id
        LEFT JOIN {{emailpassword_users}} e ON e.app_id = km.app_id AND e.user_id = km.user_id
        LEFT JOIN {{passwordless_users}} p ON p.app_id = km.app_id AND p.user_id = km.user_id
        LEFT JOIN {{thirdparty_users}} t ON t.app_id = km.app_id AND t.user_id = km.user_id"""),
        Sql(f"""
        SELECT r.user_id, r.tenant_id, r.time_joined
        {tenants}"""),
        Sql(f"""
        SELECT kx.user_id, v.email
        FROM (
          SELECT DISTINCT km.app_id, km.user_id, COALESCE(m.external_user_id, km.user_id) AS id
          FROM ({methods}) km
          LEFT JOIN {{userid_mapping}} m ON m.app_id = km.app_id AND m.supertokens_user_id = km.user_id) kx
        CROSS JOIN {{emailverification_verified_emails}} v
        WHERE v.app_id = kx.app_id AND v.user_id = kx.id"""),
    )


PEOPLE_BY_ID = reads("""
    SELECT i.app_id, i.user_id FROM {app_id_to_user_id} i WHERE i.app_id = :app_id AND i.user_id IN (:user_ids)
    UNION
    SELECT j.app_id, j.supertokens_user_id FROM {userid_mapping} j
    WHERE j.app_id = :app_id AND j.external_user_id IN (:user_ids)""")

PEOPLE_BY_PRIMARY_ID = _reads(
    methods=f"""
        SELECT DISTINCT {_METHOD}
        FROM {{app_id_to_user_id}} a
        WHERE a.app_id = :app_id AND a.primary_or_recipe_user_id IN (:user_ids)""",
    tenants="""
        FROM {all_auth_recipe_users} r
        WHERE r.app_id = :app_id AND r.primary_or_recipe_user_id IN (:user_ids)""",
)


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A login method without its tenants, and the person it belongs to."""

    method: LoginMethod
    primary_user_id: str
    primary_external_user_id: str | None
    is_primary: bool


PeopleQueries = tuple[
    Query[list[MethodRow | None]], Query[list[tuple[str, str]]], Query[list[tuple[str, str]]]
]
"""What a batch runs and `people` puts together."""


def bind(statements: Reads, **values: Any) -> PeopleQueries:
    """Bind the three reads with the values that their keys need."""
    methods, tenants, verified = statements
    return (
        methods.all(_read_method, **values),
        tenants.all(lambda row: (row[0], row[1]), **values),
        verified.all(lambda row: (row[0], row[1]), **values),
    )


def by_ids(app_id: str, user_ids: list[str]) -> PeopleQueries:
    """Read everybody with one of these ids, SuperTokens' or external."""
    return bind(PEOPLE_BY_ID, app_id=app_id, user_ids=user_ids)


def people(
    methods: Iterable[MethodRow | None],
    tenants: Iterable[tuple[str, str]],
    verified: Iterable[tuple[str, str]],
) -> list[AuthUser]:
    """Put together what the three reads found."""
    tenants_of: dict[str, list[str]] = {}
    for user_id, tenant_id in tenants:
        tenants_of.setdefault(user_id, []).append(tenant_id)
    verified_of = {(user_id, email.lower()) for user_id, email in verified}
    groups: dict[str, list[MethodRow]] = {}
    for row in methods:
        if row is not None:
            groups.setdefault(row.primary_user_id, []).append(row)
    return [_person(rows, tenants_of, verified_of) for rows in groups.values()]


def _person(
    rows: list[MethodRow], tenants_of: dict[str, list[str]], verified_of: set[tuple[str, str]]
) -> AuthUser:
    methods = [_complete(row.method, tenants_of, verified_of) for row in rows]
    return AuthUser(
        supertokens_user_id=rows[0].primary_user_id,
        external_user_id=rows[0].primary_external_user_id,
        is_primary=rows[0].is_primary,
        login_methods=tuple(
            sorted(methods, key=lambda method: (method.time_joined_ms, method.supertokens_user_id))
        ),
    )


def _complete(
    method: LoginMethod, tenants_of: dict[str, list[str]], verified_of: set[tuple[str, str]]
) -> LoginMethod:
    user_id = method.supertokens_user_id
    is_verified = (  # a number alone counts as verified; beside an address it says nothing about that
        method.phone_number is not None
        if method.email is None
        else (user_id, method.email.lower()) in verified_of
    )
    return LoginMethod(
        recipe_id=method.recipe_id,
        supertokens_user_id=user_id,
        external_user_id=method.external_user_id,
        time_joined_ms=method.time_joined_ms,
        tenant_ids=tuple(tenants_of.get(user_id, ())),
        is_verified=is_verified,
        email=method.email,
        phone_number=method.phone_number,
        third_party=method.third_party,
    )


def _read_method(row: tuple[Any, ...]) -> MethodRow | None:
    """Read a login method; None for an id that is kept without one (specs/supertokens.md 4.7, unlink)."""
    user_id, primary, is_primary, recipe_id, external, *details, primary_external = row
    e_email, e_joined, p_email, p_phone, p_joined, t_email, t_id, t_user_id, t_joined = details
    time_joined = next((time for time in (e_joined, p_joined, t_joined) if time is not None), None)
    if time_joined is None:
        return None
    method = LoginMethod(
        recipe_id=recipe_id,
        supertokens_user_id=user_id,
        external_user_id=external,
        time_joined_ms=time_joined,
        tenant_ids=(),
        is_verified=False,
        email=next((email for email in (e_email, p_email, t_email) if email is not None), None),
        phone_number=p_phone,
        third_party=ThirdPartyInfo(t_id, t_user_id) if t_id is not None else None,
    )
    return MethodRow(method, primary, primary_external, bool(is_primary))
