"""The setting THIRD_PARTY_PROVIDERS: read, refused, and put together with what a tenant has."""

import json

import pytest

from gatehouse.config import load_settings
from gatehouse.errors import RequestInvalid, SettingInvalid
from gatehouse.models.providers import Provider, ProviderClient
from gatehouse.oauth.registration import merged, register
from gatehouse.provider_settings import read_providers

CLIENT = {"clientId": "c1"}


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("{", "JSON list"),
        ("{}", "JSON list"),
        ("[1]", "a provider must be an object"),
        ('[{"clients": []}]', "thirdPartyId is missing"),
        ('[{"thirdPartyId": "x"}]', "provider x: clients must be a list"),
        ('[{"thirdPartyId": "x", "clients": [{}]}]', "provider x: clientId is missing"),
        ('[{"thirdPartyId": "x", "clients": [{"clientId": "c", "scope": "a"}]}]', "scope must be a list"),
        ('[{"thirdPartyId": "x", "clients": [{"clientId": "c"}, {"clientId": "d"}]}]', "clientType each"),
        ('[{"thirdPartyId": "x", "name": 1, "clients": [{"clientId": "c"}]}]', "name must be a text"),
        ('[{"thirdPartyId": "x", "userInfoMap": [], "clients": [{"clientId": "c"}]}]', "must be an object"),
        (json.dumps([{"thirdPartyId": "x", "clients": [CLIENT]}] * 2), "twice"),
    ],
)  # fmt: skip
def test_malformed_lists_are_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(SettingInvalid, match=advice) as caught:
        load_settings({"THIRD_PARTY_PROVIDERS": text})
    assert "THIRD_PARTY_PROVIDERS" in str(caught.value)


def test_secrets_are_not_shown() -> None:
    secret = {"clientId": "c", "clientSecret": "hidden", "additionalConfig": {"privateKey": "hidden"}}
    text = json.dumps([{"thirdPartyId": "x", "clients": [secret]}])
    settings = load_settings({"THIRD_PARTY_PROVIDERS": text})
    assert settings.frontend.third_party_providers[0].clients[0].client_secret == "hidden"
    assert "hidden" not in repr(settings)


def test_client_is_found_by_its_type() -> None:
    one = Provider("x", clients=(ProviderClient("c1"),))
    two = Provider("x", clients=(ProviderClient("c1", "web"), ProviderClient("c2", "ios")))
    assert register(one, None).client.client_id == "c1"
    assert register(two, "ios").client.client_id == "c2"
    for provider, client_type in ((two, None), (two, "android"), (one, "web"), (Provider("x"), None)):
        with pytest.raises(RequestInvalid):
            register(provider, client_type)


def test_tenants_own_provider_goes_before_that_of_the_settings() -> None:
    (static,) = read_providers(
        json.dumps(
            [
                {
                    "thirdPartyId": "acme",
                    "name": "Acme",
                    "tokenEndpoint": "https://a/token",
                    "requireEmail": False,
                    "userInfoMap": {"fromUserInfoAPI": {"userId": "uid", "email": "mail"}},
                    "clients": [{"clientId": "c1"}, {"clientId": "c2", "clientType": "ios"}],
                }
            ]
        )
    )
    own = Provider("acme", clients=(ProviderClient("t1"),), token_endpoint="https://b/token")

    both = merged(static, own)

    assert (both.name, both.token_endpoint, both.require_email) == ("Acme", "https://b/token", False)
    assert both.from_user_info_api.user_id == "uid"
    assert [(client.client_id, client.client_type) for client in both.clients] == [
        ("t1", None),
        ("c2", "ios"),
    ]
    assert merged(None, own) is own
