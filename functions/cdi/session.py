"""Operations of the recipe session.

Most are for the whole app: the tenant is the one that a session's handle or token names.
"""

from pydantic import Field

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Flag, Id, Maybe, Object, Parameters, Text
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.errors import RequestInvalid
from gatehouse.recipe_errors import TokenTheftDetected
from gatehouse.services.session_tokens import TokenWishes
from gatehouse.web.wire import session_json, stored_session_json, theft_json

router = Router("session")


class NewSession(Body):
    """A session to be opened."""

    user_id: Id
    enable_anti_csrf: Flag
    payload: Object = Field(alias="userDataInJWT")
    user_data_in_database: Object
    use_dynamic_signing_key: Maybe[Flag] = None


class Refresh(Body):
    """A refresh token; without a kind of key the session keeps its own."""

    refresh_token: Text
    anti_csrf_token: Maybe[Text] = None
    enable_anti_csrf: Flag
    use_dynamic_signing_key: Maybe[Flag] = None


class RefreshWithKind(Refresh):
    """The same since CDI 5.0."""

    use_dynamic_signing_key: Flag


class Verification(Body):
    """An access token, and what is to be checked besides its signature."""

    access_token: Text
    anti_csrf_token: Maybe[Text] = None
    do_anti_csrf_check: Flag
    enable_anti_csrf: Flag
    check_database: Flag


class Regeneration(Body):
    """An access token that was verified, and perhaps what it is to carry from now on."""

    access_token: Text
    payload: Maybe[Object] = Field(None, alias="userDataInJWT")


class HandleQuery(Parameters):
    """Which session."""

    session_handle: Text


class NewPayload(Body):
    """What the access tokens of a session are to carry."""

    session_handle: Text
    payload: Object = Field(alias="userDataInJWT")


class NewData(Body):
    """What is to be kept beside a session."""

    session_handle: Text
    user_data_in_database: Object


class UserQuery(Parameters):
    """Whose sessions; the switches are on unless they say otherwise."""

    user_id: Id
    fetch_across_all_tenants: Maybe[Text] = "true"
    fetch_sessions_for_all_linked_accounts: Maybe[Text] = "true"


class Revocation(Body):
    """Whose sessions are to end, or which."""

    user_id: Maybe[Id] = None
    session_handles: Maybe[list[Text]] = None
    revoke_across_all_tenants: Maybe[Flag] = None
    revoke_sessions_for_linked_accounts: Maybe[Flag] = None


@router.on("POST", "/recipe/session", Scope.TENANT)
def create(call: Call) -> Json:
    """Open a session in a tenant."""
    body = call.body(NewSession)
    wishes = TokenWishes(
        has_anti_csrf=body.enable_anti_csrf,
        is_static=body.use_dynamic_signing_key is False,
        version=call.version.access_token_version,
    )
    tokens = call.house.sessions.create(
        call.tenant, body.user_id, wishes, payload=body.payload, data=body.user_data_in_database
    )
    return session_json(tokens, call.version)


@router.on("POST", "/recipe/session/refresh", Scope.HANDLE)
def refresh(call: Call) -> Json:
    """Give the next tokens for a refresh token."""
    body = call.body(RefreshWithKind if call.version.needs_kind_of_key else Refresh)
    is_dynamic = body.use_dynamic_signing_key
    wishes = TokenWishes(
        has_anti_csrf=body.enable_anti_csrf,
        is_static=None if is_dynamic is None else not is_dynamic,
        version=call.version.access_token_version,
    )
    try:
        tokens = call.house.sessions.refresh(
            call.tenant, body.refresh_token, wishes, anti_csrf_token=body.anti_csrf_token
        )
    except TokenTheftDetected as theft:
        return theft_json(theft, call.version)
    return session_json(tokens, call.version)


@router.on("POST", "/recipe/session/verify", Scope.HANDLE)
def verify(call: Call) -> Json:
    """Say whose session an access token is of."""
    body = call.body(Verification)
    tokens = call.house.sessions.verify(
        call.tenant,
        body.access_token,
        anti_csrf_token=body.anti_csrf_token,
        checks_anti_csrf=body.enable_anti_csrf and body.do_anti_csrf_check,
        checks_database=body.check_database,
    )
    return session_json(tokens, call.version)


