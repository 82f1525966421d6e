"""Conversations about providers that say who somebody is."""

from typing import Any

from tests.wire.frontend.steps import Conversation, Step, core, get, me, post

CALLBACK = "https://www.example.com/auth/callback/idp"
PROVIDER = {
    "thirdPartyId": "idp",
    "name": "Our provider",
    "clients": [{"clientId": "client-1", "clientSecret": "secret", "scope": ["email"]}],
    "authorizationEndpoint": "<provider>/authorize",
    "tokenEndpoint": "<provider>/token",
    "userInfoEndpoint": "<provider>/userinfo",
    "userInfoMap": {
        "fromUserInfoAPI": {"userId": "sub", "email": "email", "emailVerified": "email_verified"}
    },
}
KNOWN = ("github", "facebook", "discord", "bitbucket", "twitter", "linkedin")
"""Providers of the SDK whose addresses it does not have to ask for."""

SET_UP = core("PUT", "/recipe/multitenancy/config/thirdparty", {"config": PROVIDER})


def coming_back(code: str, provider: str = "idp", **more: Any) -> dict[str, Any]:
    """Return the body of a sign-in with a code of the provider."""
    info = {"redirectURIOnProviderDashboard": CALLBACK, "redirectURIQueryParams": {"code": code}, **more}
    return {"thirdPartyId": provider, "redirectURIInfo": info}


def sign_in(code: str, by: str = "", **options: Any) -> Step:
    """Return a sign-in with a code of the provider."""
    return post("/signinup", coming_back(code), by=by, **options)


def _client_of(provider: str) -> dict[str, Any]:
    return {
        "thirdPartyId": provider,
        "clients": [{"clientId": f"client-of-{provider}", "clientSecret": "secret"}],
    }


def _authorisation(query: str) -> Step:
    return get(f"/authorisationurl?{query}")


