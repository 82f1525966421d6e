"""Operations of the recipe thirdparty."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from starlette.responses import Response

from functions.fdi.calls import Call
from functions.fdi.operations import Json, Router, ok
from gatehouse.errors import RequestInvalid
from gatehouse.frontend_errors import GeneralError
from gatehouse.models.authuser import THIRD_PARTY
from gatehouse.oauth.refused import OAuthRefused
from gatehouse.recipe_errors import EmailChangeNotAllowed
from gatehouse.services.auth_checks import REFUSALS, Refused, refusal
from gatehouse.services.linking_rules import ACCOUNT_TAKEOVER_RISK
from gatehouse.services.thirdparty_signin import Return, Visitor
from gatehouse.setting_values import origin_of
from gatehouse.texts import is_storable
from gatehouse.web.frontend_wire import signed_in_json

_ANOTHER_METHOD = (
    "Cannot sign in / up due to security reasons. Please try a different login method or contact support. "
    "(ERR_CODE_{})"
)
_SUPPORT = "Cannot sign in / up due to security reasons. Please contact support. (ERR_CODE_{})"
_NEW_EMAIL = (
    "Cannot sign in / up because new email cannot be applied to existing account. Please contact support. "
    "(ERR_CODE_{})"
)
REASONS = {
    "SIGN_UP_NOT_ALLOWED": _ANOTHER_METHOD.format("006"),
    "SIGN_IN_NOT_ALLOWED": _ANOTHER_METHOD.format("004"),
    "EMAIL_VERIFICATION_REQUIRED": _SUPPORT.format("020"),
    "RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR": _SUPPORT.format("021"),
    "ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR": _SUPPORT.format("022"),
    "SESSION_USER_ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR": _SUPPORT.format("023"),
}
"""What frontends show where somebody may not come in; support knows the codes."""

_NOT_ALLOWED = "SIGN_IN_UP_NOT_ALLOWED"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_ALLOWED_IN_URLS = "%:/?#[]@!$&'()*+,;=~"
"""Beside letters and digits (RFC 3986); headers hold nothing else."""

_SAFE = "%/:=&?~#+!$,;'@()*[]"
"""What stays in an address as it is, besides letters and digits."""

_WEB = frozenset({"http", "https"})

router = Router(THIRD_PARTY)


@router.on("GET", "/authorisationurl")
def authorisation_url(call: Call) -> Json:
    """Tell where to send somebody who signs in through a third party."""
    third_party_id = call.query_text("thirdPartyId")
    redirect_uri = call.query_text("redirectURIOnProviderDashboard")
    if third_party_id is None:
        raise RequestInvalid("Please provide the thirdPartyId as a GET param")
    if redirect_uri is None:
        raise RequestInvalid("Please provide the redirectURIOnProviderDashboard as a GET param")
    _require_own(call, redirect_uri)
    registration = call.house.offered_providers.registration(
        call.tenant, third_party_id, call.query_text("clientType")
    )
    departure = call.house.oauth.departure(registration, redirect_uri)
    return ok(urlWithQueryParams=departure.url, pkceCodeVerifier=departure.pkce_verifier)


@router.on("POST", "/signinup")
def sign_in_up(call: Call) -> Json:
    """Sign in or up whoever is back from a third party."""
    third_party_id = call.text("thirdPartyId")
    if third_party_id is None:
        raise RequestInvalid("Please provide the thirdPartyId in request body")
    back = _read_return(call)
    session = call.session_for_linking()
    tenant = call.house.tenancy.sibling(call.tenant, session.tenant_id) if session else call.tenant
    registration = call.house.offered_providers.registration(tenant, third_party_id, call.text("clientType"))
    visitor = Visitor(session, call.links_session, call.has_anti_csrf)
    try:
        entered = call.house.thirdparty_signin.sign_in_up(tenant, registration, back, visitor)
    except OAuthRefused as error:
        raise GeneralError(str(error)) from None
    except EmailChangeNotAllowed as error:
        code = "024" if error.fields.get("reason") == ACCOUNT_TAKEOVER_RISK else "005"
        raise Refused(_NOT_ALLOWED, _NEW_EMAIL.format(code)) from None
    except REFUSALS as error:
        raise refusal(error, REASONS, _NOT_ALLOWED) from None
    call.attach(entered.session)
    return ok(**signed_in_json(entered.person, entered.method, call.version, is_new=entered.is_new))


@router.on("POST", "/callback/apple")
def return_from_apple(call: Call) -> Response:
    """Send on to the frontend whom Apple has sent here with a form."""
    target = _frontend_uri(call.form.get("state", ""))
    if not target.lower().startswith(("http://", "https://")):
        raise RequestInvalid("frontendRedirectURI in state must be an absolute http or https URL")
    _require_own(call, target, "frontendRedirectURI in state does not match the configured origin")
    parts = urlsplit(target)
    pairs = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **call.form}
    location = quote(urlunsplit(parts._replace(query=urlencode(pairs))), safe=_ALLOWED_IN_URLS)
    return Response(status_code=303, headers={"location": location}, media_type="text/html")


def _read_return(call: Call) -> Return:
    """Read what a frontend brings back; raises RequestInvalid."""
    info, tokens = call.fields.get("redirectURIInfo"), call.fields.get("oAuthTokens")
    if info is None and tokens is None:
        raise RequestInvalid("Please provide one of redirectURIInfo or oAuthTokens in the request body")
    if info is None:
        if not isinstance(tokens, dict):
            raise RequestInvalid("oAuthTokens must be an object")
        return Return(tokens=tokens)
    query = info.get("redirectURIQueryParams") if isinstance(info, dict) else None
    redirect_uri = _member(info, "redirectURIOnProviderDashboard")
    if redirect_uri is None:
        raise RequestInvalid("Please provide the redirectURIOnProviderDashboard in request body")
    code = _member(query, "code")
    if code is None:
        raise RequestInvalid("Please provide the code in redirectURIQueryParams of the redirectURIInfo")
    return Return(redirect_uri, code, _member(info, "pkceCodeVerifier"))


def _member(source: Any, name: str) -> str | None:
    value = source.get(name) if isinstance(source, dict) else None
    return value if isinstance(value, str) and value and is_storable(value) else None


def _require_own(call: Call, url: str, message: str | None = None) -> None:
    """Raise RequestInvalid for a web address that is not of ours; apps have schemes of their own."""
    try:
        parts = urlsplit(url)
        is_own = parts.scheme not in _WEB or (
            parts.username is None and origin_of(url) in call.house.settings.trusted_origins
        )
        is_absolute = bool(parts.scheme) and url.isprintable() and "\\" not in url
    except ValueError:
        is_own = is_absolute = False
    if not (is_own and is_absolute):
        raise RequestInvalid(
            message
            or "redirectURIOnProviderDashboard must be within WEBSITE_URL, API_URL or ALLOWED_ORIGINS, or begin with "
            "an app's own scheme"
        )


def _frontend_uri(state: str) -> str:
    """Read where Apple's visitor came from; raises RequestInvalid."""
    if not state:
        raise RequestInvalid("Please provide the state in the request body")
    if not _BASE64.fullmatch(state):
        raise RequestInvalid("state must be base64 encoded")
    text = state.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        read = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise RequestInvalid("state must be a base64 encoded JSON object")
    uri = read.get("frontendRedirectURI")
    if not isinstance(uri, str) or not is_storable(uri):
        raise RequestInvalid("state must contain frontendRedirectURI as a string")
    return uri