@router.on("POST", "/recipe/session/regenerate", Scope.HANDLE)
def regenerate(call: Call) -> Json:
    """Give a new access token that carries something else."""
    body = call.body(Regeneration)
    tokens = call.house.sessions.regenerate(call.tenant, body.access_token, body.payload)
    return session_json(tokens, call.version)


@router.on("GET", "/recipe/session", Scope.HANDLE)
def get(call: Call) -> Json:
    """Show a session."""
    handle = call.query(HandleQuery).session_handle
    return stored_session_json(call.house.session_list.get(call.tenant, handle), call.version)


@router.on("GET", "/recipe/session/data", Scope.HANDLE)
def get_data(call: Call) -> Json:
    """Show what is kept beside a session."""
    handle = call.query(HandleQuery).session_handle
    return ok(userDataInDatabase=call.house.session_list.get(call.tenant, handle).data)


@router.on("PUT", "/recipe/session/data", Scope.HANDLE)
def update_data(call: Call) -> Json:
    """Replace what is kept beside a session."""
    body = call.body(NewData)
    call.house.session_list.update_data(call.tenant, body.session_handle, body.user_data_in_database)
    return ok()


@router.on("GET", "/recipe/jwt/data", Scope.HANDLE)
def get_payload(call: Call) -> Json:
    """Show what the access tokens of a session carry."""
    handle = call.query(HandleQuery).session_handle
    return ok(userDataInJWT=call.house.session_list.get(call.tenant, handle).payload)


@router.on("PUT", "/recipe/jwt/data", Scope.HANDLE)
def update_payload(call: Call) -> Json:
    """Replace what the access tokens of a session carry."""
    body = call.body(NewPayload)
    call.house.session_list.update_payload(
        call.tenant, body.session_handle, body.payload, call.version.access_token_version
    )
    return ok()


@router.on("GET", "/recipe/session/user", Scope.MIXED)
def list_of_user(call: Call) -> Json:
    """List somebody's sessions, in a tenant or in the whole app."""
    query = call.query(UserQuery)
    is_across_tenants = _is_true(query.fetch_across_all_tenants)
    if is_across_tenants:
        call.require_public_tenant()
    handles = call.house.session_list.list_of_user(
        call.tenant,
        query.user_id,
        is_across_tenants=is_across_tenants,
        has_linked=_is_true(query.fetch_sessions_for_all_linked_accounts),
    )
    return ok(sessionHandles=handles)


@router.on("POST", "/recipe/session/remove", Scope.MIXED)
def revoke(call: Call) -> Json:
    """End sessions by their handles, or somebody's in a tenant or in the whole app."""
    body = call.body(Revocation)
    sessions = call.house.session_list
    if (body.user_id is None) == (body.session_handles is None):
        raise RequestInvalid("Invalid JSON input - use one of userId or sessionHandles array")
    if body.user_id is None:
        _require_absent(
            revokeAcrossAllTenants=body.revoke_across_all_tenants,
            revokeSessionsForLinkedAccounts=body.revoke_sessions_for_linked_accounts,
        )
        return ok(sessionHandlesRevoked=sessions.revoke(call.tenant, body.session_handles or []))
    is_across_tenants = body.revoke_across_all_tenants is not False
    if is_across_tenants:
        call.require_public_tenant()
    handles = sessions.revoke_of_user(
        call.tenant,
        body.user_id,
        is_across_tenants=is_across_tenants,
        has_linked=body.revoke_sessions_for_linked_accounts is not False,
    )
    return ok(sessionHandlesRevoked=handles)


@router.on("POST", "/recipe/handshake", Scope.TENANT)
def shake_hands(call: Call) -> Json:
    """Tell how long tokens live, in ms, as the oldest SDKs ask before anything else."""
    config = call.tenant.config
    return ok(
        accessTokenBlacklistingEnabled=config.access_token_blacklisting,
        accessTokenValidity=config.access_token_validity_ms,
        refreshTokenValidity=config.refresh_token_validity_ms,
    )


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() == "true"


def _require_absent(**given: bool | None) -> None:
    """Refuse switches that mean nothing where sessions are named."""
    for name, switch in given.items():
        if switch is not None:
            raise RequestInvalid(f"Invalid JSON input - {name} can only be set if userId is set")
