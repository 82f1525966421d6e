"""Third-party providers of a tenant (specs/supertokens.md, Appendix A, Multitenancy)."""

from collections.abc import Mapping
from typing import Any

from gatehouse.errors import DuplicateRow, RequestInvalid
from gatehouse.models.audit import EventName
from gatehouse.models.providers import Provider
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.services.audit import Events
from gatehouse.services.tenancy import TenantNotFound
from gatehouse.store import audit, multitenancy, multitenancy_thirdparty
from gatehouse.store.audit import Provided
from gatehouse.store.database import Database, Transaction
from gatehouse.store.statement import Query


class ProviderInvalid(RequestInvalid):
    """A provider's configuration is not allowed; the text says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid third party config: {reason}")


class TenantProviders:
    """Stores how people sign in to tenants through third parties."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events

    def put(self, identifier: TenantIdentifier, provider: Provider, *, skips_checks: bool) -> bool:
        """Store a provider in place of one of the same id; returns whether it is new.

        Raises ProviderInvalid, or TenantNotFound if the tenant is gone.
        """
        _check_clients(provider)
        if not skips_checks:
            for client in provider.clients:
                _check_client(provider.third_party_id, client.additional_config)

        def work(tx: Transaction) -> bool:
            self._require(tx, identifier)
            _, was_there, *_ = tx.finish(
                *multitenancy_thirdparty.delete_provider(identifier, provider.third_party_id),
                *multitenancy_thirdparty.insert_provider(identifier, provider),
                *self._note("provider.changed", identifier, provider.third_party_id),
            )
            return not was_there

        try:
            return self._database.transact(work)
        except DuplicateRow:  # on a database that compares without case
            raise ProviderInvalid("Duplicate clientType was specified in the clients list.") from None

    def remove(self, identifier: TenantIdentifier, third_party_id: str) -> bool:
        """Remove a provider; returns whether it was there. Raises TenantNotFound if the tenant is gone."""

        def work(tx: Transaction) -> bool:
            self._require(tx, identifier)
            provider = audit.row(
                "provider",
                connection_uri_domain=identifier.domain,
                tenant_id=identifier.tenant_id,
                third_party_id=third_party_id,
            )
            *_, was_there = tx.finish(
                *self._note("provider.deleted", identifier, third_party_id, provider),
                *multitenancy_thirdparty.delete_provider(identifier, third_party_id),
            )
            return bool(was_there)

        return self._database.transact(work)

    def _note(
        self,
        event: EventName,
        identifier: TenantIdentifier,
        third_party_id: str,
        provided: Provided | None = None,
    ) -> tuple[Query[Any], ...]:
        return self._events.note(
            event,
            app_id=identifier.app_id,
            tenant_id=identifier.tenant_id,
            details={"provider": third_party_id},
            provided=provided,
        )

    def _require(self, tx: Transaction, identifier: TenantIdentifier) -> None:
        """Keep others from changing tenants meanwhile, and make sure that this one is still there."""
        _, is_there = tx.batch(multitenancy.lock_base(), multitenancy.exists(identifier))
        if not is_there:
            raise TenantNotFound(identifier)


def _check_clients(provider: Provider) -> None:
    if not provider.third_party_id:
        raise ProviderInvalid("thirdPartyId cannot be null or empty")
    types = [client.client_type or "" for client in provider.clients]
    if len(set(types)) < len(types):
        raise ProviderInvalid("Duplicate clientType was specified in the clients list.")


def _check_client(third_party_id: str, additional: Mapping[str, Any] | None) -> None:
    """Raise ProviderInvalid unless a client has what SDKs need of providers whose ids begin with known names."""
    given = additional or {}
    if third_party_id.startswith("apple"):
        if not all(_is_text(given.get(name)) for name in ("keyId", "teamId", "privateKey")):
            raise ProviderInvalid(
                "a non empty string value must be specified for keyId, teamId and privateKey in the additionalConfig "
                "for Apple provider"
            )
    elif third_party_id.startswith("google-workspaces"):
        if "hd" in given and not _is_text(given["hd"]):
            raise ProviderInvalid("hd in additionalConfig must be a non empty string value")
    elif third_party_id.startswith("boxy-saml") and "boxyURL" in given and not _is_text(given["boxyURL"]):
        raise ProviderInvalid(
            "a non empty string value must be specified for boxyURL in the additionalConfig for Boxy SAML provider"
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""
