"""Sign-up and sign-in by every recipe."""

from collections.abc import Callable
from typing import Any

from supertokens_python.recipe.emailpassword import syncio as emailpassword
from supertokens_python.recipe.emailpassword.interfaces import (
    ConsumePasswordResetTokenOkResult,
    CreateResetPasswordOkResult,
    EmailAlreadyExistsError,
    PasswordResetTokenInvalidError,
    SignInOkResult,
    UpdateEmailOrPasswordEmailChangeNotAllowedError,
    UpdateEmailOrPasswordOkResult,
    WrongCredentialsError,
)
from supertokens_python.recipe.emailverification import syncio as emailverification
from supertokens_python.recipe.emailverification.interfaces import (
    CreateEmailVerificationTokenEmailAlreadyVerifiedError,
    CreateEmailVerificationTokenOkResult,
    VerifyEmailUsingTokenInvalidTokenError,
    VerifyEmailUsingTokenOkResult,
)
from supertokens_python.recipe.passwordless import syncio as passwordless
from supertokens_python.recipe.passwordless.interfaces import (
    ConsumeCodeIncorrectUserInputCodeError,
    ConsumeCodeOkResult,
    ConsumeCodeRestartFlowError,
    CreateNewCodeForDeviceOkResult,
    UpdateUserOkResult,
)
from supertokens_python.recipe.thirdparty import syncio as thirdparty
from supertokens_python.recipe.thirdparty.interfaces import ManuallyCreateOrUpdateUserOkResult

PASSWORD = "correct horse 9"


def test_password(email: str, person: Callable[..., Any]) -> None:
    made = person(email)

    assert isinstance(emailpassword.sign_up("public", email, PASSWORD), EmailAlreadyExistsError)
    signed_in = emailpassword.sign_in("public", email.upper(), PASSWORD)
    assert isinstance(signed_in, SignInOkResult)
    assert signed_in.user.id == made.user.id
    assert isinstance(emailpassword.sign_in("public", email, "wrong"), WrongCredentialsError)
    assert isinstance(emailpassword.verify_credentials("public", email, PASSWORD), SignInOkResult)


def test_password_reset(email: str, person: Callable[..., Any]) -> None:
    made = person(email)
    token = emailpassword.create_reset_password_token("public", made.user.id, email)
    assert isinstance(token, CreateResetPasswordOkResult)

    consumed = emailpassword.consume_password_reset_token("public", token.token)
    assert isinstance(consumed, ConsumePasswordResetTokenOkResult)
    assert (consumed.email, consumed.user_id) == (email, made.user.id)
    again = emailpassword.consume_password_reset_token("public", token.token)
    assert isinstance(again, PasswordResetTokenInvalidError)


def test_password_and_address_change(email: str, person: Callable[..., Any]) -> None:
    made = person()
    changed = emailpassword.update_email_or_password(
        made.recipe_user_id, email=email, password="another horse 10"
    )
    assert isinstance(changed, UpdateEmailOrPasswordOkResult)

    assert isinstance(emailpassword.sign_in("public", email, "another horse 10"), SignInOkResult)
    other = person()
    taken = emailpassword.update_email_or_password(other.recipe_user_id, email=email)
    assert not isinstance(
        taken, UpdateEmailOrPasswordOkResult | UpdateEmailOrPasswordEmailChangeNotAllowedError
    )


def test_email_verification(email: str, person: Callable[..., Any]) -> None:
    who = person(email).recipe_user_id
    token = emailverification.create_email_verification_token("public", who, email)
    assert isinstance(token, CreateEmailVerificationTokenOkResult)
    assert not emailverification.is_email_verified(who, email)

    verified = emailverification.verify_email_using_token("public", token.token)
    assert isinstance(verified, VerifyEmailUsingTokenOkResult)
    assert emailverification.is_email_verified(who, email)
    assert isinstance(
        emailverification.verify_email_using_token("public", token.token),
        VerifyEmailUsingTokenInvalidTokenError,
    )
    assert isinstance(
        emailverification.create_email_verification_token("public", who, email),
        CreateEmailVerificationTokenEmailAlreadyVerifiedError,
    )
    emailverification.unverify_email(who, email)
    assert not emailverification.is_email_verified(who, email)


def test_link_and_code_by_mail(email: str) -> None:
    code = passwordless.create_code("public", email=email)
    wrong = passwordless.consume_code(
        "public", code.pre_auth_session_id, device_id=code.device_id, user_input_code="wrong"
    )
    assert isinstance(wrong, ConsumeCodeIncorrectUserInputCodeError)
    assert (wrong.failed_code_input_attempt_count, wrong.maximum_code_input_attempts) == (1, 5)
    listed = passwordless.list_codes_by_email("public", email)
    assert [device.pre_auth_session_id for device in listed] == [code.pre_auth_session_id]

    by_link = passwordless.consume_code("public", code.pre_auth_session_id, link_code=code.link_code)
    assert isinstance(by_link, ConsumeCodeOkResult)
    assert by_link.created_new_recipe_user
    assert by_link.user.login_methods[0].verified
    assert passwordless.list_codes_by_email("public", email) == []
    spent = passwordless.consume_code("public", code.pre_auth_session_id, link_code=code.link_code)
    assert isinstance(spent, ConsumeCodeRestartFlowError)


def test_code_by_phone() -> None:
    number = "+14155550172"
    code = passwordless.create_code("public", phone_number="+1 (415) 555-0172")
    resent = passwordless.create_new_code_for_device("public", code.device_id, user_input_code="424242")
    assert isinstance(resent, CreateNewCodeForDeviceOkResult)
    listed = passwordless.list_codes_by_phone_number("public", number)
    assert code.pre_auth_session_id in {device.pre_auth_session_id for device in listed}

    signed_in = passwordless.consume_code(
        "public", code.pre_auth_session_id, device_id=code.device_id, user_input_code="424242"
    )
    assert isinstance(signed_in, ConsumeCodeOkResult)
    assert signed_in.user.phone_numbers == [number]
    changed = passwordless.update_user(signed_in.recipe_user_id, phone_number="+14155550173")
    assert isinstance(changed, UpdateUserOkResult)


def test_codes_are_revoked(email: str) -> None:
    code = passwordless.create_code("public", email=email)
    passwordless.revoke_code("public", code.code_id)
    assert passwordless.list_codes_by_pre_auth_session_id("public", code.pre_auth_session_id) is None
    passwordless.create_code("public", email=email)
    passwordless.revoke_all_codes("public", email=email)
    assert passwordless.list_codes_by_email("public", email) == []


def test_third_party(email: str) -> None:
    first = thirdparty.manually_create_or_update_user("public", "github", email, email, is_verified=True)
    assert isinstance(first, ManuallyCreateOrUpdateUserOkResult)
    assert first.created_new_recipe_user
    again = thirdparty.manually_create_or_update_user(
        "public", "github", email, f"new-{email}", is_verified=False
    )
    assert isinstance(again, ManuallyCreateOrUpdateUserOkResult)
    assert not again.created_new_recipe_user
    assert again.user.emails == [f"new-{email}"]
    assert again.user.id == first.user.id
