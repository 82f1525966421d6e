"""The letters and text messages that Gatehouse writes."""

import unicodedata
from functools import cache
from html import escape
from string import Template

from gatehouse.delivery.message import Letter, TextMessage

_LONGEST_NAME = 80
_SIGN_IN_AGAIN = "Enter your address on the sign-in page and a new one comes to you."
_TURNS_TEXT = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def sign_in_letter(to: str, link: str, app_name: str, lifetime_minutes: int) -> Letter:
    """Return the letter with the link that signs `to` in."""
    app = _one_line(app_name)
    words = {"app_name": app, "to": to, "link": link, "lifetime": _duration(lifetime_minutes)}
    return _letter("sign_in", f"Sign in to {app}", words, action="Sign in")


def code_letter(to: str, code: str, link: str | None, app_name: str, lifetime_minutes: int) -> Letter:
    """Return the letter with the code that signs `to` in where they asked for it, and with a link, if there is one."""
    app = _one_line(app_name)
    words = {"app_name": app, "to": to, "code": code, "lifetime": _duration(lifetime_minutes)}
    words["again"] = "Ask for another one on the sign-in page."
    if link is None:
        return _letter("code", f"Your code for {app}", words)
    words["link"] = link
    return _letter("code_and_link", f"Your code for {app}", words, action="Sign in")


def code_message(
    to: str, code: str | None, link: str | None, app_name: str, lifetime_minutes: int
) -> TextMessage:
    """Return the text message with the code, the link, or both that sign `to` in."""
    app, expires = _one_line(app_name), f"works once and expires in {_duration(lifetime_minutes)}"
    if code is None:
        text = f"Sign in to {app}: {link} This link {expires}."
    elif link is None:
        text = f"{code} is your code for {app}. It {expires}."
    else:
        text = f"{code} is your code for {app}. It {expires}. Or open {link}"
    return TextMessage(to, text, links=(link,) if link else (), code=code)


def not_invited_message(to: str, app_name: str) -> TextMessage:
    """Return the text message for a number that asked to sign in but has no account."""
    return TextMessage(
        to,
        f"Somebody asked to sign in to {_one_line(app_name)} with this number, but there is no account for it. If "
        "that was not you, there is nothing to do.",
    )


def invitation_letter(
    to: str, link: str, app_name: str, lifetime_minutes: int, name: str | None, invited_by: str | None
) -> Letter:
    """Return the letter that invites `to`; `name` is theirs, `invited_by` the name or e-mail of who invites."""
    app, guest, host = _one_line(app_name), _one_line(name or ""), _one_line(invited_by or "")
    words = {"app_name": app, "to": to, "link": link, "lifetime": _duration(lifetime_minutes)}
    words["greeting"] = f"Hello {guest}," if guest else "Hello,"
    words["invitation"] = f"{host} has invited you to {app}." if host else f"You have been invited to {app}."
    return _letter("invitation", f"Your invitation to {app}", words, action="Accept the invitation")


def not_invited_letter(to: str, app_name: str) -> Letter:
    """Return the letter for an address that asked to sign in but has no account. It holds no link."""
    app = _one_line(app_name)
    return _letter("not_invited", f"No {app} account for this address", {"app_name": app, "to": to})


def password_reset_letter(to: str, link: str, app_name: str, lifetime_minutes: int) -> Letter:
    """Return the letter with the link that sets another password for `to`."""
    app = _one_line(app_name)
    words = {"app_name": app, "to": to, "link": link, "lifetime": _duration(lifetime_minutes)}
    words["again"] = "Say again on the sign-in page that you forgot your password."
    return _letter("password_reset", f"Your new password for {app}", words, action="Set a new password")


def no_password_letter(to: str, app_name: str) -> Letter:
    """Return the letter for an address with which nobody signs in by password. It holds no link."""
    app = _one_line(app_name)
    return _letter("no_password", f"No {app} password for this address", {"app_name": app, "to": to})


def verification_letter(to: str, link: str, app_name: str, lifetime_minutes: int) -> Letter:
    """Return the letter with the link that proves that `to` reads it."""
    app = _one_line(app_name)
    words = {"app_name": app, "to": to, "link": link, "lifetime": _duration(lifetime_minutes)}
    words["again"] = "Ask for a new one after you have signed in."
    return _letter("verification", f"Confirm your address for {app}", words, action="Confirm this address")


def _letter(name: str, subject: str, words: dict[str, str], *, action: str = "") -> Letter:
    """Fill the templates `name`; letters with an `action` get a button that opens words["link"]."""
    escaped = {"again": _SIGN_IN_AGAIN} | {key: escape(word) for key, word in words.items()}
    button = _template("link.html").substitute(escaped, action=action) if action else ""
    body = _template(f"{name}.html").substitute(escaped, button=button)
    return Letter(
        to=words["to"],
        subject=subject,
        text=_template(f"{name}.txt").substitute(words),
        html=_template("layout.html").substitute(escaped, subject=escape(subject), body=body),
        links=(words["link"],) if action else (),
        code=words.get("code"),
    )


@cache
def _template(name: str) -> Template:
    from importlib.resources import files

    return Template(files(__package__).joinpath("templates", name).read_text(encoding="utf-8"))


def _one_line(name: str) -> str:
    """Return what somebody typed as a name, fit to stand in a sentence.

    Line breaks and control characters go, so that a name can neither begin a paragraph of its own nor steer
    a terminal; so do marks that turn the direction of text, and lone surrogates, which UTF-8 cannot write.
    """
    spaced = "".join(" " if letter.isspace() else letter for letter in name)
    line = " ".join("".join(filter(_is_harmless, spaced)).split())
    return line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME].rstrip()}…"


def _is_harmless(letter: str) -> bool:
    if unicodedata.category(letter) in {"Cc", "Cs"}:
        return False
    return unicodedata.bidirectional(letter) not in _TURNS_TEXT


def _duration(minutes: int) -> str:
    for unit, length in (("day", 1440), ("hour", 60), ("minute", 1)):
        count, rest = divmod(minutes, length)
        if count and not rest:
            return f"1 {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a minute"
