"""Phone numbers as they are compared and stored."""

from gatehouse.addresses import JAVA_BLANKS


def valid_phone_number(text: str) -> str | None:
    """Return an international number in the form of E.164, or None for what nobody can be called with."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normalise_phone_number(text: str) -> str:
    """Return a number in the form of E.164, or, trimmed, what cannot be read as an international number."""
    import phonenumbers  # with all its tables, for those who have phone numbers

    trimmed = text.strip(JAVA_BLANKS)
    try:
        number = phonenumbers.parse(trimmed, "ZZ")
    except phonenumbers.NumberParseException:
        return trimmed
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
