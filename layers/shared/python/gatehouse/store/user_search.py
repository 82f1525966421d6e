"""Searches for users of a tenant by how their address, number or provider begins.

What begins with a text is a range of an index; each statement finds a thousand login methods at most. A text may also
begin what follows the @ of an address, for which no index can exist: those statements read the tenant's addresses until
they have found enough.
"""

import re

from gatehouse.store.statement import Query, Sql
from gatehouse.store.user_pages import AT_MOST, Position
from gatehouse.store.users import END_OF_PREFIX


def _found(keys: str) -> Sql:
    """Return the read of the people behind the login methods that `keys` finds."""
    return Sql(f"""
    SELECT DISTINCT r.primary_or_recipe_user_id, r.primary_or_recipe_user_time_joined
    FROM ({keys}
    LIMIT {AT_MOST}) k
    CROSS JOIN {{all_auth_recipe_users}} r
    WHERE r.app_id = :app_id AND r.tenant_id = :tenant_id AND r.user_id = k.user_id""")


OF_EMAIL_PASSWORD = """
    SELECT t.user_id
    FROM {emailpassword_user_to_tenant} t
    WHERE t.app_id = :app_id AND t.tenant_id = :tenant_id"""  # noqa: S105 (a recipe's name)

OF_PASSWORDLESS = """
    SELECT t.user_id
    FROM {passwordless_user_to_tenant} t
    WHERE t.app_id = :app_id AND t.tenant_id = :tenant_id"""

OF_THIRD_PARTY = """
    SELECT t.user_id
    FROM {thirdparty_user_to_tenant} t
    JOIN {thirdparty_users} u ON u.app_id = t.app_id AND u.user_id = t.user_id
    WHERE t.app_id = :app_id AND t.tenant_id = :tenant_id AND u.app_id = :app_id
      AND u.third_party_id LIKE :provider ESCAPE '!'"""

PHONE_NUMBER_LIKE = "AND COALESCE(t.phone_number, '') LIKE :phone_number ESCAPE '!'"


def _begins(column: str) -> str:
    return f"AND {column} >= :first AND {column} < :last AND {column} LIKE :beginning ESCAPE '!'"


def _domain_begins(column: str) -> str:
    return f"AND {column} LIKE :domain ESCAPE '!'"


FIND_EMAIL_PASSWORD_BY_EMAIL = _found(f"{OF_EMAIL_PASSWORD} {_begins('t.email')}")
FIND_EMAIL_PASSWORD_BY_DOMAIN = _found(f"{OF_EMAIL_PASSWORD} {_domain_begins('t.email')}")
FIND_PASSWORDLESS_BY_EMAIL = _found(f"{OF_PASSWORDLESS} {_begins('t.email')} {PHONE_NUMBER_LIKE}")
FIND_PASSWORDLESS_BY_DOMAIN = _found(f"{OF_PASSWORDLESS} {_domain_begins('t.email')} {PHONE_NUMBER_LIKE}")
FIND_PASSWORDLESS_BY_PHONE_NUMBER = _found(f"{OF_PASSWORDLESS} {_begins('t.phone_number')}")
FIND_THIRD_PARTY_BY_EMAIL = _found(f"{OF_THIRD_PARTY} {_begins('u.email')}")
FIND_THIRD_PARTY_BY_DOMAIN = _found(f"{OF_THIRD_PARTY} {_domain_begins('u.email')}")
FIND_THIRD_PARTY_BY_PROVIDER = _found(f"{OF_THIRD_PARTY} {_begins('t.third_party_id')}")

Found = Query[list[Position]]


def find_email_password(app_id: str, tenant_id: str, *, email: str) -> list[Found]:
    """Find who signs in with a password and an address that begins so, before or behind the @."""
    statements = (FIND_EMAIL_PASSWORD_BY_EMAIL, FIND_EMAIL_PASSWORD_BY_DOMAIN)
    return _by_email(statements, email, app_id=app_id, tenant_id=tenant_id)


def find_passwordless(app_id: str, tenant_id: str, *, email: str | None, phone_number: str) -> list[Found]:
    """Find who signs in without a password and has an address and a number that begin so."""
    values = {"app_id": app_id, "tenant_id": tenant_id, "phone_number": _beginning(phone_number)}
    if email is None:
        return [_bind(FIND_PASSWORDLESS_BY_PHONE_NUMBER, phone_number, **values)]
    return _by_email((FIND_PASSWORDLESS_BY_EMAIL, FIND_PASSWORDLESS_BY_DOMAIN), email, **values)


def find_third_party(app_id: str, tenant_id: str, *, email: str | None, provider: str) -> list[Found]:
    """Find who signs in through a provider that begins so, and has an address that begins so."""
    values = {"app_id": app_id, "tenant_id": tenant_id, "provider": _beginning(provider)}
    if email is None:
        return [_bind(FIND_THIRD_PARTY_BY_PROVIDER, provider, **values)]
    return _by_email((FIND_THIRD_PARTY_BY_EMAIL, FIND_THIRD_PARTY_BY_DOMAIN), email, **values)


def _by_email(statements: tuple[Sql, Sql], email: str, **values: str) -> list[Found]:
    """An address has one @, so that a text with an @ in it cannot begin what follows that of the address."""
    by_beginning, by_domain = statements
    queries = [_bind(by_beginning, email, **values)]
    if "@" not in email:
        queries.append(_bind(by_domain, email, **values))
    return queries


def _bind(statement: Sql, text: str, **values: str) -> Found:
    return statement.all(
        lambda row: Position(row[1], row[0]),
        first=text,
        last=text + END_OF_PREFIX,
        beginning=_beginning(text),
        domain=f"%@{_beginning(text)}",
        **values,
    )


def _beginning(text: str) -> str:
    """Return the pattern of what begins with a text, in which % and _ mean themselves."""
    return re.sub(r"([!%_])", r"!\1", text) + "%"
