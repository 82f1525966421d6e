"""Compares two replies: what is new each time has to be there, everything else has to be equal."""

import base64
import json
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.wire.frontend.browser import cookies_in
from tests.wire.frontend.sides import Reply
from tests.wire.oracles import forms
from tests.wire.oracles.bindings import Bindings
from tests.wire.oracles.forms import Form, Path
from tests.wire.oracles.matching import Matcher, Problem
from tests.wire.oracles.tokens import jwt_parts

PLAIN_HEADERS = ("content-type", "cache-control", "location", "anti-csrf", "st-refresh-token")
TOLERANCE_MS = 60_000
"""Both answer at once, but on a busy machine one may wait for a processor; what is compared lasts an hour or more."""

SETS = {"firstFactors", "next", "alreadySetup", "allowedToSetup"}
"""Arrays whose order in the SDK is that of a Python set."""

_FORMS = {
    "uid": forms.UUID,
    "anti-csrf": forms.UUID,
    "st-refresh-token": forms.REFRESH_TOKEN,
    "sRefreshToken": forms.REFRESH_TOKEN,
    "code": forms.CODE,
    "fragment": forms.form_at(("linkCode",)),
    "token": forms.form_at(("token",)),
    "code_challenge": forms.form_at(("linkCode",)),
    "pkceCodeVerifier": forms.form_at(("token",)),
}


def form_at(path: Path) -> Form | None:
    """Return what kind of new value may stand at a place of a view."""
    if path[-1] == "value" and len(path) > 1:
        return _FORMS.get(path[-2].partition(" ")[0])
    if "thirdParty" in path:
        return None
    return _FORMS.get(path[-1]) or forms.form_at(path)


def is_time_at(path: Path) -> bool:
    """Whether a place of a view holds a time."""
    return path[-1] in {"ate", "expires"} or forms.is_time_at(path)


def problems_of(reference: Reply, ours: Reply, bindings: Bindings) -> list[Problem]:
    """Return how our reply differs from the SDK's."""
    if reference.status != ours.status:
        wanted = f"{reference.status} {reference.text or reference.crash}"
        return [Problem("(status)", wanted, f"{ours.status} {ours.text}")]
    matcher = Matcher(
        bindings,
        form_at=form_at,
        is_time_at=is_time_at,
        is_ordered_at=lambda path: True,
        time_tolerance_ms=TOLERANCE_MS,
    )
    return matcher.compare(view(reference), view(ours))


def view(reply: Reply) -> dict[str, Any]:
    """Return a reply with everything that counts taken apart."""
    headers = reply.headers
    seen: dict[str, Any] = {name: headers[name] for name in PLAIN_HEADERS if name in headers}
    if "st-access-token" in headers:
        seen["st-access-token"] = _token(headers["st-access-token"])
    if "front-token" in headers:
        seen["front-token"] = _front_token(headers["front-token"])
    if "access-control-expose-headers" in headers:
        seen["exposed"] = sorted(set(_listed(headers["access-control-expose-headers"])))
    seen["cookies"] = _cookies(reply)
    seen["body"] = _calm(reply.json) if reply.json is not None else reply.text
    seen["letters"] = [{**letter, "link": _link(letter["link"])} for letter in reply.letters]
    return seen


def _cookies(reply: Reply) -> dict[str, Any]:
    """Return the cookies that are set, by name, path and domain."""
    found: dict[str, Any] = {}
    for header, line in reply.pairs:
        for name, cookie in cookies_in(line).items() if header == "set-cookie" else ():
            attributes = {key: value for key, value in cookie.items() if key != "raw"}
            place = f"{name} {attributes.get('path')} {attributes.get('domain', '')}"
            expires = attributes.pop("expires", None)
            at = {"expires": int(parsedate_to_datetime(expires).timestamp() * 1_000)} if expires else {}
            found[place] = {"value": _token(unquote(cookie["raw"])), **attributes, **at}
    return found


def _front_token(value: str) -> Any:
    return value if value == "remove" else _calm(json.loads(base64.b64decode(value)))


def _token(token: str) -> Any:
    """Return an access token taken apart, any other as it is."""
    if not forms.JWT.matches(token):
        return token
    header, claims = jwt_parts(token)
    return {"header": header, "claims": _calm(claims)}


def _link(link: str | None) -> Any:
    """Return a link taken apart."""
    if link is None:
        return None
    parts = urlsplit(link)
    page = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return {"page": page, "query": dict(parse_qsl(parts.query)), "fragment": parts.fragment}


def _listed(header: str) -> list[str]:
    return [item.strip() for item in header.split(",")]


def _calm(value: Any, path: Path = ()) -> Any:
    """Put words in the place of the times in claims, which two recipes may or may not share."""
    if isinstance(value, dict):
        return {name: _calm(member, (*path, name)) for name, member in value.items()}
    if isinstance(value, list):
        items = [_calm(item, path) for item in value]
        return sorted(items) if path[-1] in SETS or path[-2:] == ("st-perm", "v") else items
    if path[-1:] in {("qrCodeString",), ("urlWithQueryParams",)} and isinstance(value, str):
        return _link(value)
    is_time = path[-1:] == ("t",) or (len(path) > 1 and path[-2] == "c")
    return "(now)" if is_time and isinstance(value, int) else value
