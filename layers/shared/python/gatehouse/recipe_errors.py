"""Business errors of the recipes: SuperTokens answers them with HTTP 200 and a `status`.

RecipeError
└── one class per status, beside the others of its subject below

`status_text` is the status on the wire; `fields` are the other members of the answer, in its own spelling.
"""

from collections.abc import Mapping
from typing import Any

from gatehouse.errors import GatehouseError
from gatehouse.models.authuser import AuthUser
from gatehouse.models.session import StoredSession


class RecipeError(GatehouseError):
    """An outcome that is an answer, not a failure."""

    status = 200
    status_text = "UNKNOWN"

    def __init__(self, **fields: Any) -> None:
        super().__init__(self.status_text)
        self.fields: Mapping[str, Any] = {name: value for name, value in fields.items() if value is not None}


class UnknownUserId(RecipeError):
    """Nobody has this id."""

    status_text = "UNKNOWN_USER_ID_ERROR"


class UnknownEmail(RecipeError):
    """Nobody has this e-mail address."""

    status_text = "UNKNOWN_EMAIL_ERROR"


class UnknownPhoneNumber(RecipeError):
    """Nobody has this phone number."""

    status_text = "UNKNOWN_PHONE_NUMBER_ERROR"


class UnknownThirdPartyUser(RecipeError):
    """Nobody is this account at a third party."""

    status_text = "UNKNOWN_THIRD_PARTY_USER_ERROR"


class EmailAlreadyExists(RecipeError):
    """Another login method of the tenant has this e-mail address."""

    status_text = "EMAIL_ALREADY_EXISTS_ERROR"


class PhoneNumberAlreadyExists(RecipeError):
    """Another login method of the tenant has this phone number."""

    status_text = "PHONE_NUMBER_ALREADY_EXISTS_ERROR"


class ThirdPartyUserAlreadyExists(RecipeError):
    """Another login method of the tenant is this account at a third party."""

    status_text = "THIRD_PARTY_USER_ALREADY_EXISTS_ERROR"


class AssociationNotAllowed(RecipeError):
    """A primary user of the tenant has the same account information; `reason` says which."""

    status_text = "ASSOCIATION_NOT_ALLOWED_ERROR"


class UnknownTenant(RecipeError):
    """There is no such tenant."""

    status_text = "TENANT_NOT_FOUND_ERROR"


class EmailChangeNotAllowed(RecipeError):
    """Another primary user has the new address; `reason` says so."""

    status_text = "EMAIL_CHANGE_NOT_ALLOWED_ERROR"


class PhoneNumberChangeNotAllowed(RecipeError):
    """Another primary user has the new phone number; `reason` says so."""

    status_text = "PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR"


class WrongCredentials(RecipeError):
    """No such user, or not their password."""

    status_text = "WRONG_CREDENTIALS_ERROR"


class ResetPasswordInvalidToken(RecipeError):
    """The token is unknown, used or too old."""

    status_text = "RESET_PASSWORD_INVALID_TOKEN_ERROR"


class RestartFlow(RecipeError):
    """The device is unknown, or its codes are used up: ask for a new one."""

    status_text = "RESTART_FLOW_ERROR"


class UserInputCodeAlreadyUsed(RecipeError):
    """The device has this code already."""

    status_text = "USER_INPUT_CODE_ALREADY_USED_ERROR"


class IncorrectUserInputCode(RecipeError):
    """The device has no such code; the attempts are counted in the answer."""

    status_text = "INCORRECT_USER_INPUT_CODE_ERROR"


class ExpiredUserInputCode(RecipeError):
    """The code is too old; the attempts are counted in the answer."""

    status_text = "EXPIRED_USER_INPUT_CODE_ERROR"


class EmailAlreadyVerified(RecipeError):
    """The user has proved this e-mail address before."""

    status_text = "EMAIL_ALREADY_VERIFIED_ERROR"


class EmailVerificationInvalidToken(RecipeError):
    """The token is unknown, used or too old."""

    status_text = "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"


class InvalidEmail(RecipeError):
    """The dashboard does not take this for an e-mail address."""

    status_text = "INVALID_EMAIL_ERROR"


