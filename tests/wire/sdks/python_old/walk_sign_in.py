"""Sign-up and sign-in by every recipe: before account linking, users are flat and have one id."""

import secrets
from collections.abc import Callable
from typing import Any

from supertokens_python.recipe.emailpassword import syncio as emailpassword
from supertokens_python.recipe.emailverification import syncio as emailverification
from supertokens_python.recipe.passwordless import syncio as passwordless
from supertokens_python.recipe.thirdparty import syncio as thirdparty

PASSWORD = "correct horse 9"


def name(answer: Any) -> str:
    """Return the class of an answer, which is all that tells the SDK's answers apart."""
    return type(answer).__name__


def test_password(email: str, person: Callable[..., Any]) -> None:
    made = person(email)
    assert (made.email, made.tenant_ids) == (email, ["public"])
    assert name(emailpassword.sign_up("public", email, PASSWORD)) == "SignUpEmailAlreadyExistsError"
    signed_in: Any = emailpassword.sign_in("public", email.upper(), PASSWORD)
    assert vars(signed_in.user) == vars(made)
    assert name(emailpassword.sign_in("public", email, "wrong")) == "SignInWrongCredentialsError"
    for found in (
        emailpassword.get_user_by_id(made.user_id),
        emailpassword.get_user_by_email("public", email),
    ):
        assert found is not None
        assert vars(found) == vars(made)
    assert emailpassword.get_user_by_id("nobody") is None
    assert emailpassword.get_user_by_email("public", "nobody@example.com") is None


def test_password_reset_and_changes(email: str, person: Callable[..., Any]) -> None:
    made = person(email)
    token: Any = emailpassword.create_reset_password_token("public", made.user_id)
    assert name(emailpassword.create_reset_password_token("public", "nobody")) == (
        "CreateResetPasswordWrongUserIdError"
    )
    reset: Any = emailpassword.reset_password_using_token("public", token.token, "another horse 10")
    assert reset.user_id == made.user_id
    again = emailpassword.reset_password_using_token("public", token.token, "x y z 12345")
    assert name(again) == "ResetPasswordUsingTokenInvalidTokenError"
    assert name(emailpassword.sign_in("public", email, "another horse 10")) == "SignInOkResult"

    changed = emailpassword.update_email_or_password(made.user_id, f"new-{email}", PASSWORD)
    assert name(changed) == "UpdateEmailOrPasswordOkResult"
    assert name(emailpassword.sign_in("public", f"new-{email}", PASSWORD)) == "SignInOkResult"
    taken = emailpassword.update_email_or_password(person().user_id, f"new-{email}")
    assert name(taken) == "UpdateEmailOrPasswordEmailAlreadyExistsError"
    unknown = emailpassword.update_email_or_password("nobody", email)
    assert name(unknown) == "UpdateEmailOrPasswordUnknownUserIdError"


def test_email_verification(email: str, person: Callable[..., Any]) -> None:
    who = person(email).user_id
    token: Any = emailverification.create_email_verification_token("public", who)
    assert not emailverification.is_email_verified(who)
    verified: Any = emailverification.verify_email_using_token("public", token.token)
    assert (verified.user.user_id, verified.user.email) == (who, email)
    assert emailverification.is_email_verified(who)
    spent = emailverification.verify_email_using_token("public", token.token)
    assert name(spent) == "VerifyEmailUsingTokenInvalidTokenError"
    again = emailverification.create_email_verification_token("public", who)
    assert name(again) == "CreateEmailVerificationTokenEmailAlreadyVerifiedError"
    emailverification.unverify_email(who)
    assert not emailverification.is_email_verified(who)
    pending: Any = emailverification.create_email_verification_token("public", who)
    emailverification.revoke_email_verification_tokens("public", who)
    revoked = emailverification.verify_email_using_token("public", pending.token)
    assert name(revoked) == "VerifyEmailUsingTokenInvalidTokenError"


