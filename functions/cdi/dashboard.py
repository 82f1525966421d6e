"""Operations of the recipe dashboard: users and sessions of the dashboard itself."""

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, GivenEmail, Maybe, Parameters, Trimmed
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.errors import RequestInvalid
from gatehouse.store.dashboard import DashboardSession, DashboardUser

router = Router("dashboard")


class Credentials(Body):
    """What somebody signs in with."""

    email: GivenEmail
    password: Trimmed


class Change(Body):
    """What somebody gets, and who: by id, or else by address."""

    new_email: Maybe[GivenEmail] = None
    new_password: Maybe[Trimmed] = None
    user_id: Maybe[Trimmed] = None
    email: Maybe[GivenEmail] = None


class WhichUser(Parameters):
    """A user by id, or else by address."""

    user_id: Trimmed | None = None
    email: GivenEmail | None = None


class UserIdQuery(Parameters):
    """Whose sessions."""

    user_id: Trimmed


class SessionBody(Body):
    """Which session."""

    session_id: Trimmed


class SessionQuery(Parameters):
    """Which session."""

    session_id: Trimmed


@router.on("POST", "/recipe/dashboard/user", Scope.APP)
def create_user(call: Call) -> Json:
    """Make a user."""
    body = call.body(Credentials)
    return ok(user=_user_json(call.house.dashboard.create_user(call.tenant, body.email, body.password)))


@router.on("PUT", "/recipe/dashboard/user", Scope.APP)
def update_user(call: Call) -> Json:
    """Give a user another address or password, which ends their sessions."""
    body = call.body(Change)
    _require_one(body.user_id, body.email)
    user = call.house.dashboard.update_user(
        call.tenant,
        user_id=body.user_id,
        email=body.email,
        new_email=body.new_email,
        new_password=body.new_password,
    )
    return ok(user=_user_json(user))


@router.on("DELETE", "/recipe/dashboard/user", Scope.APP)
def delete_user(call: Call) -> Json:
    """Delete a user."""
    query = call.query(WhichUser)
    _require_one(query.user_id, query.email)
    did_exist = call.house.dashboard.delete_user(call.tenant.app_id, user_id=query.user_id, email=query.email)
    return ok(didUserExist=did_exist)


@router.on("GET", "/recipe/dashboard/users", Scope.APP)
def list_users(call: Call) -> Json:
    """List the users."""
    return ok(users=[_user_json(user) for user in call.house.dashboard.list_users(call.tenant.app_id)])


@router.on("GET", "/recipe/dashboard/user/sessions", Scope.APP)
def list_sessions(call: Call) -> Json:
    """List a user's sessions."""
    user_id = call.query(UserIdQuery).user_id
    sessions = call.house.dashboard.list_sessions(call.tenant.app_id, user_id)
    return ok(sessions=[_session_json(session) for session in sessions])


@router.on("POST", "/recipe/dashboard/signin", Scope.APP)
def sign_in(call: Call) -> Json:
    """Open a session."""
    body = call.body(Credentials)
    return ok(sessionId=call.house.dashboard.sign_in(call.tenant, body.email, body.password))


@router.on("POST", "/recipe/dashboard/session/verify", Scope.APP)
def verify_session(call: Call) -> Json:
    """Say whose session it is."""
    session_id = call.body(SessionBody).session_id
    return ok(email=call.house.dashboard.verify_session(call.tenant.app_id, session_id))


@router.on("DELETE", "/recipe/dashboard/session", Scope.APP)
def revoke_session(call: Call) -> Json:
    """End a session."""
    call.house.dashboard.revoke_session(call.tenant.app_id, call.query(SessionQuery).session_id)
    return ok()


def _require_one(user_id: str | None, email: str | None) -> None:
    if user_id is None and email is None:
        raise RequestInvalid("Either field 'email' or 'userId' must be present")


def _user_json(user: DashboardUser) -> Json:
    return {"email": user.email, "userId": user.user_id, "timeJoined": user.time_joined_ms}


def _session_json(session: DashboardSession) -> Json:
    return {
        "userId": session.user_id,
        "sessionId": session.session_id,
        "timeCreated": session.created_at_ms,
        "expiry": session.expires_at_ms,
    }
