"""What bodies and queries are made of; each operation declares its own beside itself.

Members are strict: text is text, booleans and numbers are not quoted. A member that may be absent may still not be null
(specs/supertokens.md 5.1). Errors name the first wrong member in the order of declaration.
"""

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic.alias_generators import to_camel

from gatehouse.addresses import JAVA_BLANKS, lower_email
from gatehouse.phone_numbers import normalise_phone_number
from gatehouse.texts import is_storable

T = TypeVar("T")

INT_MAX = 2**31 - 1
MOST_USER_IDS = 500


class Body(BaseModel):
    """A JSON body; members are in camelCase outside, and unknown ones are ignored, as the core does."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, defer_build=True, strict=True)


class Parameters(BaseModel):
    """A query; all values are text, and numbers are read from it."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, defer_build=True)


def _storable(text: str) -> str:
    """Refuse what no database can hold: NUL, and half of a surrogate pair."""
    if not is_storable(text):
        raise ValueError("")
    return text


def _present(value: Any) -> Any:
    if value is None:
        raise ValueError("")
    return value


def _whole(value: Any) -> Any:
    """Take 30.0 for 30, as Java's number parser does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _at_most(length: int) -> Any:
    def check(text: str) -> str:
        if len(text) > length:
            raise ValueError(f"Field name '{{}}' must not be longer than {length} characters")
        return text

    return AfterValidator(check)


def _trimmed(text: str) -> str:
    trimmed = text.strip(JAVA_BLANKS)
    if not trimmed:
        raise ValueError("Field name '{}' cannot be an empty String")
    return trimmed


def _user_ids(given: list[Any]) -> list[Any]:
    """Check the ids of a bulk read (CDI 5.4)."""
    if len(given) > MOST_USER_IDS:
        raise ValueError(f"You can only query up to {MOST_USER_IDS} users at a time.")
    if not all(isinstance(user_id, str) for user_id in given):
        raise ValueError("userIds array must contain only strings")
    return [_storable(user_id) for user_id in given]


def _number(bits: int, name: str) -> Any:
    def read(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,20}", value):
            number = int(value)
            if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
                return number
        raise ValueError(f"Field name '{{}}' must be {name} in the GET request")

    return BeforeValidator(read)


Text = Annotated[str, StringConstraints(strict=True), AfterValidator(_storable)]
Id = Annotated[Text, _at_most(128)]
"""A user id, or another id of up to 128 characters."""
Text256 = Annotated[Text, _at_most(256)]
"""What goes into a column of 256 characters: an e-mail address, a phone number, a device name."""
Text255 = Annotated[Text, _at_most(255)]
Trimmed = Annotated[Text, AfterValidator(_trimmed)]
AnyEmail = Annotated[Text, AfterValidator(lower_email)]
"""An e-mail address to look for, as it is stored."""
Email = Annotated[AnyEmail, _at_most(256)]
"""An e-mail address to store."""
GivenEmail = Annotated[Trimmed, AfterValidator(lower_email), _at_most(256)]
"""The same, which may not be empty."""
AnyPhoneNumber = Annotated[Text, AfterValidator(normalise_phone_number)]
"""A phone number to look for, as it is stored."""
PhoneNumber = Annotated[AnyPhoneNumber, _at_most(256)]
"""A phone number to store."""
UserIds = Annotated[list[Any], AfterValidator(_user_ids)]
Flag = Annotated[bool, Strict()]
Int = Annotated[int, BeforeValidator(_whole)]
Int32 = Annotated[Int, Field(ge=-(2**31), lt=2**31)]
"""A number that goes into a column of 32 bits."""
Object = dict[str, Any]
QueryInt = Annotated[int, _number(32, "an int")]
"""A number of a query, of Java's 32 bits."""
QueryLong = Annotated[int, _number(64, "a long")]
"""A number of a query, of Java's 64 bits: a time."""

Maybe = Annotated[T | None, BeforeValidator(_present)]
"""`name: Maybe[Text] = None`: absent is fine, null is not."""
