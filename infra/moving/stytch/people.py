"""A user of Stytch, and who that is here: login methods, metadata, roles, and what cannot come along."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from gatehouse.addresses import normalise_email
from gatehouse.models.account_info import EMAIL, PHONE_NUMBER, THIRD_PARTY, AccountInfo
from gatehouse.phone_numbers import normalise_phone_number
from gatehouse.services.thirdparty_signin import FAKE_DOMAIN

PROVIDERS: Mapping[str, str] = {"microsoft": "active-directory"}
"""What Stytch calls differently; all others have their name in lower case."""

STAYING: Mapping[str, str] = {
    "password": "password",
    "totps": "totp",
    "webauthn_registrations": "webauthn",
    "biometric_registrations": "biometric",
    "crypto_wallets": "crypto_wallet",
}
"""What Stytch does not give away: the member of its answer, and what we call it."""

OWN_ROLES = "stytch_"
"""How the names of roles begin that mean something to Stytch alone."""

_NAMES = ("first_name", "middle_name", "last_name")
_KEPT = ("trusted_metadata", "untrusted_metadata", "external_id")
_LONGEST_PROVIDER, _LONGEST_SUBJECT = 28, 256


class Unreadable(Exception):
    """An answer is not what Stytch's documentation says; the text says where, and nothing about anybody."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to sign in; `email` of a third-party account is the address that goes with it.

    `is_password` is a password that nobody knows: "forgot password" sends its owner a link, and they set another.
    """

    info: AccountInfo
    email: str | None = None
    is_proved: bool = True
    is_password: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they will be here; `staying` is what has to be set up again."""

    stytch_id: str
    created_at_ms: int | None
    is_pending: bool
    methods: tuple[Method, ...]
    name: str | None
    metadata: dict[str, Any]
    roles: tuple[str, ...]
    staying: tuple[str, ...]

    @property
    def proved_email(self) -> str | None:
        """The address by which the directory knows them, if they have proved one."""
        return next((m.info.value for m in self.methods if m.info.kind == EMAIL and m.is_proved), None)

    @property
    def is_proved(self) -> bool:
        """Whether they have proved anything at all."""
        return any(method.is_proved for method in self.methods)

    @property
    def infos(self) -> list[AccountInfo]:
        """What nobody else here may have."""
        emails = [AccountInfo(EMAIL, method.email) for method in self.methods if method.email]
        return list(dict.fromkeys([*(method.info for method in self.methods), *emails]))


def read_person(user: Mapping[str, Any], providers: Mapping[str, str] = PROVIDERS) -> Person:
    """Read a member of the answer's `results`; `providers` maps names in lower case. Raises Unreadable."""
    try:
        stytch_id = user["user_id"]
        if not isinstance(stytch_id, str) or not 0 < len(stytch_id) <= 128:
            raise ValueError("user_id")
        name = user.get("name") or {}
        names = [name[key].strip() for key in _NAMES if (name.get(key) or "").strip()]
        return Person(
            stytch_id=stytch_id,
            created_at_ms=_time_ms(user.get("created_at")),
            is_pending=user.get("status") == "pending",
            methods=tuple(_methods(user, providers)),
            name=" ".join(names)[:255] or None,
            metadata=_metadata(user),
            roles=tuple(role for role in user.get("roles") or () if not role.startswith(OWN_ROLES)),
            staying=tuple(word for member, word in STAYING.items() if user.get(member)),
        )
    except KeyError as error:
        raise Unreadable(f"a user has no {error.args[0]}") from None
    except (TypeError, ValueError, AttributeError):  # whose texts would tell what is in it
        raise Unreadable("a user is not as Stytch's documentation has them") from None


def _methods(user: Mapping[str, Any], providers: Mapping[str, str]) -> Iterator[Method]:
    """Yield the login methods.

    An address or number that nobody has proved is taken only from those who have nothing else: beside something
    proved, it would let whoever added it share the account of its owner.
    """
    emails = list(_emails(user))
    numbers = list(_numbers(user))
    accounts = list(_accounts(user, providers, next((m.info.value for m in emails if m.is_proved), None)))
    proved = [method for method in (*emails, *numbers, *accounts) if method.is_proved]
    kept = proved or [*emails, *numbers][:1]
    yield from kept
    if user.get("password"):
        yield from (replace(method, is_password=True) for method in kept if method.info.kind == EMAIL)


def _emails(user: Mapping[str, Any]) -> Iterator[Method]:
    for item in user.get("emails") or ():
        with suppress(ValueError):
            yield Method(
                AccountInfo(EMAIL, normalise_email(item["email"])), is_proved=item["verified"] is True
            )


def _numbers(user: Mapping[str, Any]) -> Iterator[Method]:
    for item in user.get("phone_numbers") or ():
        number = normalise_phone_number(item["phone_number"])
        if number.startswith("+"):
            yield Method(AccountInfo(PHONE_NUMBER, number), is_proved=item["verified"] is True)


def _accounts(user: Mapping[str, Any], providers: Mapping[str, str], email: str | None) -> Iterator[Method]:
    """Yield accounts at third parties; without an address they get one that is made up, as SuperTokens does."""
    for item in user.get("providers") or ():
        kind, subject = str(item["provider_type"]).strip().lower(), str(item["provider_subject"]).strip()
        third_party_id = providers.get(kind, kind.replace(" ", "-"))
        if subject and len(subject) <= _LONGEST_SUBJECT and 0 < len(third_party_id) <= _LONGEST_PROVIDER:
            made_up = f"{subject}.{third_party_id}@{FAKE_DOMAIN}".lower()
            yield Method(AccountInfo(THIRD_PARTY, subject, third_party_id), email=email or made_up[-256:])


def _metadata(user: Mapping[str, Any]) -> dict[str, Any]:
    """Return names as SuperTokens' dashboard knows them, and what an application noted at Stytch."""
    name = user.get("name") or {}
    kept = {key: name[key] for key in _NAMES if name.get(key)}
    return kept | {key: user[key] for key in _KEPT if user.get(key)}


def _time_ms(moment: str | None) -> int | None:
    if not moment:
        return None
    read = datetime.fromisoformat(moment)
    return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)
