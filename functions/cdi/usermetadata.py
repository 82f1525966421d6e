"""Operations of the recipe usermetadata."""

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Id, Object, Parameters, UserIds
from functions.cdi.operations import Json, Router, Scope, ok

router = Router("usermetadata")


class UserIdQuery(Parameters):
    """Whose metadata."""

    user_id: Id


class Update(Body):
    """What to set, and with null what to remove, at the top level."""

    user_id: Id
    metadata_update: Object


class Removal(Body):
    """Whose metadata goes."""

    user_id: Id


class ManyUsers(Body):
    """Whose metadata."""

    user_ids: UserIds


@router.on("GET", "/recipe/user/metadata", Scope.APP)
def get_metadata(call: Call) -> Json:
    """Return a user's metadata, empty for somebody unknown."""
    user_id = call.query(UserIdQuery).user_id
    return ok(metadata=call.house.usermetadata.get(call.tenant.app_id, user_id))


@router.on("PUT", "/recipe/user/metadata", Scope.APP)
def update_metadata(call: Call) -> Json:
    """Change a user's metadata and return the whole."""
    body = call.body(Update)
    return ok(metadata=call.house.usermetadata.update(call.tenant.app_id, body.user_id, body.metadata_update))


@router.on("POST", "/recipe/user/metadata/remove", Scope.APP)
def remove_metadata(call: Call) -> Json:
    """Delete a user's metadata."""
    call.house.usermetadata.remove(call.tenant.app_id, call.body(Removal).user_id)
    return ok()


@router.on("POST", "/recipe/user/metadata/bulk", Scope.APP)
def list_metadata(call: Call) -> Json:
    """Return the metadata of many users; null: none (CDI 5.4)."""
    user_ids = call.body(ManyUsers).user_ids
    found = call.house.usermetadata.get_many(call.tenant.app_id, user_ids) if user_ids else {}
    return ok(users=[{"userId": user_id, "metadata": found.get(user_id)} for user_id in user_ids])
