"""People as the recipes know them: login methods, alone or linked into one primary user."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

EMAIL_PASSWORD = "emailpassword"  # noqa: S105 (a recipe's name)
PASSWORDLESS = "passwordless"
THIRD_PARTY = "thirdparty"


@dataclass(frozen=True, slots=True)
class ThirdPartyInfo:
    """Who somebody is at a third party."""

    id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class LoginMethod:
    """One way to sign in; `supertokens_user_id` is its own id, `external_user_id` the one mapped to it."""

    recipe_id: str
    supertokens_user_id: str
    external_user_id: str | None
    time_joined_ms: int
    tenant_ids: tuple[str, ...]
    is_verified: bool
    email: str | None = None
    phone_number: str | None = None
    third_party: ThirdPartyInfo | None = None

    @property
    def recipe_user_id(self) -> str:
        """The id that the outside knows."""
        return self.external_user_id or self.supertokens_user_id


@dataclass(frozen=True, slots=True)
class AuthUser:
    """A person; login methods are ordered by when they were made."""

    supertokens_user_id: str
    external_user_id: str | None
    is_primary: bool
    login_methods: tuple[LoginMethod, ...]

    @property
    def user_id(self) -> str:
        """The id that the outside knows."""
        return self.external_user_id or self.supertokens_user_id

    @property
    def time_joined_ms(self) -> int:
        """When the first login method was made."""
        return min(method.time_joined_ms for method in self.login_methods)

    @property
    def tenant_ids(self) -> list[str]:
        """The tenants of all login methods."""
        return _distinct(tenant for method in self.login_methods for tenant in method.tenant_ids)

    @property
    def emails(self) -> list[str]:
        """The e-mail addresses of all login methods."""
        return _distinct(method.email for method in self.login_methods if method.email is not None)

    @property
    def phone_numbers(self) -> list[str]:
        """The phone numbers of all login methods."""
        return _distinct(
            method.phone_number for method in self.login_methods if method.phone_number is not None
        )

    @property
    def third_party(self) -> list[ThirdPartyInfo]:
        """The third-party accounts of all login methods."""
        return [method.third_party for method in self.login_methods if method.third_party is not None]

    def login_method(self, user_id: str) -> LoginMethod | None:
        """Return the login method with an id of either kind; its own id wins over a mapped one."""
        return next(
            (method for method in self.login_methods if method.supertokens_user_id == user_id),
            next((method for method in self.login_methods if method.external_user_id == user_id), None),
        )

    def alone(self, method: LoginMethod) -> "AuthUser":
        """Return a login method as a person who has no other."""
        return AuthUser(method.supertokens_user_id, method.external_user_id, self.is_primary, (method,))

    def with_method(self, changed: LoginMethod) -> "AuthUser":
        """Return the person with a login method as it is now."""
        methods = tuple(
            changed if method.supertokens_user_id == changed.supertokens_user_id else method
            for method in self.login_methods
        )
        return replace(self, login_methods=methods)


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
