"""The third parties that are known by name, as data: endpoints, scopes, and where they say who somebody is.

A third party belongs to the longest name that its id begins with: `google-2` is Google, `google-workspaces` is not.
What a deployment or a tenant sets goes before what is written here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gatehouse.models.providers import Provider, UserInfoKeys

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Emails:
    """A second address that lists a person's addresses; `at` is where in the answer, the rest are names in each."""

    url: str
    at: str
    is_primary: str
    is_verified: str


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """Where a third party says whose client an access token was made for, and where in the answer that is.

    `sends` is how the token goes there: `form`, `bearer`, or with the client's name and secret in `json` or `query`.
    """

    url: str
    sends: str
    client_id_at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a third party; `{…}` in an address stands for a member of `additionalConfig`."""

    provider: Provider
    scope: tuple[str, ...] | None = None
    endpoints: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Addresses that depend on `additionalConfig`, by the member of `Provider` that they are for."""
    emails: Emails | None = None
    token_check: TokenCheck | None = None
    checks_own_tokens: bool = False
    """Whether the check is made for tokens that were exchanged for a code, too."""
    needs_pkce: bool = False
    has_basic_authentication: bool = False
    """Whether the client proves itself in a header when it exchanges a code."""
    asks_for_fields: bool = False
    """Whether who somebody is must be asked for field by field, with the token in the query."""
    signs_secret: bool = False
    """Whether the client's secret is a JWT that it signs itself."""
    hosted_domain: str | None = None
    """The member of `additionalConfig`, and of tokens, that names the organisation somebody must belong to."""
    is_discovered: bool = False
    """Whether `oidcDiscoveryEndpoint` may be given without its usual end."""


_GOOGLE = Provider(
    "",
    name="Google",
    oidc_discovery_endpoint=f"https://accounts.google.com{WELL_KNOWN}",
    authorization_endpoint_query_params={"included_grant_scopes": "true", "access_type": "offline"},
)
_GOOGLE_CHECK = TokenCheck("https://oauth2.googleapis.com/tokeninfo", "form", ("aud", "azp"))
_OPENID = ("openid", "email")

