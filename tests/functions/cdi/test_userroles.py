"""Roles, permissions and who has them, through the core interface, on every engine."""

from typing import Any

import pytest

from gatehouse.store.statement import Sql
from tests.core import Core
from tests.houses import Home

ADA = "ada-1"
UNKNOWN = {"status": "UNKNOWN_ROLE_ERROR"}


def create(core: Core, role: str, *permissions: str) -> bool:
    """Make a role; return whether it is new."""
    answer = core.put("/recipe/role", role=role, permissions=list(permissions))
    assert answer.keys() == {"status", "createdNewRole"}
    return bool(answer["createdNewRole"])


def give(core: Core, role: str, user_id: str = ADA, tenant: str = "") -> Any:
    """Give somebody a role."""
    return core.put(f"{tenant}/recipe/user/role", userId=user_id, role=role)


def roles_of(core: Core, user_id: str = ADA, tenant: str = "") -> Any:
    """List somebody's roles."""
    return core.get(f"{tenant}/recipe/user/roles", userId=user_id)["roles"]


def users_of(core: Core, role: str, tenant: str = "") -> Any:
    """List who has a role."""
    return core.get(f"{tenant}/recipe/role/users", role=role)


def permissions_of(core: Core, role: str) -> Any:
    """List what a role permits."""
    return core.get("/recipe/role/permissions", role=role)


def count(home: Home, table: str) -> int:
    """Count the rows of a table."""
    return home.house.database.run(Sql(f"SELECT COUNT(*) FROM {{{table}}}").only(lambda row: int(row[0])))


def test_a_role_is_made_once_and_gets_more_permissions(core: Core) -> None:
    assert core.get("/recipe/roles") == {"status": "OK", "roles": []}
    assert create(core, "editor", "write", "read", "write") is True
    assert create(core, "editor", "read", "delete") is False
    assert create(core, "empty") is True
    assert core.put("/recipe/role", role="bare") == {"status": "OK", "createdNewRole": True}

    assert core.get("/recipe/roles")["roles"] == ["bare", "editor", "empty"]
    assert permissions_of(core, "editor") == {"status": "OK", "permissions": ["delete", "read", "write"]}
    assert permissions_of(core, "empty") == {"status": "OK", "permissions": []}
    assert core.get("/recipe/permission/roles", permission="read") == {"status": "OK", "roles": ["editor"]}
    assert core.get("/recipe/permission/roles", permission="fly") == {"status": "OK", "roles": []}


def test_roles_are_given_and_taken(core: Core) -> None:
    create(core, "editor")

    assert give(core, "editor") == {"status": "OK", "didUserAlreadyHaveRole": False}
    assert give(core, "editor") == {"status": "OK", "didUserAlreadyHaveRole": True}
    give(core, "editor", "bob")
    assert roles_of(core) == ["editor"]
    assert users_of(core, "editor") == {"status": "OK", "users": [ADA, "bob"]}

    def take() -> Any:
        return core.post("/recipe/user/role/remove", userId=ADA, role="editor")

    assert take() == {"status": "OK", "didUserHaveRole": True}
    assert take() == {"status": "OK", "didUserHaveRole": False}
    assert roles_of(core) == []
    assert users_of(core, "editor")["users"] == ["bob"]


def test_unknown_roles_are_told(core: Core) -> None:
    assert give(core, "nothing") == UNKNOWN
    assert users_of(core, "nothing") == UNKNOWN
    assert permissions_of(core, "nothing") == UNKNOWN
    assert core.post("/recipe/user/role/remove", userId=ADA, role="nothing") == UNKNOWN
    assert core.post("/recipe/role/permissions/remove", role="nothing") == UNKNOWN
    assert core.post("/recipe/role/remove", role="nothing") == {"status": "OK", "didRoleExist": False}
    assert core.get("/recipe/user/roles", userId="nobody") == {"status": "OK", "roles": []}


