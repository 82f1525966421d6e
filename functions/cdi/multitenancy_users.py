"""Operations of the recipe multitenancy on who is in a tenant."""

from typing import Annotated

from pydantic import AfterValidator

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Id
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.addresses import JAVA_BLANKS

router = Router("multitenancy")


def _named(user_id: str) -> str:
    trimmed = user_id.strip(JAVA_BLANKS)
    if not trimmed:
        raise ValueError("Field name 'userId' cannot be an empty String")
    return trimmed


UserId = Annotated[Id, AfterValidator(_named)]


class LoginMethodId(Body):
    """Which login method is meant."""

    recipe_user_id: UserId


class LegacyUserId(Body):
    """The same before CDI 4.0."""

    user_id: UserId


@router.on("POST", "/recipe/multitenancy/tenant/user", Scope.TENANT)
def associate_user(call: Call) -> Json:
    """Let a login method into a tenant."""
    return ok(wasAlreadyAssociated=call.house.tenant_users.associate(call.tenant, _user_id(call)))


@router.on("POST", "/recipe/multitenancy/tenant/user/remove", Scope.TENANT)
def disassociate_user(call: Call) -> Json:
    """Take a login method out of a tenant, with all that it has there."""
    return ok(wasAssociated=call.house.tenant_users.disassociate(call.tenant, _user_id(call)))


def _user_id(call: Call) -> str:
    if call.version.has_linked_accounts:
        return call.body(LoginMethodId).recipe_user_id
    return call.body(LegacyUserId).user_id
