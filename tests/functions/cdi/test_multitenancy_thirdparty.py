"""Third-party providers of tenants through the core interface, on every engine."""

from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.functions.cdi.tenants import TENANT, make_tenants, say, shown
from tests.houses import Home

CONFIG = "/recipe/multitenancy/config/thirdparty"
EMPTY_MAP: dict[str, Any] = {"fromIdTokenPayload": {}, "fromUserInfoAPI": {}}
APPLE_KEYS = {"keyId": "k", "teamId": "t", "privateKey": "p"}
EVERYTHING: dict[str, Any] = {
    "thirdPartyId": "custom-idp",
    "name": "Ünser 💥 Login",
    "clients": [
        {"clientId": "bare"},
        {
            "clientType": "web",
            "clientId": "c1",
            "clientSecret": "s1",
            "scope": ["openid", "", 'a"b,{}\\', "ünï"],
            "forcePKCE": False,
            "additionalConfig": {"a": {"b": [1, None, {"c": 1.5}]}, "z": "ü"},
        },
        {"clientType": "wide", "clientId": "c2", "scope": [], "forcePKCE": True, "additionalConfig": {}},
    ],
    "authorizationEndpoint": "https://idp.example.com/authorize",
    "authorizationEndpointQueryParams": {"prompt": "login", "none": None},
    "tokenEndpoint": "https://idp.example.com/token",
    "tokenEndpointBodyParams": {"none": None},
    "userInfoEndpoint": "https://idp.example.com/user",
    "userInfoEndpointQueryParams": {},
    "userInfoEndpointHeaders": {"x": "y"},
    "jwksURI": "https://idp.example.com/jwks",
    "oidcDiscoveryEndpoint": "https://idp.example.com/.well-known/openid-configuration",
    "requireEmail": False,
    "userInfoMap": {
        "fromIdTokenPayload": {"userId": "sub"},
        "fromUserInfoAPI": {"userId": "id", "email": "mail", "emailVerified": "verified"},
    },
}


def put(core: Core, config: Any, prefix: str = "", **more: Any) -> Any:
    """Store a provider; return the JSON answer, or status and text of a refusal."""
    return say(core, "PUT", f"{prefix}{CONFIG}", config=config, **more)


def providers(core: Core, prefix: str = "") -> Any:
    """Return a tenant's providers."""
    return shown(core, prefix)["thirdParty"]["providers"]


def test_everything_that_is_said_of_a_provider_is_shown_again(core: Core) -> None:
    assert put(core, EVERYTHING) == {"status": "OK", "createdNew": True}

    assert providers(core) == [EVERYTHING]
    assert list(providers(core)[0]) == list(EVERYTHING)
    for version in ("3.0", "5.0"):
        assert shown(core, version=version)["thirdParty"] == {"enabled": True, "providers": [EVERYTHING]}


def test_null_is_as_good_as_absent(core: Core) -> None:
    put(
        core,
        {
            **dict.fromkeys(EVERYTHING),
            "thirdPartyId": " google ",
            "clients": [{**dict.fromkeys(EVERYTHING["clients"][1]), "clientId": "x"}],
            "userInfoMap": {"fromIdTokenPayload": None, "fromUserInfoAPI": {"email": None}},
        },
    )
    put(core, {"thirdPartyId": "github"})

    assert providers(core) == [
        {"thirdPartyId": "github", "clients": [], "userInfoMap": EMPTY_MAP},
        {"thirdPartyId": "google", "clients": [{"clientId": "x"}], "userInfoMap": EMPTY_MAP},
    ]


def test_nulls_within_what_a_client_adds_are_not_shown(core: Core) -> None:
    put(
        core,
        {
            "thirdPartyId": "x",
            "clients": [{"clientId": "c", "additionalConfig": {"a": None, "b": {"c": None}}}],
        },
    )

    assert providers(core)[0]["clients"][0]["additionalConfig"] == {"b": {}}


def test_a_provider_takes_the_place_of_the_one_before(core: Core) -> None:
    put(core, EVERYTHING)
    put(core, {"thirdPartyId": "google", "clients": [{"clientId": "g"}]})

    assert put(core, {"thirdPartyId": "custom-idp", "clients": [{"clientId": "new"}]}) == {
        "status": "OK",
        "createdNew": False,
    }
    assert [provider["thirdPartyId"] for provider in providers(core)] == ["custom-idp", "google"]
    assert providers(core)[0] == {
        "thirdPartyId": "custom-idp",
        "clients": [{"clientId": "new"}],
        "userInfoMap": EMPTY_MAP,
    }


