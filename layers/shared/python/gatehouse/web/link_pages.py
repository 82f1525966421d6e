"""The two pages that a sign-in link can show."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from starlette.responses import HTMLResponse, Response

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def confirm_page(token: str, *, app_name: str, website_origin: str) -> Response:
    """Return the page that posts a link's token by itself, or by its button, and so gets to the website."""
    return _page("confirm.html", 200, website_origin, token=token, app_name=app_name)


def link_error_page(status: int, *, title: str, detail: str, app_name: str) -> Response:
    """Return the page that says why a link does not work and how to get another."""
    return _page("link_error.html", status, title=title, detail=detail, app_name=app_name)


def _page(name: str, status: int, /, website_origin: str = "", **values: str) -> Response:
    text = _template(name).substitute({key: escape(value) for key, value in values.items()})
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"form-action 'self' {website_origin}".rstrip()
        + "; base-uri 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(text, status, {**HEADERS, "Content-Security-Policy": policy})


@cache
def _template(name: str) -> Template:
    return Template(files("gatehouse.web").joinpath("templates", name).read_text("utf-8"))
