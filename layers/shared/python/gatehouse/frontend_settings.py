"""The settings of the frontend interface: who may sign in how, and how sessions reach a frontend."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from gatehouse.errors import SettingInvalid
from gatehouse.models.authuser import EMAIL_PASSWORD, THIRD_PARTY
from gatehouse.models.factors import TOTP, passwordless_factors
from gatehouse.models.providers import Provider
from gatehouse.provider_settings import read_providers
from gatehouse.setting_values import choice, items, number, setting, switch

_DOMAIN = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")

HOST_ONLY = "-"
"""Says that cookies had no domain."""

FORBIDDEN_STATUS = 403
"""What invalid claims are answered with."""


def _base_path(value: str) -> str:
    path = value.rstrip("/")
    if not _PATH.fullmatch(path):
        raise ValueError("must be a path such as /auth")
    return path


def _domain(value: str) -> str:
    if value and not _DOMAIN.fullmatch(value):
        raise ValueError("must be a domain such as example.com, or .example.com with all that are below it")
    return value.lower()


def _sender_id(value: str) -> str:
    if value and not _SENDER_ID.fullmatch(value):
        raise ValueError("must be 1 to 11 letters and digits, with a letter among them")
    return value


def _older_domain(value: str) -> str:
    return value if value == HOST_ONLY else _domain(value)


def _empty_or(*choices: str) -> Callable[[str], str]:
    parse = choice(*choices)
    return lambda value: value and parse(value)


@dataclass(frozen=True, kw_only=True)
class FrontendSettings:
    """What the backend SDKs of SuperTokens are initialised with; `load_settings` fills it."""

    website_base_path: str = setting(
        "WEBSITE_BASE_PATH",
        "/auth",
        _base_path,
        "Where the website shows SuperTokens' pages, to which links in letters lead.",
    )

    passwordless_contact: str = setting(
        "PASSWORDLESS_CONTACT",
        "EMAIL",
        choice("EMAIL", "PHONE", "EMAIL_OR_PHONE"),
        "Where codes and links are sent: `EMAIL`, `PHONE` or `EMAIL_OR_PHONE`.",
    )
    passwordless_flow: str = setting(
        "PASSWORDLESS_FLOW",
        "USER_INPUT_CODE_AND_MAGIC_LINK",
        choice("USER_INPUT_CODE", "MAGIC_LINK", "USER_INPUT_CODE_AND_MAGIC_LINK"),
        "What is sent: `USER_INPUT_CODE`, `MAGIC_LINK` or `USER_INPUT_CODE_AND_MAGIC_LINK`.",
    )
    sms_sender: str = setting(
        "SMS_SENDER",
        "console",
        choice("none", "console", "sns"),
        "Who sends text messages: `sns`, `console` (local only), or `none`.",
    )
    sms_sender_id: str = setting(
        "SMS_SENDER_ID", "", _sender_id, "SNS: whom text messages come from, in countries that allow a name."
    )

    first_factors: tuple[str, ...] = setting(
        "FIRST_FACTORS",
        "",
        items,
        "With what people may sign in, comma-separated: emailpassword, thirdparty, otp-email, otp-phone, "
        "link-email, link-phone. Empty: all that are set up. A tenant's own list goes first.",
    )
    has_mfa: bool = setting(
        "MFA",
        "off",
        switch,
        "`on`: sessions know which factors were used, and second factors can be asked for.",
    )
    required_secondary_factors: tuple[str, ...] = setting(
        "REQUIRED_SECONDARY_FACTORS",
        "",
        items,
        "Second factors of which everybody needs one, comma-separated, for example totp; needs `MFA`.",
    )
    third_party_providers: tuple[Provider, ...] = setting(
        "THIRD_PARTY_PROVIDERS",
        "",
        read_providers,
        "Other accounts that people may sign in with: a JSON list, as [social-login.md](social-login.md) shows it.",
        secret=True,
    )
    email_verification: str = setting(
        "EMAIL_VERIFICATION",
        "optional",
        choice("off", "optional", "required"),
        "`required`: sessions of people whose address is not verified are refused with 403; `optional`: sessions "
        "only tell; `off`: they do not.",
    )
    account_linking: str = setting(
        "ACCOUNT_LINKING",
        "off",
        choice("off", "verified", "any"),
        "Whether login methods with the same address become one user by themselves: `verified` asks for a "
        "verified address on both sides; `any` does not, and lets whoever came first share the owner's account.",
    )

    token_transfer_method: str = setting(
        "TOKEN_TRANSFER_METHOD",
        "any",
        choice("any", "cookie", "header"),
        "How sessions travel: `cookie`, `header`, or as the frontend asks.",
    )
    anti_csrf: str = setting(
        "ANTI_CSRF",
        "",
        _empty_or("VIA_TOKEN", "VIA_CUSTOM_HEADER", "NONE"),
        "How cookies are kept from other sites: `VIA_TOKEN`, `VIA_CUSTOM_HEADER` or `NONE`. Empty: "
        "`VIA_CUSTOM_HEADER` where cookies are sent across sites, else `NONE`.",
    )
    cookie_domain: str = setting(
        "COOKIE_DOMAIN", "", _domain, "Domain of session cookies. Empty: only the host of `API_URL`."
    )
    older_cookie_domain: str = setting(
        "OLDER_COOKIE_DOMAIN",
        "",
        _older_domain,
        "What `COOKIE_DOMAIN` was before; `-` if it was empty. Then browsers that have both cookies lose the old ones.",
    )
    cookie_same_site: str = setting(
        "COOKIE_SAME_SITE",
        "",
        _empty_or("lax", "strict", "none"),
        "SameSite of session cookies. Empty: `lax` if `API_URL` and `WEBSITE_URL` are of one site, else `none`.",
    )
    refresh_grace_seconds: int = setting(
        "REFRESH_GRACE_SECONDS",
        "10",
        number(0, 60),
        "How long several tabs may still refresh with a token that one of them has used; 0 takes the second for theft.",
    )
    session_expired_status: int = setting(
        "SESSION_EXPIRED_STATUS_CODE",
        "401",
        number(400, 599),
        "Status of answers to those without a session; the frontend's `sessionExpiredStatusCode`.",
    )


def check_frontend(settings: FrontendSettings, *, is_local: bool) -> None:
    """Raise SettingInvalid for settings that do not go together."""
    if "PHONE" in settings.passwordless_contact:
        _check_sms(settings, is_local=is_local)
    if settings.session_expired_status == FORBIDDEN_STATUS:
        raise SettingInvalid("SESSION_EXPIRED_STATUS_CODE", "must not be 403, which tells of invalid claims")
    if settings.required_secondary_factors and not settings.has_mfa:
        raise SettingInvalid("MFA", "must be on where REQUIRED_SECONDARY_FACTORS are asked for")
    sent = passwordless_factors(settings.passwordless_contact, settings.passwordless_flow)
    _check_factors("FIRST_FACTORS", settings.first_factors, (EMAIL_PASSWORD, THIRD_PARTY, *sent))
    _check_factors(
        "REQUIRED_SECONDARY_FACTORS", settings.required_secondary_factors, (TOTP, *sent, EMAIL_PASSWORD)
    )


def _check_sms(settings: FrontendSettings, *, is_local: bool) -> None:
    if settings.sms_sender == "none":
        raise SettingInvalid("SMS_SENDER", "must send the text messages that PASSWORDLESS_CONTACT asks for")
    if settings.sms_sender == "console" and not is_local:
        raise SettingInvalid("SMS_SENDER", "console would write codes to the log; use sns")


def _check_factors(name: str, given: tuple[str, ...], possible: tuple[str, ...]) -> None:
    """A factor that nobody can have would lock everybody out."""
    if not set(given) <= set(possible):
        raise SettingInvalid(
            name,
            f"must be a list of {', '.join(possible)}, as PASSWORDLESS_CONTACT and PASSWORDLESS_FLOW are",
        )
