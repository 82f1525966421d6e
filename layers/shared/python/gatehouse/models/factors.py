"""Factors: ways to prove who somebody is, by the ids that SuperTokens gives them."""

from gatehouse.models.authuser import EMAIL_PASSWORD, THIRD_PARTY

EMAIL_CODE = "otp-email"
PHONE_CODE = "otp-phone"
EMAIL_LINK = "link-email"
PHONE_LINK = "link-phone"
TOTP = "totp"

PASSWORDLESS_FACTORS = (EMAIL_CODE, PHONE_CODE, EMAIL_LINK, PHONE_LINK)
EMAIL_FACTORS = (EMAIL_CODE, EMAIL_LINK)
PHONE_FACTORS = (PHONE_CODE, PHONE_LINK)

KNOWN_FACTORS = frozenset((EMAIL_PASSWORD, THIRD_PARTY, *PASSWORDLESS_FACTORS, TOTP, "webauthn"))
"""The ids that have a meaning of their own; any other is an application's."""


def passwordless_factors(contact: str, flow: str) -> tuple[str, ...]:
    """Return the factors that codes and links are, by where they are sent and which of them a letter has."""
    contacts = (("EMAIL", EMAIL_FACTORS), ("PHONE", PHONE_FACTORS))
    reached = [factor for name, factors in contacts if name in contact for factor in factors]
    flows = (("USER_INPUT_CODE", (EMAIL_CODE, PHONE_CODE)), ("MAGIC_LINK", (EMAIL_LINK, PHONE_LINK)))
    sent = [factor for name, factors in flows if name in flow for factor in factors]
    return tuple(factor for factor in sent if factor in reached)
