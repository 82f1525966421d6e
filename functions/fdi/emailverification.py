"""Operations of the recipe emailverification."""

from functions.fdi.calls import Call
from functions.fdi.form_fields import read_token
from functions.fdi.operations import Json, Router, ok
from gatehouse.models import Client
from gatehouse.recipe_errors import EmailAlreadyVerified
from gatehouse.services.frontend_emailverification import EmailVerificationOff, FrontendEmailVerification

router = Router("emailverification")


@router.on("POST", "/user/email/verify/token")
def create_token(call: Call) -> Json:
    """Send the link that proves the address of who is signed in."""
    proofs, session = _proofs(call), call.session(checks_claims=False)
    session, is_sent = proofs.send_letter(
        call.tenant, session, Client(call.client_address), has_anti_csrf=call.has_anti_csrf
    )
    call.attach(session)
    if not is_sent:
        raise EmailAlreadyVerified
    return ok()


@router.on("POST", "/user/email/verify")
def verify(call: Call) -> Json:
    """Spend the token of a link: somebody has proved an address, in whomever's session."""
    proofs = _proofs(call)
    token = read_token(call, "email verification token")
    session = call.session(is_required=False, checks_claims=False)
    session = proofs.verify(call.tenant, token, session, has_anti_csrf=call.has_anti_csrf)
    if session:
        call.attach(session)
    return ok()


@router.on("GET", "/user/email/verify")
def is_verified(call: Call) -> Json:
    """Say whether who is signed in has proved their address; the session tells it from now on."""
    proofs, session = _proofs(call), call.session(checks_claims=False)
    session, is_proved = proofs.is_verified(call.tenant, session, has_anti_csrf=call.has_anti_csrf)
    call.attach(session)
    return ok(isVerified=is_proved)


def _proofs(call: Call) -> FrontendEmailVerification:
    """Return what proves addresses; raises EmailVerificationOff."""
    if call.house.settings.frontend.email_verification == "off":
        raise EmailVerificationOff
    return call.house.frontend_emailverification