KNOWN: Mapping[str, Known] = MappingProxyType(
    {
        "active-directory": Known(
            Provider("", name="Active Directory"),
            scope=_OPENID,
            endpoints={
                "oidc_discovery_endpoint": "https://login.microsoftonline.com/{directoryId}/v2.0" + WELL_KNOWN
            },
            is_discovered=True,
        ),
        "apple": Known(
            Provider(
                "",
                name="Apple",
                oidc_discovery_endpoint=f"https://appleid.apple.com{WELL_KNOWN}",
                authorization_endpoint_query_params={"response_mode": "form_post"},
            ),
            scope=_OPENID,
            signs_secret=True,
            is_discovered=True,
        ),
        "bitbucket": Known(
            Provider(
                "",
                name="Bitbucket",
                authorization_endpoint="https://bitbucket.org/site/oauth2/authorize",
                authorization_endpoint_query_params={"audience": "api.atlassian.com"},
                token_endpoint="https://bitbucket.org/site/oauth2/access_token",
                user_info_endpoint="https://api.bitbucket.org/2.0/user",
                from_user_info_api=UserInfoKeys("uuid"),
            ),
            scope=("account", "email"),
            emails=Emails(
                "https://api.bitbucket.org/2.0/user/emails", "values", "is_primary", "is_confirmed"
            ),
        ),
        "boxy-saml": Known(
            Provider("", name="SAML", from_user_info_api=UserInfoKeys("id", "email")),
            endpoints={
                "authorization_endpoint": "{boxyURL}/api/oauth/authorize",
                "token_endpoint": "{boxyURL}/api/oauth/token",
                "user_info_endpoint": "{boxyURL}/api/oauth/userinfo",
            },
        ),
        "discord": Known(
            Provider(
                "",
                name="Discord",
                authorization_endpoint="https://discord.com/oauth2/authorize",
                token_endpoint="https://discord.com/api/oauth2/token",
                user_info_endpoint="https://discord.com/api/users/@me",
                from_user_info_api=UserInfoKeys("id", "email", "verified"),
            ),
            scope=("identify", "email"),
            token_check=TokenCheck("https://discord.com/api/oauth2/@me", "bearer", ("application.id",)),
        ),
        "facebook": Known(
            Provider(
                "",
                name="Facebook",
                authorization_endpoint="https://www.facebook.com/v12.0/dialog/oauth",
                token_endpoint="https://graph.facebook.com/v12.0/oauth/access_token",
                user_info_endpoint="https://graph.facebook.com/me",
                from_user_info_api=UserInfoKeys("id"),
            ),
            scope=("email",),
            asks_for_fields=True,
            token_check=TokenCheck("https://graph.facebook.com/debug_token", "query", ("data.app_id",)),
        ),
        "github": Known(
            Provider(
                "",
                name="Github",
                authorization_endpoint="https://github.com/login/oauth/authorize",
                token_endpoint="https://github.com/login/oauth/access_token",
                user_info_endpoint="https://api.github.com/user",
                from_user_info_api=UserInfoKeys("id"),
            ),
            scope=("read:user", "user:email"),
            emails=Emails("https://api.github.com/user/emails", "", "primary", "verified"),
            token_check=TokenCheck(
                "https://api.github.com/applications/{client_id}/token", "json", ("app.client_id",)
            ),
            checks_own_tokens=True,
        ),
        "gitlab": Known(
            Provider("", name="Gitlab", oidc_discovery_endpoint=f"https://gitlab.com{WELL_KNOWN}"),
            scope=_OPENID,
            endpoints={"oidc_discovery_endpoint": "{gitlabBaseUrl}" + WELL_KNOWN},
            token_check=TokenCheck("{base}/oauth/token/info", "bearer", ("application.uid",)),
            is_discovered=True,
        ),
        "google": Known(_GOOGLE, scope=_OPENID, token_check=_GOOGLE_CHECK, is_discovered=True),
        "google-workspaces": Known(
            Provider(
                "",
                name="Google Workspaces",
                oidc_discovery_endpoint=_GOOGLE.oidc_discovery_endpoint,
                authorization_endpoint_query_params=_GOOGLE.authorization_endpoint_query_params,
            ),
            scope=_OPENID,
            token_check=_GOOGLE_CHECK,
            hosted_domain="hd",
            is_discovered=True,
        ),
        "linkedin": Known(
            Provider(
                "",
                name="Linkedin",
                authorization_endpoint="https://www.linkedin.com/oauth/v2/authorization",
                token_endpoint="https://www.linkedin.com/oauth/v2/accessToken",
                user_info_endpoint="https://api.linkedin.com/v2/userinfo",
            ),
            scope=("openid", "profile", "email"),
        ),
        "okta": Known(
            Provider("", name="Okta"),
            scope=_OPENID,
            endpoints={"oidc_discovery_endpoint": "{oktaDomain}" + WELL_KNOWN},
            is_discovered=True,
        ),
        "twitter": Known(
            Provider(
                "",
                name="Twitter",
                authorization_endpoint="https://twitter.com/i/oauth2/authorize",
                token_endpoint="https://api.twitter.com/2/oauth2/token",
                user_info_endpoint="https://api.twitter.com/2/users/me",
                require_email=False,
                from_user_info_api=UserInfoKeys("data.id"),
            ),
            scope=("users.read", "tweet.read"),
            needs_pkce=True,
            has_basic_authentication=True,
        ),
    }
)

CUSTOM = Known(Provider(""))
"""What is known of any other third party."""


def known(third_party_id: str) -> Known:
    """Return what is known of a third party."""
    names = (name for name in sorted(KNOWN, key=len, reverse=True) if third_party_id.startswith(name))
    return KNOWN.get(next(names, ""), CUSTOM)