def test_link_and_code_by_mail(email: str) -> None:
    code = passwordless.create_code("public", email=email)
    session_id = code.pre_auth_session_id
    wrong: Any = passwordless.consume_code("public", session_id, "wrong", code.device_id)
    assert (wrong.failed_code_input_attempt_count, wrong.maximum_code_input_attempts) == (1, 5)
    assert [one.pre_auth_session_id for one in passwordless.list_codes_by_email("public", email)] == [
        session_id
    ]
    device = passwordless.list_codes_by_device_id("public", code.device_id)
    assert device is not None

    used: Any = passwordless.consume_code("public", session_id, link_code=code.link_code)
    assert used.created_new_user
    assert (used.user.email, used.user.phone_number) == (email, None)
    assert not emailverification.is_email_verified(used.user.user_id, email)
    spent = passwordless.consume_code("public", session_id, link_code=code.link_code)
    assert name(spent) == "ConsumeCodeRestartFlowError"
    for found in (
        passwordless.get_user_by_id(used.user.user_id),
        passwordless.get_user_by_email("public", email),
    ):
        assert found is not None
        assert vars(found) == vars(used.user)
    assert passwordless.get_user_by_id("nobody") is None
    assert passwordless.get_user_by_email("public", f"no-{email}") is None


def test_code_by_phone(email: str) -> None:
    numbers = [f"+1415555{secrets.randbelow(9_000) + 1_000}" for _ in range(2)]
    code = passwordless.create_code("public", phone_number=numbers[0])
    resent = passwordless.create_new_code_for_device("public", code.device_id, "424242")
    assert name(resent) == "CreateNewCodeForDeviceOkResult"
    taken = passwordless.create_new_code_for_device("public", code.device_id, "424242")
    assert name(taken) == "CreateNewCodeForDeviceUserInputCodeAlreadyUsedError"
    used: Any = passwordless.consume_code("public", code.pre_auth_session_id, "424242", code.device_id)
    assert used.user.phone_number == numbers[0]

    user_id = used.user.user_id
    assert name(passwordless.update_user(user_id, email, numbers[1])) == "UpdateUserOkResult"
    found = passwordless.get_user_by_phone_number("public", numbers[1])
    assert found is not None
    assert (found.user_id, found.email) == (user_id, email)
    assert name(passwordless.delete_email_for_user(user_id)) == "DeleteUserInfoOkResult"
    assert passwordless.get_user_by_email("public", email) is None
    again = passwordless.signinup("public", None, numbers[1])
    assert (again.created_new_user, again.user.user_id) == (False, user_id)
    unknown = passwordless.update_user("nobody", email)
    assert name(unknown) == "UpdateUserUnknownUserIdError"


def test_codes_are_revoked(email: str) -> None:
    code = passwordless.create_code("public", email=email)
    passwordless.revoke_code("public", code.code_id)
    assert passwordless.list_codes_by_pre_auth_session_id("public", code.pre_auth_session_id) is None
    passwordless.create_code("public", email=email)
    passwordless.revoke_all_codes("public", email=email)
    assert passwordless.list_codes_by_email("public", email) == []


def test_third_party(email: str) -> None:
    first: Any = thirdparty.manually_create_or_update_user("public", "github", email, email)
    assert first.created_new_user
    assert (first.user.third_party_info.id, first.user.third_party_info.user_id) == ("github", email)
    again: Any = thirdparty.manually_create_or_update_user("public", "github", email, f"new-{email}")
    assert not again.created_new_user
    assert (again.user.user_id, again.user.email) == (first.user.user_id, f"new-{email}")
    by_id = thirdparty.get_user_by_id(first.user.user_id)
    by_info = thirdparty.get_user_by_third_party_info("public", "github", email)
    assert by_id is not None
    assert by_info is not None
    assert by_id.email == by_info.email == f"new-{email}"
    by_email = thirdparty.get_users_by_email("public", f"new-{email}")
    assert [one.user_id for one in by_email] == [first.user.user_id]
    assert thirdparty.get_user_by_third_party_info("public", "github", "nobody") is None
