"""Account information: what login methods of several recipes can share, and what links people."""

from collections.abc import Iterable
from dataclasses import dataclass

from gatehouse.models.authuser import LoginMethod


@dataclass(frozen=True, slots=True, order=True)
class AccountInfo:
    """An e-mail address, a phone number, or an account at a third party.

    `value` is the address, the number, or the user id there; `third_party_id` is empty for the first two.
    """

    kind: str
    value: str
    third_party_id: str = ""


EMAIL = "email"
PHONE_NUMBER = "phone number"
THIRD_PARTY = "third party login"


def infos_of(methods: Iterable[LoginMethod]) -> list[AccountInfo]:
    """Return the account information of login methods, each once."""
    found: list[AccountInfo] = []
    for method in methods:
        if method.email is not None:
            found.append(AccountInfo(EMAIL, method.email))
        if method.phone_number is not None:
            found.append(AccountInfo(PHONE_NUMBER, method.phone_number))
        if method.third_party is not None:
            found.append(AccountInfo(THIRD_PARTY, method.third_party.user_id, method.third_party.id))
    return list(dict.fromkeys(found))
