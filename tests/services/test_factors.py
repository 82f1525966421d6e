"""Which factors codes and links are, and where they can go."""

import pytest

from gatehouse.models.authuser import AuthUser, LoginMethod
from gatehouse.models.factors import passwordless_factors
from gatehouse.services.factor_contacts import emails, phone_numbers

BOTH = ("otp-email", "otp-phone", "link-email", "link-phone")


@pytest.mark.parametrize(
    ("contact", "flow", "factors"),
    [
        ("EMAIL", "USER_INPUT_CODE", ("otp-email",)),
        ("EMAIL", "MAGIC_LINK", ("link-email",)),
        ("EMAIL", "USER_INPUT_CODE_AND_MAGIC_LINK", ("otp-email", "link-email")),
        ("PHONE", "USER_INPUT_CODE", ("otp-phone",)),
        ("PHONE", "MAGIC_LINK", ("link-phone",)),
        ("PHONE", "USER_INPUT_CODE_AND_MAGIC_LINK", ("otp-phone", "link-phone")),
        ("EMAIL_OR_PHONE", "USER_INPUT_CODE", ("otp-email", "otp-phone")),
        ("EMAIL_OR_PHONE", "MAGIC_LINK", ("link-email", "link-phone")),
        ("EMAIL_OR_PHONE", "USER_INPUT_CODE_AND_MAGIC_LINK", BOTH),
    ],
)
def test_factors_go_by_where_codes_are_sent_and_what_letters_have(
    contact: str, flow: str, factors: tuple[str, ...]
) -> None:
    assert passwordless_factors(contact, flow) == factors


def method(
    recipe_id: str, email: str | None = None, phone_number: str | None = None, *, is_verified: bool = False
) -> LoginMethod:
    """Return a login method; its id is its address or number."""
    return LoginMethod(
        recipe_id, email or phone_number or recipe_id, None, 0, ("public",), is_verified, email, phone_number
    )


def person(*methods: LoginMethod) -> AuthUser:
    """Return somebody with some login methods, the oldest first."""
    return AuthUser(methods[0].supertokens_user_id, None, True, methods)


def test_addresses_that_are_made_up_are_the_last_resort() -> None:
    fake = "x@stfakeemail.supertokens.com"
    ada = person(method("thirdparty", fake), method("thirdparty", "a@b.example"))
    assert emails(ada, ada.login_methods[0], ["otp-email"]) == {
        "emailpassword": ["a@b.example"],
        "otp-email": ["a@b.example"],
    }

    ada = person(method("thirdparty", fake))
    assert emails(ada, ada.login_methods[0], ["otp-email"]) == {"emailpassword": [fake], "otp-email": []}


def test_one_address_that_codes_go_to_already_is_enough() -> None:
    ada = person(method("emailpassword", "a@b.example"), method("passwordless", "c@d.example"))
    found = emails(ada, ada.login_methods[0], ["link-email"])
    assert found == {"emailpassword": ["a@b.example"], "link-email": ["c@d.example"]}


def test_of_several_numbers_the_one_of_the_session_goes_first() -> None:
    ada = person(*(method("passwordless", None, number) for number in ("+1", "+2", "+3")))
    found = phone_numbers(ada, ada.login_methods[1], BOTH)
    assert found == {"otp-phone": ["+2", "+1", "+3"], "link-phone": ["+2", "+1", "+3"]}
    assert phone_numbers(ada, ada.login_methods[1], ["otp-email"]) == {}
