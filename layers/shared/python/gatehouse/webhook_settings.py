"""The settings of webhooks: which URLs hear of what, and with which secrets that is signed."""

import base64
import binascii
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

from gatehouse.errors import SettingInvalid
from gatehouse.models.webhooks import HEARD, Endpoint
from gatehouse.setting_values import items, setting, switch

SECRET_PREFIX = "whsec_"  # noqa: S105 (what secrets begin with)
SECRET_BYTES = (24, 64)
"""The shortest and the longest secret that Standard Webhooks allows."""

MOST_URLS = 10
MOST_SECRETS = 2

_URL = re.compile(r"[!-~]{1,2000}")  # what is printable in ASCII


def _endpoints(value: str) -> tuple[Endpoint, ...]:
    """Read URLs, separated by commas, each with the events that it hears of after it; raises ValueError."""
    endpoints = tuple(_endpoint(*item.split()) for item in items(value))
    if len({endpoint.url for endpoint in endpoints}) < len(endpoints):
        raise ValueError("names a URL twice; write all events that it hears of after it, separated by spaces")
    if len(endpoints) > MOST_URLS:
        raise ValueError(f"must be {MOST_URLS} URLs at most; let one of yours pass events on to the others")
    return endpoints


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and bool(_URL.fullmatch(url))
        )
    except ValueError:  # a port that is none, half an IPv6 address
        return False


def _secrets(value: str) -> tuple[bytes, ...]:
    """Read one or two secrets as Standard Webhooks writes them, separated by commas; raises ValueError."""
    secrets = tuple(_secret(item) for item in items(value))
    if len(secrets) > MOST_SECRETS:
        raise ValueError("must be one secret, or two while receivers change from one to the other")
    return secrets


def _endpoint(url: str, *patterns: str) -> Endpoint:
    if not _is_web_address(url):
        raise ValueError("must be URLs such as https://app.example.com/webhooks, separated by commas")
    if "#" in url or "@" in urlsplit(url).netloc:
        raise ValueError("must be URLs without a user name, a password and a #")
    endpoint = Endpoint(url, patterns or ("*",))
    for pattern in endpoint.patterns:
        if not any(fnmatchcase(event, pattern) for event in HEARD):
            raise ValueError(
                f"names events after a URL that there are not: {pattern}; docs/webhooks.md lists what there is, such "
                "as user.* or session.created, and they are separated by spaces"
            )
    return endpoint


def _secret(text: str) -> bytes:
    low, high = SECRET_BYTES
    made = f'echo "{SECRET_PREFIX}$(openssl rand -base64 32)"'
    wanted = f"must be {SECRET_PREFIX} and {low} to {high} random bytes in base64; {made} makes one"
    encoded = text.removeprefix(SECRET_PREFIX)
    try:
        secret = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(wanted) from None
    if encoded == text or not low <= len(secret) <= high:
        raise ValueError(wanted)
    return secret


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, kw_only=True)
class WebhookSettings:
    """Where events are sent; `load_settings` fills it."""

    endpoints: tuple[Endpoint, ...] = setting(
        "WEBHOOK_URLS",
        "",
        _endpoints,
        "URLs that hear of events, comma-separated; `https://app.example.com/hooks user.* session.created` hears of "
        "some only. See [webhooks.md](webhooks.md).",
        secret=True,
    )
    secrets: tuple[bytes, ...] = setting(
        "WEBHOOK_SECRETS",
        "",
        _secrets,
        "With what webhooks are signed: `whsec_` and 24 to 64 bytes in base64. Two, comma-separated, while receivers "
        "change from one to the other.",
        secret=True,
    )
    may_be_private: bool = setting(
        "WEBHOOK_PRIVATE_ADDRESSES",
        "off",
        switch,
        "`on`: receivers may be at private addresses, such as those of your VPC.",
    )


def check_webhooks(settings: WebhookSettings, *, is_local: bool) -> None:
    """Raise SettingInvalid for URLs that events, which hold addresses of people, must not go to unencrypted."""
    for endpoint in settings.endpoints:
        parts = urlsplit(endpoint.url)
        if parts.scheme == "https" or (is_local and _is_loopback(parts.hostname or "")):
            continue
        rest = "; http:// is for receivers on this machine" if is_local else ""
        raise SettingInvalid("WEBHOOK_URLS", f"must be URLs that start with https://{rest}")


def demand_secrets(settings: WebhookSettings) -> None:
    """Raise SettingInvalid where there is nothing to sign with; only whoever sends needs to know the secrets."""
    if settings.endpoints and not settings.secrets:
        raise SettingInvalid("WEBHOOK_SECRETS", "is needed to sign what is sent to WEBHOOK_URLS")
