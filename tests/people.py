"""People with login methods, written straight into a database: quickly, and at any time."""

import uuid
from dataclasses import dataclass
from typing import Any

from gatehouse.models import PUBLIC, TableNames
from gatehouse.store import authuser
from gatehouse.store.database import Database
from gatehouse.store.engines import engine_for
from gatehouse.store.statement import Query, Sql
from tests.databases import FreshDatabase
from tests.store.migrations.described import ask
from tests.store.migrations.runs import migrate, seed

TABLES_WITH_USERS = (
    "passwordless_codes",
    "passwordless_devices",
    "emailpassword_pswd_reset_tokens",
    "emailpassword_user_to_tenant",
    "emailpassword_users",
    "thirdparty_user_to_tenant",
    "thirdparty_users",
    "passwordless_user_to_tenant",
    "passwordless_users",
    "all_auth_recipe_users",
    "session_info",
    "emailverification_tokens",
    "emailverification_verified_emails",
    "user_metadata",
    "user_roles",
    "totp_used_codes",
    "totp_user_devices",
    "totp_users",
    "user_last_active",
    "userid_mapping",
    "users",
    "app_id_to_user_id",
)
"""Every table that holds something of a user, children first."""

_FILLED = Sql(
    f"SELECT {', '.join(f'EXISTS (SELECT 1 FROM {{{table}}})' for table in TABLES_WITH_USERS)}"
).only(lambda row: row)

DATABASES = ("sqlite", "mariadb", "postgresql", "adopted mariadb", "adopted postgresql")
"""Every engine, and on the servers also what SuperTokens made, with its foreign keys."""


def make_database(kind: str, fresh_database_url: FreshDatabase) -> str:
    """Make one of DATABASES, with a tenant `t1` besides the public one; return its URL."""
    url = fresh_database_url(kind.split()[-1])
    if kind.startswith("adopted"):
        seed(url, has_foreign_keys=True)
    migrate(url)
    database = Database(engine_for(url), TableNames())
    People(database).add_tenant("t1")
    database.disconnect()
    return url


