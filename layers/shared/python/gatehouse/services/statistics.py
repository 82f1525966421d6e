"""What an app is used for, in figures, as SuperTokens reports it for paid features."""

from dataclasses import dataclass

from gatehouse.clock import Clock
from gatehouse.models.tenancy import TenantConfig, TenantIdentifier
from gatehouse.store import multitenancy, statistics
from gatehouse.store.database import Database
from gatehouse.store.statistics import Count

ENTERPRISE_PROVIDERS = ("google-workspaces", "okta", "active-directory", "boxy-saml")
"""How the ids of third parties begin with which companies sign in."""


@dataclass(frozen=True, slots=True)
class TenantUsage:
    """A tenant in figures."""

    config: TenantConfig
    users: int
    has_sessions: bool

    @property
    def has_enterprise_login(self) -> bool:
        """Whether people sign in with their company's account."""
        return any(
            provider.third_party_id.startswith(ENTERPRISE_PROVIDERS) for provider in self.config.providers
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """An app in figures; `linked` is None where accounts were never linked."""

    active: Count
    linked: Count | None
    protected: Count
    dashboard_users: int
    tenants: list[TenantUsage]


class Statistics:
    """Counts what is there; for operators, not for requests of users."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def usage(self, app: TenantIdentifier) -> Usage:
        """Return an app in figures."""
        app_id, now_ms = app.app_id, self._clock()
        active, linked, protected, has_linked, dashboard_users, users, in_session, *configs = (
            self._database.batch(
                statistics.count_active(app_id, now_ms),
                statistics.count_linked(app_id, now_ms),
                statistics.count_protected(app_id, now_ms),
                statistics.has_linked(app_id),
                statistics.count_dashboard_users(app_id),
                statistics.count_users_by_tenant(app_id),
                statistics.list_tenants_with_sessions(app_id),
                *multitenancy.read_app(app.domain, app_id),
            )
        )
        users_of = dict(users)
        return Usage(
            active,
            linked if has_linked else None,
            protected,
            dashboard_users,
            [
                TenantUsage(
                    config,
                    users_of.get(config.identifier.tenant_id, 0),
                    config.identifier.tenant_id in in_session,
                )
                for config in multitenancy.configs(*configs)
            ],
        )
