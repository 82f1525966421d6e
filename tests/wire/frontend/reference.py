"""The official Python SDK's own frontend interface, asked over pipes; runs in the SDK's virtual environment.

It reads a line of settings, forks, and the child initialises the SDK with them and answers one request per line until
an empty line comes. A process can initialise the SDK only once, and importing it takes longer than all that follows.
"""

import asyncio
import json
import os
import re
import sys
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from starlette.middleware.cors import CORSMiddleware
from supertokens_python import (
    InputAppInfo,
    Supertokens,
    SupertokensConfig,
    get_all_cors_headers,
    init,
)
from supertokens_python.framework.fastapi import get_middleware
from supertokens_python.ingredients.emaildelivery.types import EmailDeliveryConfig
from supertokens_python.ingredients.smsdelivery.types import SMSDeliveryConfig
from supertokens_python.recipe import (
    accountlinking,
    emailpassword,
    emailverification,
    multifactorauth,
    multitenancy,
    passwordless,
    session,
    thirdparty,
    totp,
    usermetadata,
    userroles,
)
from supertokens_python.recipe.accountlinking.types import ShouldAutomaticallyLink, ShouldNotAutomaticallyLink
from supertokens_python.recipe.passwordless import (
    ContactEmailOnlyConfig,
    ContactEmailOrPhoneConfig,
    ContactPhoneOnlyConfig,
)
from supertokens_python.recipe.session import SessionContainer
from supertokens_python.recipe.session.framework.fastapi import verify_session

Settings = dict[str, str]

CONTACTS: dict[str, Any] = {
    "EMAIL": ContactEmailOnlyConfig,
    "PHONE": ContactPhoneOnlyConfig,
    "EMAIL_OR_PHONE": ContactEmailOrPhoneConfig,
}
LETTERS: list[dict[str, Any]] = []


class Delivery:
    """Keeps what would have been sent."""

    async def send_email(self, template_vars: Any, user_context: Any) -> None:
        """Keep a letter."""
        self._keep(template_vars)

    async def send_sms(self, template_vars: Any, user_context: Any) -> None:
        """Keep a text message."""
        self._keep(template_vars)

    def _keep(self, told: Any) -> None:
        person = getattr(told, "user", told)
        link = next(
            (
                getattr(told, name)
                for name in ("url_with_link_code", "email_verify_link", "password_reset_link")
                if getattr(told, name, None)
            ),
            None,
        )
        LETTERS.append(
            {
                "to": getattr(person, "email", None) or getattr(person, "phone_number", None),
                "link": link,
                "code": getattr(told, "user_input_code", None),
            }
        )


def recipes(settings: Settings) -> list[Any]:
    """Return the recipes in the order of their documentation, set up as the settings say."""
    delivery: Any = Delivery()
    letters: Any = EmailDeliveryConfig(service=delivery)
    found: list[Any] = [
        session.init(
            anti_csrf=settings.get("ANTI_CSRF") or None,
            cookie_domain=settings.get("COOKIE_DOMAIN") or None,
            older_cookie_domain=_older_domain(settings.get("OLDER_COOKIE_DOMAIN")),
            cookie_same_site=settings.get("COOKIE_SAME_SITE") or None,
            session_expired_status_code=int(settings.get("SESSION_EXPIRED_STATUS_CODE", "401")),
            get_token_transfer_method=_transfer(settings.get("TOKEN_TRANSFER_METHOD")),
        ),
        emailpassword.init(email_delivery=letters),
        passwordless.init(
            CONTACTS[settings.get("PASSWORDLESS_CONTACT", "EMAIL_OR_PHONE")](),
            settings.get("PASSWORDLESS_FLOW", "USER_INPUT_CODE_AND_MAGIC_LINK"),
            email_delivery=letters,
            sms_delivery=SMSDeliveryConfig(service=delivery),
        ),
        thirdparty.init(),
        multitenancy.init(),
        userroles.init(),
        usermetadata.init(),
        accountlinking.init(should_do_automatic_account_linking=_linking(settings.get("ACCOUNT_LINKING"))),
    ]
    verification = settings.get("EMAIL_VERIFICATION", "optional")
    if verification != "off":
        found.append(emailverification.init(verification.upper(), email_delivery=letters))
    if settings.get("MFA") == "on":
        factors = settings.get("FIRST_FACTORS")
        everybodys = [*filter(None, settings.get("REQUIRED_SECONDARY_FACTORS", "").split(","))]
        found.append(
            multifactorauth.init(
                first_factors=factors.split(",") if factors else None,
                override=multifactorauth.OverrideConfig(functions=_asking_everybody(everybodys)),
            )
        )
        found.append(totp.init())
    return found


