"""The oldest official Python SDK that docs/core.md promises, unmodified; it speaks CDI 3.0."""

import os
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from supertokens_python import InputAppInfo, SupertokensConfig, init
from supertokens_python.recipe import (
    dashboard,
    emailpassword,
    emailverification,
    multitenancy,
    passwordless,
    session,
    thirdparty,
    usermetadata,
    userroles,
)
from supertokens_python.recipe.emailpassword.syncio import sign_up


@pytest.fixture(scope="session", autouse=True)
def sdk() -> None:
    """Start the SDK with every recipe that it has."""
    init(
        app_info=InputAppInfo(
            "Walk", api_domain="http://127.0.0.1:3000", website_domain="http://127.0.0.1:3000"
        ),
        supertokens_config=SupertokensConfig(
            connection_uri=os.environ["CORE_URL"], api_key=os.environ.get("CORE_API_KEY")
        ),
        framework="fastapi",
        recipe_list=[
            session.init(anti_csrf="VIA_TOKEN", get_token_transfer_method=lambda *_: "header"),
            emailpassword.init(),
            passwordless.init(
                contact_config=passwordless.ContactEmailOrPhoneConfig(),
                flow_type="USER_INPUT_CODE_AND_MAGIC_LINK",
            ),
            thirdparty.init(),
            emailverification.init("OPTIONAL"),
            userroles.init(),
            usermetadata.init(),
            multitenancy.init(),
            dashboard.init(),
        ],
        mode="asgi",
    )


@pytest.fixture
def email() -> str:
    """Return an address that nobody has."""
    return f"{secrets.token_hex(6)}@example.com"


@pytest.fixture
def person() -> Callable[..., Any]:
    """Return a function that signs up somebody with a password, and returns the SDK's user."""

    def make(email: str | None = None, tenant_id: str = "public") -> Any:
        made: Any = sign_up(tenant_id, email or f"{secrets.token_hex(6)}@example.com", "correct horse 9")
        return made.user

    return make
