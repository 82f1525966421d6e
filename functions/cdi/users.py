"""Operations on users across recipes: lists, searches, counts, one by id, and removal."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from functions.cdi.calls import Call
from functions.cdi.inputs import (
    AnyEmail,
    AnyPhoneNumber,
    Body,
    Flag,
    Maybe,
    Parameters,
    QueryInt,
    QueryLong,
    Text,
)
from functions.cdi.operations import Json, Router, Scope, ok
from gatehouse.errors import RequestInvalid
from gatehouse.models.account_info import EMAIL, PHONE_NUMBER, THIRD_PARTY, AccountInfo
from gatehouse.recipe_errors import UnknownUserId
from gatehouse.services.user_pages import SearchTags, read_token
from gatehouse.web.wire import listed_user_json, person_json

router = Router("core")

RECIPES = {
    "accountlinking", "dashboard", "emailpassword", "emailverification", "jwt", "mfa", "multitenancy", "passwordless",
    "session", "thirdparty", "totp", "useridmapping", "usermetadata", "userroles",
}  # fmt: skip
"""What `includeRecipeIds` may name; only three of them have users."""

DEFAULT_LIMIT, MAX_LIMIT = 100, 500


def _recipe_ids(text: str) -> tuple[str, ...]:
    names = [name for part in text.split(",") if (name := part.strip())]
    for name in names:
        if name.lower() not in RECIPES:
            shown = name.replace("{", "{{").replace("}", "}}")
            raise ValueError(f"Unknown recipe ID: {shown}")
    return tuple(name.lower() for name in names)


def _order(text: str) -> str:
    if text not in {"ASC", "DESC"}:
        raise ValueError("timeJoinedOrder can be either ASC OR DESC")
    return text


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for part in text.split(";") if (tag := part.lower().strip())))


def _either(text: str) -> str:
    if text not in {"true", "false"}:
        raise ValueError("'doUnionOfAccountInfo' should be either 'true' or 'false'")
    return text


RecipeIds = Annotated[tuple[Text, ...], BeforeValidator(_recipe_ids)]
"""Names of recipes with commas between them."""
Tags = Annotated[tuple[Text, ...], BeforeValidator(_tags)]
"""Texts to search for with semicolons between them."""


class UsersQuery(Parameters):
    """Which users, and how many at a time."""

    include_recipe_ids: RecipeIds = ()
    pagination_token: Text | None = None
    limit: QueryInt | None = None
    time_joined_order: Annotated[Text, AfterValidator(_order)] = "ASC"
    email: Tags = ()
    phone: Tags = ()
    provider: Tags = ()


class CountQuery(Parameters):
    """Which users to count."""

    include_recipe_ids: RecipeIds = ()
    include_all_tenants: Text = "false"


class ActiveQuery(Parameters):
    """Since when, in ms."""

    since: QueryLong


class AccountInfoQuery(Parameters):
    """What users have."""

    email: AnyEmail | None = None
    phone_number: AnyPhoneNumber | None = None
    third_party_id: Text | None = None
    third_party_user_id: Text | None = None
    do_union_of_account_info: Annotated[Text, AfterValidator(_either)]


class UserQuery(Parameters):
    """Who."""

    user_id: Text


class Removal(Body):
    """Who goes, alone or with what is linked to them."""

    user_id: Text
    remove_all_linked_accounts: Maybe[Flag] = True


@router.on("GET", "/users", Scope.TENANT)
def list_users(call: Call) -> Json:
    """List users of the tenant in the order in which they joined: a page of all, or everybody whom a search finds."""
    query = call.query(UsersQuery)
    tags = SearchTags(query.email, query.phone, query.provider)
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    if limit > MAX_LIMIT and not tags:
        raise RequestInvalid(f"max limit allowed is {MAX_LIMIT}")
    if limit < 1:
        raise RequestInvalid("limit must a positive integer with min value 1")
    start = None if query.pagination_token is None else read_token(query.pagination_token)
    pages, order = call.house.user_pages, query.time_joined_order
    if tags:
        users, token = pages.search(call.tenant, tags, order=order), None
    else:
        page = pages.list_page(
            call.tenant, order=order, recipe_ids=query.include_recipe_ids, start=start, limit=limit
        )
        users, token = page.users, page.next_token
    return ok(users=[listed_user_json(user, call.version) for user in users], nextPaginationToken=token)


@router.on("GET", "/users/count", Scope.MIXED)
def count_users(call: Call) -> Json:
    """Count the users of the tenant, or of the whole app."""
    query = call.query(CountQuery)
    is_whole_app = query.include_all_tenants.lower() == "true"
    if is_whole_app:
        call.require_public_tenant()
    tenant_id = None if is_whole_app else call.tenant.tenant_id
    return ok(count=call.house.user_pages.count(call.tenant.app_id, tenant_id, query.include_recipe_ids))


@router.on("GET", "/users/count/active", Scope.APP)
def count_active_users(call: Call) -> Json:
    """Count the users of the app who were active since a time."""
    since_ms = call.query(ActiveQuery).since
    if since_ms < 0:
        raise RequestInvalid("'since' query parameter must be >= 0")
    return ok(count=call.house.user_pages.count_active(call.tenant.app_id, since_ms=since_ms))


@router.on("GET", "/users/by-accountinfo", Scope.TENANT)
def list_users_by_account_info(call: Call) -> Json:
    """List the users of the tenant who have any, or all, of an address, a number and an account at a third party."""
    query = call.query(AccountInfoQuery)
    users = call.house.user_pages.list_by_account_info(
        call.tenant, _account_infos(query), is_union=query.do_union_of_account_info == "true"
    )
    return ok(users=[person_json(user, call.version) for user in users])


@router.on("GET", "/user/id", Scope.APP)
def get_user(call: Call) -> Json:
    """Return the user with an id, of any login method and of either kind."""
    user_id = call.query(UserQuery).user_id
    user = call.house.auth_users.get(call.house.database, call.tenant.app_id, user_id)
    if user is None:
        raise UnknownUserId
    return ok(user=person_json(user, call.version))


@router.on("POST", "/user/remove", Scope.APP)
def remove_user(call: Call) -> Json:
    """Remove a user; one who is unknown is removed already."""
    body = call.body(Removal)
    call.house.user_removal.remove(
        call.tenant.app_id, body.user_id, with_linked=body.remove_all_linked_accounts is not False
    )
    return ok()


def _account_infos(query: AccountInfoQuery) -> list[AccountInfo]:
    infos: list[AccountInfo] = []
    if query.email is not None:
        infos.append(AccountInfo(EMAIL, query.email))
    if query.phone_number is not None:
        infos.append(AccountInfo(PHONE_NUMBER, query.phone_number))
    if (query.third_party_id is None) != (query.third_party_user_id is None):
        raise RequestInvalid(
            "If 'thirdPartyId' is provided, 'thirdPartyUserId' must also be provided, and vice versa"
        )
    if query.third_party_id is not None and query.third_party_user_id is not None:
        infos.append(AccountInfo(THIRD_PARTY, query.third_party_user_id, query.third_party_id))
    return infos
