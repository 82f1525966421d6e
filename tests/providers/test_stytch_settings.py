"""Settings for Stytch: which are taken, how wrong ones are told, and what is not loaded without them."""

import subprocess
import sys
from pathlib import Path

import pytest

from gatehouse.errors import ProviderFailed, SettingInvalid
from gatehouse.providers.stytch_client import api_address
from tests.houses import ADA, LAPTOP, Home
from tests.providers.fake_stytch import PROJECT_ID, FakeStytch


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ("test", "https://test.stytch.com"),
        ("TEST", "https://test.stytch.com"),
        ("https://login.example.com", "https://login.example.com"),
        ("https://login.example.com/", "https://login.example.com"),
        ("http://127.0.0.1:3999", "http://127.0.0.1:3999"),
        ("http://localhost:3999/", "http://localhost:3999"),
        ("http://[::1]:3999", "http://[::1]:3999"),
    ],
)
def test_environment_names_the_api(environment: str, address: str) -> None:
    assert api_address(environment, PROJECT_ID) == address


def test_live_project_is_reached_live() -> None:
    assert api_address("live", "project-live-1") == "https://api.stytch.com"


@pytest.mark.parametrize(
    "environment",
    [
        "prod",
        "live",
        "http://login.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1:3999",
        "https://",
        "https://user:password@login.example.com",
        "https://login.example.com/v1",
        "https://login.example.com?x=1",
        "https://login.example.com:port",
        "ftp://127.0.0.1",
        "//127.0.0.1",
        "https://[::1",
    ],
)
def test_wrong_environment_is_a_setting_to_correct(home: Home, environment: str) -> None:
    house = home.with_settings(STYTCH_PROJECT_ENV=environment)

    with pytest.raises(SettingInvalid, match=r"^STYTCH_PROJECT_ENV: ") as refusal:
        _ = house.identity
    assert "password" not in str(refusal.value)


def test_wrong_project_id_is_a_setting_to_correct(home: Home) -> None:
    with pytest.raises(SettingInvalid, match="STYTCH_PROJECT_ID"):
        _ = home.with_settings(STYTCH_PROJECT_ID="project test: 1").identity


def test_wrong_secret_is_named_in_the_log_but_not_shown(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    house = home.with_settings(STYTCH_SECRET="secret-test-wrong")

    with pytest.raises(ProviderFailed):
        house.identity.login(ADA, LAPTOP)

    assert "check STYTCH_PROJECT_ID, STYTCH_SECRET and STYTCH_PROJECT_ENV" in caplog.text
    assert "secret-test-wrong" not in caplog.text


def test_missing_redirect_url_is_named_in_the_log(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    house = home.with_settings(API_URL="https://elsewhere.example.com")

    with pytest.raises(ProviderFailed):
        house.identity.login(ADA, LAPTOP)

    assert "add API_URL/authenticate_magic_link to the redirect URLs" in caplog.text


def test_sdk_is_imported_only_when_it_is_used() -> None:
    modules = ("login", "invite", "authenticate_magic_link", "session", "logout", "users", "cleanup")
    run(
        "import importlib, sys",
        f"for name in {modules}: importlib.import_module('functions.' + name)",
        "from gatehouse.bootstrap import House",
        "from gatehouse.config import load_settings",
        "House(load_settings({})).identity",
        "assert not {'stytch', 'requests', 'aiohttp'} & set(sys.modules)",
    )


def test_nothing_is_left_open_at_the_end(stytch: FakeStytch, tmp_path: Path) -> None:
    environment = {**stytch.settings, "DATABASE_URL": f"sqlite:///{tmp_path / 'gatehouse.db'}"}
    answer = run(
        "from gatehouse.bootstrap import House",
        "from gatehouse.config import load_settings",
        f"identity = House(load_settings({environment})).identity",
        "print(len(identity.jwks()[0]))",
        "del identity",
        flags=("-W", "error"),
    )

    assert answer == "1\n"


def run(*lines: str, flags: tuple[str, ...] = ()) -> str:
    """Run a program of its own; what it prints is returned, and nothing may be on its error stream."""
    path = "import sys; sys.path[:0] = ['layers/shared/python', '.']"
    program = "\n".join((path, *lines))
    done = subprocess.run(
        [sys.executable, *flags, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