def test_providers_belong_to_one_tenant_and_outlive_its_changes(core: Core) -> None:
    make_tenants(core, "t1")
    put(core, EVERYTHING, "/t1")
    core.put(TENANT, tenantId="t1", firstFactors=["thirdparty"], coreConfig={"totp_max_attempts": 3})

    assert providers(core) == []
    assert providers(core, "/t1") == [EVERYTHING]


def test_a_provider_is_removed_once(core: Core, home: Home) -> None:
    put(core, EVERYTHING)
    put(core, {"thirdPartyId": "google", "clients": [{"clientId": "g"}]})

    path = f"{CONFIG}/remove"
    assert core.post(path, thirdPartyId=" custom-idp ") == {"status": "OK", "didConfigExist": True}
    assert core.post(path, thirdPartyId="custom-idp") == {"status": "OK", "didConfigExist": False}
    assert [provider["thirdPartyId"] for provider in providers(core)] == ["google"]
    clients = Sql("SELECT COUNT(*) FROM {tenant_thirdparty_provider_clients}").only(lambda row: int(row[0]))
    assert home.house.database.run(clients) == 1
    assert core.refusal("POST", path, {"thirdPartyId": None}) == (
        400,
        "Field name 'thirdPartyId' is invalid in JSON input",
    )


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"thirdPartyId": " "}, "thirdPartyId cannot be null or empty"),
        (
            {"thirdPartyId": "x", "clients": [{"clientId": "a"}, {"clientId": "b"}]},
            "Duplicate clientType was specified in the clients list.",
        ),
        (
            {"thirdPartyId": "x", "clients": [{"clientId": "a", "clientType": ""}, {"clientId": "b"}]},
            "Duplicate clientType was specified in the clients list.",
        ),
        ({"thirdPartyId": "x", "clients": [{}]}, "clientId cannot be null"),
        ({"thirdPartyId": "x", "clients": [{"clientId": None}]}, "clientId cannot be null"),
        (
            {"thirdPartyId": "x", "clients": [{"clientId": "a", "scope": ["x", None]}]},
            "scope array cannot contain a null",
        ),
    ],
)
@pytest.mark.parametrize("skips", [False, True])
def test_what_could_not_be_stored_is_refused_always(
    core: Core, config: dict[str, Any], text: str, *, skips: bool
) -> None:
    assert put(core, config, skipValidation=skips) == (400, f"Invalid third party config: {text}")
    assert providers(core) == []


APPLE = (
    "a non empty string value must be specified for keyId, teamId and privateKey in the additionalConfig for Apple "
    "provider"
)
GOOGLE = "hd in additionalConfig must be a non empty string value"
BOXY = "a non empty string value must be specified for boxyURL in the additionalConfig for Boxy SAML provider"


@pytest.mark.parametrize(
    ("third_party_id", "additional", "text"),
    [
        ("apple-web", None, APPLE),
        ("apple", {}, APPLE),
        ("apple", {**APPLE_KEYS, "keyId": ""}, APPLE),
        ("apple", {**APPLE_KEYS, "teamId": 1}, APPLE),
        ("apple", {**APPLE_KEYS, "privateKey": None}, APPLE),
        ("google-workspaces", {"hd": None}, GOOGLE),
        ("google-workspaces", {"hd": ""}, GOOGLE),
        ("google-workspaces-x", {"hd": ["x"]}, GOOGLE),
        ("boxy-saml-x", {"boxyURL": None}, BOXY),
        ("boxy-saml", {"boxyURL": ""}, BOXY),
        ("boxy-saml", {"boxyURL": {}}, BOXY),
    ],
)
def test_known_providers_need_what_sdks_need(
    core: Core, third_party_id: str, additional: Any, text: str
) -> None:
    config = {"thirdPartyId": third_party_id, "clients": [{"clientId": "c", "additionalConfig": additional}]}

    assert put(core, config) == (400, f"Invalid third party config: {text}")
    assert put(core, config, skipValidation=True) == {"status": "OK", "createdNew": True}


