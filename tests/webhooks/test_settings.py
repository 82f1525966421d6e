"""What WEBHOOK_URLS and WEBHOOK_SECRETS take, and what they say to somebody who writes something else."""

import pytest

from functions.webhooks import demand_what_signs
from gatehouse.config import Settings, load_settings
from gatehouse.errors import SettingInvalid
from tests.webhooks.conftest import SECRET

DEPLOYED = {
    "GATEHOUSE_STAGE": "prod",
    "API_URL": "https://auth.example.com",
    "DATABASE_URL": "mysql://u:p@db.example.com/gatehouse",
    "EMAIL_SENDER": "ses",
}
URLS = "must be URLs such as https://app.example.com/webhooks, separated by commas"


def settings(**given: str) -> Settings:
    return load_settings({**DEPLOYED, **given})


def test_each_url_has_the_events_that_it_hears_of() -> None:
    first, second, third = settings(
        WEBHOOK_URLS="https://a.example/x?y=z  user.*   session.created, https://b.example , https://c.example *"
    ).webhooks.endpoints

    assert (first.url, first.patterns) == ("https://a.example/x?y=z", ("user.*", "session.created"))
    heard = [first.hears_of(event) for event in ("user.created", "session.created", "session.revoked")]
    assert heard == [True, True, False]
    assert second.hears_of("anything.new")
    assert third.hears_of("anything.new")
    assert len({first.key, second.key, third.key}) == 3


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ("app.example.com", URLS),
        ("ftp://app.example.com", URLS),
        ("https://", URLS),
        ("https://[::1", URLS),
        ("https://a.example:99999", URLS),
        ("https://ä.example", URLS),
        ("https://a.example#events=user.*", "must be URLs without a user name, a password and a #"),
        ("https://me:pw@a.example", "must be URLs without a user name, a password and a #"),
        ("https://a.example, https://a.example", "names a URL twice"),
        (
            "https://a.example users.*",
            r"names events after a URL that there are not: users\.\*; docs/webhooks\.md",
        ),
        ("https://a.example signin.failed", "names events after a URL that there are not: signin.failed"),
        ("http://a.example", "must be URLs that start with https://"),
        ("http://127.0.0.1:8080", "must be URLs that start with https://"),
        (",".join(f"https://{number}.example" for number in range(11)), "must be 10 URLs at most"),
    ],
)
def test_urls_that_cannot_be_used_fail_the_start(urls: str, said: str) -> None:
    with pytest.raises(SettingInvalid, match=f"^WEBHOOK_URLS: .*{said}"):
        settings(WEBHOOK_URLS=urls)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/x", "http://localhost:8080", "http://[::1]:8080"])
def test_receivers_on_a_laptop_need_no_certificate(url: str) -> None:
    given = {"DATABASE_URL": "sqlite:///x.db", "WEBHOOK_URLS": url}

    assert load_settings(given).webhooks.endpoints[0].url == url
    with pytest.raises(SettingInvalid, match="http:// is for receivers on this machine"):
        load_settings({**given, "WEBHOOK_URLS": "http://192.168.0.7"})


@pytest.mark.parametrize(
    "secrets",
    ["secret", "whsec_", "whsec_" + "A" * 31, "whsec_!" + "A" * 40, "whsec_" + "A" * 100, "A" * 32],
)
def test_secrets_that_are_none_fail_the_start_and_are_not_repeated(secrets: str) -> None:
    with pytest.raises(SettingInvalid) as raised:
        settings(WEBHOOK_SECRETS=secrets)

    assert str(raised.value) == (
        "WEBHOOK_SECRETS: must be whsec_ and 24 to 64 random bytes in base64; "
        'echo "whsec_$(openssl rand -base64 32)" makes one'
    )


def test_secrets_may_be_two_and_no_more() -> None:
    assert settings(WEBHOOK_SECRETS=f"{SECRET}, whsec_{'QUJD' * 10}").webhooks.secrets == (
        bytes(range(32)),
        b"ABC" * 10,
    )
    with pytest.raises(SettingInvalid, match="must be one secret, or two while receivers change"):
        settings(WEBHOOK_SECRETS=", ".join([SECRET] * 3))


def test_secrets_and_urls_are_not_shown() -> None:
    shown = repr(settings(WEBHOOK_URLS="https://a.example/path-secret", WEBHOOK_SECRETS=SECRET))

    assert "path-secret" not in shown
    assert repr(bytes(range(4)))[2:-1] not in shown


def test_whoever_sends_needs_a_secret_and_nobody_else() -> None:
    without = settings(WEBHOOK_URLS="https://a.example")

    with pytest.raises(
        SettingInvalid, match=r"^WEBHOOK_SECRETS: is needed to sign what is sent to WEBHOOK_URLS$"
    ):
        demand_what_signs(without)
    demand_what_signs(settings())
    demand_what_signs(settings(WEBHOOK_URLS="https://a.example", WEBHOOK_SECRETS=SECRET))
