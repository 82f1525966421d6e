"""Who a request is for: a connection URI domain, an app in it, and a tenant of the app."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gatehouse.core_config import CoreConfig
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.providers import Provider

FIRST_FACTORS: Mapping[str, tuple[str, ...]] = {
    EMAIL_PASSWORD: ("emailpassword",),
    THIRD_PARTY: ("thirdparty",),
    PASSWORDLESS: ("otp-email", "otp-phone", "link-email", "link-phone"),
}
"""The first factors that each recipe brings."""


@dataclass(frozen=True, slots=True, order=True)
class TenantIdentifier:
    """The three names; the default ones are the empty domain and `public`."""

    domain: str = ""
    app_id: str = PUBLIC
    tenant_id: str = PUBLIC

    @property
    def is_public(self) -> bool:
        """Whether this is an app's own tenant."""
        return self.tenant_id == PUBLIC

    @property
    def app(self) -> "TenantIdentifier":
        """The app's own tenant."""
        return replace(self, tenant_id=PUBLIC)

    @property
    def connection(self) -> "TenantIdentifier":
        """The public app's own tenant on the same domain."""
        return replace(self, app_id=PUBLIC, tenant_id=PUBLIC)


@dataclass(frozen=True, slots=True)
class Logins:
    """Which recipes a tenant has switched on, and which first factors it allows; None allows all of these recipes."""

    enabled: frozenset[str] = frozenset(FIRST_FACTORS)
    first_factors: tuple[str, ...] | None = None

    def offers(self, recipe_id: str) -> bool:
        """Whether somebody may sign in with a recipe; CDI before 5.0 calls it enabled."""
        allowed = self.first_factors
        return recipe_id in self.enabled and (
            allowed is None or any(factor in allowed for factor in FIRST_FACTORS[recipe_id])
        )

    def has_on(self, recipe_id: str) -> bool:
        """Whether a recipe is switched on and any first factor allowed; CDI 5.0 calls it enabled."""
        return recipe_id in self.enabled and self.first_factors != ()


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant that exists, and the configuration that holds for it."""

    identifier: TenantIdentifier
    config: CoreConfig
    logins: Logins = Logins()
    required_secondary_factors: tuple[str, ...] = ()

    @property
    def app_id(self) -> str:
        """The app, as rows name it."""
        return self.identifier.app_id

    @property
    def tenant_id(self) -> str:
        """The tenant, as rows name it."""
        return self.identifier.tenant_id


@dataclass(frozen=True, slots=True)
class TenantConfig:
    """A tenant as it was set up; `core_config` is its own part of the configuration."""

    identifier: TenantIdentifier
    logins: Logins = Logins()
    required_secondary_factors: tuple[str, ...] | None = None
    core_config: Mapping[str, Any] = field(default_factory=dict)
    providers: tuple[Provider, ...] = ()
