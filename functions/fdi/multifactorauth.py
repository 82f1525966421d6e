"""Operations of the recipe multifactorauth."""

from functions.fdi.calls import Call
from functions.fdi.operations import Json, Router, ok

router = Router("multifactorauth")


@router.on("PUT", "/mfa/info")
def read_info(call: Call) -> Json:
    """Bring the session's claim up to date, and say which factors are next, set up, and may be."""
    call.house.multifactorauth.require_on()
    session, info = call.house.multifactorauth.info(call.tenant, call.session(checks_claims=False))
    call.attach(session)
    factors = {
        "next": info.next,
        "alreadySetup": info.already_set_up,
        "allowedToSetup": info.allowed_to_set_up,
    }
    return ok(factors=factors, emails=info.emails, phoneNumbers=info.phone_numbers)
