"""Who a user of Stytch is here, and what is not believed of them."""

from typing import Any

import pytest

from infra.moving.stytch.people import Person, Unreadable, read_person


def user(**members: Any) -> dict[str, Any]:
    """A user as Stytch tells them."""
    return {"user_id": "user-test-1", "status": "active", "created_at": "2024-05-06T07:08:09Z", **members}


def email(address: str, *, verified: bool = True) -> dict[str, Any]:
    return {"email_id": "email-test-1", "email": address, "verified": verified}


def phone(number: str, *, verified: bool = True) -> dict[str, Any]:
    return {"phone_id": "phone-number-test-1", "phone_number": number, "verified": verified}


def account(kind: str, subject: str) -> dict[str, Any]:
    return {
        "provider_type": kind,
        "provider_subject": subject,
        "oauth_user_registration_id": "oauth-user-test-1",
    }


def ways(person: Person) -> list[tuple[str, ...]]:
    return [
        tuple(filter(None, (method.info.third_party_id, method.info.value, method.email)))
        for method in person.methods
    ]


def test_every_proved_way_to_sign_in_is_one_here() -> None:
    person = read_person(
        user(
            emails=[email("Ada@Example.com"), email("work@example.com")],
            phone_numbers=[phone("+1 202 555 0146")],
            providers=[account("Google", "108"), account("Microsoft", "AAA")],
        )
    )

    assert ways(person) == [
        ("ada@example.com",),
        ("work@example.com",),
        ("+12025550146",),
        ("google", "108", "ada@example.com"),
        ("active-directory", "AAA", "ada@example.com"),
    ]
    assert person.created_at_ms == 1_714_979_289_000


def test_unproved_address_beside_a_proved_way_is_left_out() -> None:
    victim = email("victim@example.com", verified=False)

    assert ways(read_person(user(emails=[victim], providers=[account("Github", "7")]))) == [
        ("github", "7", "7.github@stfakeemail.supertokens.com")
    ]
    assert ways(read_person(user(emails=[email("ada@example.com"), victim]))) == [("ada@example.com",)]
    assert ways(read_person(user(emails=[victim], phone_numbers=[phone("+12025550146")]))) == [
        ("+12025550146",)
    ]


def test_unproved_address_alone_is_kept_and_proves_nothing() -> None:
    person = read_person(user(emails=[email("new@example.com", verified=False)]))

    assert ways(person) == [("new@example.com",)]
    assert (person.is_proved, person.proved_email) == (False, None)


def test_what_cannot_be_used_is_no_way_to_sign_in() -> None:
    person = read_person(
        user(
            emails=[email("not an address")],
            phone_numbers=[phone("12345")],
            providers=[account("Google", ""), account("a" * 29, "1"), account("Google", "1" * 257)],
        )
    )

    assert person.methods == ()


def test_names_metadata_and_roles_come_along_without_those_of_stytch_itself() -> None:
    person = read_person(
        user(
            emails=[email("ada@example.com")],
            name={"first_name": "Ada", "middle_name": "", "last_name": "Lovelace"},
            trusted_metadata={"plan": "pro"},
            untrusted_metadata={},
            external_id="customer-7",
            roles=["stytch_user", "editor"],
        )
    )

    assert (person.name, person.roles) == ("Ada Lovelace", ("editor",))
    assert person.metadata == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "trusted_metadata": {"plan": "pro"},
        "external_id": "customer-7",
    }


def test_what_stytch_does_not_give_away_is_told() -> None:
    person = read_person(
        user(
            emails=[email("ada@example.com")],
            password={"password_id": "password-test-1", "requires_reset": False},
            totps=[{"totp_id": "totp-test-1", "verified": True}],
            webauthn_registrations=[{"webauthn_registration_id": "webauthn-test-1"}],
            biometric_registrations=[],
        )
    )

    assert person.staying == ("password", "totp", "webauthn")
    assert [(method.info.value, method.is_password) for method in person.methods] == [
        ("ada@example.com", False),
        ("ada@example.com", True),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"user_id": None},
        {"user_id": "u" * 129},
        {"emails": "ada@example.com"},
        {"emails": [{"email": "ada@example.com"}]},
        {"created_at": "yesterday"},
        {"providers": [{"provider_type": "Google"}]},
    ],
)
def test_answer_of_another_form_is_refused_without_telling_who(broken: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as refused:
        read_person(user(**broken))

    assert "ada@" not in str(refused.value)
