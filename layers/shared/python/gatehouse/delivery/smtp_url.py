"""SMTP_URL: which mail server, and how the way to it is kept secret."""

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from gatehouse.errors import SettingInvalid

Tls = Literal["implicit", "required", "optional", "off"]

_LOOPBACK = re.compile(r"localhost|::1|127(\.\d{1,3}){3}")
_STARTTLS: dict[str, Tls] = {"required": "required", "optional": "optional", "off": "off"}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server: `tls` is `implicit` for smtps://, else what STARTTLS is."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether letters stay on this machine until the server has them."""
        return _LOOPBACK.fullmatch(self.host) is not None


def parse_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:587?starttls=required|optional|off` or `smtps://host:465`.

    STARTTLS is required by default, and off on the loopback interface. Raises SettingInvalid; its message
    never repeats the URL, which holds a password.
    """
    parts = _split(url)
    host = parts.hostname or ""
    is_loopback = _LOOPBACK.fullmatch(host) is not None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise SettingInvalid("SMTP_URL", "must have both a user and a password, or neither")
    if not (user + password).isascii():
        raise SettingInvalid("SMTP_URL", "must have a user and a password in ASCII; no other can be sent")
    tls = _tls(parts, default="off" if is_loopback else "required")
    if user and tls == "off" and not is_loopback:
        raise SettingInvalid("SMTP_URL", "would send the password in the clear; remove starttls=off")
    return SmtpServer(host, parts.port or (465 if tls == "implicit" else 587), tls, user, password)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"smtp", "smtps"} and parts.hostname and parts.port != 0
    except ValueError:  # its text may repeat a piece of the password
        parts, is_good = urlsplit(""), False
    if not is_good or parts.path not in {"", "/"} or parts.fragment:
        example = "smtp://user:password@mail.example.com:587"
        raise SettingInvalid("SMTP_URL", f"must look like {example}, with %XX for special characters")
    return parts


def _tls(parts: SplitResult, *, default: Tls) -> Tls:
    options = parse_qs(parts.query, keep_blank_values=True)
    chosen = options.pop("starttls", [])
    if options or len(chosen) > 1 or not set(chosen) <= _STARTTLS.keys():
        raise SettingInvalid("SMTP_URL", "may have one option: starttls=required, optional or off")
    if parts.scheme == "smtps":
        if chosen:
            raise SettingInvalid("SMTP_URL", "cannot have starttls with smtps://, which is always encrypted")
        return "implicit"
    return _STARTTLS[chosen[0]] if chosen else default