CONVERSATIONS = [
    Conversation(
        "provider",
        [
            SET_UP,
            get("/loginmethods"),
            _authorisation(f"thirdPartyId=idp&redirectURIOnProviderDashboard={CALLBACK}"),
            _authorisation("thirdPartyId=idp"),
            _authorisation(f"redirectURIOnProviderDashboard={CALLBACK}"),
            _authorisation(f"thirdPartyId=unknown&redirectURIOnProviderDashboard={CALLBACK}"),
            _authorisation(f"thirdPartyId=idp&clientType=web&redirectURIOnProviderDashboard={CALLBACK}"),
            _authorisation("thirdPartyId=idp&redirectURIOnProviderDashboard="),
            sign_in("one~tp.one@example.com~verified", "a"),
            sign_in("one~tp.one@example.com~verified", "b/cookie"),
            sign_in("two~tp.two@example.com~no"),
            sign_in("three"),
            sign_in("three~"),
            sign_in("junk"),
            sign_in("four~tp.four@example.com~verified", headers={"fdi-version": "1.17"}),
            sign_in("four~tp.four@example.com~verified", headers={"fdi-version": "1.18"}),
            sign_in("four~tp.four@example.com~verified", headers={"fdi-version": "2.0"}),
            sign_in("four~tp.four@example.com~verified", headers={"fdi-version": "3.0"}),
            post(
                "/signinup",
                {"thirdPartyId": "idp", "oAuthTokens": {"access_token": "five~five@example.com~no"}},
            ),
        ],
    ),
    Conversation(
        "provider, asked badly",
        [
            SET_UP,
            *[
                post("/signinup", body)
                for body in (
                    None,
                    "{",
                    {},
                    {"thirdPartyId": None},
                    {"thirdPartyId": 1},
                    {"thirdPartyId": "idp"},
                    {"thirdPartyId": "idp", "redirectURIInfo": None},
                    {"thirdPartyId": "idp", "redirectURIInfo": "text"},
                    {"thirdPartyId": "idp", "redirectURIInfo": {}},
                    {"thirdPartyId": "idp", "redirectURIInfo": {"redirectURIOnProviderDashboard": CALLBACK}},
                    coming_back("a~a@example.com~verified", "unknown"),
                    coming_back("a~a@example.com~verified", 1),  # type: ignore[arg-type]
                    {**coming_back("a~a@example.com~verified"), "clientType": "unknown"},
                )
            ],
            post("/nowhere/signinup", coming_back("a~a@example.com~verified")),
            get("/signinup"),
        ],
    ),
    Conversation(
        "Apple's form",
        [
            post(
                "/callback/apple",
                "state=&code=x",
                headers={"content-type": "application/x-www-form-urlencoded"},
            ),
            post("/callback/apple", "code=x", headers={"content-type": "application/x-www-form-urlencoded"}),
            post(
                "/callback/apple",
                # {"frontendRedirectURI":"https://www.example.com/auth/callback/apple"}
                "state=eyJmcm9udGVuZFJlZGlyZWN0VVJJIjoiaHR0cHM6Ly93d3cuZXhhbXBsZS5jb20vYXV0aC9jYWxsYmFjay9hcHBsZSJ9"
                "&code=the-code",
                headers={"content-type": "application/x-www-form-urlencoded"},
            ),
        ],
    ),
    Conversation(
        "providers that are known",
        [
            step
            for provider in KNOWN
            for step in (
                core("PUT", "/recipe/multitenancy/config/thirdparty", {"config": _client_of(provider)}),
                _authorisation(f"thirdPartyId={provider}&redirectURIOnProviderDashboard={CALLBACK}"),
            )
        ]
        + [get("/loginmethods")],
        "codes by phone",
    ),
    Conversation(
        "provider whose client has a type, and tokens that the frontend got",
        [
            core(
                "PUT",
                "/recipe/multitenancy/config/thirdparty",
                {
                    "config": {
                        **PROVIDER,
                        "clients": [
                            {
                                "clientType": "web",
                                "clientId": "web-1",
                                "clientSecret": "secret",
                                "forcePKCE": True,
                            },
                            {"clientType": "app", "clientId": "app-1", "scope": ["openid", "email"]},
                        ],
                        "authorizationEndpointQueryParams": {"prompt": "login", "response_mode": "form_post"},
                    }
                },
            ),
            get("/loginmethods"),
            get("/loginmethods?clientType=web"),
            get("/loginmethods?clientType=unknown"),
            _authorisation(f"thirdPartyId=idp&redirectURIOnProviderDashboard={CALLBACK}"),
            _authorisation(f"thirdPartyId=idp&clientType=app&redirectURIOnProviderDashboard={CALLBACK}"),
            _authorisation(f"thirdPartyId=idp&clientType=web&redirectURIOnProviderDashboard={CALLBACK}"),
            _authorisation(f"thirdPartyId=idp&clientType=unknown&redirectURIOnProviderDashboard={CALLBACK}"),
            post("/signinup", {**coming_back("six~six@example.com~verified"), "clientType": "app"}),
            post(
                "/signinup",
                {
                    **coming_back("six~six@example.com~verified", pkceCodeVerifier="x" * 43),
                    "clientType": "web",
                },
            ),
            post(
                "/signinup",
                {
                    "thirdPartyId": "idp",
                    "clientType": "app",
                    "oAuthTokens": {"access_token": "seven~seven@example.com~verified"},
                },
            ),
            post("/signinup", {"thirdPartyId": "idp", "clientType": "app", "oAuthTokens": {}}),
            post("/signinup", {"thirdPartyId": "idp", "clientType": "app", "oAuthTokens": "text"}),
        ],
        "links by email",
    ),
    Conversation(
        "unverified by a provider",
        [
            SET_UP,
            sign_in("eight~eight@example.com~no", "a"),
            me(by="a"),
            sign_in("nine~nine@example.com~verified", "b"),
            me(by="b"),
            sign_in("nine~nine.new@example.com~verified", "b"),
            sign_in("eight~nine.new@example.com~verified", "c"),
            post("/session/refresh", by="a"),
        ],
        "verified",
    ),
]