class PasswordWeak(RecipeError):
    """The dashboard wants a better password; `message` says why."""

    status_text = "PASSWORD_WEAK_ERROR"


class UnknownUser(RecipeError):
    """Nobody of the dashboard has this id, or this e-mail address."""

    status_text = "UNKNOWN_USER_ERROR"


class InvalidCredentials(RecipeError):
    """No such user of the dashboard, or not their password."""

    status_text = "INVALID_CREDENTIALS_ERROR"


class InvalidSession(RecipeError):
    """No such session on the dashboard, or none any more."""

    status_text = "INVALID_SESSION_ERROR"


class UnknownDevice(RecipeError):
    """The user has no TOTP device of this name."""

    status_text = "UNKNOWN_DEVICE_ERROR"


class DeviceAlreadyExists(RecipeError):
    """The user has a verified TOTP device of this name."""

    status_text = "DEVICE_ALREADY_EXISTS_ERROR"


class TotpRefused(RecipeError):
    """A one-time code that was not accepted; the attempts are counted in the answer."""


class InvalidTotp(TotpRefused):
    """The code is wrong, or was used before."""

    status_text = "INVALID_TOTP_ERROR"


class LimitReached(TotpRefused):
    """Too many wrong codes; `retryAfterMs` says how long to wait."""

    status_text = "LIMIT_REACHED_ERROR"


class UnknownRole(RecipeError):
    """There is no such role."""

    status_text = "UNKNOWN_ROLE_ERROR"


class NoLicenseKeyFound(RecipeError):
    """No licence key was stored."""

    status_text = "NO_LICENSE_KEY_FOUND_ERROR"


class InvalidLicenseKey(RecipeError):
    """A licence key that could not be told from none."""

    status_text = "INVALID_LICENSE_KEY_ERROR"


class RecipeUserIdAlreadyLinkedWithPrimaryUserId(RecipeError):
    """Who should become a primary user is linked to one already; `primaryUserId` and `description` say so."""

    status_text = "RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR"


class RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId(RecipeError):
    """Who should be linked is another primary user, or is linked to one: `person`."""

    status_text = "RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"

    def __init__(self, person: AuthUser) -> None:
        super().__init__(
            primaryUserId=person.user_id,
            description="The input recipe user ID is already linked to another user ID",
        )
        self.person = person


class AccountInfoAlreadyAssociatedWithAnotherPrimaryUserId(RecipeError):
    """Another primary user of a tenant has an address, a number or an account at a third party already."""

    status_text = "ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"


class InputUserIsNotAPrimaryUser(RecipeError):
    """The user to link to is no primary user."""

    status_text = "INPUT_USER_IS_NOT_A_PRIMARY_USER"


class UnknownSuperTokensUserId(RecipeError):
    """Nobody has the id to which another should be mapped."""

    status_text = "UNKNOWN_SUPERTOKENS_USER_ID_ERROR"


class UserIdMappingAlreadyExists(RecipeError):
    """One of the ids to map is mapped already; `doesSuperTokensUserIdExist` and `doesExternalUserIdExist` say which."""

    status_text = "USER_ID_MAPPING_ALREADY_EXISTS_ERROR"


class UnknownMapping(RecipeError):
    """No id is mapped to this one."""

    status_text = "UNKNOWN_MAPPING_ERROR"


class Unauthorised(RecipeError):
    """There is no such session, or no longer; `message` says why."""

    status_text = "UNAUTHORISED"


class TryRefreshToken(RecipeError):
    """The access token is not valid, or no longer; `message` says why."""

    status_text = "TRY_REFRESH_TOKEN"


class TokenTheftDetected(RecipeError):
    """A refresh token was used after one of its children: two hold it, and one of them is a thief."""

    status_text = "TOKEN_THEFT_DETECTED"

    def __init__(self, found: StoredSession) -> None:
        super().__init__()
        self.found = found


class UnsupportedAlgorithm(RecipeError):
    """JWTs are signed with RS256 alone."""

    status_text = "UNSUPPORTED_ALGORITHM_ERROR"
