"""Phone numbers as they are compared and stored."""

from gatehouse.addresses import JAVA_BLANKS


def normalise_phone_number(text: str) -> str:
    """Return a number in the form of E.164, or, trimmed, what cannot be read as an international number."""
    import phonenumbers  # with all its tables, for those who have phone numbers

    trimmed = text.strip(JAVA_BLANKS)
    try:
        number = phonenumbers.parse(trimmed, "ZZ")
    except phonenumbers.NumberParseException:
        return trimmed
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