def test_permissions_are_taken_one_by_one_or_all(core: Core) -> None:
    create(core, "editor", "a", "b", "c", "d")

    def take(**more: Any) -> Any:
        assert core.post("/recipe/role/permissions/remove", role="editor", **more) == {"status": "OK"}
        return permissions_of(core, "editor")["permissions"]

    assert take(permissions=[]) == ["a", "b", "c", "d"]
    assert take(permissions=["b", " c ", "unknown"]) == ["a", "d"]
    assert take() == []


def test_a_deleted_role_is_taken_from_everybody(core: Core, home: Home) -> None:
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1")
    for role in ("editor", "admin"):
        create(core, role, "read")
        give(core, role)
        give(core, role, tenant="/t1")

    assert core.post("/recipe/role/remove", role="editor") == {"status": "OK", "didRoleExist": True}
    assert core.post("/recipe/role/remove", role="editor") == {"status": "OK", "didRoleExist": False}
    assert (roles_of(core), roles_of(core, tenant="/t1")) == (["admin"], ["admin"])
    assert (count(home, "role_permissions"), count(home, "user_roles"), count(home, "roles")) == (1, 2, 1)


def test_roles_that_only_people_have_are_shown_and_deleted(core: Core, home: Home) -> None:
    home.house.database.run(
        Sql("""INSERT INTO {user_roles} (app_id, tenant_id, user_id, role)
            VALUES ('public', 'public', :id, 'ghost')""").run(id=ADA)
    )

    assert roles_of(core) == ["ghost"]
    assert give(core, "ghost") == UNKNOWN
    assert users_of(core, "ghost") == UNKNOWN
    assert core.post("/recipe/user/role/remove", userId=ADA, role="ghost") == UNKNOWN
    assert roles_of(core) == ["ghost"]
    assert core.post("/recipe/role/remove", role="ghost") == {"status": "OK", "didRoleExist": True}
    assert roles_of(core) == []


def test_roles_are_held_in_a_tenant_and_made_for_an_app(core: Core) -> None:
    core.put("/recipe/multitenancy/app/v2", appId="other")
    core.put("/recipe/multitenancy/tenant/v2", tenantId="t1")
    create(core, "editor")
    assert give(core, "editor", tenant="/t1") == {"status": "OK", "didUserAlreadyHaveRole": False}

    assert (roles_of(core), roles_of(core, tenant="/public")) == ([], [])
    assert roles_of(core, tenant="/t1") == ["editor"]
    assert users_of(core, "editor", "/t1")["users"] == [ADA]
    assert users_of(core, "editor")["users"] == []
    assert core.get("/appid-other/recipe/roles")["roles"] == []
    assert give(core, "editor", tenant="/appid-other") == UNKNOWN
    refused = (403, "Only public tenantId can call this app specific API")
    assert core.refusal("GET", "/t1/recipe/roles") == refused
    assert core.refusal("PUT", "/t1/recipe/role", {"role": "x"}) == refused
    assert core.call("GET", "/t1/recipe/roles", headers={"cdi-version": "4.0"}).json["roles"] == ["editor"]


def test_names_are_trimmed_as_java_does(core: Core) -> None:
    create(core, " \t editor\n\x1f", " read ", "\x01write")

    assert core.get("/recipe/roles")["roles"] == ["editor"]
    assert permissions_of(core, " editor ")["permissions"] == ["read", "write"]
    assert give(core, "editor ")["status"] == "OK"
    assert core.get("/recipe/permission/roles", permission="read ")["roles"] == ["editor"]
    assert create(core, "\u00a0editor") is True, "a no-break space is no blank in Java"


@pytest.mark.parametrize("name", ["Ünïcode 📱", "a'b\"c;--", "%", "x" * 255, "📱" * 255])
def test_odd_names_are_names(core: Core, name: str) -> None:
    create(core, name, name)
    give(core, name)

    assert core.get("/recipe/roles")["roles"] == roles_of(core) == [name]
    assert permissions_of(core, name)["permissions"] == [name]
    core.post("/recipe/role/permissions/remove", role=name, permissions=[name])
    assert permissions_of(core, name)["permissions"] == []


def test_names_differ_by_case(core: Core) -> None:
    assert [create(core, name) for name in ("admin", "Admin", "ádmin")] == [True, True, True]


