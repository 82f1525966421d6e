"""The conversation with a third party: the address to send somebody to, tokens for a code, and who it is.

Raises OAuthRefused where the third party, or what it says, does not let somebody in; ProviderFailed and
ProviderUnavailable where it does not work.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from gatehouse.clock import SECOND_MS, Clock
from gatehouse.errors import ProviderFailed
from gatehouse.oauth.http import ThirdPartyHttp
from gatehouse.oauth.id_tokens import IdTokens
from gatehouse.oauth.published import Published
from gatehouse.oauth.refused import OAuthRefused
from gatehouse.oauth.registration import Registration
from gatehouse.oauth.vouching import Vouched, at, read_person, require_domain

_VERIFIER_BYTES = 48
_SECRET_LIFETIME_S = 86_400 * 30
_FACEBOOK_FIELDS = "id,email"

Tokens = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to send somebody; the verifier must come back with the code."""

    url: str
    pkce_verifier: str | None


class OAuthClient:
    """Talks to third parties; what they publish of themselves is kept for a while."""

    def __init__(self, http: ThirdPartyHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._published = Published(http, clock)
        self._id_tokens = IdTokens(self._published)

    def departure(self, registration: Registration, redirect_uri: str) -> Departure:
        """Return where to send somebody who signs in."""
        registration = self._published.discovered(registration)
        provider, client = registration.provider, registration.client
        endpoint = _required(provider.authorization_endpoint, registration, "authorizationEndpoint")
        query: dict[str, str] = {
            "client_id": client.client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
        }
        if client.scope is not None:
            query["scope"] = " ".join(client.scope)
        verifier = None
        if client.force_pkce or self._secret(registration) is None:
            verifier = secrets.token_urlsafe(_VERIFIER_BYTES)
            digest = hashlib.sha256(verifier.encode()).digest()
            query["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            query["code_challenge_method"] = "S256"
        if registration.known.hosted_domain:
            query["hd"] = registration.additional("hd") or "*"
        query = _merged(query, provider.authorization_endpoint_query_params)
        return Departure(_with_query(endpoint, query), verifier)

    def exchange(
        self, registration: Registration, redirect_uri: str, code: str, pkce_verifier: str | None
    ) -> dict[str, Any]:
        """Return the tokens for a code."""
        registration = self._published.discovered(registration)
        provider, client = registration.provider, registration.client
        endpoint = _required(provider.token_endpoint, registration, "tokenEndpoint")
        form = {
            "client_id": client.client_id,
            "redirect_uri": redirect_uri,
            "code": code,
            "grant_type": "authorization_code",
        }
        headers = {}
        secret = self._secret(registration)
        if registration.known.has_basic_authentication:
            headers["authorization"] = _basic(client.client_id, secret)
        elif secret is not None:
            form["client_secret"] = secret
        if pkce_verifier is not None:
            form["code_verifier"] = pkce_verifier
        form = _merged(form, provider.token_endpoint_body_params)
        status, answer = self._http.post_form(endpoint, form, headers)
        if not isinstance(answer, dict) or not ({"access_token", "id_token"} & answer.keys()):
            raise OAuthRefused(f"{registration.id} did not accept the code ({status}): start again")
        return answer

    def vouched(self, registration: Registration, tokens: Tokens, *, are_own: bool) -> Vouched:
        """Return who tokens are of; those that a frontend got by itself must be made for one of our clients."""
        registration = self._published.discovered(registration)
        access_token, id_token = _text(tokens, "access_token"), _text(tokens, "id_token")
        claims: Mapping[str, Any] = {}
        if id_token and registration.provider.jwks_uri:
            claims = self._id_tokens.verify(registration, id_token)
        info: Any = {}
        if access_token:
            if not are_own or registration.known.checks_own_tokens:
                self._require_ours(registration, access_token, has_id_token=bool(claims))
            if registration.provider.user_info_endpoint:
                info = self._user_info(registration, access_token)
        if claims and at(info, "sub") not in {None, claims["sub"]}:
            raise OAuthRefused(f"The tokens of {registration.id} are of two people")
        require_domain(registration, claims, info)
        return read_person(registration, claims, info, self._primary_email(registration, access_token))

    def _secret(self, registration: Registration) -> str | None:
        """Return the client's secret, which Apple wants signed by the client."""
        client = registration.client
        if client.client_secret or not registration.known.signs_secret:
            return client.client_secret
        key_id, team_id = registration.additional("keyId"), registration.additional("teamId")
        private_key = registration.additional("privateKey")
        if not (key_id and team_id and private_key):
            raise ProviderFailed(
                f"{registration.id} needs keyId, teamId and privateKey in its additionalConfig."
            )
        import jwt

        now_s = self._clock() // SECOND_MS
        claims = {
            "iss": team_id,
            "iat": now_s,
            "exp": now_s + _SECRET_LIFETIME_S,
            "aud": "https://appleid.apple.com",
            "sub": client.client_id,
        }
        pem = private_key.replace("\\n", "\n")
        try:
            return jwt.encode(claims, pem, algorithm="ES256", headers={"kid": key_id})
        except (ValueError, TypeError, jwt.PyJWTError):
            raise ProviderFailed(f"The privateKey of {registration.id} is no EC key in PEM format.") from None

    def _require_ours(self, registration: Registration, access_token: str, *, has_id_token: bool) -> None:
        """Raise OAuthRefused for an access token that may have been made for a client of somebody else's.

        Where a third party does not tell whose it is, a verified ID token must come along.
        """
        check, client = registration.known.token_check, registration.client
        if check is None:
            if not has_id_token:
                raise OAuthRefused(f"{registration.id} needs an id_token beside the access_token")
            return
        base = (registration.provider.oidc_discovery_endpoint or "").rpartition("/.well-known/")[0]
        url = check.url.format(client_id=client.client_id, base=base)
        secret = client.client_secret or ""
        if check.sends == "form":
            status, answer = self._http.post_form(url, {"access_token": access_token})
        elif check.sends == "bearer":
            status, answer = self._http.call("GET", url, {"authorization": f"Bearer {access_token}"})
        elif check.sends == "json":
            headers = {
                "authorization": _basic(client.client_id, secret),
                "content-type": "application/json",
            }
            status, answer = self._http.call(
                "POST", url, headers, json.dumps({"access_token": access_token}).encode()
            )
        else:
            query = urlencode({"input_token": access_token, "access_token": f"{client.client_id}|{secret}"})
            status, answer = self._http.call("GET", f"{url}?{query}")
        found = {str(at(answer, path)) for path in check.client_id_at}
        if status != 200 or not found & registration.client_ids:
            raise OAuthRefused(f"The access token was not made for this application at {registration.id}")

    def _user_info(self, registration: Registration, access_token: str) -> Any:
        provider = registration.provider
        headers, query = {"authorization": f"Bearer {access_token}"}, {}
        if registration.known.asks_for_fields:
            query = {"access_token": access_token, "fields": _FACEBOOK_FIELDS, "format": "json"}
            headers = {}
        return self._http.get(
            provider.user_info_endpoint or "",
            _merged(headers, provider.user_info_endpoint_headers),
            _merged(query, provider.user_info_endpoint_query_params),
        )

    def _primary_email(self, registration: Registration, access_token: str | None) -> tuple[str, bool] | None:
        """Return the address that is told in a list of its own, and whether it is verified."""
        emails = registration.known.emails
        if emails is None or access_token is None:
            return None
        listed = at(self._http.get(emails.url, {"authorization": f"Bearer {access_token}"}), emails.at)
        for item in listed if isinstance(listed, list) else []:
            if (
                isinstance(item, dict)
                and item.get(emails.is_primary) is True
                and isinstance(item.get("email"), str)
            ):
                return item["email"], item.get(emails.is_verified) is True
        return None


def _text(tokens: Tokens, name: str) -> str | None:
    """Return a token; what cannot be one, because it has other letters than RFC 6749 allows, is none."""
    value = tokens.get(name)
    return value if isinstance(value, str) and value.isascii() and value.isprintable() and value else None


def _merged(values: Mapping[str, str], changes: Mapping[str, Any] | None) -> dict[str, str]:
    """Return values with changes, of which None takes one away."""
    merged = {**values, **(changes or {})}
    return {name: str(value) for name, value in merged.items() if value is not None}


def _with_query(url: str, query: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    pairs = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **query}
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def _required(endpoint: str | None, registration: Registration, name: str) -> str:
    if not endpoint:
        raise ProviderFailed(f"{registration.id} has no {name}.")
    return endpoint


def _basic(client_id: str, secret: str | None) -> str:
    """Return the header in which a client proves itself (RFC 7617)."""
    credentials = f"{client_id}:{secret or ''}"
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"
