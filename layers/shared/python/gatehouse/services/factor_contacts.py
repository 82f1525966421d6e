"""To which addresses and numbers of a person the codes of a factor can go, the likeliest first."""

from collections.abc import Iterable, Sequence

from gatehouse.addresses import FAKE_DOMAINS, is_fake_email
from gatehouse.models.authuser import EMAIL_PASSWORD, PASSWORDLESS, AuthUser, LoginMethod
from gatehouse.models.factors import EMAIL_FACTORS, PHONE_FACTORS

Contacts = dict[str, list[str]]
"""Addresses or numbers by factor."""


def emails(person: AuthUser, session_method: LoginMethod, passwordless: Sequence[str]) -> Contacts:
    """Return the addresses for each factor that needs one; `session_method` is how the session was opened."""
    for_codes = _for_codes(
        [method.email for method in person.login_methods if is_real(method.email)],
        [method.email for method in person.login_methods if _is_code(method) and is_real(method.email)],
        session_method.email if is_real(session_method.email) else None,
    )
    return {
        EMAIL_PASSWORD: _for_passwords(person, session_method),
        **{factor: for_codes for factor in passwordless if factor in EMAIL_FACTORS},
    }


def phone_numbers(person: AuthUser, session_method: LoginMethod, passwordless: Sequence[str]) -> Contacts:
    """Return the numbers for each factor that needs one."""
    numbers = _for_codes(
        [method.phone_number for method in person.login_methods],
        [method.phone_number for method in person.login_methods if _is_code(method)],
        session_method.phone_number,
    )
    return {factor: numbers for factor in passwordless if factor in PHONE_FACTORS}


def _for_codes(
    every: Iterable[str | None], of_codes: Iterable[str | None], of_session: str | None
) -> list[str]:
    """Return those that codes are sent to already; one alone is enough, so that no login method is added."""
    known = _distinct(of_codes)
    return _to_front(of_session, known or _distinct(every))


def _for_passwords(person: AuthUser, session_method: LoginMethod) -> list[str]:
    """Return the addresses that have a password, verified ones first; if none has, all that could get one."""
    own = [method for method in person.login_methods if method.recipe_id == EMAIL_PASSWORD]
    if own:
        ordered = sorted(own, key=lambda method: (not is_real(method.email), not method.is_verified))
        found = _distinct(method.email for method in ordered)
    else:
        every = _distinct(method.email for method in person.login_methods)
        found = [email for email in every if not is_fake_email(email)] or every
    return _to_front(session_method.email, found) or [f"{session_method.recipe_user_id}{FAKE_DOMAINS[0]}"]


def _is_code(method: LoginMethod) -> bool:
    return method.recipe_id == PASSWORDLESS


def is_real(email: str | None) -> bool:
    """Say whether there is an address, and not only a made-up one."""
    return email is not None and not is_fake_email(email)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value is not None))


def _to_front(first: str | None, values: list[str]) -> list[str]:
    return [first, *(value for value in values if value != first)] if first in values else values
