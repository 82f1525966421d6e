"""What somebody has to know, or to decide, before Gatehouse serves a SuperTokens database."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gatehouse.core_config import CoreConfig, CoreConfigInvalid
from gatehouse.models import TableNames
from gatehouse.store.migrations.files import AddColumn, CreateTable, Migration
from infra.moving.supertokens.surroundings import Surroundings

Configs = Mapping[tuple[str, str, str], Mapping[str, Any] | None]
"""By domain, app and tenant; None for what cannot be read."""


class Weight(StrEnum):
    """STOP: cannot be served. LOSS: something in use would be missing. NOTE: good to know."""

    STOP = "stop"
    LOSS = "loss"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing, in a sentence or two."""

    weight: Weight
    text: str


_LOSSES: Mapping[str, str] = {
    "only_webauthn": "{n} people have nothing but passkeys (WebAuthn), which Gatehouse does not have: they could not "
    "sign in. Give them another login method first.",
    "webauthn": "{n} login methods are passkeys (WebAuthn). They stay in the database, but Gatehouse does not offer "
    "them.",
    "oauth_clients": "{n} OAuth2 clients have the core as their provider, which Gatehouse is not. They need it, and "
    "Ory Hydra, further on.",
    "saml_clients": "{n} SAML connections are set up. Gatehouse has no SAML; boxy-saml as a third party works.",
    "bulk_imports": "{n} people wait in bulk_import_users. Let the core finish (POST /bulk-import/users), for "
    "Gatehouse will not.",
    "reservations": "{n} rows are in the reservation tables of core 12, which only its LEGACY mode does without. "
    "Gatehouse reads and writes the older tables: whoever is not in those is unknown here, and whoever joins here is "
    "unknown to a core in another mode.",
}

_NOTES: Mapping[str, str] = {
    "legacy_keys": "{n} signing keys are still where cores before 3.6 kept them. --apply puts them where today's cores "
    "do, as a core does when it starts.",
    "odd_phone_numbers": "{n} phone numbers are not in the international form. Core 7.0.12 came with a script for it: "
    "run that, or their owners cannot be found by number.",
}


def look(
    counts: Mapping[str, int],
    configs: Configs,
    base: CoreConfig,
) -> list[Finding]:
    """Return what the counts and the tenants' configurations mean."""
    losses = {name: n for name, n in counts.items() if name in _LOSSES and n}
    if losses.get("webauthn") == losses.get("only_webauthn"):
        losses.pop("webauthn", None)
    return [
        *(Finding(Weight.LOSS, _LOSSES[name].format(n=n)) for name, n in losses.items()),
        *_of_configs(configs, base),
        *_of_passwords(counts, configs, base),
        *(
            Finding(Weight.NOTE, text.format(n=counts[name]))
            for name, text in _NOTES.items()
            if counts.get(name)
        ),
    ]


def _of_configs(configs: Configs, base: CoreConfig) -> Iterator[Finding]:
    if own := [key for key, config in configs.items() if _has_own_database(config)]:
        yield Finding(
            Weight.LOSS,
            f"{_tenants(own)} have a database of their own. Gatehouse keeps all tenants in one: move their rows "
            "into this one first, or their people are not known.",
        )
    if refused := [key for key, config in configs.items() if not _is_taken(config, base)]:
        yield Finding(
            Weight.STOP,
            f"{_tenants(refused)} have a core_config that Gatehouse does not take. Correct it through the core "
            "(PUT /recipe/multitenancy/tenant/v2): keys and limits are in docs/configuration.md.",
        )


def _of_passwords(counts: Mapping[str, int], configs: Configs, base: CoreConfig) -> Iterator[Finding]:
    name = "firebase_password_hashing_signer_key"
    has_key = getattr(base, name) or any(config.get(name) for config in configs.values() if config)
    if counts.get("firebase_passwords") and not has_key:
        yield Finding(
            Weight.LOSS,
            f"{counts['firebase_passwords']} passwords came from Firebase and need its signer key: set "
            f"{name.upper()} (or give --config with it), or their owners have to reset them.",
        )


def look_at_columns(
    migrations: Iterable[Migration], surroundings: Surroundings, names: TableNames
) -> list[Finding]:
    """Return the columns of our tables that newer cores insist on and that we do not know."""
    known: dict[str, set[str]] = {}
    for migration in migrations:
        for change in migration.changes:
            if isinstance(change, CreateTable):
                known.setdefault(names.bare(change.table).lower(), set()).update(change.columns)
            elif isinstance(change, AddColumn):
                known.setdefault(names.bare(change.table).lower(), set()).add(change.column)
    strange = sorted(
        f"{table}.{column}"
        for table, column in surroundings.obliged
        if table in known and column not in known[table]
    )
    if not strange:
        return []
    text = f"{', '.join(strange)} must have a value in every row, and Gatehouse does not know what. Give it a default."
    return [Finding(Weight.STOP, text)]


def look_at_texts(kinds: list[str]) -> list[Finding]:
    """Return what the character sets and collations of the tables mean."""
    notes: list[str] = []
    if loose := [kind for kind in kinds if kind.endswith("_ci")]:
        notes.append(
            f"Text compares without case and accents ({', '.join(loose)}). Gatehouse compares again after reading, so "
            "nobody gets into another's account; but two addresses that differ only in an accent cannot both sign up."
        )
    if narrow := [kind for kind in kinds if kind.lower() != "utf8" and not kind.startswith("utf8mb4")]:
        notes.append(
            f"Some tables do not keep every character ({', '.join(narrow)}): names and metadata with others, such as "
            "emoji, are refused. Convert them to utf8mb4 when it suits you; nothing else depends on it."
        )
    return [Finding(Weight.NOTE, note) for note in notes]


def _has_own_database(config: Mapping[str, Any] | None) -> bool:
    return any(key.startswith(("mysql_", "postgresql_")) for key in config or ())


def _is_taken(config: Mapping[str, Any] | None, base: CoreConfig) -> bool:
    if config is None:
        return False
    try:
        base.overlaid(config)
    except CoreConfigInvalid:
        return False
    return True


def _tenants(keys: list[tuple[str, str, str]]) -> str:
    shown = ", ".join("/".join(part for part in key if part) for key in keys[:5])
    more = f" and {len(keys) - 5} more" if len(keys) > 5 else ""
    return f"{len(keys)} tenants ({shown}{more})"
