"""Rows of the recipe emailverification: tokens of a tenant, and verified addresses of an app.

Both hold user ids as callers send them (specs/supertokens.md 4.6).
"""

from dataclasses import dataclass

from gatehouse.store.statement import Query, Sql

INSERT_TOKEN = Sql("""
    INSERT INTO {emailverification_tokens} (app_id, tenant_id, user_id, email, token, token_expiry)
    VALUES (:app_id, :tenant_id, :user_id, :email, :token, :expires_at)""")

SELECT_TOKEN = Sql("""
    SELECT t.user_id, t.email, t.token, t.token_expiry FROM {emailverification_tokens} t
    WHERE t.app_id = :app_id AND t.tenant_id = :tenant_id AND t.token = :token""")

LOCK_TOKENS = Sql("""
    SELECT t.token FROM {emailverification_tokens} t
    WHERE t.app_id = :app_id AND t.tenant_id = :tenant_id AND t.user_id = :user_id AND t.email = :email
    ORDER BY t.token {for_update}""")

DELETE_TOKENS = Sql("""
    DELETE FROM {emailverification_tokens}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND user_id = :user_id AND email = :email""")

SELECT_VERIFIED_EMAIL = Sql("""
    SELECT user_id, email FROM {emailverification_verified_emails}
    WHERE app_id = :app_id AND user_id = :user_id AND email = :email""")

DELETE_VERIFIED_EMAIL = Sql("""
    DELETE FROM {emailverification_verified_emails}
    WHERE app_id = :app_id AND user_id = :user_id AND email = :email""")


@dataclass(frozen=True, slots=True)
class VerificationToken:
    """Who may prove which address until when."""

    user_id: str
    email: str
    token_hash: str
    expires_at_ms: int


def insert_token(app_id: str, tenant_id: str, token: VerificationToken) -> Query[int]:
    """Store a token."""
    return INSERT_TOKEN.run(
        app_id=app_id,
        tenant_id=tenant_id,
        user_id=token.user_id,
        email=token.email,
        token=token.token_hash,
        expires_at=token.expires_at_ms,
    )


def get_token(app_id: str, tenant_id: str, token_hash: str) -> Query[VerificationToken | None]:
    """Find a token by its hash."""
    return SELECT_TOKEN.one(
        lambda row: VerificationToken(row[0], row[1], row[2], int(row[3])),
        app_id=app_id,
        tenant_id=tenant_id,
        token=token_hash,
    )


def lock_tokens(app_id: str, tenant_id: str, *, user_id: str, email: str) -> Query[list[str]]:
    """List the hashes of a user's tokens for an address and keep others from them until the transaction ends."""
    return LOCK_TOKENS.all(
        lambda row: str(row[0]), app_id=app_id, tenant_id=tenant_id, user_id=user_id, email=email
    )


def delete_tokens(app_id: str, tenant_id: str, *, user_id: str, email: str) -> Query[int]:
    """Delete all tokens in a tenant of a user for an address."""
    return DELETE_TOKENS.run(app_id=app_id, tenant_id=tenant_id, user_id=user_id, email=email)


def is_verified(app_id: str, user_id: str, email: str) -> Query[bool]:
    """Say whether a user has proved exactly this address."""
    found = SELECT_VERIFIED_EMAIL.all(
        lambda row: (row[0], row[1]) == (user_id, email), app_id=app_id, user_id=user_id, email=email
    )
    return Query(found.statement, found.values, lambda result: any(found.decode(result)))


def delete_verified_email(app_id: str, user_id: str, email: str) -> Query[int]:
    """Forget that a user has proved an address."""
    return DELETE_VERIFIED_EMAIL.run(app_id=app_id, user_id=user_id, email=email)
