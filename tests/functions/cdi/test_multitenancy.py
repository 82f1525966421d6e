"""Connection URI domains, apps and tenants through the core interface, on every engine."""

import json
from typing import Any

import pytest

from gatehouse.errors import ParentMissing
from gatehouse.services.multitenancy_thirdparty import TenantProviders
from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.tenants import APP, DOMAIN, NOT_FOUND, TENANT, make_tenants, say, shown
from tests.houses import Home

OTHER_HOST = "core.example.org"
SIX = ["emailpassword", "link-email", "link-phone", "otp-email", "otp-phone", "thirdparty"]
ON, OFF = {"enabled": True}, {"enabled": False}


def test_an_app_is_made_with_its_public_tenant_and_changed_when_put_again(core: Core) -> None:
    assert core.put(APP, appId="a1") == {"status": "OK", "createdNew": True}
    assert core.put(APP, appId=" A1 ", firstFactors=["thirdparty", "custom"]) == {
        "status": "OK",
        "createdNew": False,
    }

    assert say(core, "GET", "/appid-a1/recipe/multitenancy/tenant/v2") == {
        "tenantId": "public",
        "thirdParty": {"providers": []},
        "firstFactors": ["custom", "thirdparty"],
        "coreConfig": {},
        "status": "OK",
    }
    assert core.post("/appid-a1/recipe/signup", email="ada@example.com", password="x")["status"] == "OK"


def test_a_new_tenant_allows_no_first_factor_and_a_new_app_every_one(core: Core) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1", app="/appid-a1")

    assert "firstFactors" not in shown(core, "/appid-a1")
    assert shown(core, "/appid-a1/t1")["firstFactors"] == []


def test_factors_stay_until_they_are_given_again(core: Core) -> None:
    core.put(TENANT, tenantId="t1", firstFactors=["otp-email"], requiredSecondaryFactors=["totp", "x"])
    core.put(TENANT, tenantId="t1")
    assert shown(core, "/t1") == {
        "tenantId": "t1",
        "thirdParty": {"providers": []},
        "firstFactors": ["otp-email"],
        "requiredSecondaryFactors": ["totp", "x"],
        "coreConfig": {},
    }

    core.put(TENANT, tenantId="t1", firstFactors=None, requiredSecondaryFactors=[])
    assert shown(core, "/t1").keys() == {"tenantId", "thirdParty", "coreConfig"}
    core.put(TENANT, tenantId="t1", firstFactors=[], requiredSecondaryFactors=["totp"])
    core.put(TENANT, tenantId="t1", requiredSecondaryFactors=None)
    assert shown(core, "/t1")["firstFactors"] == []
    assert "requiredSecondaryFactors" not in shown(core, "/t1")


