"""Operations of the recipe multitenancy on connection URI domains, apps and tenants."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Flag, Id, Maybe, Object
from functions.cdi.operations import Json, Router, Scope, ok
from functions.cdi.tenant_ids import (
    AppToPut,
    AppToRemove,
    DomainToPut,
    DomainToRemove,
    TenantToPut,
    TenantToRemove,
)
from functions.cdi.tenant_json import tenant_json, tenant_json_with_switches
from gatehouse.models import PUBLIC
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, THIRD_PARTY
from gatehouse.models.tenancy import TenantConfig, TenantIdentifier
from gatehouse.services.multitenancy_rules import (
    BY_FACTORS,
    BY_SWITCHES,
    BY_SWITCHES_AND_FACTORS,
    TenantChange,
    TenantRules,
)

router = Router("multitenancy")

Show = Callable[[TenantConfig], Json]


def _distinct(factors: list[str] | None) -> list[str] | None:
    if factors is not None and len(set(factors)) < len(factors):
        raise ValueError("{} input should not contain duplicate values")
    return factors


def _not_empty(what: str) -> AfterValidator:
    def check(factors: list[str] | None) -> list[str] | None:
        if factors == []:
            raise ValueError(f"{{}} cannot be empty. Set null instead to remove all {what}.")
        return factors

    return AfterValidator(check)


def _refused(name: str) -> BeforeValidator:
    def refuse(_: Any) -> Any:
        raise ValueError(f"{name} is not a valid input for this API")

    return BeforeValidator(refuse)


Factors = Annotated[list[Id] | None, AfterValidator(_distinct)]


class FactorsToPut(Body):
    """What the `/v2` paths set up."""

    core_config: Maybe[Object] = None
    email_password_enabled: Annotated[None, _refused("emailPasswordEnabled")] = None
    third_party_enabled: Annotated[None, _refused("thirdParty")] = None
    passwordless_enabled: Annotated[None, _refused("passwordless")] = None
    first_factors: Factors = None
    required_secondary_factors: Factors = None


class SwitchesToPut(Body):
    """What is set up before CDI 5.0."""

    core_config: Maybe[Object] = None
    email_password_enabled: Maybe[Flag] = None
    third_party_enabled: Maybe[Flag] = None
    passwordless_enabled: Maybe[Flag] = None


class SwitchesAndFactorsToPut(SwitchesToPut):
    """What CDI 5.0 sets up."""

    first_factors: Annotated[Factors, _not_empty("first factors")] = None
    required_secondary_factors: Annotated[Factors, _not_empty("required secondary factors")] = None


@router.on("PUT", "/recipe/multitenancy/app", Scope.OWN)
def put_app_with_switches(call: Call) -> Json:
    """Make or change an app, by its public tenant."""
    return _put_with_switches(call, _app_to_put(call))


@router.on("PUT", "/recipe/multitenancy/app/v2", Scope.OWN)
def put_app(call: Call) -> Json:
    """Make or change an app, by its public tenant."""
    return _put(call, _app_to_put(call))


@router.on("PUT", "/recipe/multitenancy/tenant", Scope.OWN)
def put_tenant_with_switches(call: Call) -> Json:
    """Make or change a tenant of an app."""
    return _put_with_switches(call, _tenant_to_put(call))


@router.on("PUT", "/recipe/multitenancy/tenant/v2", Scope.OWN)
def put_tenant(call: Call) -> Json:
    """Make or change a tenant of an app."""
    return _put(call, _tenant_to_put(call))


@router.on("PUT", "/recipe/multitenancy/connectionuridomain", Scope.OWN)
def put_domain_with_switches(call: Call) -> Json:
    """Make or change a connection URI domain, by its public app's public tenant."""
    return _put_with_switches(call, _domain_to_put(call))


@router.on("PUT", "/recipe/multitenancy/connectionuridomain/v2", Scope.OWN)
def put_domain(call: Call) -> Json:
    """Make or change a connection URI domain, by its public app's public tenant."""
    return _put(call, _domain_to_put(call))


@router.on("POST", "/recipe/multitenancy/app/remove", Scope.OWN)
def remove_app(call: Call) -> Json:
    """Remove an app with all that it has."""
    app_id = call.body(AppToRemove).app_id
    return ok(didExist=call.house.multitenancy_removal.remove_app(call.tenant.identifier, app_id))


@router.on("POST", "/recipe/multitenancy/tenant/remove", Scope.OWN)
def remove_tenant(call: Call) -> Json:
    """Remove a tenant with all that it has."""
    tenant_id = call.body(TenantToRemove).tenant_id
    return ok(didExist=call.house.multitenancy_removal.remove_tenant(call.tenant.identifier, tenant_id))


@router.on("POST", "/recipe/multitenancy/connectionuridomain/remove", Scope.OWN)
def remove_domain(call: Call) -> Json:
    """Remove a connection URI domain with all that nobody else uses."""
    domain = call.body(DomainToRemove).connection_uri_domain
    return ok(didExist=call.house.multitenancy_removal.remove_domain(call.tenant.identifier, domain))


@router.on("GET", "/recipe/multitenancy/tenant", Scope.OWN, tells_missing_tenant=True)
def get_tenant_with_switches(call: Call) -> Json:
    """Show a tenant."""
    config = call.house.multitenancy.get(call.tenant.identifier)
    return {**tenant_json_with_switches(config, call.version), "status": "OK"}


