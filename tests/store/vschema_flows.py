"""Flows through the real services, for what their transactions write where."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.core import Core
from tests.frontend import Frontend
from tests.functions.fdi import codes, passwords
from tests.houses import LAPTOP, Home
from tests.store.vschema_shards import Recording


@dataclass
class Stage:
    """A house whose database remembers what it was sent."""

    home: Home
    database: Recording

    @property
    def core(self) -> Core:
        return Core(self.home.house)

    @property
    def frontend(self) -> Frontend:
        return Frontend(self.home.house)

    def sign_up(self, email: str) -> str:
        """Make somebody with a password; return their id."""
        answer = self.core.post("/recipe/signup", email=email, password=passwords.PASSWORD)
        user_id: str = answer["user"]["id"]
        return user_id

    def sign_in(self, email: str) -> str:
        """Sign in with a password; return the id of the person."""
        answer = self.core.post("/recipe/signin", email=email, password=passwords.PASSWORD)
        user_id: str = answer["user"]["id"]
        return user_id


Act = Callable[[], object]
Flow = Callable[[Stage, str], Act]
FLOWS: dict[str, Flow] = {}


def flow(prepare: Flow) -> Flow:
    """Add a flow: a function that prepares it for somebody, by an address of theirs, and returns what is recorded."""
    FLOWS[prepare.__name__] = prepare
    return prepare


@flow
def link_is_sent(stage: Stage, email: str) -> Act:
    return lambda: stage.home.house.identity.login(email, LAPTOP)


@flow
def link_lets_a_newcomer_in(stage: Stage, email: str) -> Act:
    stage.home.house.identity.login(email, LAPTOP)
    return lambda: stage.home.house.identity.authenticate(stage.home.mailbox.token_for(email), LAPTOP)


@flow
def link_lets_somebody_in(stage: Stage, email: str) -> Act:
    stage.home.sign_in(email)
    return link_lets_a_newcomer_in(stage, email)


@flow
def code_is_sent(stage: Stage, email: str) -> Act:
    return lambda: codes.ask(stage.frontend, email=email)


@flow
def code_lets_a_newcomer_in(stage: Stage, email: str) -> Act:
    device = codes.ask(stage.frontend, email=email)
    return lambda: codes.type_code(stage.frontend, device, codes.newest(stage.home, email)[0])


@flow
def code_lets_somebody_in(stage: Stage, email: str) -> Act:
    codes.sign_in(stage.home, email)
    return code_lets_a_newcomer_in(stage, email)


@flow
def wrong_code_is_counted(stage: Stage, email: str) -> Act:
    device = codes.ask(stage.frontend, email=email)
    return lambda: codes.type_code(stage.frontend, device, codes.wrong(codes.newest(stage.home, email)[0]))


@flow
def password_signs_up(stage: Stage, email: str) -> Act:
    return lambda: stage.frontend.sign_up(email)


@flow
def password_signs_in(stage: Stage, email: str) -> Act:
    stage.sign_up(email)
    return lambda: passwords.sign_in(stage.frontend, email)


@flow
def third_party_signs_up(stage: Stage, email: str) -> Act:
    body = {"id": email, "isVerified": True}
    return lambda: stage.core.post(
        "/recipe/signinup", thirdPartyId="google", thirdPartyUserId=f"account of {email}", email=body
    )


@flow
def third_party_signs_in(stage: Stage, email: str) -> Act:
    sign_in = third_party_signs_up(stage, email)
    sign_in()
    return sign_in


@flow
def session_is_refreshed(stage: Stage, email: str) -> Act:
    frontend = stage.frontend
    frontend.sign_up(email)
    return lambda: frontend.ask("POST", "/session/refresh")


@flow
def somebody_signs_out(stage: Stage, email: str) -> Act:
    frontend = stage.frontend
    frontend.sign_up(email)
    return lambda: frontend.post("/signout")


@flow
def address_is_verified(stage: Stage, email: str) -> Act:
    where = {"userId": stage.sign_up(email), "email": email}
    token = stage.core.post("/recipe/user/email/verify/token", **where)["token"]
    return lambda: stage.core.post("/recipe/user/email/verify", method="token", token=token)


@flow
def password_is_reset(stage: Stage, email: str) -> Act:
    stage.sign_up(email)
    passwords.ask_for_link(stage.frontend, email)
    token = passwords.token_for(stage.home, email)
    return lambda: passwords.reset(stage.frontend, token, passwords.PASSWORD)


@flow
def address_is_changed(stage: Stage, email: str) -> Act:
    user = {"rid": "emailpassword", "recipeUserId": stage.sign_up(email)}
    return lambda: stage.core.put("/recipe/user", **user, email=f"new-{email}")


@flow
def role_is_given(stage: Stage, email: str) -> Act:
    stage.core.put("/recipe/role", role="admin", permissions=["write"])
    return lambda: stage.core.put("/recipe/user/role", userId=email, role="admin")


@flow
def totp_device_is_made(stage: Stage, email: str) -> Act:
    device = {"userId": email, "deviceName": "phone", "skew": 1, "period": 30}
    return lambda: stage.core.post("/recipe/totp/device", **device)


@flow
def metadata_is_changed(stage: Stage, email: str) -> Act:
    return lambda: stage.core.put("/recipe/user/metadata", userId=email, metadataUpdate={"a": 1})


@flow
def id_is_mapped(stage: Stage, email: str) -> Act:
    ids = {"superTokensUserId": stage.sign_up(email), "externalUserId": f"external {email}"}
    return lambda: stage.core.post("/recipe/userid/map", **ids)


@flow
def user_becomes_primary(stage: Stage, email: str) -> Act:
    user_id = stage.sign_up(email)
    return lambda: stage.core.post("/recipe/accountlinking/user/primary", recipeUserId=user_id)


@flow
def accounts_are_linked(stage: Stage, email: str) -> Act:
    ids = {"recipeUserId": stage.sign_up(email), "primaryUserId": stage.sign_up(f"other-{email}")}
    stage.core.post("/recipe/accountlinking/user/primary", recipeUserId=ids["primaryUserId"])
    return lambda: stage.core.post("/recipe/accountlinking/user/link", **ids)


@flow
def user_is_deleted(stage: Stage, email: str) -> Act:
    user_id = stage.sign_up(email)
    return lambda: stage.core.post("/user/remove", userId=user_id)