def test_the_public_tenant_of_the_base_app_has_factors_too(core: Core) -> None:
    assert core.put(TENANT, firstFactors=["emailpassword"]) == {"status": "OK", "createdNew": False}
    assert core.put(APP, requiredSecondaryFactors=["totp"]) == {"status": "OK", "createdNew": False}

    assert shown(core)["firstFactors"] == ["emailpassword"]
    assert shown(core)["requiredSecondaryFactors"] == ["totp"]


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        (APP, {"appId": ""}, "appId should not be an empty String"),
        (APP, {"appId": "AppId-x"}, "appId must not start with 'appid-'"),
        (APP, {"appId": "a_b"}, "appId can only contain letters, numbers and hyphens"),
        (APP, {"appId": "a" * 65}, "appId must not be longer than 64 characters"),
        (APP, {"appId": None}, "Field name 'appId' is invalid in JSON input"),
        (APP, {"appId": 1}, "Field name 'appId' is invalid in JSON input"),
        (TENANT, {"tenantId": "  "}, "tenantId should not be an empty String"),
        (TENANT, {"tenantId": "appid-x"}, "tenantId must not start with 'appid-'"),
        (TENANT, {"tenantId": "ünï"}, "tenantId can only contain letters, numbers and hyphens"),
        (TENANT, {"tenantId": "Users"}, "Cannot use 'users' as a tenantId"),
        (TENANT, {"tenantId": "hello"}, "Cannot use 'hello' as a tenantId"),
        (TENANT, {"tenantId": "t" * 65}, "tenantId must not be longer than 64 characters"),
        (DOMAIN, {"connectionUriDomain": " "}, "connectionUriDomain should not be an empty String"),
        *(
            (DOMAIN, {"connectionUriDomain": domain}, "connectionUriDomain is invalid")
            for domain in (
                "http://localhost", "localhost:abc", "localhost:1:2", "localhost/abc", "abc.", "a+2.com", ":3567", ":",
                "a.com:", "*", "x" * 257,
            )
        ),
        (TENANT, {"tenantId": "t", "coreConfig": None}, "Field name 'coreConfig' is invalid in JSON input"),
        (TENANT, {"tenantId": "t", "coreConfig": []}, "Field name 'coreConfig' is invalid in JSON input"),
        (TENANT, {"tenantId": "t", "firstFactors": "x"}, "Field name 'firstFactors' is invalid in JSON input"),
        (TENANT, {"tenantId": "t", "firstFactors": [1]}, "Field name 'firstFactors' is invalid in JSON input"),
        (
            TENANT,
            {"tenantId": "t", "firstFactors": ["x", "y", "x"]},
            "firstFactors input should not contain duplicate values",
        ),
        (
            TENANT,
            {"tenantId": "t", "requiredSecondaryFactors": ["x", "x"]},
            "requiredSecondaryFactors input should not contain duplicate values",
        ),
        (
            TENANT,
            {"tenantId": "t", "firstFactors": ["x" * 129]},
            "Field name 'firstFactors' must not be longer than 128 characters",
        ),
        (TENANT, {"emailPasswordEnabled": True}, "emailPasswordEnabled is not a valid input for this API"),
        (TENANT, {"thirdPartyEnabled": None}, "thirdParty is not a valid input for this API"),
        (APP, {"passwordlessEnabled": "x"}, "passwordless is not a valid input for this API"),
    ],
)  # fmt: skip
def test_bad_input_is_named(core: Core, path: str, body: dict[str, Any], text: str) -> None:
    assert core.refusal("PUT", path, body) == (400, text)


def test_who_may_make_and_change_what(core: Core) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1", "t2")
    make_tenants(core, "t1", app="/appid-a1")

    for path, body, text in (
        ("/t1" + TENANT, {"tenantId": "t2"}, "You must use the public or same tenant to add/update a tenant"),
        (
            "/appid-a1/t1" + TENANT,
            {"tenantId": "new"},
            "You must use the public or same tenant to add/update a tenant",
        ),
        ("/t1" + APP, {"appId": "a1"}, "You must use the public or same app to add/update an app"),
        ("/appid-a1" + APP, {"appId": "a2"}, "You must use the public or same app to add/update an app"),
        ("/appid-a1/t1" + APP, {"appId": "a1"}, "You must use the public or same app to add/update an app"),
        (
            "/t1" + DOMAIN,
            {"connectionUriDomain": "x.example.com"},
            "You must use the default or same connectionUriDomain to create/update a connectionUriDomain",
        ),
    ):
        assert core.refusal("PUT", path, body) == (403, text), path
    for path, body in (
        ("/t1" + TENANT, {"tenantId": "t1"}),
        ("/appid-a1" + TENANT, {"tenantId": "t1"}),
        ("/appid-a1" + APP, {"appId": "a1"}),
    ):
        assert core.put(path, **body)["createdNew"] is False


def test_unknown_tenants_are_told(core: Core) -> None:
    for prefix, names in (("/nope", "(, public, nope)"), ("/appid-nope", "(, nope, public)")):
        assert core.refusal("PUT", prefix + TENANT, {"tenantId": "x"}) == (
            400,
            f"{NOT_FOUND}{names}",
        )
        for path in ("tenant", "tenant/v2"):
            answer = core.get(f"{prefix}/recipe/multitenancy/{path}")
            assert answer == {"status": "TENANT_NOT_FOUND_ERROR"}
    assert core.call("GET", "/nope/recipe/multitenancy/tenant/list/v2").status == 400