def test_thousands_of_permissions_are_no_problem(core: Core) -> None:
    many = [f"permission {number:04}" for number in range(1_500)]
    create(core, "editor", *many)
    assert permissions_of(core, "editor")["permissions"] == many

    core.post("/recipe/role/permissions/remove", role="editor", permissions=many[1:])
    assert permissions_of(core, "editor")["permissions"] == many[:1]


WITH_ROLE: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", "/recipe/role"): {"role": "x"},
    ("POST", "/recipe/role/remove"): {"role": "x"},
    ("POST", "/recipe/role/permissions/remove"): {"role": "x"},
    ("PUT", "/recipe/user/role"): {"userId": ADA, "role": "x"},
    ("POST", "/recipe/user/role/remove"): {"userId": ADA, "role": "x"},
}


@pytest.mark.parametrize("operation", WITH_ROLE)
@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (None, "Field name 'role' is invalid in JSON input"),
        (7, "Field name 'role' is invalid in JSON input"),
        (["x"], "Field name 'role' is invalid in JSON input"),
        ("a\x00b", "Field name 'role' is invalid in JSON input"),
        ("\udfff", "Field name 'role' is invalid in JSON input"),
        ("", "Field name 'role' cannot be an empty String"),
        (" \n\t", "Field name 'role' cannot be an empty String"),
        ("x" * 256, "Field name 'role' must not be longer than 255 characters"),
    ],
    ids=repr,
)
def test_wrong_roles_are_told(core: Core, operation: tuple[str, str], bad: Any, told: str) -> None:
    assert core.refusal(*operation, {**WITH_ROLE[operation], "role": bad}) == (400, told)


@pytest.mark.parametrize("path", ["/recipe/role/permissions", "/recipe/role/users"])
def test_wrong_roles_of_queries_are_told(core: Core, path: str) -> None:
    assert core.refusal("GET", path) == (400, "Field name 'role' is missing in GET request")
    assert core.refusal("GET", f"{path}?role=+") == (400, "Field name 'role' cannot be an empty String")
    assert core.refusal("GET", f"{path}?role=%00x") == (400, "Field name 'role' is missing in GET request")


def test_wrong_permissions_are_told(core: Core) -> None:
    invalid = "Field name 'permissions' is invalid in JSON input"
    cases: dict[str, tuple[Any, str]] = {
        "null": (None, invalid),
        "text": ("read", invalid),
        "object": ({}, invalid),
        "numbers": ([1], invalid),
        "nulls": ([None], invalid),
        "empty": (["a", " "], "Field name 'permissions' cannot contain an empty string"),
        "long": (["x" * 256], "Field name 'permissions' must not be longer than 255 characters"),
    }
    for method, path in (("PUT", "/recipe/role"), ("POST", "/recipe/role/permissions/remove")):
        for bad, told in cases.values():
            assert core.refusal(method, path, {"role": "x", "permissions": bad}) == (400, told)
    assert core.get("/recipe/roles")["roles"] == []


def test_wrong_permissions_of_queries_are_told(core: Core) -> None:
    path = "/recipe/permission/roles"
    assert core.refusal("GET", path) == (400, "Field name 'permission' is missing in GET request")
    assert core.refusal("GET", f"{path}?permission=") == (
        400,
        "Field name 'permission' cannot be an empty String",
    )


def test_wrong_user_ids_are_told(core: Core) -> None:
    told = "Field name 'userId' is invalid in JSON input"
    for method, path in (("PUT", "/recipe/user/role"), ("POST", "/recipe/user/role/remove")):
        bads: tuple[Any, ...] = (None, 7, [], {}, "a\x00b")
        for bad in bads:
            assert core.refusal(method, path, {"userId": bad, "role": ""}) == (400, told)
        assert core.refusal(method, path, {"userId": "u" * 129, "role": "x"}) == (
            400,
            "Field name 'userId' must not be longer than 128 characters",
        )
    assert core.refusal("GET", "/recipe/user/roles") == (400, "Field name 'userId' is missing in GET request")
