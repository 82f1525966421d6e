"""The signing key of cores before 3.6: one row of `key_value`, which later cores move when they start.

A dynamic key becomes a row of `session_access_token_signing_keys` and keeps its time, by which tokens name it; one that
was never changed (`access_token_signing_key_dynamic: false`) becomes a static key.
"""

from gatehouse.core_config import CoreConfig
from gatehouse.crypto.identifiers import new_id
from gatehouse.models import PUBLIC
from gatehouse.store import key_value, signing_key
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query, Sql
from infra.moving.supertokens.findings import Configs

NAME = "access_token_signing_key"

SELECT_APPS = Sql(
    "SELECT app_id FROM {key_value} WHERE tenant_id = :tenant_id AND name = :name ORDER BY app_id"
)

LOCK_KEY = Sql("""
    SELECT value, created_at_time FROM {key_value}
    WHERE app_id = :app_id AND tenant_id = :tenant_id AND name = :name {for_update}""")

HAS_KEY = Sql("""
    SELECT 1 FROM {session_access_token_signing_keys} WHERE app_id = :app_id AND created_at_time = :created_at_time""")


def move_legacy_keys(database: Database, base: CoreConfig, configs: Configs) -> list[str]:
    """Move the keys of all apps, each under the lock of its app; return the apps."""
    apps = database.run(SELECT_APPS.all(lambda row: str(row[0]), tenant_id=PUBLIC, name=NAME))
    for app_id in apps:
        of_app = [
            config or {} for (_, app, tenant), config in configs.items() if (app, tenant) == (app_id, PUBLIC)
        ]
        own = {key: value for config in of_app for key, value in config.items()}
        is_dynamic = base.overlaid(own).access_token_signing_key_dynamic
        _move(database, app_id, is_dynamic=is_dynamic)
    return apps


def _move(database: Database, app_id: str, *, is_dynamic: bool) -> None:
    def work(tx: Transaction) -> None:
        _, found = tx.batch(
            signing_key.lock_app(app_id),
            LOCK_KEY.one(lambda row: (str(row[0]), int(row[1])), app_id=app_id, tenant_id=PUBLIC, name=NAME),
        )
        if found is None:
            return
        value, created_at_ms = found
        is_there = tx.run(HAS_KEY.finds(app_id=app_id, created_at_time=created_at_ms))
        tx.finish(
            *(_insertion(app_id, value, created_at_ms, is_dynamic=is_dynamic) if not is_there else []),
            key_value.delete_value(app_id, PUBLIC, NAME),
        )

    database.transact(work)


def _insertion(app_id: str, value: str, created_at_ms: int, *, is_dynamic: bool) -> list[Query[int]]:
    if is_dynamic:
        return [signing_key.insert_key(app_id, created_at_ms=created_at_ms, value=value)]
    key_id = f"s-{new_id()}"
    return [signing_key.insert_static_key(app_id, key_id=key_id, created_at_ms=created_at_ms, value=value)]