def make_adopted_database(engine: str, fresh_database_url: FreshDatabase) -> str:
    """Make what SuperTokens made, on `mariadb` or `postgresql`: with foreign keys, and on MySQL blind for case."""
    url = fresh_database_url(engine)
    if engine == "mariadb":
        ask(url, "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    seed(url, has_foreign_keys=True)
    migrate(url)
    return url


@dataclass(frozen=True)
class People:
    """Writes people of the public app and looks at what is left of them."""

    database: Database

    def add_tenant(self, tenant_id: str) -> None:
        """Make a tenant."""
        self.insert("tenants", tenant_id=tenant_id, created_at_time=1)
        self.insert("tenant_configs", tenant_id=tenant_id, core_config="{}")

    def emailpassword(
        self, email: str, *tenants: str, time_joined: int = 1_000, user_id: str | None = None
    ) -> str:
        """Make somebody who signs in with a password; return their id."""
        user_id = self._login_method("emailpassword", tenants, time_joined, user_id)
        self.insert(
            "emailpassword_users", user_id=user_id, email=email, password_hash="x", time_joined=time_joined
        )
        for tenant_id in tenants or (PUBLIC,):
            self.insert("emailpassword_user_to_tenant", user_id=user_id, tenant_id=tenant_id, email=email)
        return user_id

    def third_party(
        self,
        third_party_id: str,
        third_party_user_id: str,
        email: str,
        *tenants: str,
        time_joined: int = 1_000,
    ) -> str:
        """Make somebody who signs in through a provider; return their id."""
        user_id = self._login_method("thirdparty", tenants, time_joined, None)
        there = {"third_party_id": third_party_id, "third_party_user_id": third_party_user_id}
        self.insert("thirdparty_users", user_id=user_id, email=email, time_joined=time_joined, **there)
        for tenant_id in tenants or (PUBLIC,):
            self.insert("thirdparty_user_to_tenant", user_id=user_id, tenant_id=tenant_id, **there)
        return user_id

    def passwordless(
        self, email: str | None, phone_number: str | None, *tenants: str, time_joined: int = 1_000
    ) -> str:
        """Make somebody who signs in with codes; return their id."""
        user_id = self._login_method("passwordless", tenants, time_joined, None)
        has = {"email": email, "phone_number": phone_number}
        self.insert("passwordless_users", user_id=user_id, time_joined=time_joined, **has)
        for tenant_id in tenants or (PUBLIC,):
            self.insert("passwordless_user_to_tenant", user_id=user_id, tenant_id=tenant_id, **has)
        return user_id

    def crowd(self, recipe_id: str, size: int) -> None:
        """Make many people at once, `u0@…`, `u1@…`, who sign in with a password or with codes."""
        users = [(str(uuid.uuid4()), f"u{number}@{recipe_id}.example.com", number) for number in range(size)]
        password = {"password_hash": "'x'"} if recipe_id == "emailpassword" else {}
        owner = {
            "user_id": "'{0}'",
            "recipe_id": f"'{recipe_id}'",
            "primary_or_recipe_user_id": "'{0}'",
            "is_linked_or_is_a_primary_user": "FALSE",
        }
        joined = {"time_joined": "{2}", "primary_or_recipe_user_time_joined": "{2}"}
        for table, row in {
            "app_id_to_user_id": owner,
            "all_auth_recipe_users": owner | joined,
            f"{recipe_id}_users": {"user_id": "'{0}'", "email": "'{1}'", "time_joined": "{2}"} | password,
            f"{recipe_id}_user_to_tenant": {"user_id": "'{0}'", "email": "'{1}'"},
        }.items():
            values = ", ".join(f"({', '.join(row.values())})".format(*user) for user in users)
            self.database.run(Sql(f"INSERT INTO {{{table}}} ({', '.join(row)}) VALUES {values}").run())

    def give_session(self, user_id: str, tenant_id: str = PUBLIC, *, expires_at: int = 2**41) -> str:
        """Make a session of somebody; return its handle."""
        handle = str(uuid.uuid4())
        self.insert(
            "session_info",
            tenant_id=tenant_id,
            session_handle=handle,
            user_id=user_id,
            refresh_token_hash_2="x",
            expires_at=expires_at,
            created_at_time=1,
            use_static_key=False,
        )
        return handle

    def give_totp_device(self, user_id: str) -> None:
        """Give somebody a verified TOTP device."""
        self.insert("totp_users", user_id=user_id)
        self.insert(
            "totp_user_devices",
            user_id=user_id,
            device_name="d",
            secret_key="s",
            period=30,
            skew=1,
            verified=True,
        )

    def give_everything(self, user_id: str, tenant_id: str = PUBLIC) -> None:
        """Let every recipe keep something under an id, in whichever table it keeps things."""
        self.give_session(user_id, tenant_id)
        self.insert("user_metadata", user_id=user_id, user_metadata="{}")
        self.insert("user_roles", user_id=user_id, tenant_id=tenant_id, role="r")
        self.give_totp_device(user_id)
        self.insert(
            "totp_used_codes",
            user_id=user_id,
            tenant_id=tenant_id,
            code="1",
            is_valid=True,
            expiry_time_ms=2**41,
            created_time_ms=1,
        )
        self.insert("emailverification_verified_emails", user_id=user_id, email="v@example.com")
        self.give_verification_token(user_id, tenant_id)

    def give_verification_token(self, user_id: str, tenant_id: str = PUBLIC) -> None:
        """Let a verification of an address wait for somebody."""
        self.insert(
            "emailverification_tokens",
            user_id=user_id,
            tenant_id=tenant_id,
            email="v@example.com",
            token=str(uuid.uuid4()),
            token_expiry=2**41,
        )

    def give_device(
        self, tenant_id: str, *, email: str | None = None, phone_number: str | None = None
    ) -> None:
        """Let a device wait for a code that was sent to an address or a number."""
        device = f"{uuid.uuid4()}abcdefg"
        self.insert(
            "passwordless_devices",
            tenant_id=tenant_id,
            device_id_hash=device,
            email=email,
            phone_number=phone_number,
            link_code_salt="s",
            failed_attempts=0,
        )
        self.insert(
            "passwordless_codes",
            tenant_id=tenant_id,
            code_id=str(uuid.uuid4()),
            device_id_hash=device,
            link_code_hash=f"{uuid.uuid4()}abcdefg",
            created_at=1,
        )

    def be_active(self, user_id: str, at_ms: int) -> None:
        """Note that somebody was active."""
        self.database.run(authuser.upsert_last_active(PUBLIC, user_id, at_ms))

    def map(self, user_id: str, external_user_id: str) -> None:
        """Let an external id stand for an id."""
        self.insert("userid_mapping", supertokens_user_id=user_id, external_user_id=external_user_id)

    def insert(self, table: str, **values: Any) -> None:
        """Write a row."""
        columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        self.database.run(Sql(f"INSERT INTO {{{table}}} ({columns}) VALUES ({places})").run(**values))

    def clear(self) -> None:
        """Delete everybody, and everything of theirs."""
        filled = zip(TABLES_WITH_USERS, self.database.run(_FILLED), strict=True)
        clearing = [Sql(f"DELETE FROM {{{table}}}").run() for table, is_filled in filled if is_filled]
        self.database.transact(lambda tx: tx.finish(*clearing))

    def rows(self, table: str, columns: str, **where: Any) -> list[tuple[Any, ...]]:
        """Return some columns of rows in order."""
        conditions = " AND ".join(f"{name} = :{name}" for name in where) or "1 = 1"
        query: Query[list[tuple[Any, ...]]] = Sql(
            f"SELECT {columns} FROM {{{table}}} WHERE {conditions} ORDER BY {columns}"
        ).all(tuple, **where)
        return self.database.run(query)

    def counts(self) -> dict[str, int]:
        """Count the rows of every table that holds something of a user and is not empty."""
        found = {table: len(self.rows(table, "app_id")) for table in TABLES_WITH_USERS}
        return {table: count for table, count in found.items() if count}

    def _login_method(
        self, recipe_id: str, tenants: tuple[str, ...], time_joined: int, user_id: str | None
    ) -> str:
        user_id = user_id or str(uuid.uuid4())
        owner = {
            "user_id": user_id,
            "recipe_id": recipe_id,
            "primary_or_recipe_user_id": user_id,
            "is_linked_or_is_a_primary_user": False,
        }
        self.insert("app_id_to_user_id", **owner)
        for tenant_id in tenants or (PUBLIC,):
            self.insert(
                "all_auth_recipe_users",
                tenant_id=tenant_id,
                time_joined=time_joined,
                primary_or_recipe_user_time_joined=time_joined,
                **owner,
            )
        return user_id
