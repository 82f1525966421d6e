"""Rows of the recipe useridmapping, and reads of where an id is used."""

from dataclasses import dataclass
from typing import Any

from gatehouse.store.statement import Query, Row, Sql

COLUMNS = "m.supertokens_user_id, m.external_user_id, m.external_user_id_info"

SELECT_BY_SUPERTOKENS_ID = Sql(f"""
    SELECT {COLUMNS} FROM {{userid_mapping}} m WHERE m.app_id = :app_id AND m.supertokens_user_id = :user_id""")

SELECT_BY_EXTERNAL_ID = Sql(f"""
    SELECT {COLUMNS} FROM {{userid_mapping}} m WHERE m.app_id = :app_id AND m.external_user_id = :user_id""")

SELECT_SUPERTOKENS_ID = Sql("""
    SELECT user_id FROM {app_id_to_user_id} WHERE app_id = :app_id AND user_id = :user_id""")

LOCK_SUPERTOKENS_ID = Sql("""
    SELECT user_id FROM {app_id_to_user_id} WHERE app_id = :app_id AND user_id = :user_id {for_update}""")

INSERT_MAPPING = Sql("""
    INSERT INTO {userid_mapping} (app_id, supertokens_user_id, external_user_id, external_user_id_info)
    VALUES (:app_id, :supertokens_user_id, :external_user_id, :external_user_id_info)""")

UPDATE_INFO = Sql("""
    UPDATE {userid_mapping} SET external_user_id_info = :external_user_id_info
    WHERE app_id = :app_id AND supertokens_user_id = :supertokens_user_id AND external_user_id = :external_user_id""")

DELETE_MAPPING = Sql("""
    DELETE FROM {userid_mapping}
    WHERE app_id = :app_id AND supertokens_user_id = :supertokens_user_id AND external_user_id = :external_user_id""")

SELECT_USES = Sql("""
    SELECT
      EXISTS (
        SELECT 1 FROM {tenants} t
        CROSS JOIN {session_info} s
        WHERE t.app_id = :app_id AND s.app_id = :app_id AND s.tenant_id = t.tenant_id AND s.user_id = :user_id
          AND s.expires_at >= :now_ms),
      EXISTS (SELECT 1 FROM {user_metadata} d WHERE d.app_id = :app_id AND d.user_id = :user_id),
      EXISTS (SELECT 1 FROM {user_roles} r WHERE r.app_id = :app_id AND r.user_id = :user_id),
      EXISTS (
        SELECT 1 FROM {emailverification_verified_emails} v WHERE v.app_id = :app_id AND v.user_id = :user_id),
      EXISTS (
        SELECT 1 FROM {tenants} t
        CROSS JOIN {emailverification_tokens} e
        WHERE t.app_id = :app_id AND e.app_id = :app_id AND e.tenant_id = t.tenant_id AND e.user_id = :user_id),
      EXISTS (SELECT 1 FROM {totp_user_devices} o WHERE o.app_id = :app_id AND o.user_id = :user_id)""")

USERS = ("Session", "UserMetadata", "UserRoles", "EmailVerification", "EmailVerification", "TOTP")
"""The recipes behind the columns of SELECT_USES, as SuperTokens calls them."""

SELECT_VERIFIED_EMAILS = Sql("""
    SELECT email FROM {emailverification_verified_emails} WHERE app_id = :app_id AND user_id = :user_id""")

DELETE_VERIFIED_EMAILS = Sql("""
    DELETE FROM {emailverification_verified_emails} WHERE app_id = :app_id AND user_id = :user_id""")

SELECT_VERIFICATION_TOKENS = Sql("""
    SELECT e.tenant_id, e.email, e.token, e.token_expiry
    FROM {tenants} t
    CROSS JOIN {emailverification_tokens} e
    WHERE t.app_id = :app_id AND e.app_id = :app_id AND e.tenant_id = t.tenant_id AND e.user_id = :user_id
    ORDER BY e.token""")

DELETE_VERIFICATION_TOKEN = Sql("""
    DELETE FROM {emailverification_tokens}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id AND email = :email AND token = :token""")

INSERT_VERIFICATION_TOKEN = Sql("""
    INSERT INTO {emailverification_tokens} (app_id, tenant_id, user_id, email, token, token_expiry)
    VALUES (:app_id, :tenant_id, :user_id, :email, :token, :token_expires_at)""")


