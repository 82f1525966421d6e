"""Tokens with which people who forgot their password set another; they are an app's, whatever the tenant."""

from dataclasses import dataclass

from gatehouse.store.statement import Query, Sql

SELECT_USER_IDS = Sql("""
    SELECT i.user_id, i.user_id FROM {app_id_to_user_id} i WHERE i.app_id = :app_id AND i.user_id = :user_id
    UNION
    SELECT m.supertokens_user_id, m.external_user_id FROM {userid_mapping} m
    WHERE m.app_id = :app_id AND m.external_user_id = :user_id""")

INSERT_TOKEN = Sql("""
    INSERT INTO {emailpassword_pswd_reset_tokens} (app_id, user_id, token, token_expiry, email)
    VALUES (:app_id, :user_id, :token, :expires_at, :email)""")

SELECT_TOKEN = Sql("""
    SELECT t.user_id, t.token, t.token_expiry, t.email, m.external_user_id
    FROM {emailpassword_pswd_reset_tokens} t
    LEFT JOIN {userid_mapping} m ON m.app_id = t.app_id AND m.supertokens_user_id = t.user_id
    WHERE t.app_id = :app_id AND t.token = :token""")

LOCK_TOKENS = Sql("""
    SELECT t.token FROM {emailpassword_pswd_reset_tokens} t
    WHERE t.app_id = :app_id AND t.user_id = :user_id ORDER BY t.token {for_update}""")

DELETE_TOKENS = Sql("""
    DELETE FROM {emailpassword_pswd_reset_tokens} WHERE app_id = :app_id AND user_id = :user_id""")


@dataclass(frozen=True, slots=True)
class ResetToken:
    """Whose password may be set until when; tokens of cores before 7.0 name no address."""

    user_id: str
    token_hash: str
    expires_at_ms: int
    email: str | None
    external_user_id: str | None

    @property
    def outside_user_id(self) -> str:
        """The user's id that the outside knows."""
        return self.external_user_id or self.user_id


def list_user_ids(app_id: str, user_id: str) -> Query[list[tuple[str, str]]]:
    """List the SuperTokens ids that an id of either kind may mean, each with what the database found it by."""
    return SELECT_USER_IDS.all(lambda row: (str(row[0]), str(row[1])), app_id=app_id, user_id=user_id)


def insert_token(app_id: str, *, user_id: str, token_hash: str, expires_at_ms: int, email: str) -> Query[int]:
    """Store a token."""
    return INSERT_TOKEN.run(
        app_id=app_id, user_id=user_id, token=token_hash, expires_at=expires_at_ms, email=email
    )


def get_token(app_id: str, token_hash: str) -> Query[ResetToken | None]:
    """Find a token by its hash."""
    return SELECT_TOKEN.one(
        lambda row: ResetToken(row[0], row[1], int(row[2]), row[3], row[4]), app_id=app_id, token=token_hash
    )


def lock_tokens(app_id: str, user_id: str) -> Query[list[str]]:
    """List the hashes of a user's tokens and keep others from them until the transaction ends."""
    return LOCK_TOKENS.all(lambda row: str(row[0]), app_id=app_id, user_id=user_id)


def delete_tokens(app_id: str, user_id: str) -> Query[int]:
    """Delete all tokens of a user."""
    return DELETE_TOKENS.run(app_id=app_id, user_id=user_id)
