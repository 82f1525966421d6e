"""Operations of the recipe multitenancy."""

from functions.fdi.calls import Call
from functions.fdi.operations import Json, Router, ok
from gatehouse.models.authuser import EMAIL_PASSWORD, THIRD_PARTY
from gatehouse.models.factors import PASSWORDLESS_FACTORS

router = Router("multitenancy")


@router.on("GET", "/loginmethods")
def list_login_methods(call: Call) -> Json:
    """Say with what people may sign in to a tenant."""
    providers = call.house.offered_providers.list_names(call.tenant, call.query_text("clientType"))
    factors = call.house.multifactorauth.first_factors(call.tenant, has_providers=bool(providers))
    third_parties = [{"id": third_party_id, "name": name} for third_party_id, name in providers]
    return ok(
        emailPassword={"enabled": EMAIL_PASSWORD in factors},
        passwordless={"enabled": any(factor in factors for factor in PASSWORDLESS_FACTORS)},
        thirdParty={"enabled": THIRD_PARTY in factors, "providers": third_parties},
        webauthn={"enabled": False},
        firstFactors=list(factors),
    )
