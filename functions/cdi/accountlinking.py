"""Operations of the recipe accountlinking."""

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Parameters, Text
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.recipe_errors import RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId
from gatehouse.web.wire import person_json

router = Router("accountlinking")


class PrimaryQuery(Parameters):
    """Who would become a primary user."""

    recipe_user_id: Text


class Primary(Body):
    """Who becomes a primary user, or leaves one."""

    recipe_user_id: Text


class LinkQuery(Parameters):
    """Which login method would be linked to which primary user."""

    recipe_user_id: Text
    primary_user_id: Text


class Link(Body):
    """Which login method is linked to which primary user."""

    recipe_user_id: Text
    primary_user_id: Text


@router.on("GET", "/recipe/accountlinking/user/primary/check", Scope.APP)
def check_primary(call: Call) -> Json:
    """Say whether a user could become a primary user, or is one."""
    user_id = call.query(PrimaryQuery).recipe_user_id
    return ok(wasAlreadyAPrimaryUser=call.house.accountlinking.check_primary(call.tenant.app_id, user_id))


@router.on("POST", "/recipe/accountlinking/user/primary", Scope.APP)
def make_primary(call: Call) -> Json:
    """Make a user a primary user."""
    user_id = call.body(Primary).recipe_user_id
    user, was_already = call.house.accountlinking.make_primary(call.tenant.app_id, user_id)
    return ok(wasAlreadyAPrimaryUser=was_already, user=person_json(user, call.version))


@router.on("GET", "/recipe/accountlinking/user/link/check", Scope.APP)
def check_link(call: Call) -> Json:
    """Say whether a login method could be linked to a primary user, or is."""
    query = call.query(LinkQuery)
    return ok(
        accountsAlreadyLinked=call.house.accountlinking.check_link(
            call.tenant.app_id, query.recipe_user_id, query.primary_user_id
        )
    )


@router.on("POST", "/recipe/accountlinking/user/link", Scope.APP)
def link(call: Call) -> Json:
    """Link a login method to a primary user."""
    body = call.body(Link)
    try:
        user, was_already = call.house.accountlinking.link(
            call.tenant.app_id, body.recipe_user_id, body.primary_user_id
        )
    except RecipeUserIdAlreadyLinkedWithAnotherPrimaryUserId as error:
        return {"status": error.status_text, **error.fields, "user": person_json(error.person, call.version)}
    return ok(accountsAlreadyLinked=was_already, user=person_json(user, call.version))


@router.on("POST", "/recipe/accountlinking/user/unlink", Scope.APP)
def unlink(call: Call) -> Json:
    """Take a login method from its primary user."""
    user_id = call.body(Primary).recipe_user_id
    was_linked, was_removed = call.house.accountlinking.unlink(call.tenant.app_id, user_id)
    return ok(wasRecipeUserDeleted=was_removed, wasLinked=was_linked)
