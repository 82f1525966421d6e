"""GET and POST /authenticate_magic_link: the page that a link opens, and the use of the link."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from gatehouse.bootstrap import House
from gatehouse.errors import GatehouseError, LinkInvalid, RequestInvalid
from gatehouse.models import Client
from gatehouse.setting_values import origin_of
from gatehouse.web.answers import NO_STORE, note
from gatehouse.web.app import create_app, lambda_handler
from gatehouse.web.bodies import Body, SignedInBody
from gatehouse.web.dependencies import ClientDep, HouseDep, TransportDep
from gatehouse.web.link_pages import confirm_page, link_error_page
from gatehouse.web.session_transport import SessionTransport

app = create_app("Use sign-in links")

FORM = "application/x-www-form-urlencoded"
Token = Annotated[str, Query(description="The token of the link.", max_length=500)]


class LinkToken(Body):
    """The token of a link."""

    token: str


@app.get(
    "/authenticate_magic_link",
    summary="Open a sign-in link",
    tags=["sign-in"],
    response_class=HTMLResponse,
    response_description="The page that uses the link.",
    responses={
        302: {"description": "Signed in: with MAGIC_LINK_CONFIRM=off, to WEBSITE_URL/profile with cookies."}
    },
)
async def open_link(house: HouseDep, transport: TransportDep, client: ClientDep, token: str = "") -> Response:
    """Show a page that posts the token by itself, so that mail scanners that only look cannot use the link up.

    With `MAGIC_LINK_CONFIRM=off` the link signs in directly: 302 to `WEBSITE_URL/profile` with cookies.
    """
    if not house.settings.magic_link_confirm:
        return _sign_in(house, transport, client, token, status=302)
    try:
        house.identity.check_link(token)
    except LinkInvalid as error:
        return _error_page(house, error)
    return confirm_page(
        token, app_name=house.settings.app_name, website_origin=origin_of(house.settings.website)
    )


@app.post(
    "/authenticate_magic_link",
    summary="Use a sign-in link",
    tags=["sign-in"],
    response_model=SignedInBody,
    response_description="Signed in, for JSON.",
    responses={303: {"description": "Signed in, for a form: to WEBSITE_URL/profile with cookies."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": LinkToken.model_json_schema()} for kind in ("application/json", FORM)
            },
        }
    },
)
async def use_link(request: Request, house: HouseDep, transport: TransportDep, client: ClientDep) -> Response:
    """Use the link, once, and open a session.

    A form is answered by 303 to `WEBSITE_URL/profile` with cookies, JSON by the tokens and the user.
    """
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
        if "origin" in request.headers:
            transport.require_trusted_origin(request)
        token = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[-1]
        return _sign_in(house, transport, client, token, status=303)
    signed_in = house.identity.authenticate(_token_of(body), client)
    return JSONResponse(SignedInBody.of(signed_in).model_dump(), headers=NO_STORE)


def _sign_in(
    house: House, transport: SessionTransport, client: Client, token: str, *, status: int
) -> Response:
    """Use a link for a browser: cookies and a redirect, or a page that says what is wrong."""
    try:
        signed_in = house.identity.authenticate(token, client)
    except GatehouseError as error:
        return _error_page(house, error)
    response = RedirectResponse(f"{house.settings.website}/profile", status, headers=NO_STORE)
    transport.write(response, signed_in)
    return response


def _error_page(house: House, error: GatehouseError) -> Response:
    title, detail = note(error)
    return link_error_page(error.status, title=title, detail=detail, app_name=house.settings.app_name)


def _token_of(body: bytes) -> str:
    from pydantic import ValidationError

    try:
        return LinkToken.model_validate_json(body).token
    except ValidationError:
        raise RequestInvalid('Send the link\'s token as JSON: {"token": "…"}.') from None


handler = lambda_handler(app)
