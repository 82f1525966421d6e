"""Reads of people by the account information that they share, and its locks."""

import hashlib
import json
from collections.abc import Iterable

from gatehouse.clock import MINUTE_MS
from gatehouse.models.account_info import EMAIL, PHONE_NUMBER, THIRD_PARTY, AccountInfo
from gatehouse.store.login_methods import PeopleQueries, bind, reads
from gatehouse.store.statement import Query, Upsert

HOLD_ACCOUNT_INFO = Upsert(
    "account_info_holds",
    columns=("app_id", "subject", "expires_at_ms"),
    key=("app_id", "subject"),
    update=(("expires_at_ms", "new.expires_at_ms"),),
)

KEPT_MS = 10 * MINUTE_MS
"""How long the row of a lock stays; far longer than any transaction."""

PEOPLE_BY_ACCOUNT_INFO = reads("""
    SELECT i.app_id, i.user_id FROM {emailpassword_users} i WHERE i.app_id = :app_id AND i.email IN (:emails)
    UNION
    SELECT j.app_id, j.user_id FROM {passwordless_users} j WHERE j.app_id = :app_id AND j.email IN (:emails)
    UNION
    SELECT l.app_id, l.user_id FROM {passwordless_users} l
    WHERE l.app_id = :app_id AND l.phone_number IN (:phone_numbers)
    UNION
    SELECT o.app_id, o.user_id FROM {thirdparty_users} o WHERE o.app_id = :app_id AND o.email IN (:emails)
    UNION
    SELECT q.app_id, q.user_id FROM {thirdparty_users} q
    WHERE q.app_id = :app_id AND q.third_party_id IN (:third_party_ids)
      AND q.third_party_user_id IN (:third_party_user_ids)""")

PEOPLE_BY_ACCOUNT_INFO_IN_TENANT = reads("""
    SELECT i.app_id, i.user_id FROM {emailpassword_user_to_tenant} i
    WHERE i.app_id = :app_id AND i.tenant_id = :tenant_id AND i.email IN (:emails)
    UNION
    SELECT j.app_id, j.user_id FROM {passwordless_user_to_tenant} j
    WHERE j.app_id = :app_id AND j.tenant_id = :tenant_id AND j.email IN (:emails)
    UNION
    SELECT l.app_id, l.user_id FROM {passwordless_user_to_tenant} l
    WHERE l.app_id = :app_id AND l.tenant_id = :tenant_id AND l.phone_number IN (:phone_numbers)
    UNION
    SELECT o.app_id, o.user_id
    FROM {thirdparty_users} o
    JOIN {thirdparty_user_to_tenant} u
      ON u.app_id = o.app_id AND u.tenant_id = :tenant_id AND u.user_id = o.user_id
    WHERE o.app_id = :app_id AND o.email IN (:emails)
    UNION
    SELECT q.app_id, q.user_id FROM {thirdparty_user_to_tenant} q
    WHERE q.app_id = :app_id AND q.tenant_id = :tenant_id AND q.third_party_id IN (:third_party_ids)
      AND q.third_party_user_id IN (:third_party_user_ids)""")


def hold(app_id: str, infos: Iterable[AccountInfo], now_ms: int) -> list[Query[int]]:
    """Keep others from changing who has account information until the transaction ends.

    Two people may not have the same address as primary users, yet no unique key says so, and there may be no row yet
    that both would have to lock. So each piece of information has a row of its own,
    and whoever writes it waits for whoever wrote it before, at any isolation level. Rows are written in one
    order, so that nobody waits in a circle. These must be the first queries of a transaction: on MySQL, reads before
    them would freeze what later reads see.
    """
    return [
        HOLD_ACCOUNT_INFO.run(app_id=app_id, subject=_subject(info), expires_at_ms=now_ms + KEPT_MS)
        for info in sorted(set(infos))
    ]


def list_people(app_id: str, infos: Iterable[AccountInfo]) -> PeopleQueries:
    """Read everybody who has some of this account information, whatever the tenant; some may have only similar one."""
    return bind(PEOPLE_BY_ACCOUNT_INFO, app_id=app_id, **_values(infos))


def list_people_in_tenant(app_id: str, tenant_id: str, infos: Iterable[AccountInfo]) -> PeopleQueries:
    """Read the same for login methods of one tenant."""
    return bind(PEOPLE_BY_ACCOUNT_INFO_IN_TENANT, app_id=app_id, tenant_id=tenant_id, **_values(infos))


def _values(infos: Iterable[AccountInfo]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {
        "emails": [], "phone_numbers": [], "third_party_ids": [], "third_party_user_ids": []
    }  # fmt: skip
    names = {EMAIL: "emails", PHONE_NUMBER: "phone_numbers", THIRD_PARTY: "third_party_user_ids"}
    for info in infos:
        values[names[info.kind]].append(info.value)
        if info.kind == THIRD_PARTY:
            values["third_party_ids"].append(info.third_party_id)
    return values


def _subject(info: AccountInfo) -> str:
    """Return a text of the column's 64 characters that stands for account information."""
    named = json.dumps([info.kind, info.third_party_id, info.value])
    return hashlib.sha256(named.encode()).hexdigest()
