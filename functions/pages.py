"""Serves the website in web/: a fixed set of files, each read once and kept in memory."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from fastapi import FastAPI, HTTPException, Request, Response
from mangum import Mangum

from gatehouse.cold_start import page_problems, refuse_to_start
from gatehouse.config import page_settings
from gatehouse.web import answers
from gatehouse.web.observed import observed

WEB = Path(__file__).parent.parent / "web"

PAGES = {
    "/": "index.html",
    "/check-your-mail": "check-your-mail.html",
    "/profile": "profile.html",
    "/directory": "directory.html",
    "/docs": "docs.html",
    "/openapi.json": "openapi.json",
    "/favicon.ico": "assets/favicon.svg",
}
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
REVALIDATE = "no-cache"
FIVE_MINUTES = "public, max-age=300"


@dataclass(frozen=True)
class WebFile:
    """One file as it is sent."""

    body: bytes
    headers: dict[str, str]

    def is_known_to(self, request: Request) -> bool:
        """Return whether the caller holds this very version (RFC 9110 section 13.1.2)."""
        given = request.headers.get("if-none-match", "").split(",")
        tags = {tag.strip().removeprefix("W/") for tag in given}
        return not tags.isdisjoint({"*", self.headers["ETag"]})


class Website:
    """The files of one folder by their path on the website. Nothing outside of this list can be asked for."""

    def __init__(self, folder: Path, *, app_name: str, is_local: bool) -> None:
        assets = sorted((folder / "assets").iterdir())
        self._sources = {path: folder / name for path, name in PAGES.items()}
        self._sources |= {f"/assets/{asset.name}": asset for asset in assets if asset.suffix in CONTENT_TYPES}
        self._placeholders = {"app_name": escape(app_name)}
        self._assets_age = REVALIDATE if is_local else FIVE_MINUTES
        self._files: dict[str, WebFile] = {}

    def file(self, path: str) -> WebFile | None:
        """Return the file at a path such as `/profile`, or None. Pages have their placeholders filled in."""
        if path in self._sources and path not in self._files:
            self._files[path] = self._read(self._sources[path])
        return self._files.get(path)

    def _read(self, source: Path) -> WebFile:
        body = source.read_bytes()
        is_asset = source.parent.name == "assets"
        if source.suffix == ".html":
            body = Template(body.decode()).substitute(self._placeholders).encode()
        headers = {
            "Content-Type": CONTENT_TYPES[source.suffix],
            "Cache-Control": self._assets_age if is_asset else REVALIDATE,
            "ETag": f'"{sha256(body).hexdigest()}"',
        }
        return WebFile(body, headers | SECURITY_HEADERS)


@cache
def website() -> Website:
    """Return the website of this Lambda instance, made on the first request."""
    settings = page_settings()
    return Website(WEB, app_name=settings.app_name, is_local=settings.is_local)


refuse_to_start(page_problems)
# Without create_app: that builds the house, and pages need neither its database nor its secrets.
app = FastAPI(title="Gatehouse", summary="The website", docs_url=None, redoc_url=None, openapi_url=None)
answers.install(app)


@app.get("/{path:path}", include_in_schema=False)
async def read_file(request: Request) -> Response:
    """Answer with a file of the website, 304 when the caller has it already, 404 when there is none."""
    file = website().file(request.url.path)
    if file is None:
        raise HTTPException(404, "There is no page at this address.")
    if file.is_known_to(request):
        return Response(status_code=304, headers=file.headers)
    return Response(file.body, headers=file.headers)


handler = observed(Mangum(app, lifespan="off"))
