"""Statements that do not stay on one shard, or write more than a row's plain columns: why, and what it costs on Vitess.

A name is that of a constant of gatehouse.store; `*` stands for anything.
"""

from dataclasses import dataclass

HOPS = "cross-shard, lookup"


@dataclass(frozen=True)
class Allowed:
    """Kinds of findings that some statements may have."""

    names: str
    kinds: str
    reason: str


ALLOWED = (
    # Reading people. What signs in, then the person's other login methods, then the rows of each: every step is one
    # shard per person, found by the sharding column or by one row of a lookup table.
    Allowed(
        "emailpassword.PEOPLE_BY_EMAIL_IN_TENANT thirdparty.PEOPLE_IN_TENANT passwordless_users.PEOPLE_OF_DEVICE "
        "login_methods.PEOPLE_BY_ID login_methods.PEOPLE_BY_PRIMARY_ID user_pages.PEOPLE_BY_PRIMARY_ID",
        HOPS,
        "a login method leads to the person (person_lookup, on the shard of the person's own id) and from there to "
        "each login method; for somebody with one login method all of it is on one shard",
    ),
    Allowed(
        "account_info.PEOPLE_BY_ACCOUNT_INFO",
        f"{HOPS}, scatter, scatter aggregate",
        "everybody of an app with an address, in any tenant: asked where accounts are linked, or by an operator; costs "
        "an index read on every shard",
    ),
    Allowed(
        "account_info.PEOPLE_BY_ACCOUNT_INFO_IN_TENANT",
        f"{HOPS}, scatter, scatter aggregate",
        "the address that a third party vouched for is no login identifier, so it is found by its index on every shard",
    ),
    Allowed(
        "authuser.SELECT_IDS_OF_PERSON session.SELECT_IDS_OF_PERSON session.SELECT_USER session.SELECT_SESSION "
        "password_reset.SELECT_USER_IDS user_removal.SELECT_AMBIGUOUS_IDS",
        HOPS,
        "an id that callers know may be an external one (external_user_id_lookup), and a person's login methods may be "
        "on other shards; without mappings and linking it is one shard",
    ),
    Allowed(
        "links.SELECT_USER_OF_DEVICE",
        HOPS,
        "the device, the address it waits for (passwordless_email_lookup), the user: a shard each",
    ),
    Allowed(
        "users.SELECT_USERS_OF_DEVICE",
        f"{HOPS}, cross-keyspace",
        "the same, and the directory, which is unsharded: a person's row is found there by unique keys",
    ),
    Allowed(
        "session.SELECT_SESSION_WITH_USER",
        "cross-shard, cross-keyspace",
        "the session, its user, the directory and the roles, a shard each, in one round trip of ours; an access token "
        "answers for five minutes without it",
    ),
    Allowed(
        "multitenancy_users.UPDATE_FIRST_TIME_JOINED",
        "lookup",
        "a linked person joins a tenant: their login methods are on the shards that person_in_tenant_lookup names",
    ),
    # Found by a token or an address: one row of a lookup table, then one shard.
    Allowed(
        "emailpassword.SELECT_CREDENTIALS password_reset.SELECT_TOKEN emailverification.SELECT_TOKEN "
        "passwordless.LOCK_CODE_BY_LINK "
        "useridmapping.SELECT_BY_EXTERNAL_ID passwordless.SELECT_DEVICES_WITH_CODES links.SELECT_DEVICES_OF_EMAIL "
        "passwordless_users.LOCK_DEVICES_OF_CONTACT",
        "lookup",
        "found by a token, an address or an external id: one row of a lookup table, then the shards it names. It is "
        "what a sign-in costs",
    ),
    Allowed(
        "links.LOCK_SIBLING_DEVICES passwordless.LOCK_SIBLINGS user_removal.SELECT_DEVICES",
        HOPS,
        "all devices that wait for a code sent to one address: device_email_lookup names their shards. Who uses codes "
        "of one address waits on those rows, wherever they are",
    ),
    # Writes of more than one shard, or of what finds rows.
    Allowed(
        "accountlinking.UPDATE_* links.UPDATE_EMAIL_IN_TENANT passwordless_users.UPDATE_USER_TO_TENANT "
        "emailpassword.UPDATE_EMAIL_IN_TENANTS",
        "lookup changed",
        "linking, and a change of address or number: Vitess writes the row of the lookup table in the same transaction",
    ),
    Allowed(
        "links.UPDATE_EMAIL_IN_TENANT passwordless_users.UPDATE_USER_TO_TENANT emailpassword.UPDATE_EMAIL_IN_TENANTS "
        "totp.UPDATE_DEVICE_NAME",
        "key changed",
        "the row stays on its shard, which is decided by the user's id; the key is unique there or by its lookup table",
    ),
    Allowed(
        "accountlinking.DELETE_LAST_ACTIVE authuser.DELETES_OF_LOGIN_METHODS authuser.DELETES_OF_SHARED_DATA "
        "authuser.DELETE_* user_removal.UPDATE_TIME_JOINED",
        "write to several shards",
        "a person with several login methods, or an external id: rare, children first and the row that says that there "
        "is such a user last, so that what is left of a half commit is deleted by asking again",
    ),
    Allowed(
        "authuser.DELETES_OF_SHARED_DATA multitenancy_users.DELETES_OF_USER_DATA session.DELETE_SESSIONS_OF_USERS",
        "scatter write",
        "the sessions of one user, who is deleted, leaves a tenant or signs out everywhere: an index read on every "
        "shard, with no lookup row to write at each sign-in",
    ),
    Allowed(
        "passwordless.DELETE_CODES_OF_DEVICES passwordless.DELETE_DEVICES session.DELETE_SESSIONS",
        "write to several shards",
        "the devices of one address, the sessions of one list: each row is deleted by its sharding column, and a row "
        "that is gone already changes nothing",
    ),
    Allowed(
        "session.SELECT_HANDLES_OF_USERS",
        "scatter, scatter sort",
        "the sessions of a user, for a list or to end them: an index read on every shard, sorted by the gateway",
    ),
    Allowed(
        "passwordless.LOCK_DEVICE_OF_CODE passwordless.LOCK_SIBLING_CODES",
        "cross-shard, scatter, scatter lock",
        "an operator revokes a code by its id alone; the codes' primary key on every shard",
    ),
    Allowed(
        "audit.INSERT_ENTRY_OF_*",
        "INSERT SELECT, cross-keyspace",
        "a note that is written only where its row is there: Vitess reads one row of one shard and inserts it into the "
        "log, which is unsharded",
    ),
    # Operators: pages, searches, counts, roles.
    Allowed(
        "user_pages.PAGES",
        "cross-shard, scatter, scatter aggregate, scatter sort",
        "a page of users by the time they joined: every shard gives a page from its index, the gateway merges them",
    ),
    Allowed(
        "user_search.FIND_*",
        "cross-shard, scatter, scatter aggregate, scatter sort",
        "a search of the dashboard, at most a thousand rows a shard",
    ),
    Allowed(
        "user_pages.COUNT_* statistics.COUNT_ACTIVE statistics.COUNT_LINKED statistics.COUNT_PROTECTED "
        "statistics.COUNT_USERS_BY_TENANT",
        "scatter, scatter aggregate",
        "counts for the dashboard: every shard counts, or names whom to count, and the gateway adds up",
    ),
    Allowed(
        "statistics.COUNT_LINKED statistics.COUNT_PROTECTED",
        HOPS,
        "the same, joined to when they were last active, of users who may have external ids",
    ),
    Allowed(
        "statistics.SELECT_ANY_LINKED",
        "scatter, scatter sort",
        "reads one row of each shard, for the dashboard",
    ),
    Allowed(
        "statistics.SELECT_TENANTS_WITH_SESSIONS useridmapping.SELECT_USES useridmapping.SELECT_VERIFICATION_TOKENS "
        "user_removal.SELECT_TENANTS_IN_USE",
        "cross-keyspace",
        "what an id is used for, in each of the few tenants: an id is mapped, a user deleted, the dashboard opened",
    ),
    Allowed(
        "statistics.SELECT_TENANTS_WITH_SESSIONS useridmapping.SELECT_USES user_removal.SELECT_TENANTS_IN_USE",
        "scatter",
        "the same of sessions, by the index (app_id, tenant_id, user_id) of every shard",
    ),
    Allowed(
        "useridmapping.SELECT_USES user_removal.SELECT_TENANTS_IN_USE",
        "cross-shard",
        "several questions in one statement",
    ),
    Allowed(
        "userroles.SELECT_HOLDERS userroles.LOCK_HOLDERS",
        "scatter, scatter sort",
        "who has a role: an index read on every shard, asked by operators",
    ),
    Allowed(
        "userroles.LOCK_HOLDERS",
        "scatter lock",
        "when a role is given up everywhere: the rows of those who have it",
    ),
    Allowed(
        "userroles.DELETE_ASSIGNMENTS",
        "scatter write",
        "a role is deleted: its rows by index on every shard, before the role itself",
    ),
    # The cron and the removal of tenants and apps.
    Allowed(
        "cleanup.EXPIRED cleanup.EXPIRED_HERE multitenancy_removal.SWEEP_*",
        "LIMIT in a write, scatter sort, scatter write",
        "the cron and removals, a thousand rows a time and each by itself: Vitess picks the keys on every shard and "
        "deletes by them (since 20.0); repeating it is harmless",
    ),
    Allowed(
        "cleanup.SELECT_EXPIRED_DEVICES*",
        "scatter, scatter aggregate, scatter sort",
        "the cron looks for devices whose codes are old: at most a page of them from every shard's expiry index",
    ),
    Allowed(
        "multitenancy_removal.DELETES_OF_*",
        "scatter write",
        "what the sweep before it has left of a removed tenant or app, next to nothing, on every shard",
    ),
)
