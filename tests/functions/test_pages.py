"""What the pages function sends: the files of web/ and nothing else."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from functions import pages
from gatehouse.config import PageSettings, declared_settings, load_settings, page_settings
from gatehouse.errors import SettingInvalid
from infra.local.events import Moment, http_event
from infra.local.messages import Request
from infra.local.routing import DEFAULT_ROUTE, Match, Route

ROUTES = ("/", "/check-your-mail", "/profile", "/directory", "/docs")
ASSETS = sorted(path.name for path in (pages.WEB / "assets").iterdir())
TEMPLATES = Path(__file__).parents[2] / "layers/shared/python/gatehouse/web/templates"
EVERYTHING = Match(Route(DEFAULT_ROUTE, "pages"))


@dataclass(frozen=True)
class Answer:
    """What the function answered; header names are in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()


class Browser:
    """Calls the function with events, as API Gateway does."""

    def get(self, path: str, *, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path; keywords are headers, with `_` for `-`."""
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        event = http_event(Request(method, path, sent), EVERYTHING, Moment())
        answer = pages.handler(event, SimpleNamespace())
        body = answer["body"]
        content = b64decode(body) if answer["isBase64Encoded"] else body.encode()
        return Answer(answer["statusCode"], answer["headers"], content)


Client = Callable[..., Browser]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Make a client of a fresh Lambda instance with the given settings."""

    def make(**settings: str) -> Browser:
        for name in ("AWS_LAMBDA_FUNCTION_NAME", "GATEHOUSE_STAGE", "APP_NAME", "DATABASE_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        pages.website.cache_clear()
        return Browser()

    yield make
    pages.website.cache_clear()


def deployed() -> dict[str, str]:
    """Return the settings of a deployed stage, whose secrets are references that pages never follow."""
    return {
        "GATEHOUSE_STAGE": "prod",
        "API_URL": "https://auth.example.com",
        "DATABASE_URL": "ssm:/gatehouse/prod/database-url",
        "EMAIL_SENDER": "ses",
    }


class References(HTMLParser):
    """Collects what a page loads, links to and sends to, and anything inline."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.urls += [attributes[name] or "" for name in ("href", "src", "action") if name in attributes]
        self.inline += [name for name in attributes if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self.inline.append(tag)


def references(html: str) -> References:
    """Return what an HTML text refers to."""
    found = References()
    found.feed(html)
    return found


@pytest.mark.parametrize("path", ROUTES)
def test_pages_are_html_that_browsers_check_every_time(client: Client, path: str) -> None:
    answer = client().get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/assets/style.css", "text/css; charset=utf-8"),
        ("/assets/api.js", "text/javascript; charset=utf-8"),
        ("/assets/logo.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
        ("/openapi.json", "application/json"),
    ],
)
def test_every_file_has_its_content_type(client: Client, path: str, content_type: str) -> None:
    answer = client().get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == content_type


@pytest.mark.parametrize("name", ASSETS)
def test_every_asset_is_served_as_it_is(client: Client, name: str) -> None:
    answer = client().get(f"/assets/{name}")
    assert answer.content == (pages.WEB / "assets" / name).read_bytes()
    assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()}"'


def test_assets_are_kept_for_a_while_when_deployed_and_checked_each_time_locally(client: Client) -> None:
    assert client(**deployed()).get("/assets/style.css").headers["cache-control"] == "public, max-age=300"
    assert client(**deployed()).get("/").headers["cache-control"] == "no-cache"
    assert client().get("/assets/style.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("given", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_a_known_version_is_not_sent_again(client: Client, given: str) -> None:
    browser = client()
    tag = browser.get("/profile").headers["etag"]
    answer = browser.get("/profile", if_none_match=given.format(tag=tag))
    assert (answer.status, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("given", ['"other"', "", "W/"])
def test_an_old_version_is_replaced(client: Client, given: str) -> None:
    assert client().get("/profile", if_none_match=given).status == 200


@pytest.mark.parametrize("path", [*ROUTES, "/assets/api.js", "/openapi.json"])
def test_security_headers_are_on_every_file(client: Client, path: str) -> None:
    headers = client().get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/unknown.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2f..%2fserverless.yml",
        "/assets/..%5c..%5cserverless.yml",
        "/assets//etc/passwd",
        "/assets/style.css%00.js",
        "/assets/style.css/",
        "/index.html",
        "/web/index.html",
        "/functions/pages.py",
        "//",
    ],
)
def test_nothing_else_can_be_asked_for(client: Client, path: str) -> None:
    answer = client().get(path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_pages_only_answer_to_reading(client: Client) -> None:
    assert client().get("/profile", method="POST").status == 405


def test_the_name_of_the_application_is_shown_as_text(client: Client) -> None:
    page = client(APP_NAME="Tom & <b>Jerry</b>").get("/").text
    assert "<title>Sign in · Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;</title>" in page
    assert "<b>" not in page


def test_pages_need_no_setting_that_may_be_a_reference(client: Client) -> None:
    names = {item.metadata["name"] for item in declared_settings()} | {"DATABASE_URL", "MYSQL_PASSWORD"}
    references = dict.fromkeys(names - {"APP_NAME", "GATEHOUSE_STAGE"}, "ssm:/gatehouse/prod/value")
    answer = client(**references, APP_NAME="Tom", GATEHOUSE_STAGE="prod").get("/")
    assert answer.status == 200
    assert "<title>Sign in · Tom</title>" in answer.text


@pytest.mark.parametrize("given", ["ssm:/gatehouse/prod/name", " secretsmanager:/gatehouse/prod/app#name"])
def test_the_name_of_the_application_cannot_be_a_reference(client: Client, given: str) -> None:
    with pytest.raises(SettingInvalid, match="APP_NAME: is shown on pages and cannot be a reference"):
        page_settings({"APP_NAME": given})
    answer = client(APP_NAME=given).get("/")
    assert answer.status == 500
    assert given.strip() not in answer.text


@pytest.mark.parametrize(
    "given",
    [{}, {"APP_NAME": "", "GATEHOUSE_STAGE": ""}, {"APP_NAME": " Tom ", "GATEHOUSE_STAGE": " local "}],
)
def test_pages_read_settings_as_other_functions_do(given: dict[str, str]) -> None:
    settings = load_settings(given)
    assert page_settings(given) == PageSettings(settings.app_name, is_local=settings.is_local)
    assert not page_settings({**given, "GATEHOUSE_STAGE": "prod"}).is_local


@pytest.mark.parametrize("path", ROUTES)
def test_no_placeholder_is_left(client: Client, path: str) -> None:
    assert "$" not in client().get(path).text


@pytest.mark.parametrize("path", ROUTES)
def test_pages_refer_only_to_what_is_there_and_hold_nothing_inline(client: Client, path: str) -> None:
    browser = client()
    found = references(browser.get(path).text)
    assert found.inline == []
    for url in found.urls:
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("", "")
        if parts.path and parts.path != "/login":
            assert browser.get(parts.path).status == 200


@pytest.mark.parametrize("name", [name for name in ASSETS if name.endswith(".js")])
def test_modules_import_only_what_is_there(name: str) -> None:
    source = (pages.WEB / "assets" / name).read_text()
    imports = re.findall(r'from "([^"]+)"', source)
    assert all(path.removeprefix("/assets/") in ASSETS for path in imports)
    assert "innerHTML" not in source


@pytest.mark.parametrize("name", ["confirm.html", "link_error.html"])
def test_the_pages_of_links_load_only_assets_of_this_website(client: Client, name: str) -> None:
    found = references((TEMPLATES / name).read_text())
    assert found.inline == []
    assert {url for url in found.urls if not url.startswith("/assets/")} <= {"/", "/authenticate_magic_link"}
    browser = client()
    assert all(browser.get(url).status == 200 for url in found.urls if url.startswith("/assets/"))


def test_files_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<p>$app_name</p>")
    website = pages.Website(tmp_path, app_name="One", is_local=True)
    first = website.file("/")
    (tmp_path / "index.html").write_text("changed")
    assert first is not None
    assert first.body == b"<p>One</p>"
    assert website.file("/") is first