def test_lists_show_tenants_in_their_apps_and_domains(core: Core) -> None:
    core.put(APP, appId="a1", coreConfig={"access_token_validity": 60})
    make_tenants(core, "t1", "t2", app="/appid-a1")
    core.put(DOMAIN, connectionUriDomain=OTHER_HOST)

    public = {"tenantId": "public", "thirdParty": {"providers": []}, "coreConfig": {}}
    tenants = [
        {**public, "coreConfig": {"access_token_validity": 60}},
        {**public, "tenantId": "t1", "firstFactors": []},
        {**public, "tenantId": "t2", "firstFactors": []},
    ]
    apps = [{"appId": "a1", "tenants": tenants}, {"appId": "public", "tenants": [public]}]
    assert core.get("/appid-a1/recipe/multitenancy/tenant/list/v2") == {"status": "OK", "tenants": tenants}
    assert core.get("/recipe/multitenancy/app/list/v2") == {"status": "OK", "apps": apps}
    assert core.get("/recipe/multitenancy/connectionuridomain/list/v2") == {
        "status": "OK",
        "connectionUriDomains": [
            {"connectionUriDomain": "", "apps": apps},
            {"connectionUriDomain": OTHER_HOST, "apps": [{"appId": "public", "tenants": [public]}]},
        ],
    }


def test_lists_with_switches_have_the_same_order(core: Core) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1", app="/appid-a1")

    public = {
        "tenantId": "public",
        "emailPassword": ON,
        "thirdParty": {**ON, "providers": []},
        "passwordless": ON,
        "coreConfig": {},
    }
    t1 = {
        **public,
        "tenantId": "t1",
        "emailPassword": OFF,
        "thirdParty": {**OFF, "providers": []},
        "passwordless": OFF,
    }
    apps = [{"appId": "a1", "tenants": [public, t1]}, {"appId": "public", "tenants": [public]}]
    assert core.get("/appid-a1/recipe/multitenancy/tenant/list")["tenants"] == [public, t1]
    assert core.get("/recipe/multitenancy/app/list")["apps"] == apps
    assert core.get("/recipe/multitenancy/connectionuridomain/list")["connectionUriDomains"] == [
        {"connectionUriDomain": "", "apps": apps}
    ]


@pytest.mark.parametrize("suffix", ["", "/v2"])
def test_lists_are_for_those_above(core: Core, suffix: str) -> None:
    core.put(APP, appId="a1")
    make_tenants(core, "t1")

    assert core.refusal("GET", f"/t1/recipe/multitenancy/tenant/list{suffix}") == (
        403,
        "Only the public tenantId is allowed to list all tenants associated with this app",
    )
    for prefix in ("/t1", "/appid-a1"):
        assert core.refusal("GET", f"{prefix}/recipe/multitenancy/app/list{suffix}") == (
            403,
            "Only the public tenantId and public appId is allowed to list all apps associated with this connection uri "
            "domain",
        )
        assert core.refusal("GET", f"{prefix}/recipe/multitenancy/connectionuridomain/list{suffix}") == (
            403,
            "Only the public tenantId, public appId and default connectionUriDomain is allowed to list all "
            "connectionUriDomains and appIds associated with this core",
        )


def test_a_domain_has_apps_of_its_own(core: Core) -> None:
    assert say(core, "PUT", DOMAIN, connectionUriDomain=f"{OTHER_HOST}:3567")["createdNew"]
    assert say(core, "PUT", APP, host=f"{OTHER_HOST}:3567", appId="a1")["createdNew"]

    assert core.refusal("GET", "/appid-a1/recipe/multitenancy/tenant/list/v2") == (
        400,
        f"{NOT_FOUND}(, a1, public)",
    )
    there = say(core, "GET", "/recipe/multitenancy/app/list/v2", host=OTHER_HOST.upper())
    assert [app["appId"] for app in there["apps"]] == ["a1", "public"]
    assert say(core, "GET", "/recipe/multitenancy/connectionuridomain/list/v2", host=OTHER_HOST)[0] == 403
    assert say(core, "GET", "/nope/recipe/multitenancy/tenant/list/v2", host=OTHER_HOST) == (
        400,
        f"{NOT_FOUND}({OTHER_HOST}, public, nope)",
    )
    assert say(core, "PUT", DOMAIN, host=OTHER_HOST, connectionUriDomain="third.example.com")[0] == 403
    assert say(core, "PUT", DOMAIN, host=OTHER_HOST, connectionUriDomain=OTHER_HOST)["createdNew"] is False