def _asking_everybody(factors: "list[str]") -> Any:
    """Return an override that asks everybody for one of some second factors, beside those of tenant and user."""

    def override(implementation: Any) -> Any:
        original = implementation.get_mfa_requirements_for_auth

        async def required(*given: Any, **named: Any) -> Any:
            found = await original(*given, **named)
            return [{"oneOf": [*found[0]["oneOf"], *factors]}]

        implementation.get_mfa_requirements_for_auth = required
        return implementation

    return override


def _older_domain(value: "str | None") -> "str | None":
    return "" if value == "-" else value or None


def _transfer(method: "str | None") -> Any:
    return (lambda *_: method) if method else None


def _linking(mode: "str | None") -> Any:
    if mode in (None, "off"):
        return None

    async def decide(*_: Any) -> "ShouldAutomaticallyLink | ShouldNotAutomaticallyLink":
        return ShouldAutomaticallyLink(should_require_verification=mode == "verified")

    return decide


def application(settings: Settings) -> FastAPI:
    """Return an application as the SDK's documentation builds it, with one route that demands a session."""
    website = settings.get("WEBSITE_URL") or settings["API_URL"]
    init(
        app_info=InputAppInfo(settings["APP_NAME"], settings["API_URL"], website_domain=website),
        supertokens_config=SupertokensConfig(settings["CORE_URL"]),
        framework="fastapi",
        recipe_list=recipes(settings),
        mode="asgi",
        telemetry=False,
    )
    app = FastAPI()
    app.add_middleware(get_middleware())

    @app.api_route("/me", methods=["GET", "POST"])
    async def me(found: SessionContainer = Depends(verify_session())) -> JSONResponse:  # noqa: B008
        return JSONResponse({"userId": found.get_user_id(), "tenantId": found.get_tenant_id()})

    @app.get("/operations")
    async def operations() -> JSONResponse:
        handled = [
            api for recipe in Supertokens.get_instance().recipe_modules for api in recipe.get_apis_handled()
        ]
        known = {(api.method, api.path_without_api_base_path.get_as_string_dangerous()) for api in handled}
        return JSONResponse(sorted(f"{method.upper()} {path}" for method, path in known))

    app.add_middleware(
        CORSMiddleware,
        allow_origins=[website, *filter(None, settings.get("ALLOWED_ORIGINS", "").split(","))],
        allow_credentials=True,
        allow_methods=["GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"],
        allow_headers=["Content-Type", *sorted(get_all_cors_headers())],
    )
    return app


async def ask(app: Any, asked: dict[str, Any], api_url: str) -> dict[str, Any]:
    """Return the answer of an application to one request."""
    target = urlsplit(asked["target"])
    body = asked["body"].encode("utf-8", "surrogateescape")
    api = urlsplit(api_url)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": asked["method"],
        "scheme": api.scheme,
        "path": re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), target.path),
        "raw_path": target.path.encode(),
        "query_string": target.query.encode(),
        "root_path": "",
        "headers": [[name.lower().encode(), value.encode("utf-8")] for name, value in asked["headers"]],
        "server": (api.hostname, api.port or 443),
        "client": ("203.0.113.7", 50_000),
        "state": {},
    }
    sent: list[dict[str, Any]] = []
    pieces = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return pieces.pop() if pieces else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    crash = ""
    try:
        await app(scope, receive, send)
    except Exception as error:  # the server would have answered 500, and logged it
        crash = f"{type(error).__name__}: {error}"
    start = next((message for message in sent if message["type"] == "http.response.start"), None)
    letters, LETTERS[:] = list(LETTERS), []
    return {
        "status": start["status"] if start else 500,
        "headers": [[name.decode(), value.decode("latin-1")] for name, value in start["headers"]]
        if start
        else [],
        "text": b"".join(message.get("body", b"") for message in sent).decode(),
        "letters": letters,
        "crash": crash,
    }


async def serve(settings: Settings, answers: int) -> None:
    """Answer until an empty line comes."""
    app = application(settings)
    for line in sys.stdin:
        if line == "\n":
            return
        answer = await ask(app, json.loads(line), settings["API_URL"])
        os.write(answers, json.dumps(answer).encode() + b"\n")


def main() -> None:
    """Serve one setting after the other; what the SDK prints goes to the error output."""
    answers = os.dup(1)
    os.dup2(2, 1)
    while line := _line():
        child = os.fork()
        if not child:
            asyncio.run(serve(json.loads(line), answers))
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit("the SDK could not be asked")  # which closes the pipe, so that nobody waits


def _line() -> bytes:
    """Read a line and nothing behind it, which is the child's."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


if __name__ == "__main__":
    main()
