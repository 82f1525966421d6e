"""What tests of passwords share: forms as frontends send them, houses that hash quickly, and links of letters."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from gatehouse.models import PUBLIC
from tests.frontend import Frontend
from tests.houses import Home

OK = {"status": "OK"}
WRONG = {"status": "WRONG_CREDENTIALS_ERROR"}
PASSWORD = "correct horse 1"
ANOTHER = "another horse 2"


def quick(home: Home) -> Home:
    """Return a home that does not spend time on passwords."""
    environment = {**home.environment, "BCRYPT_LOG_ROUNDS": "4"}
    house = home.with_settings(BCRYPT_LOG_ROUNDS="4")
    return Home(house, home.mailbox, home.clock, environment, home.others)


def form(**values: Any) -> list[dict[str, Any]]:
    """Return fields as a form sends them."""
    return [{"id": name, "value": value} for name, value in values.items()]


def sign_in(frontend: Frontend, email: str, password: str = PASSWORD) -> Any:
    """Return the answer to a sign-in."""
    return frontend.post("/signin", formFields=form(email=email, password=password))


def ask_for_link(frontend: Frontend, email: str, tenant: str = "") -> Any:
    """Return the answer to who forgot their password."""
    return frontend.post(f"{tenant}/user/password/reset/token", formFields=form(email=email))


def reset(frontend: Frontend, token: str, password: str = ANOTHER, tenant: str = "") -> Any:
    """Return the answer to a new password."""
    return frontend.post(f"{tenant}/user/password/reset", formFields=form(password=password), token=token)


def link_to(home: Home, email: str) -> tuple[str, dict[str, str]]:
    """Return where the link of the newest letter to an address leads, and its query."""
    (link,) = home.mailbox.last_to(email)["links"]
    parts = urlsplit(link)
    query = {name: value for name, (value,) in parse_qs(parts.query).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", query


def token_for(home: Home, email: str) -> str:
    """Return the token of the newest letter to an address."""
    return link_to(home, email)[1]["token"]


def prove(home: Home, user_id: str, email: str) -> None:
    """Let somebody have proved their address."""
    tenant = home.house.tenancy.resolve("", PUBLIC, PUBLIC)
    proofs = home.house.emailverification
    proofs.verify(tenant, proofs.create_token(tenant, user_id, email))