def test_unknown_hosts_are_the_default_domain(core: Core) -> None:
    make_tenants(core, "t1")

    for host in ("nobody.example.com", "127.0.0.1:3567", "a_b", "x" * 300):
        assert say(core, "GET", "/t1/recipe/multitenancy/tenant/v2", host=host)["status"] == "OK"


def test_a_domain_s_configuration_holds_for_its_apps(core: Core) -> None:
    core.put(DOMAIN, connectionUriDomain=OTHER_HOST, coreConfig={"api_keys": "key-of-the-other-domain-1"})
    assert say(core, "GET", "/recipe/roles", host=OTHER_HOST) == (401, "Invalid API key")
    assert core.get("/recipe/roles")["status"] == "OK"


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_before_5_0_recipes_are_on_or_off(core: Core, version: str) -> None:
    path = "/recipe/multitenancy/tenant"
    assert say(
        core, "PUT", path, version=version, tenantId="t1", emailPasswordEnabled=True, firstFactors="ignored"
    ) == {
        "status": "OK",
        "createdNew": True,
    }
    assert say(core, "GET", f"/t1{path}", version=version) == {
        "tenantId": "t1",
        "emailPassword": ON,
        "thirdParty": {**OFF, "providers": []},
        "passwordless": OFF,
        "coreConfig": {},
        "status": "OK",
    }
    assert shown(core, "/t1")["firstFactors"] == ["emailpassword"]

    say(
        core,
        "PUT",
        path,
        version=version,
        tenantId="t1",
        emailPasswordEnabled=False,
        passwordlessEnabled=True,
    )
    assert shown(core, "/t1")["firstFactors"] == ["link-email", "link-phone", "otp-email", "otp-phone"]
    assert shown(core, "/t1", version=version)["emailPassword"] == OFF
    assert say(core, "PUT", path, version=version, tenantId="t1", thirdPartyEnabled="x") == (
        400,
        "Field name 'thirdPartyEnabled' is invalid in JSON input",
    )


def test_5_0_has_switches_and_factors(core: Core) -> None:
    path = "/recipe/multitenancy/tenant"
    say(
        core,
        "PUT",
        path,
        version="5.0",
        tenantId="t1",
        thirdPartyEnabled=True,
        firstFactors=["emailpassword"],
    )
    assert shown(core, "/t1", version="5.0") == {
        "tenantId": "t1",
        "emailPassword": ON,
        "thirdParty": {**ON, "providers": []},
        "passwordless": OFF,
        "firstFactors": ["emailpassword"],
        "coreConfig": {},
    }
    for body, text in (
        ({"firstFactors": []}, "firstFactors cannot be empty. Set null instead to remove all first factors."),
        (
            {"requiredSecondaryFactors": []},
            "requiredSecondaryFactors cannot be empty. Set null instead to remove all required secondary factors.",
        ),
        (
            {"emailPasswordEnabled": False, "firstFactors": ["emailpassword"]},
            "Invalid core config: firstFactors should not contain 'emailpassword' because emailPassword is disabled "
            "for the tenant.",
        ),
        (
            {"passwordlessEnabled": False, "requiredSecondaryFactors": ["otp-phone"]},
            "Invalid core config: requiredSecondaryFactors should not contain 'otp-phone' because passwordless is "
            "disabled for the tenant.",
        ),
    ):
        assert say(core, "PUT", path, version="5.0", tenantId="t1", **body) == (400, text)


def test_public_tenants_are_shown_to_all_versions(core: Core) -> None:
    for version in ("3.0", "5.0", "5.1"):
        assert shown(core, version=version) == {
            "tenantId": "public",
            "emailPassword": ON,
            "thirdParty": {**ON, "providers": []},
            "passwordless": ON,
            "coreConfig": {},
        }
    say(core, "PUT", "/recipe/multitenancy/app", version="5.0", appId="a1", passwordlessEnabled=False)
    assert shown(core, "/appid-a1")["firstFactors"] == ["emailpassword", "thirdparty"]
    core.put(APP, appId="a1", requiredSecondaryFactors=["totp"])
    assert shown(core, "/appid-a1", version="5.1")["firstFactors"] == ["emailpassword", "thirdparty"]


