"""Operations of the recipe session."""

from functions.fdi.calls import Call
from functions.fdi.operations import Json, Router, ok

router = Router("session")


@router.on("POST", "/session/refresh")
def refresh(call: Call) -> Json:
    """Give the next tokens for a refresh token."""
    call.refresh()
    return {}


@router.on("POST", "/signout")
def sign_out(call: Call) -> Json:
    """End the session."""
    session = call.session(checks_claims=False)
    call.house.frontend_sessions.revoke(call.tenant, session.handle)
    call.clear()
    return ok()
