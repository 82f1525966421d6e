"""The deployments in which the two are compared: settings in our names, which the SDK's side understands, too."""

BASE = {
    "APP_NAME": "Example",
    "API_URL": "https://api.example.com",
    "WEBSITE_URL": "https://www.example.com",
    "SEND_LIMIT_PER_ADDRESS": "100000",
    "SEND_LIMIT_PER_CLIENT": "1000000",
    "BCRYPT_LOG_ROUNDS": "4",
    "ADMIN_EMAILS": "admin@example.com",  # else the first person is made one
    "PASSWORDLESS_CONTACT": "EMAIL_OR_PHONE",
    "REFRESH_GRACE_SECONDS": "0",  # the SDK's side has none
}

DEPLOYMENTS: dict[str, dict[str, str]] = {
    "plain": {},
    "verified": {"EMAIL_VERIFICATION": "required"},
    "unverified": {"EMAIL_VERIFICATION": "off"},
    "second factors": {"MFA": "on", "ACCOUNT_LINKING": "verified"},
    "an app for everybody": {
        "MFA": "on",
        "ACCOUNT_LINKING": "verified",
        "FIRST_FACTORS": "emailpassword,otp-email",
        "REQUIRED_SECONDARY_FACTORS": "totp",
    },
    "linking": {"ACCOUNT_LINKING": "verified"},
    "linking any": {"ACCOUNT_LINKING": "any"},
    "token against forgery": {"ANTI_CSRF": "VIA_TOKEN"},
    "header against forgery": {"ANTI_CSRF": "VIA_CUSTOM_HEADER", "SESSION_EXPIRED_STATUS_CODE": "440"},
    "across sites": {"WEBSITE_URL": "https://www.example.org"},
    "cookies of a domain": {
        "COOKIE_DOMAIN": ".example.com",
        "OLDER_COOKIE_DOMAIN": "-",
        "TOKEN_TRANSFER_METHOD": "cookie",
    },
    "headers only": {"TOKEN_TRANSFER_METHOD": "header"},
    "links by email": {"PASSWORDLESS_CONTACT": "EMAIL", "PASSWORDLESS_FLOW": "MAGIC_LINK"},
    "codes by phone": {"PASSWORDLESS_CONTACT": "PHONE", "PASSWORDLESS_FLOW": "USER_INPUT_CODE"},
    "laptop": {"API_URL": "http://localhost:3000", "WEBSITE_URL": "http://localhost:3000"},
    "short": {"ACCESS_TOKEN_VALIDITY": "1"},
}


def settings_of(name: str) -> dict[str, str]:
    """Return all settings of a deployment."""
    return {**BASE, **DEPLOYMENTS[name]}