def test_domains_have_switches_too(core: Core) -> None:
    path, shown_at = "/recipe/multitenancy/connectionuridomain", "/recipe/multitenancy/tenant"
    body: dict[str, Any] = {"connectionUriDomain": f"{OTHER_HOST}:3567", "passwordlessEnabled": False}
    for is_new in (True, False):
        answer = say(core, "PUT", path, version="4.0", **body)
        assert answer == {"status": "OK", "createdNew": is_new}

    answer = say(core, "GET", shown_at, version="4.0", host=OTHER_HOST)
    assert (answer["emailPassword"], answer["passwordless"]) == (ON, OFF)
    assert say(core, "GET", f"{shown_at}/v2", host=OTHER_HOST)["firstFactors"] == [
        "emailpassword",
        "thirdparty",
    ]


def test_a_change_is_seen_at_once_here_and_within_a_minute_elsewhere(core: Core, home: Home) -> None:
    elsewhere = Core(home.with_settings())
    make_tenants(core, "t1")
    elsewhere.get("/t1/recipe/user/roles", userId="x")

    core.put(TENANT, tenantId="t1", coreConfig={"ip_deny_regex": ".*"})
    assert core.call("GET", "/t1/recipe/user/roles?userId=x").status == 403
    home.clock.advance(seconds=60)
    assert elsewhere.call("GET", "/t1/recipe/user/roles?userId=x").status == 403


def test_what_is_shown_comes_from_the_database(core: Core, home: Home) -> None:
    elsewhere = Core(home.with_settings())
    make_tenants(core, "t1")
    assert elsewhere.get("/t1/recipe/multitenancy/tenant/v2")["firstFactors"] == []

    core.put(TENANT, tenantId="t1", firstFactors=["thirdparty"])
    assert elsewhere.get("/t1/recipe/multitenancy/tenant/v2")["firstFactors"] == ["thirdparty"]
    core.post("/recipe/multitenancy/tenant/remove", tenantId="t1")
    assert elsewhere.get("/t1/recipe/multitenancy/tenant/v2") == {"status": "TENANT_NOT_FOUND_ERROR"}


def test_an_app_that_another_instance_has_removed_cannot_be_changed(core: Core, home: Home) -> None:
    elsewhere = Core(home.with_settings())
    core.put(APP, appId="a1")
    assert elsewhere.get("/appid-a1/users/count") == {"status": "OK", "count": 0}
    core.post("/recipe/multitenancy/app/remove", appId="a1")

    for path, body in (
        (TENANT, {"tenantId": "t1"}),
        ("/recipe/multitenancy/config/thirdparty", {"config": {"thirdPartyId": "google", "clients": []}}),
    ):
        assert say(elsewhere, "PUT", f"/appid-a1{path}", **body) == (400, f"{NOT_FOUND}(, a1, public)")


def test_a_missing_parent_is_the_tenant_or_a_failure_of_ours(
    core: Core, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def miss(*_: Any) -> None:
        raise ParentMissing

    elsewhere = Core(home.with_settings())
    make_tenants(core, "t1")
    monkeypatch.setattr(TenantProviders, "remove", miss)
    path, body = "/t1/recipe/multitenancy/config/thirdparty/remove", {"thirdPartyId": "google"}
    assert say(elsewhere, "POST", path, **body)[0] == 500

    core.post("/recipe/multitenancy/tenant/remove", tenantId="t1")
    assert say(elsewhere, "POST", path, **body) == (400, f"{NOT_FOUND}(, public, t1)")


def test_a_tenant_of_a_core_without_the_column_allows_every_factor(core: Core, home: Home) -> None:
    make_tenants(core, "t1")
    home.house.database.run(
        Sql("UPDATE {tenant_configs} SET is_first_factors_null = NULL, core_config = NULL").run()
    )

    assert shown(core, "/t1").keys() == {"tenantId", "thirdParty", "coreConfig"}


def test_answers_keep_the_core_s_order(core: Core) -> None:
    core.put(TENANT, tenantId="t1", requiredSecondaryFactors=["totp"])

    text = core.call("GET", "/t1/recipe/multitenancy/tenant/v2").text
    assert list(json.loads(text)) == [
        "tenantId", "thirdParty", "firstFactors", "requiredSecondaryFactors", "coreConfig", "status",
    ]  # fmt: skip
