"""What the core tells of itself, on every engine."""

from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.houses import Home

VERSIONS = ["3.0", "3.1", "4.0", "5.0", "5.1", "5.2", "5.3", "5.4"]
APP_SPECIFIC = (403, "Only public tenantId can call this app specific API")


def notes(home: Home) -> dict[tuple[str, str], str]:
    """Return what is noted about apps, without what migrations note."""
    rows = home.house.database.run(
        Sql("SELECT app_id, name, value FROM {key_value}").all(lambda row: ((row[0], row[1]), row[2]))
    )
    return {key: value for key, value in rows if not key[1].startswith("gatehouse")}


def note(home: Home, name: str, value: str) -> None:
    """Note something as a Java core does."""
    home.house.database.run(
        Sql("""INSERT INTO {key_value} (app_id, tenant_id, name, value, created_at_time)
            VALUES ('public', 'public', :name, :value, 1)""").run(name=name, value=value)
    )


@pytest.mark.parametrize("path", ["/hello", "/", "", "/Hello/", "/appid-public", "/public/", "/public/hello"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_hello_asks_the_database_each_time(core: Core, home: Home, method: str, path: str) -> None:
    core.call("GET", "/hello")
    before = home.house.database.round_trips

    answer = core.call(method, path, body=b"{", headers={"content-type": "text/plain"})
    assert (answer.status, answer.text) == (200, "Hello\n")
    assert answer.headers["content-type"] == "text/html;charset=UTF-8"
    assert home.house.database.round_trips == before + 1


def test_hello_fails_without_the_database(home: Home) -> None:
    gone = home.with_settings(DATABASE_URL="mysql://nobody@127.0.0.1:9/nothing")
    answer = Core(gone).call("GET", "/hello")

    assert (answer.status, answer.headers["content-type"]) == (503, "text/html;charset=UTF-8")
    assert answer.text == "The database is not available right now. Please try again in a moment.\n"
    assert answer.headers["retry-after"] == "5"


def test_versions_are_announced_and_domains_noted(core: Core, home: Home) -> None:
    assert core.get("/apiversion") == {"versions": VERSIONS}
    assert notes(home) == {}

    domains = {"websiteDomain": "https://app.example.com", "apiDomain": "https://api.example.com"}
    assert core.get("/apiversion", **domains) == {"versions": VERSIONS}
    noted = {("public", name): value for name, value in domains.items()}
    assert notes(home) == noted

    times = Sql("SELECT created_at_time FROM {key_value} ORDER BY name").all(lambda row: int(row[0]))
    before = home.house.database.run(times)
    home.clock.advance(minutes=1)
    core.get("/apiversion", **domains)
    assert home.house.database.run(times) == before, "nothing is written that is known"
    core.get("/apiversion", websiteDomain="https://other.example.com", apiDomain="")
    assert notes(home) == {**noted, ("public", "websiteDomain"): "https://other.example.com"}
    core.get("/apiversion", apiDomain="x" * 2_000)
    assert notes(home)["public", "apiDomain"] == domains["apiDomain"]


def test_versions_end_at_the_highest_that_is_configured(home: Home) -> None:
    core = Core(home.with_settings(SUPERTOKENS_MAX_CDI_VERSION="5.0"))

    assert core.get("/apiversion") == {"versions": ["3.0", "3.1", "4.0", "5.0"]}


def test_the_configuration_is_nobodys(core: Core) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1")

    assert core.get("/config", pid="1") == {"status": "NOT_ALLOWED"}
    assert core.refusal("GET", "/config") == (400, "Field name 'pid' is missing in GET request")
    assert core.refusal("GET", "/t1/config?pid=1") == (
        403,
        "you can call this only from the base connection uri domain, public app and tenant",
    )


def test_telemetry_shows_the_id_of_a_java_core(core: Core, home: Home) -> None:
    assert core.get("/telemetry") == {"exists": False}
    note(home, "TELEMETRY_ID", "11111111-2222-4333-8444-555555555555")
    assert core.get("/telemetry") == {"exists": True, "telemetryId": "11111111-2222-4333-8444-555555555555"}


def test_requests_are_not_counted(core: Core, home: Home) -> None:
    stats = core.get("/requests/stats")

    assert stats.keys() == {"status", "atMinute", "averageRequestsPerSecond", "peakRequestsPerSecond"}
    assert abs(stats["atMinute"] - home.clock() // 60_000) <= 1
    assert stats["averageRequestsPerSecond"] == stats["peakRequestsPerSecond"] == [-1] * 1_440


def test_a_licence_key_is_kept_unread(core: Core, home: Home) -> None:
    def key() -> Any:
        return core.get("/ee/license")

    none = {"status": "NO_LICENSE_KEY_FOUND_ERROR"}
    assert key() == none
    assert core.put("/ee/license", licenseKey="a.b.c ü") == {"status": "OK"}
    assert key() == {"status": "OK", "licenseKey": "a.b.c ü"}
    assert core.put("/ee/license") == {"status": "OK"}
    assert core.put("/ee/license", licenseKey="another") == {"status": "OK"}
    assert key() == {"status": "OK", "licenseKey": "another"}
    assert notes(home) == {("public", "LICENSE_KEY"): "another"}
    for _ in range(2):
        assert core.call("DELETE", "/ee/license").json == {"status": "OK"}
        assert key() == none


def test_a_java_core_removes_licence_keys_otherwise(core: Core, home: Home) -> None:
    note(home, "LICENSE_KEY", "NOT_PRESENT")

    assert core.get("/ee/license") == {"status": "NO_LICENSE_KEY_FOUND_ERROR"}
    for key in ("", "NOT_PRESENT"):
        assert core.put("/ee/license", licenseKey=key) == {"status": "INVALID_LICENSE_KEY_ERROR"}


def test_a_licence_key_is_a_text(core: Core) -> None:
    bads: list[Any] = [None, 1, [], "a\x00", "x" * 20_000]
    for bad in bads:
        assert core.refusal("PUT", "/ee/license", {"licenseKey": bad}) == (
            400,
            "Field name 'licenseKey' is invalid in JSON input",
        )
    assert core.refusal("PUT", "/ee/license", b"") == (400, "Invalid Json Input")


def test_every_feature_is_on(core: Core) -> None:
    features = core.get("/ee/featureflag")

    assert features["features"] == [
        "account_linking", "multi_tenancy", "test", "dashboard_login", "mfa", "security",
    ]  # fmt: skip
    nobody = [0] * 31
    (tenant,) = features["usageStats"]["multi_tenancy"].pop("tenants")
    assert len(tenant.pop("userPoolId")) == 64
    assert tenant == {
        "tenantId": "public",
        "usersCount": 0,
        "hasUsersOrSessions": False,
        "hasEnterpriseLogin": False,
    }
    assert features["usageStats"] == {
        "dashboard_login": {"user_count": 0},
        "mfa": {
            "totalUserCountWithMoreThanOneLoginMethodOrTOTPEnabled": 0,
            "mauWithMoreThanOneLoginMethodOrTOTPEnabled": nobody,
        },
        "multi_tenancy": {"connectionUriDomain": "", "appId": "public"},
        "account_linking": {
            "usesAccountLinking": False,
            "totalUserCountWithMoreThanOneLoginMethod": 0,
            "mauWithMoreThanOneLoginMethod": nobody,
        },
        "maus": nobody,
    }


def test_users_are_counted_by_when_they_were_last_active(core: Core, home: Home) -> None:
    for number in range(3):
        core.post("/recipe/signup", email=f"u{number}@example.com", password="correct horse 9")
        home.clock.advance(days=2)
    home.clock.advance(days=-1)

    stats = core.get("/ee/featureflag")["usageStats"]
    assert stats["maus"] == [0, 1, 1, 2, 2, 3] + [3] * 25
    (tenant,) = stats["multi_tenancy"]["tenants"]
    assert (tenant["usersCount"], tenant["hasUsersOrSessions"]) == (3, True)


def test_second_factors_and_linked_accounts_are_counted(core: Core, home: Home) -> None:
    ids = [
        core.post("/recipe/signup", email=f"u{number}@example.com", password="correct horse 9")[
            "recipeUserId"
        ]
        for number in range(4)
    ]
    core.post("/recipe/totp/device", userId=ids[2], skew=1, period=30)
    assert core.get("/ee/featureflag")["usageStats"]["account_linking"]["usesAccountLinking"] is False
    core.post("/recipe/accountlinking/user/primary", recipeUserId=ids[0])
    core.post("/recipe/accountlinking/user/link", recipeUserId=ids[1], primaryUserId=ids[0])
    home.clock.advance(days=3, minutes=1)
    core.post("/recipe/signin", email="u2@example.com", password="correct horse 9")

    stats = core.get("/ee/featureflag")["usageStats"]
    assert stats["account_linking"] == {
        "usesAccountLinking": True,
        "totalUserCountWithMoreThanOneLoginMethod": 1,
        "mauWithMoreThanOneLoginMethod": [0, 0, 0] + [1] * 28,
    }
    assert stats["mfa"] == {
        "totalUserCountWithMoreThanOneLoginMethodOrTOTPEnabled": 2,
        "mauWithMoreThanOneLoginMethodOrTOTPEnabled": [1, 1, 1] + [2] * 28,
    }


def test_tenants_are_counted_with_what_they_allow(core: Core, home: Home) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1", requiredSecondaryFactors=["totp", "otp-email"])
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t2", firstFactors=["emailpassword"])
    provider = {"thirdPartyId": "okta-1", "clients": [{"clientId": "x"}]}
    core.put("/t2/recipe/multitenancy/config/thirdparty", config=provider)
    core.post("/t2/recipe/session", userId="x", enableAntiCsrf=False, userDataInJWT={}, userDataInDatabase={})

    tenants = core.get("/ee/featureflag")["usageStats"]["multi_tenancy"]["tenants"]
    shown = {tenant.pop("tenantId"): tenant for tenant in tenants}
    pool = shown["public"]["userPoolId"]
    nothing = {"usersCount": 0, "hasUsersOrSessions": False, "userPoolId": pool, "hasEnterpriseLogin": False}
    factors = sorted(shown["t1"].pop("requiredSecondaryFactors"))
    assert factors == ["otp-email", "totp"]
    assert shown == {
        "public": nothing,
        "t1": {**nothing, "firstFactors": []},
        "t2": {
            **nothing,
            "firstFactors": ["emailpassword"],
            "hasUsersOrSessions": True,
            "hasEnterpriseLogin": True,
        },
    }


@pytest.mark.parametrize(
    "path", ["/apiversion", "/telemetry", "/requests/stats", "/ee/license", "/ee/featureflag"]
)
def test_what_is_an_apps_is_not_asked_of_a_tenant(core: Core, path: str) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1")

    assert core.refusal("GET", f"/t1{path}") == APP_SPECIFIC
    assert core.call("GET", f"/t1{path}", headers={"cdi-version": "4.0"}).status == 200


def test_apps_have_notes_of_their_own(core: Core, home: Home) -> None:
    core.put("/recipe/multitenancy/app/v2", appId="other")
    core.put("/appid-other/ee/license", licenseKey="theirs")
    core.get("/appid-other/apiversion", apiDomain="https://theirs.example.com")

    assert core.get("/ee/license") == {"status": "NO_LICENSE_KEY_FOUND_ERROR"}
    assert notes(home) == {
        ("other", "LICENSE_KEY"): "theirs",
        ("other", "apiDomain"): "https://theirs.example.com",
    }


def test_search_tags(core: Core) -> None:
    assert core.get("/user/search/tags") == {"status": "OK", "tags": ["email", "phone", "provider"]}