@pytest.mark.parametrize(
    ("third_party_id", "additional"),
    [
        ("apple", APPLE_KEYS),
        ("google-workspaces", {"hd": "*"}),
        ("google-workspaces", None),
        ("boxy-saml", {}),
    ],
)
def test_known_providers_are_taken_with_it(core: Core, third_party_id: str, additional: Any) -> None:
    config = {"thirdPartyId": third_party_id, "clients": [{"clientId": "c", "additionalConfig": additional}]}

    assert put(core, config)["createdNew"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "Field name 'config' is invalid in JSON input"),
        ({"config": None}, "Field name 'config' is invalid in JSON input"),
        ({"config": {}}, "Field name 'thirdPartyId' is invalid in JSON input"),
        ({"config": {"thirdPartyId": 1}}, "Field name 'thirdPartyId' is invalid in JSON input"),
        (
            {"config": {"thirdPartyId": "x" * 29}},
            "Field name 'thirdPartyId' must not be longer than 28 characters",
        ),
        ({"config": {"thirdPartyId": "x", "clients": {}}}, "Field name 'clients' is invalid in JSON input"),
        (
            {"config": {"thirdPartyId": "x", "clients": [None]}},
            "Field name 'clients' is invalid in JSON input",
        ),
        ({"config": {"thirdPartyId": "x", "name": 1}}, "Field name 'name' is invalid in JSON input"),
        (
            {"config": {"thirdPartyId": "x", "name": "n" * 65}},
            "Field name 'name' must not be longer than 64 characters",
        ),
        (
            {"config": {"thirdPartyId": "x", "clients": [{"clientId": "c", "scope": ["s" * 129]}]}},
            "Field name 'scope' must not be longer than 128 characters",
        ),
        (
            {"config": {"thirdPartyId": "x", "clients": [{"clientId": "c" * 257}]}},
            "Field name 'clientId' must not be longer than 256 characters",
        ),
        (
            {"config": {"thirdPartyId": "x", "tokenEndpoint": "ü" * 32_768}},
            "Field name 'tokenEndpoint' must not be longer than 65535 bytes",
        ),
        (
            {"config": {"thirdPartyId": "x", "tokenEndpointBodyParams": {"a": "ü" * 11_000}}},
            "Field name 'tokenEndpointBodyParams' must not be longer than 65535 bytes",
        ),
        (
            {"config": {"thirdPartyId": "x", "userInfoMap": {"fromUserInfoAPI": {"email": []}}}},
            "Field name 'email' is invalid in JSON input",
        ),
        ({"config": {"thirdPartyId": "a\x00b"}}, "Field name 'thirdPartyId' is invalid in JSON input"),
        (
            {"config": {"thirdPartyId": "x"}, "skipValidation": "true"},
            "Field name 'skipValidation' is invalid in JSON input",
        ),
        (
            {"config": {"thirdPartyId": "x"}, "skipValidation": None},
            "Field name 'skipValidation' is invalid in JSON input",
        ),
    ],
)
def test_bad_input_is_named(core: Core, body: dict[str, Any], text: str) -> None:
    assert core.refusal("PUT", CONFIG, body) == (400, text)


def test_long_texts_are_stored_whole(core: Core) -> None:
    config = {"thirdPartyId": "x", "clients": [], "tokenEndpoint": "ü" * 32_767, "userInfoMap": EMPTY_MAP}
    put(core, config)

    assert providers(core) == [config]


def test_scope_is_stored_as_supertokens_reads_it(core: Core, home: Home) -> None:
    put(
        core,
        {
            "thirdPartyId": "x",
            "clients": [{"clientId": "a"}, {"clientId": "b", "clientType": "b", "scope": ["s"]}],
        },
    )

    stored = home.house.database.run(
        Sql("SELECT scope FROM {tenant_thirdparty_provider_clients} ORDER BY client_type").all(
            lambda row: row[0]
        )
    )
    assert stored == ([None, ["s"]] if home.house.database.dialect.name == "postgresql" else ["", '["s"]'])


def test_a_tenant_that_was_removed_meanwhile_gets_no_provider(core: Core, home: Home) -> None:
    elsewhere = Core(home.with_settings())
    make_tenants(core, "t1")
    providers(elsewhere, "/t1")
    core.post("/recipe/multitenancy/tenant/remove", tenantId="t1")

    for method, path, body in (
        ("PUT", CONFIG, {"config": EVERYTHING}),
        ("POST", f"{CONFIG}/remove", EVERYTHING),
    ):
        assert elsewhere.refusal(method, f"/t1{path}", body)[0] == 400
    rows = Sql("SELECT COUNT(*) FROM {tenant_thirdparty_providers}").only(lambda row: int(row[0]))
    assert home.house.database.run(rows) == 0
