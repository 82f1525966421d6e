"""How the core interface speaks HTTP, whatever is asked (specs/supertokens.md 5.1); on SQLite."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.cdi import handler as function
from gatehouse.bootstrap import Builder
from gatehouse.current_settings import CurrentSettings
from gatehouse.web.entrance import Entrance
from tests.core import Core
from tests.houses import Home, open_house

JSON = "application/json;charset=UTF-8"
TEXT = "text/html;charset=UTF-8"
KEY, OTHER_KEY = "first-key-of-20-letters=", "second-key-of-20-letters"
METADATA = "/recipe/user/metadata"


@pytest.fixture(scope="module")
def engine() -> str:
    """One engine will do: nothing here depends on the database."""
    return "sqlite"


@pytest.fixture
def guarded(home: Home) -> Core:
    """A core that wants a key."""
    return Core(home.with_settings(API_KEYS=f"{KEY}, {OTHER_KEY}"))


def make_app(core: Core, app_id: str, **config: Any) -> None:
    """Make an app with its own part of the configuration."""
    core.put("/recipe/multitenancy/app/v2", appId=app_id, coreConfig=config)


def make_tenant(core: Core, tenant_id: str, app: str = "", **config: Any) -> None:
    """Make a tenant with its own part of the configuration."""
    core.put(f"{app}/recipe/multitenancy/tenant/v2", tenantId=tenant_id, coreConfig=config)


def not_found(app_id: str, tenant_id: str = "public") -> tuple[int, str]:
    """Return what is said about an app or a tenant that is not there."""
    return 400, (
        "AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId "
        f"combination not found: (, {app_id}, {tenant_id})"
    )


def test_answers_are_json_or_text_and_end_with_a_line(core: Core) -> None:
    answer = core.call("GET", "/recipe/roles")
    assert (answer.status, answer.headers["content-type"]) == (200, JSON)
    assert answer.text == '{"status":"OK","roles":[]}\n'

    business = core.call("POST", "/recipe/signin", body=b'{"email": "a@b.c", "password": "x"}')
    assert (business.status, business.headers["content-type"]) == (200, JSON)
    assert business.text == '{"status":"WRONG_CREDENTIALS_ERROR"}\n'

    wrong = core.call("POST", "/recipe/signin", body=b"{")
    assert (wrong.status, wrong.headers["content-type"], wrong.text) == (400, TEXT, "Invalid Json Input\n")


def test_letters_beyond_ascii_are_sent_as_they_are(core: Core) -> None:
    core.put("/recipe/role", role="ünï 📱")

    assert core.call("GET", "/recipe/roles").text == '{"status":"OK","roles":["ünï 📱"]}\n'


@pytest.mark.parametrize(
    "headers",
    [
        {"api-key": KEY},
        {"API-Key": OTHER_KEY},
        {"api-key": f" {KEY} "},
        {"authorization": KEY},
        {"Authorization": f"Bearer {OTHER_KEY}"},
        {"authorization": f"bearer  {KEY} "},
        {"api-key": KEY, "authorization": "Bearer wrong"},
    ],
    ids=str,
)
def test_an_api_key_lets_in(guarded: Core, headers: dict[str, str]) -> None:
    assert guarded.call("GET", "/recipe/roles", headers=headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"api-key": ""},
        {"api-key": KEY[:-1]},
        {"api-key": KEY.upper()},
        {"api-key": f"{KEY},{OTHER_KEY}"},
        {"api-key": f"{KEY}, {OTHER_KEY}"},
        {"api-key": f"Bearer {KEY}"},
        {"api-key": "ümlaut"},
        {"api-key": "wrong", "authorization": f"Bearer {KEY}"},
        {"api-key": "", "authorization": f"Bearer {KEY}"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer{KEY}"},
    ],
    ids=str,
)
def test_nothing_else_does(guarded: Core, headers: dict[str, str]) -> None:
    refused = (401, "Invalid API key")
    assert guarded.refusal("GET", "/recipe/roles", headers=headers) == refused
    assert guarded.refusal("PATCH", "/recipe/roles", headers=headers) == refused
    assert guarded.refusal("GET", "/recipe/roles", headers={**headers, "cdi-version": "9.9"}) == refused
    assert guarded.refusal("PUT", "/recipe/role", b"{", headers=headers) == refused


def test_some_things_are_open_to_everybody(guarded: Core) -> None:
    for path in ("/", "/hello"):
        assert guarded.call("GET", path).text == "Hello\n"
    assert guarded.get("/config", pid="1") == {"status": "NOT_ALLOWED"}
    assert guarded.get("/.well-known/jwks.json").keys() == {"keys"}
    assert guarded.refusal("GET", "/nowhere/at/all") == (404, "Not found")
    for path in ("/apiversion", "/ee/featureflag", "/telemetry", "/recipe/jwt/jwks"):
        assert guarded.refusal("GET", path) == (401, "Invalid API key")


def test_an_app_has_keys_of_its_own(core: Core) -> None:
    make_app(core, "own", api_keys=KEY)
    make_app(core, "open")

    def ask(path: str, key: str = "") -> int:
        return core.call("GET", path, headers={"api-key": key} if key else {}).status

    assert [ask("/recipe/roles"), ask("/appid-open/recipe/roles")] == [200, 200]
    assert [ask("/appid-own/recipe/roles", key) for key in ("", OTHER_KEY, KEY)] == [401, 401, 200]


def test_keys_of_the_base_hold_for_apps_without_their_own(guarded: Core) -> None:
    headers = {"api-key": KEY}
    body = json.dumps({"appId": "own", "coreConfig": {"api_keys": "a-key-of-the-app-itself"}}).encode()
    assert guarded.call("PUT", "/recipe/multitenancy/app/v2", body=body, headers=headers).status == 200
    body = json.dumps({"appId": "plain"}).encode()
    assert guarded.call("PUT", "/recipe/multitenancy/app/v2", body=body, headers=headers).status == 200

    assert guarded.refusal("GET", "/appid-own/recipe/roles", headers=headers) == (401, "Invalid API key")
    assert guarded.call("GET", "/appid-plain/recipe/roles", headers=headers).status == 200
    assert guarded.refusal("GET", "/appid-plain/recipe/roles") == (401, "Invalid API key")


def test_addresses_are_allowed_and_denied(home: Home) -> None:
    core = Core(
        home.with_settings(IP_ALLOW_REGEX=r"10\.0\.0\.\d+|192\.168\.1\.1", IP_DENY_REGEX=r"10\.0\.0\.9")
    )

    def ask(address: str, path: str = "/recipe/roles") -> int:
        return core.call("GET", path, source_ip=address).status

    assert [ask(address) for address in ("10.0.0.1", "192.168.1.1")] == [200, 200]
    assert [ask(address) for address in ("10.0.0.9", "10.0.0.10x", "192.168.1.11", "::1")] == [
        403,
        403,
        403,
        403,
    ]
    assert [ask("10.0.0.9", path) for path in ("/", "/hello", "/apiversion", "/config")] == [403] * 4
    assert core.refusal("GET", "/hello") == (403, "IP address not allowed")


def test_an_address_is_looked_at_before_a_key(home: Home) -> None:
    core = Core(home.with_settings(IP_DENY_REGEX=".*", API_KEYS=KEY))

    assert core.refusal("GET", "/recipe/roles", headers={"cdi-version": "9.9"}) == (
        403,
        "IP address not allowed",
    )


def test_a_tenant_may_deny_addresses_of_its_own(core: Core) -> None:
    make_tenant(core, "t1", ip_deny_regex=r"203\.0\.113\.7")

    assert core.refusal("GET", "/t1/recipe/user/roles?userId=x") == (403, "IP address not allowed")
    assert core.call("GET", "/t1/recipe/user/roles?userId=x", source_ip="203.0.113.8").status == 200
    assert core.call("GET", "/recipe/user/roles?userId=x").status == 200


@pytest.mark.parametrize("version", ["3.0", "3.1", "4.0", "5.0", "5.1", "5.2", "5.3", "5.4"])
def test_every_announced_version_is_spoken(core: Core, version: str) -> None:
    assert core.call("GET", "/recipe/roles", headers={"cdi-version": version}).status == 200


@pytest.mark.parametrize(
    "version", ["2.7", "2.21", "3.2", "5.5", "5.6", "6.0", "05.1", "5.1.0", "5", "v5", "", "x"]
)
def test_no_other_version_is(core: Core, version: str) -> None:
    headers = {"cdi-version": version}
    told = (400, f"cdi-version {version} not supported")

    assert core.refusal("GET", "/recipe/roles", headers=headers) == told
    assert core.refusal("GET", "/", headers=headers) == told
    assert core.refusal("DELETE", "/recipe/roles", headers=headers) == told
    assert core.call("GET", "/hello", headers=headers).text == "Hello\n"
    assert "versions" in core.call("GET", "/apiversion", headers=headers).json


def test_a_highest_version_may_be_configured(home: Home) -> None:
    core = Core(home.with_settings(SUPERTOKENS_MAX_CDI_VERSION="4.0"))

    assert core.call("GET", "/recipe/roles", headers={"cdi-version": "4.0"}).status == 200
    assert core.refusal("GET", "/recipe/roles", headers={"cdi-version": "5.0"}) == (
        400,
        "cdi-version 5.0 not supported",
    )
    assert core.call("GET", "/t1/recipe/roles").status == 200, "without a header it is the highest: 4.0"


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere", "/recipe", "/recipe/", "/recipe/unknown", "/users/x", "/hello/x", "/config/x", "/hellox",
        "/recipe/role/x", "/recipe//role", "//hello", "/apiversion/incorrect/path", "/a/b/c/d", "/x.y", "/%00",
        "/recipe/recipe/roles", "/users/recipe/roles", "/hello/recipe/roles", "/config/recipe/roles", "/../hello",
        "/appid-x/recipe", "/t1/appid-x/recipe/roles",
        "/appid_x/hello", "/T_1/hello", "/ü/hello", "/a%3Fb/hello", "/.well-known/jwks",
    ],
)  # fmt: skip
def test_other_paths_are_not_found(core: Core, path: str) -> None:
    assert core.refusal("GET", path) == (404, "Not found")


def test_the_text_of_a_404(core: Core) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert core.refusal(method, "/nowhere/at/all") == (404, "Not found")


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/recipe/oauth/clients", "OAuth2 provider"),
        ("/recipe/oauth", "OAuth2 provider"),
        ("/recipe/oauth/auth/requests/login?loginChallenge=x", "OAuth2 provider"),
        ("/recipe/saml/login", "SAML"),
        ("/recipe/WebAuthn/signup", "WebAuthn (passkeys)"),
        ("/bulk-import/users", "bulk import"),
        ("/bulk-import/import/", "bulk import"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/appid-x", "/t1", "/appid-x/t1"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_offered_is_told(core: Core, method: str, prefix: str, path: str, what: str) -> None:
    assert core.refusal(method, prefix + path) == (404, f"Not found: {what} is not offered")


@pytest.mark.parametrize(
    "path",
    ["/RECIPE/Roles", "/recipe/roles/", "/public/recipe/roles", "/appid-public/recipe/roles",
     "/APPID-PUBLIC/Public/recipe/roles/", "/appid-/recipe/roles"],
)  # fmt: skip
def test_paths_have_any_case_and_may_end_with_a_slash(core: Core, path: str) -> None:
    core.put("/recipe/role", role="Editor")

    assert core.get(path)["roles"] == ["Editor"]


def test_apps_and_tenants_stand_before_the_path(core: Core) -> None:
    make_app(core, "a1")
    make_tenant(core, "t1", "/appid-a1")
    core.put("/appid-a1/recipe/role", role="editor")
    core.put("/APPID-A1/T1/recipe/user/role", userId="x", role="editor")

    assert core.get("/appid-a1/t1/recipe/user/roles/", userId="x")["roles"] == ["editor"]
    assert core.get("/appid-a1/recipe/user/roles", userId="x")["roles"] == []
    for path in (
        "/appid-a1",
        "/appid-a1/",
        "/appid-a1/t1",
        "/appid-a1/t1/",
        "/appid-a1/hello",
        "/appid-a1/t1/hello",
    ):
        assert core.call("GET", path).text == "Hello\n"


def test_unknown_apps_and_tenants_are_told(core: Core) -> None:
    make_app(core, "a1")

    assert core.refusal("GET", "/appid-Nope/recipe/roles") == not_found("nope")
    assert core.refusal("GET", "/appid-nope/hello") == not_found("nope")
    assert core.refusal("GET", "/appid-nope") == not_found("nope")
    assert core.refusal("GET", "/appid-nope/t1/recipe/user/roles?userId=x") == not_found("nope", "t1")
    assert core.refusal("GET", "/T1/recipe/user/roles?userId=x") == not_found("public", "t1")
    assert core.refusal("GET", "/appid-a1/t1/recipe/user/roles?userId=x") == not_found("a1", "t1")


def test_where_a_tenant_does_not_count_it_need_not_be_there(core: Core) -> None:
    assert core.call("GET", "/nope/hello").text == "Hello\n"
    assert core.refusal("GET", "/nope") == (404, "Not found")
    assert core.refusal("GET", "/nope/recipe/roles") == (
        403,
        "Only public tenantId can call this app specific API",
    )
    assert core.call("GET", "/nope/recipe/roles", headers={"cdi-version": "4.0"}).json["roles"] == []


def test_a_tenant_in_the_path_needs_the_apps_key(guarded: Core) -> None:
    for version in ("4.0", "5.4"):
        refused = guarded.refusal("GET", "/nope/recipe/roles", headers={"cdi-version": version})
        assert refused == (401, "Invalid API key")


@pytest.mark.parametrize("base_path", ["/some/Base", "some/base/"])
def test_a_base_path_stands_before_everything(home: Home, base_path: str) -> None:
    core = Core(home.with_settings(BASE_PATH=base_path))

    for path in ("/some/base/hello", "/SOME/BASE/public/hello", "/some/base", "/some/base/", "/hello"):
        assert core.call("GET", path).text == "Hello\n"
    assert core.refusal("GET", "/some/basehello") == (404, "Not found")
    assert core.get("/some/base/appid-public/recipe/roles")["roles"] == []


@pytest.mark.parametrize(("rid", "recipe"), [
    ("", "emailpassword"), ("emailpassword", "emailpassword"), ("unknown", "emailpassword"),
    ("EmailPassword", "emailpassword"), ("passwordless", "passwordless"), ("thirdparty", "thirdparty"),
])  # fmt: skip
def test_rid_picks_the_recipe_of_a_shared_path(core: Core, rid: str, recipe: str) -> None:
    told = {
        "emailpassword": "Please provide one of userId or email",
        "passwordless": "Please provide exactly one of userId, email or phoneNumber",
        "thirdparty": "Please provide one of userId or (thirdPartyId & thirdPartyUserId)",
    }
    assert core.refusal("GET", "/recipe/user", headers={"rId": rid}) == (400, told[recipe])


def test_rid_changes_nothing_elsewhere(core: Core) -> None:
    assert core.call("GET", "/recipe/roles", headers={"rid": "thirdparty"}).status == 200


def test_a_recipe_may_lack_a_method_of_a_shared_path(core: Core) -> None:
    assert core.refusal("PUT", "/recipe/user", {}, {"rid": "thirdparty"}) == (405, "Method not supported")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_not_supported(core: Core, method: str) -> None:
    assert core.refusal(method, "/recipe/roles") == (405, "Method not supported")
    if method in {"PATCH", "OPTIONS"}:
        assert core.refusal(method, "/hello") == (405, "Method not supported")


def test_head_is_not_supported_either(core: Core) -> None:
    assert core.call("HEAD", "/recipe/roles").status == 405


@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"{", b"}", b"[]", b"[{}]", b'"text"', b"1", b"null", b"true", b"{'a': 1}", b'{"a": 1,}', b"{} {}",
        b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1e400}', b'{"a": ' + b"1" * 5_000 + b"}",
        b'{"a": 01}', b'{"a": "\n"}', b'{"a": "\xff"}', b"\xff\xfe{\x00}\x00", b'{"\xe4": 1}', b"\xef\xbb\xbf",
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b"[" * 100_000, b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a":' + b"[" * 250 + b"]" * 250 + b"}", b"userId=x&metadataUpdate=%7B%7D",
    ],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
def test_other_bodies_are_not_json(core: Core, content: bytes) -> None:
    assert core.refusal("PUT", METADATA, content) == (400, "Invalid Json Input")


@pytest.mark.parametrize(
    ("content", "metadata"),
    [
        (b'\xef\xbb\xbf{"userId": "x", "metadataUpdate": {"bom": 1}}', {"bom": 1}),
        (b'{"userId": "y", "userId": "x", "metadataUpdate": {"a": 1, "a": 2}}', {"a": 2}),
        (b'{"metadataUpdate": {"a": {"b": [{}]}}, "userId": "x", "unknown": [null]}', {"a": {"b": [{}]}}),
        (b'{"userId": "\\u0078", "metadataUpdate": {"\xc3\xbc": "\xf0\x9f\x93\xb1\\ud83d\\udcf1"}}', {"ü": "📱📱"}),
        (b'{"userId": "x", "metadataUpdate": {"deep": ' + b"[" * 150 + b"]" * 150 + b"}}", None),
        (b'{"userId": "x", "metadataUpdate": {"big": ' + b"9" * 4_000 + b"}}", {"big": int("9" * 4_000)}),
    ],
)  # fmt: skip
def test_these_bodies_are(core: Core, content: bytes, metadata: Any) -> None:
    answer = core.call("PUT", METADATA, body=content)

    assert answer.status == 200
    stored = core.get(METADATA, userId="x")["metadata"]
    assert stored == answer.json["metadata"] == (metadata or stored)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/json; charset=utf-8", "application/xml"]
)
def test_a_body_is_json_whatever_its_content_type(core: Core, content_type: str) -> None:
    answer = core.call("PUT", "/recipe/role", body=b'{"role": "x"}', headers={"content-type": content_type})

    assert answer.json["createdNewRole"] is True


def test_null_is_not_absent(core: Core) -> None:
    device = {"userId": "x", "skew": 1, "period": 30}
    assert core.post("/recipe/totp/device", **device)["status"] == "OK"
    assert core.refusal("POST", "/recipe/totp/device", {**device, "deviceName": None}) == (
        400,
        "Field name 'deviceName' is invalid in JSON input",
    )
    assert core.refusal("PUT", "/recipe/role", {"role": "x", "permissions": None}) == (
        400,
        "Field name 'permissions' is invalid in JSON input",
    )


def test_the_first_of_several_values_of_a_query_counts(core: Core) -> None:
    core.put(METADATA, userId="ä b", metadataUpdate={"x": 1})

    assert core.get(f"{METADATA}?userId=%C3%A4+b&userId=other&unknown=%FF")["metadata"] == {"x": 1}
    assert core.get(f"{METADATA}?userId=%C3%A4%20b")["metadata"] == {"x": 1}
    assert core.get(f"{METADATA}?userId=")["metadata"] == {}
    assert core.get(f"{METADATA}?userId=%FF%FE%zz")["metadata"] == {}
    assert core.refusal("GET", f"{METADATA}?USERID=x") == (
        400,
        "Field name 'userId' is missing in GET request",
    )


@pytest.mark.parametrize("host", ["", "localhost:3567", "EXAMPLE.com", "[", "a b", "x" * 5_000, "ü"])
def test_any_host_will_do(core: Core, host: str) -> None:
    assert core.call("GET", "/hello", headers={"host": host}).text == "Hello\n"


def test_what_goes_wrong_inside_is_not_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = open_house(f"sqlite:///{tmp_path}/empty.db", tmp_path / "mailbox.jsonl")
    core = Core(home.house)

    assert core.refusal("GET", "/recipe/roles?secret=1") == (
        500,
        "Something went wrong on our side. Please try again.",
    )
    assert "DatabaseError" in caplog.text
    home.close()


def test_what_nobody_expected_is_not_told_either(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    core = Core(home.house)
    object.__setattr__(home.house, "clock", None)

    assert core.refusal("GET", "/requests/stats") == (
        500,
        "Something went wrong on our side. Please try again.",
    )
    assert "TypeError" in caplog.text


def test_a_deployed_core_refuses_to_work_without_keys(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    core = Core(home.house)
    deployed = {
        **home.environment,
        "GATEHOUSE_STAGE": "prod",
        "API_URL": "https://auth.example.com",
        "EMAIL_SENDER": "ses",
        "EMAIL_FROM": "auth@example.com",
        "MAILBOX_FILE": "",
    }
    monkeypatch.delenv("API_KEYS", raising=False)
    for name, value in deployed.items():
        monkeypatch.setenv(name, value)
    core._entrance = Entrance(Builder(CurrentSettings(function.demand_keys)))

    for method, path in (("GET", "/hello"), ("GET", "/recipe/roles"), ("POST", "/recipe/signin")):
        assert core.refusal(method, path) == (500, "Something went wrong on our side. Please try again.")
    monkeypatch.setenv("API_KEYS", KEY)
    assert core.call("GET", "/hello").text == "Hello\n"
    assert core.refusal("GET", "/recipe/roles") == (401, "Invalid API key")
    core._entrance.house.database.disconnect()
