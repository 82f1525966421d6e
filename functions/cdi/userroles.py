"""Operations of the recipe userroles."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Id, Maybe, Parameters, Text
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.addresses import JAVA_BLANKS

router = Router("userroles")

LONGEST_NAME = 255


def _name(told_when_empty: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        name = text.strip(JAVA_BLANKS)
        if not name:
            raise ValueError(told_when_empty)
        if len(name) > LONGEST_NAME:
            raise ValueError(f"Field name '{{}}' must not be longer than {LONGEST_NAME} characters")
        return name

    return read


Name = Annotated[Text, AfterValidator(_name("Field name '{}' cannot be an empty String"))]
ListedName = Annotated[Text, AfterValidator(_name("Field name '{}' cannot contain an empty string"))]


class Role(Body):
    """A role by its name."""

    role: Name


class RoleWithPermissions(Role):
    """A role and permissions that it gets or loses."""

    permissions: Maybe[list[ListedName]] = None


class Assignment(Body):
    """Somebody and a role."""

    user_id: Id
    role: Name


class RoleQuery(Parameters):
    """Which role."""

    role: Name


class PermissionQuery(Parameters):
    """Which permission."""

    permission: Name


class UserIdQuery(Parameters):
    """Whose roles."""

    user_id: Id


@router.on("PUT", "/recipe/role", Scope.APP)
def create_role(call: Call) -> Json:
    """Make a role, or give it more permissions."""
    body = call.body(RoleWithPermissions)
    is_new = call.house.userroles.create_role(call.tenant.app_id, body.role, body.permissions or [])
    return ok(createdNewRole=is_new)


@router.on("POST", "/recipe/role/remove", Scope.APP)
def delete_role(call: Call) -> Json:
    """Delete a role and take it from everybody."""
    did_exist = call.house.userroles.delete_role(call.tenant.app_id, call.body(Role).role)
    return ok(didRoleExist=did_exist)


@router.on("GET", "/recipe/roles", Scope.APP)
def list_roles(call: Call) -> Json:
    """List the roles of an app."""
    return ok(roles=call.house.userroles.list_roles(call.tenant.app_id))


@router.on("GET", "/recipe/role/permissions", Scope.APP)
def list_permissions(call: Call) -> Json:
    """List what a role permits."""
    role = call.query(RoleQuery).role
    return ok(permissions=call.house.userroles.list_permissions(call.tenant.app_id, role))


@router.on("POST", "/recipe/role/permissions/remove", Scope.APP)
def remove_permissions(call: Call) -> Json:
    """Take permissions from a role, all of them where none are named."""
    body = call.body(RoleWithPermissions)
    call.house.userroles.remove_permissions(call.tenant.app_id, body.role, body.permissions)
    return ok()


@router.on("GET", "/recipe/permission/roles", Scope.APP)
def list_roles_with_permission(call: Call) -> Json:
    """List the roles that permit something."""
    permission = call.query(PermissionQuery).permission
    return ok(roles=call.house.userroles.list_roles_with_permission(call.tenant.app_id, permission))


@router.on("GET", "/recipe/role/users", Scope.TENANT)
def list_users(call: Call) -> Json:
    """List who has a role in a tenant."""
    role = call.query(RoleQuery).role
    return ok(users=call.house.userroles.list_users(call.tenant.app_id, call.tenant.tenant_id, role))


@router.on("GET", "/recipe/user/roles", Scope.TENANT)
def list_roles_of_user(call: Call) -> Json:
    """List somebody's roles in a tenant."""
    user_id = call.query(UserIdQuery).user_id
    return ok(
        roles=call.house.userroles.list_roles_of_user(call.tenant.app_id, call.tenant.tenant_id, user_id)
    )


@router.on("PUT", "/recipe/user/role", Scope.TENANT)
def add_role(call: Call) -> Json:
    """Give somebody a role in a tenant."""
    body = call.body(Assignment)
    had_it = call.house.userroles.add_role(
        call.tenant.app_id, call.tenant.tenant_id, user_id=body.user_id, role=body.role
    )
    return ok(didUserAlreadyHaveRole=had_it)


@router.on("POST", "/recipe/user/role/remove", Scope.TENANT)
def remove_role(call: Call) -> Json:
    """Take a role from somebody in a tenant."""
    body = call.body(Assignment)
    had_it = call.house.userroles.remove_role(
        call.tenant.app_id, call.tenant.tenant_id, user_id=body.user_id, role=body.role
    )
    return ok(didUserHaveRole=had_it)
