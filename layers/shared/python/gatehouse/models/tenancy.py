"""Who a request is for: a connection URI domain, an app in it, and a tenant of the app."""

from dataclasses import dataclass, replace

from gatehouse.core_config import CoreConfig
from gatehouse.models import PUBLIC


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
class Tenant:
    """A tenant that exists, and the configuration that holds for it."""

    identifier: TenantIdentifier
    config: CoreConfig

    @property
    def app_id(self) -> str:
        """The app, as rows name it."""
        return self.identifier.app_id

    @property
    def tenant_id(self) -> str:
        """The tenant, as rows name it."""
        return self.identifier.tenant_id