@dataclass(frozen=True, slots=True)
class Mapping:
    """An external id that stands for SuperTokens' own, and what the caller wants to know about it."""

    supertokens_user_id: str
    external_user_id: str
    info: str | None


def get_by_supertokens_id(app_id: str, user_id: str) -> Query[Mapping | None]:
    """Find what is mapped to a SuperTokens id; the database may have compared it without case."""
    return SELECT_BY_SUPERTOKENS_ID.one(_read_mapping, app_id=app_id, user_id=user_id)


def get_by_external_id(app_id: str, user_id: str) -> Query[Mapping | None]:
    """Find what an external id is mapped to; the database may have compared it without case and accents."""
    return SELECT_BY_EXTERNAL_ID.one(_read_mapping, app_id=app_id, user_id=user_id)


def has_supertokens_id(app_id: str, user_id: str) -> Query[bool]:
    """Say whether an id is SuperTokens' own."""
    return _is_there(SELECT_SUPERTOKENS_ID, app_id, user_id)


def lock_supertokens_id(app_id: str, user_id: str) -> Query[bool]:
    """Say the same, and keep its person from being removed until the transaction ends."""
    return _is_there(LOCK_SUPERTOKENS_ID, app_id, user_id)


def list_uses(app_id: str, user_id: str, now_ms: int) -> Query[list[str]]:
    """List the recipes besides those of login methods that have something under an id, in SuperTokens' order."""
    return SELECT_USES.only(
        lambda row: list(dict.fromkeys(name for name, is_used in zip(USERS, row, strict=True) if is_used)),
        app_id=app_id,
        user_id=user_id,
        now_ms=now_ms,
    )


def insert_mapping(app_id: str, mapping: Mapping) -> Query[int]:
    """Store a mapping; if one of its ids is mapped already, raises DuplicateRow."""
    return INSERT_MAPPING.run(external_user_id_info=mapping.info, **_key(app_id, mapping))


def update_info(app_id: str, mapping: Mapping, info: str | None) -> Query[bool]:
    """Change what the caller knows about a mapping; says whether it was there."""
    return UPDATE_INFO.happens(external_user_id_info=info, **_key(app_id, mapping))


def delete_mapping(app_id: str, mapping: Mapping) -> Query[bool]:
    """Remove a mapping; says whether this call did it."""
    return DELETE_MAPPING.happens(**_key(app_id, mapping))


def list_verified_emails(app_id: str, user_id: str) -> Query[list[str]]:
    """List the addresses that are verified under an id."""
    return SELECT_VERIFIED_EMAILS.all(lambda row: str(row[0]), app_id=app_id, user_id=user_id)


def delete_verified_emails(app_id: str, user_id: str) -> Query[int]:
    """Forget which addresses are verified under an id."""
    return DELETE_VERIFIED_EMAILS.run(app_id=app_id, user_id=user_id)


def list_verification_tokens(app_id: str, user_id: str) -> Query[list[Row]]:
    """List (tenant, address, hash of the token, expiry in ms) of the verification tokens of an id."""
    return SELECT_VERIFICATION_TOKENS.all(tuple, app_id=app_id, user_id=user_id)


def move_verification_token(
    app_id: str, token: Row, *, from_user_id: str, to_user_id: str
) -> list[Query[Any]]:
    """Give a verification token to another id: a key is not changed, so the row is made anew."""
    tenant_id, email, token_hash, expires_at = token
    values = {"app_id": app_id, "tenant_id": tenant_id, "email": email, "token": token_hash}
    return [
        DELETE_VERIFICATION_TOKEN.run(user_id=from_user_id, **values),
        INSERT_VERIFICATION_TOKEN.run(user_id=to_user_id, token_expires_at=expires_at, **values),
    ]


def _read_mapping(row: Row) -> Mapping:
    return Mapping(*row)


def _is_there(statement: Sql, app_id: str, user_id: str) -> Query[bool]:
    """Compare the id that was found again, as the database may have done it without case."""
    return Query(
        statement,
        {"app_id": app_id, "user_id": user_id},
        lambda result: any(row[0] == user_id for row in result.rows),
    )


def _key(app_id: str, mapping: Mapping) -> dict[str, str]:
    return {
        "app_id": app_id,
        "supertokens_user_id": mapping.supertokens_user_id,
        "external_user_id": mapping.external_user_id,
    }
