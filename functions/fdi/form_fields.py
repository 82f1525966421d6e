"""Forms of the recipe emailpassword as frontends send them: a list of fields, and what is wrong with each."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from functions.fdi.calls import Call
from gatehouse.addresses import lower_email
from gatehouse.delivery.message import is_address
from gatehouse.errors import RequestInvalid
from gatehouse.recipe_errors import RecipeError
from gatehouse.services.dashboard_credentials import weakness
from gatehouse.texts import is_storable

EMAIL, PASSWORD = "email", "password"
LONGEST_EMAIL = 256
"""How long addresses can be in the database."""
LONGEST_PASSWORD = 10_000

_WORD = r'[^<>()\[\]\\.,;:\s@"]+'
_MAILBOX = rf'(?:{_WORD}(?:\.{_WORD})*|".+")'
_DOMAIN = r"(?:\[[0-9]{1,3}(?:\.[0-9]{1,3}){3}\]|(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})"
_EMAIL = re.compile(f"{_MAILBOX}@{_DOMAIN}")
"""What SuperTokens takes for an address."""

Check = Callable[[str], str | None]
"""Says what is wrong with a value."""


class FieldError(RecipeError):
    """Fields that have to be filled in otherwise; `faults` are `(id, error)`."""

    status_text = "FIELD_ERROR"

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__(formFields=[{"id": name, "error": error} for name, error in faults])


def email_fault(text: str) -> str | None:
    """Say what is wrong with an address that somebody signs in with."""
    fits = len(lower_email(text)) <= LONGEST_EMAIL and is_storable(text)
    return None if fits and _EMAIL.fullmatch(text) else "Email is not valid"


def letter_fault(text: str) -> str | None:
    """Say what is wrong with an address that letters shall go to."""
    return email_fault(text) or (None if is_address(text) else "Email is not valid")


def password_fault(text: str) -> str | None:
    """Say what is wrong with a new password."""
    return weakness(text, len(text))


def _nothing(_: str) -> str | None:
    return None


SIGN_UP: Mapping[str, Check] = {PASSWORD: password_fault, EMAIL: letter_fault}
SIGN_IN: Mapping[str, Check] = {PASSWORD: _nothing, EMAIL: email_fault}
FORGOTTEN_PASSWORD: Mapping[str, Check] = {EMAIL: letter_fault}
NEW_PASSWORD: Mapping[str, Check] = {PASSWORD: password_fault}
"""Forms: their fields, in the order in which faults are told."""


def read_form(call: Call, form: Mapping[str, Check]) -> dict[str, str]:
    """Return the values of a form, an address as it is stored; raises RequestInvalid, FieldError."""
    values = _values(call.fields.get("formFields", []), len(form))
    faults = [(name, fault) for name, check in form.items() if (fault := _fault(values.get(name), check))]
    if faults:
        raise FieldError(*faults)
    return {name: lower_email(values[name]) if name == EMAIL else values[name] for name in form}


def read_token(call: Call, name: str) -> str:
    """Return the token of a link; raises RequestInvalid."""
    if "token" not in call.fields:
        raise RequestInvalid(f"Please provide the {name}")
    if not isinstance(call.fields["token"], str):
        raise RequestInvalid(f"The {name} must be a string")
    return call.text("token") or ""


def _values(given: Any, most: int) -> dict[str, str]:
    """Return what a list of fields says; of two with the same id, the first counts."""
    if given is None:
        raise RequestInvalid("Missing input param: formFields")
    if not isinstance(given, list):
        raise RequestInvalid("formFields must be an array")
    found = [_field(field) for field in given]
    if len(found) > most:
        raise RequestInvalid("Are you sending too many formFields?")
    return dict(reversed(found))


def _field(field: Any) -> tuple[str, Any]:
    if not isinstance(field, dict) or not isinstance(field.get("id"), str) or "value" not in field:
        raise RequestInvalid("All elements of formFields must contain an 'id' and 'value' field")
    name, value = field["id"], field["value"]
    if name not in {EMAIL, PASSWORD}:
        return name, value
    if not isinstance(value, str):
        raise RequestInvalid(f"{name} value must be a string")
    if name == EMAIL:
        return name, value.strip()
    if len(value) > LONGEST_PASSWORD or not is_storable(value):
        raise RequestInvalid(
            f"password value must have at most {LONGEST_PASSWORD} characters, and no control characters"
        )
    return name, value


def _fault(value: str | None, check: Check) -> str | None:
    return check(value) if value else "Field is not optional"