@router.on("GET", "/recipe/multitenancy/tenant/v2", Scope.OWN, tells_missing_tenant=True)
def get_tenant(call: Call) -> Json:
    """Show a tenant."""
    return {**tenant_json(call.house.multitenancy.get(call.tenant.identifier)), "status": "OK"}


@router.on("GET", "/recipe/multitenancy/tenant/list", Scope.OWN)
def list_tenants_with_switches(call: Call) -> Json:
    """List the tenants of an app."""
    show = _with_switches(call)
    return ok(
        tenants=[show(config) for config in call.house.multitenancy.list_tenants(call.tenant.identifier)]
    )


@router.on("GET", "/recipe/multitenancy/tenant/list/v2", Scope.OWN)
def list_tenants(call: Call) -> Json:
    """List the tenants of an app."""
    configs = call.house.multitenancy.list_tenants(call.tenant.identifier)
    return ok(tenants=[tenant_json(config) for config in configs])


@router.on("GET", "/recipe/multitenancy/app/list", Scope.OWN)
def list_apps_with_switches(call: Call) -> Json:
    """List the apps of a connection URI domain with their tenants."""
    configs = call.house.multitenancy.list_apps(call.tenant.identifier)
    return ok(apps=_apps_json(configs, _with_switches(call)))


@router.on("GET", "/recipe/multitenancy/app/list/v2", Scope.OWN)
def list_apps(call: Call) -> Json:
    """List the apps of a connection URI domain with their tenants."""
    return ok(apps=_apps_json(call.house.multitenancy.list_apps(call.tenant.identifier), tenant_json))


@router.on("GET", "/recipe/multitenancy/connectionuridomain/list", Scope.OWN)
def list_domains_with_switches(call: Call) -> Json:
    """List all connection URI domains with their apps and tenants."""
    configs = call.house.multitenancy.list_domains(call.tenant.identifier)
    return ok(connectionUriDomains=_domains_json(configs, _with_switches(call)))


@router.on("GET", "/recipe/multitenancy/connectionuridomain/list/v2", Scope.OWN)
def list_domains(call: Call) -> Json:
    """List all connection URI domains with their apps and tenants."""
    configs = call.house.multitenancy.list_domains(call.tenant.identifier)
    return ok(connectionUriDomains=_domains_json(configs, tenant_json))


def _app_to_put(call: Call) -> TenantIdentifier:
    return TenantIdentifier(call.tenant.identifier.domain, call.body(AppToPut).app_id or PUBLIC)


def _tenant_to_put(call: Call) -> TenantIdentifier:
    return replace(call.tenant.identifier, tenant_id=call.body(TenantToPut).tenant_id or PUBLIC)


def _domain_to_put(call: Call) -> TenantIdentifier:
    return TenantIdentifier(call.body(DomainToPut).connection_uri_domain or "")


def _put(call: Call, target: TenantIdentifier) -> Json:
    body = call.body(FactorsToPut)
    return _change(call, target, BY_FACTORS, TenantChange(body.core_config, factors=_given_factors(body)))


def _put_with_switches(call: Call, target: TenantIdentifier) -> Json:
    has_factors = call.version.has_factors
    body = call.body(SwitchesAndFactorsToPut if has_factors else SwitchesToPut)
    switches = {
        EMAIL_PASSWORD: body.email_password_enabled,
        THIRD_PARTY: body.third_party_enabled,
        PASSWORDLESS: body.passwordless_enabled,
    }
    change = TenantChange(
        body.core_config,
        switches={recipe: is_on for recipe, is_on in switches.items() if is_on is not None},
        factors=_given_factors(body),
    )
    return _change(call, target, BY_SWITCHES_AND_FACTORS if has_factors else BY_SWITCHES, change)


def _change(call: Call, target: TenantIdentifier, rules: TenantRules, change: TenantChange) -> Json:
    return ok(createdNew=call.house.multitenancy.put(call.tenant.identifier, target, rules, change))


def _given_factors(body: Body) -> dict[str, tuple[str, ...] | None]:
    """Return the lists that a body has, by their names there; null is given, too."""
    names = {"first_factors": "firstFactors", "required_secondary_factors": "requiredSecondaryFactors"}
    given = {name: getattr(body, field) for field, name in names.items() if field in body.model_fields_set}
    return {name: None if factors is None else tuple(factors) for name, factors in given.items()}


def _with_switches(call: Call) -> Show:
    return lambda config: tenant_json_with_switches(config, call.version)


def _apps_json(configs: Iterable[TenantConfig], show: Show) -> list[Json]:
    return [
        {"appId": app_id, "tenants": [show(config) for config in tenants]}
        for app_id, tenants in _grouped(configs, lambda config: config.identifier.app_id)
    ]


def _domains_json(configs: Iterable[TenantConfig], show: Show) -> list[Json]:
    return [
        {"connectionUriDomain": domain, "apps": _apps_json(tenants, show)}
        for domain, tenants in _grouped(configs, lambda config: config.identifier.domain)
    ]


def _grouped(
    configs: Iterable[TenantConfig], key: Callable[[TenantConfig], str]
) -> Iterable[tuple[str, list[TenantConfig]]]:
    """Group tenants, whatever their order is, by a part of their identifiers."""
    found: dict[str, list[TenantConfig]] = {}
    for config in configs:
        found.setdefault(key(config), []).append(config)
    return found.items()
