"""Operations of the recipe useridmapping."""

from typing import Annotated

from pydantic import AfterValidator

from functions.cdi.calls import Call
from functions.cdi.inputs import Body, Flag, Maybe, Parameters, Text, Trimmed
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.services.useridmapping import UserIdType
from gatehouse.store.useridmapping import Mapping

router = Router("useridmapping")

MAX_ID = 128
MAX_INFO_BYTES = 65_535
"""What a TEXT column of MySQL holds."""


def _id_length(text: str) -> str:
    if len(text) > MAX_ID:
        raise ValueError(f"Field name '{{}}' must not be longer than {MAX_ID} characters")
    return text


def _info_length(text: str) -> str:
    if len(text.encode()) > MAX_INFO_BYTES:
        raise ValueError(f"Field name '{{}}' must not be longer than {MAX_INFO_BYTES} bytes")
    return text


def _type(text: str) -> str:
    name = text.strip()
    if name not in {"SUPERTOKENS", "EXTERNAL", "ANY"}:
        raise ValueError("Field name '{}' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'")
    return name


NewId = Annotated[Trimmed, AfterValidator(_id_length)]
Info = Annotated[Trimmed, AfterValidator(_info_length)]
IdType = Annotated[Text, AfterValidator(_type)]


class NewMapping(Body):
    """Which external id stands for which of SuperTokens' own."""

    super_tokens_user_id: Trimmed
    external_user_id: NewId
    external_user_id_info: Info | None = None
    force: Maybe[Flag] = False


class MappingQuery(Parameters):
    """Whose mapping."""

    user_id: Trimmed
    user_id_type: IdType = UserIdType.ANY.value


class Removal(Body):
    """Whose mapping goes."""

    user_id: Trimmed
    user_id_type: Maybe[IdType] = UserIdType.ANY.value
    force: Maybe[Flag] = False


class NewInfo(Body):
    """What there is to know about a mapping; null: nothing."""

    user_id: Trimmed
    user_id_type: Maybe[IdType] = UserIdType.ANY.value
    external_user_id_info: Info | None


@router.on("POST", "/recipe/userid/map", Scope.APP)
def create_mapping(call: Call) -> Json:
    """Let an external id stand for one of SuperTokens' own."""
    body = call.body(NewMapping)
    call.house.useridmapping.create(
        call.tenant.app_id,
        Mapping(body.super_tokens_user_id, body.external_user_id, body.external_user_id_info),
        force=bool(body.force),
        may_move_verification=call.version.moves_verification,
    )
    return ok()


@router.on("GET", "/recipe/userid/map", Scope.APP)
def get_mapping(call: Call) -> Json:
    """Return the mapping of an id."""
    query = call.query(MappingQuery)
    mapping = call.house.useridmapping.get(call.tenant.app_id, query.user_id, UserIdType(query.user_id_type))
    return ok(
        superTokensUserId=mapping.supertokens_user_id,
        externalUserId=mapping.external_user_id,
        externalUserIdInfo=mapping.info,
    )


@router.on("POST", "/recipe/userid/map/remove", Scope.APP)
def remove_mapping(call: Call) -> Json:
    """Remove the mapping of an id."""
    body = call.body(Removal)
    did_exist = call.house.useridmapping.delete(
        call.tenant.app_id,
        body.user_id,
        UserIdType(body.user_id_type or UserIdType.ANY),
        force=bool(body.force),
    )
    return ok(didMappingExist=did_exist)


@router.on("PUT", "/recipe/userid/external-user-id-info", Scope.APP)
def update_info(call: Call) -> Json:
    """Change what there is to know about a mapping."""
    body = call.body(NewInfo)
    call.house.useridmapping.update_info(
        call.tenant.app_id,
        body.user_id,
        UserIdType(body.user_id_type or UserIdType.ANY),
        body.external_user_id_info,
    )
    return ok()
