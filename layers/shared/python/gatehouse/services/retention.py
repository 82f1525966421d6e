"""How long what has expired is kept where: tenants and apps may be configured otherwise than the base."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import shuffle
from typing import Any

from gatehouse.clock import SECOND_MS
from gatehouse.core_config import CoreConfig, CoreConfigInvalid
from gatehouse.models import PUBLIC
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.services.tenancy import Tenancy

Place = tuple[str, str]
"""An app and a tenant of it, as rows name them, on whichever domain."""
OwnConfigs = Mapping[TenantIdentifier, Mapping[str, Any] | None]
"""Every tenant with its own part of the configuration, None where that cannot be read."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows of one kind are kept.

    `base_ms` holds everywhere but in `apart_app_ids`; `own_ms` are the places that are swept by themselves. Where
    nobody can tell, nothing is deleted.
    """

    base_ms: int
    apart_app_ids: tuple[str, ...]
    own_ms: tuple[tuple[Place, int], ...]

    @classmethod
    def of(cls, base_ms: int, periods: Iterable[tuple[Place, int | None]]) -> "Retention":
        """Put together what is kept in each place; the longest counts, and None is for ever."""
        longest: dict[Place, int | None] = {}
        for place, period_ms in periods:
            known = longest.get(place, 0)
            longest[place] = None if known is None or period_ms is None else max(known, period_ms)
        apart = {app_id for (app_id, _), ms in longest.items() if ms is None or ms > base_ms}
        own = [
            (place, ms)
            for place, ms in longest.items()
            if ms is not None and (ms != base_ms or place[0] in apart)
        ]
        shuffle(own)  # so that none is always the last, for whom there is no time
        return cls(base_ms, tuple(sorted(apart)), tuple(own))


@dataclass(frozen=True, slots=True)
class Retentions:
    """What is kept for a while after it has expired."""

    signing_keys: Retention
    totp_codes: Retention
    passwordless_codes: Retention


def read_retentions(tenancy: Tenancy, own: OwnConfigs, *, link_lifetime_ms: int, grace_ms: int) -> Retentions:
    """Return how long things are kept; links of the REST surface are codes of the public tenant."""
    configs = {identifier: _configuration(tenancy, identifier, own) for identifier in own}
    base = tenancy.configuration(TenantIdentifier(), {})

    def places(period_ms: Callable[[CoreConfig], int]) -> Iterable[tuple[Place, int | None]]:
        for identifier, config in configs.items():
            place = (identifier.app_id, identifier.tenant_id)
            yield place, None if config is None else period_ms(config)

    def of_codes(config: CoreConfig) -> int:
        return config.passwordless_code_lifetime + grace_ms

    def of_totp(config: CoreConfig) -> int:
        return config.totp_rate_limit_cooldown_sec * SECOND_MS

    links = ((PUBLIC, PUBLIC), link_lifetime_ms + grace_ms)
    keys = places(lambda config: config.signing_key_lifetime_ms)
    return Retentions(
        signing_keys=Retention.of(
            base.signing_key_lifetime_ms, [(place, ms) for place, ms in keys if place[1] == PUBLIC]
        ),
        totp_codes=Retention.of(of_totp(base), places(of_totp)),
        passwordless_codes=Retention.of(of_codes(base), [*places(of_codes), links]),
    )


def _configuration(tenancy: Tenancy, identifier: TenantIdentifier, own: OwnConfigs) -> CoreConfig | None:
    """Return what holds for a tenant, or None where a stored configuration does not hold."""
    levels = {identifier.connection, identifier.app, identifier}
    parts = {level: own.get(level, {}) for level in levels}
    known = {level: part for level, part in parts.items() if part is not None}
    if len(known) < len(parts):
        return None
    try:
        return tenancy.configuration(identifier, known)
    except CoreConfigInvalid:
        return None
