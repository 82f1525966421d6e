"""What tests of codes share: asked for, typed, and links opened as the official frontends do."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from gatehouse.bootstrap import House
from tests.frontend import Frontend
from tests.houses import ADA, Home

NUMBER = "+491701234567"
CODE = "/signinup/code"
RESEND = f"{CODE}/resend"
CONSUME = f"{CODE}/consume"
RESTART = {"status": "RESTART_FLOW_ERROR"}
REFUSED = {
    "status": "SIGN_IN_UP_NOT_ALLOWED",
    "reason": "Cannot sign in / up due to security reasons. Please try a different login method or contact support. "
    "(ERR_CODE_002)",
}


def ask(frontend: Frontend, tenant: str = "", **contact: Any) -> dict[str, str]:
    """Ask for a code, and return what the frontend keeps of the answer."""
    answer = frontend.post(f"{tenant}{CODE}", **contact)
    assert answer["status"] == "OK", answer
    return {name: answer[name] for name in ("deviceId", "preAuthSessionId")}


def type_code(frontend: Frontend, device: dict[str, str], code: str, tenant: str = "", **more: Any) -> Any:
    """Return the answer to a code that somebody types."""
    return frontend.post(f"{tenant}{CONSUME}", **device, userInputCode=code, **more)


def attempt_of(link: str) -> tuple[str, dict[str, str]]:
    """Return what a frontend sends for a link, and where."""
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    body = {"preAuthSessionId": query["preAuthSessionId"][0], "linkCode": parts.fragment}
    return f"/{query['tenantId'][0]}{CONSUME}", body


def open_link(frontend: Frontend, link: str) -> Any:
    """Return the answer to the link of a letter."""
    path, body = attempt_of(link)
    return frontend.post(path, **body)


def newest(home: Home, to: str = ADA) -> tuple[Any, Any]:
    """Return the code and the link of the newest letter or text message."""
    letter = home.mailbox.last_to(to)
    return letter["code"], next(iter(letter["links"]), None)


def sign_in(home: Home, email: str = ADA, house: House | None = None) -> tuple[Frontend, Any]:
    """Let somebody sign in with a code; return their frontend and the answer."""
    frontend = Frontend(house or home.house)
    device = ask(frontend, email=email)
    return frontend, type_code(frontend, device, newest(home, email)[0])


def wrong(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 1_000_000:06}"
