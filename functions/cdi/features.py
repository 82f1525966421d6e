"""Operations of the paid edition: a licence key may be stored, and every feature is on without one."""

from typing import Annotated

from pydantic import StringConstraints

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Maybe, Text
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.crypto.identifiers import sha256_hex
from gatehouse.models.tenancy import TenantIdentifier
from gatehouse.services.statistics import TenantUsage, Usage
from gatehouse.store.statistics import DAYS, Count

router = Router("core")

FEATURES = ("account_linking", "multi_tenancy", "test", "dashboard_login", "mfa", "security")
"""What core 9.2.1 sells. Later cores also sell OAuth2 and SAML, which are not offered here in any version."""

USER_POOL_ID = sha256_hex("gatehouse")
"""Which database holds a tenant's users: the same for all."""

LicenseKey = Annotated[Text, StringConstraints(max_length=16_384)]


class License(Body):
    """A licence key; without one the stored key is looked at again, which changes nothing."""

    license_key: Maybe[LicenseKey] = None


@router.on("GET", "/ee/license", Scope.APP)
def get_license(call: Call) -> Json:
    """Return the licence key that was stored."""
    return ok(licenseKey=call.house.app_notes.get_license_key(call.tenant.app_id))


@router.on("PUT", "/ee/license", Scope.APP)
def set_license(call: Call) -> Json:
    """Store a licence key, unread."""
    key = call.body(License).license_key
    if key is not None:
        call.house.app_notes.set_license_key(call.tenant.app_id, key)
    return ok()


@router.on("DELETE", "/ee/license", Scope.APP)
def remove_license(call: Call) -> Json:
    """Forget the licence key."""
    call.house.app_notes.remove_license_key(call.tenant.app_id)
    return ok()


@router.on("GET", "/ee/featureflag", Scope.APP)
def list_features(call: Call) -> Json:
    """List the features, all of which are on, and what the app is used for."""
    app = call.tenant.identifier
    return ok(features=list(FEATURES), usageStats=_usage_json(app, call.house.statistics.usage(app)))


def _usage_json(app: TenantIdentifier, usage: Usage) -> Json:
    linked = usage.linked or Count(0, [0] * DAYS)
    return {
        "dashboard_login": {"user_count": usage.dashboard_users},
        "mfa": {
            "totalUserCountWithMoreThanOneLoginMethodOrTOTPEnabled": usage.protected.total,
            "mauWithMoreThanOneLoginMethodOrTOTPEnabled": usage.protected.active,
        },
        "multi_tenancy": {
            "connectionUriDomain": app.domain,
            "appId": app.app_id,
            "tenants": [_tenant_json(tenant) for tenant in usage.tenants],
        },
        "account_linking": {
            "usesAccountLinking": usage.linked is not None,
            "totalUserCountWithMoreThanOneLoginMethod": linked.total,
            "mauWithMoreThanOneLoginMethod": linked.active,
        },
        "maus": usage.active.active,
    }


def _tenant_json(tenant: TenantUsage) -> Json:
    config = tenant.config
    factors = {
        "firstFactors": config.logins.first_factors,
        "requiredSecondaryFactors": config.required_secondary_factors,
    }
    return {
        "tenantId": config.identifier.tenant_id,
        "usersCount": tenant.users,
        "hasUsersOrSessions": tenant.users > 0 or tenant.has_sessions,
        **{name: list(value) for name, value in factors.items() if value is not None},
        "userPoolId": USER_POOL_ID,
        "hasEnterpriseLogin": tenant.has_enterprise_login,
    }
