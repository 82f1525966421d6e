"""infra.local.environment: whose settings win."""

from pathlib import Path

import pytest

from infra.local.environment import allowed_origins, function_environment, local_values, shared_environment
from infra.local.service import Function, Service
from infra.local.template import TemplateInvalid

DECLARED = {"DATABASE_URL": "sqlite:///x.db", "SIGNUP": "open"}


def function(name: str, **environment: str) -> Function:
    return Function(name, name, f"functions/{name}.handler", environment=environment)


def service(*functions: Function) -> Service:
    return Service("s", Path(), "us-east-1", {item.name: item for item in functions})


def test_what_depends_on_the_machine_is_filled_in() -> None:
    values = local_values({}, Path("/project"), "127.0.0.1", 8080)
    assert values == {
        "API_URL": "http://127.0.0.1:8080",
        "MAILBOX_FILE": "/project/.gatehouse/mailbox.jsonl",
        "PORT": "8080",
    }


def test_the_developers_settings_win_and_the_port_is_the_real_one() -> None:
    given = {"API_URL": "https://x.example", "MAILBOX_FILE": "/m", "PORT": "0", "OTHER": "1"}
    values = local_values(given, Path("/project"), "::1", 8080)
    assert values == {**given, "PORT": "8080"}
    assert local_values({}, Path(), "::1", 8080)["API_URL"] == "http://[::1]:8080"


def test_local_values_win_over_the_template() -> None:
    environment = function_environment(function("login", **DECLARED), {"SIGNUP": "invite_only", "HOME": "/h"})
    assert environment == {"DATABASE_URL": "sqlite:///x.db", "SIGNUP": "invite_only", "HOME": "/h"}


def test_a_database_named_the_supertokens_way_replaces_the_templates() -> None:
    for own in ("MYSQL_CONNECTION_URI", "POSTGRESQL_HOST"):
        environment = function_environment(function("login", **DECLARED), {own: "x"})
        assert "DATABASE_URL" not in environment
    environment = function_environment(
        function("login", **DECLARED), {"MYSQL_HOST": "x", "DATABASE_URL": "y"}
    )
    assert environment["DATABASE_URL"] == "y"


def test_functions_in_one_process_share_their_variables() -> None:
    shared = shared_environment(service(function("a", A="1", C="3"), function("b", B="2", C="3")), {"D": "4"})
    assert shared == {"A": "1", "B": "2", "C": "3", "D": "4"}


def test_functions_that_disagree_cannot_share_a_process() -> None:
    both = service(function("a", A="1"), function("b", A="2"))
    with pytest.raises(TemplateInvalid, match="function b wants A=2, another one 1"):
        shared_environment(both, {})
    assert shared_environment(both, {"A": "3"}) == {"A": "3"}


def test_origins_of_frontends_are_those_the_developer_lists_and_no_others() -> None:
    website = {"WEBSITE_URL": "http://localhost:5173/app"}
    assert allowed_origins(website) is None
    listed = {**website, "ALLOWED_ORIGINS": "https://a.example, https://b.example,"}
    assert allowed_origins(listed) == ["https://a.example", "https://b.example"]
    assert allowed_origins({"ALLOWED_ORIGINS": ""}) == []
