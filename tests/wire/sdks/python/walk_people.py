"""People: found, listed, counted, linked, mapped, removed; their roles, metadata, second factors and tenants."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import pyotp
from supertokens_python import syncio as supertokens
from supertokens_python.interfaces import (
    CreateUserIdMappingOkResult,
    GetUserIdMappingOkResult,
    UnknownMappingError,
)
from supertokens_python.recipe.accountlinking import syncio as accountlinking
from supertokens_python.recipe.accountlinking.interfaces import (
    CreatePrimaryUserAccountInfoAlreadyAssociatedError,
    CreatePrimaryUserOkResult,
    LinkAccountsOkResult,
    UnlinkAccountOkResult,
)
from supertokens_python.recipe.multitenancy import syncio as multitenancy
from supertokens_python.recipe.multitenancy.interfaces import (
    AssociateUserToTenantOkResult,
    TenantConfigCreateOrUpdate,
)
from supertokens_python.recipe.session import syncio as session
from supertokens_python.recipe.thirdparty import syncio as thirdparty
from supertokens_python.recipe.thirdparty.provider import ProviderClientConfig, ProviderConfig
from supertokens_python.recipe.totp import syncio as totp
from supertokens_python.recipe.totp.types import (
    CreateDeviceOkResult,
    InvalidTOTPError,
    VerifyDeviceOkResult,
    VerifyTOTPOkResult,
)
from supertokens_python.recipe.usermetadata import syncio as usermetadata
from supertokens_python.recipe.userroles import syncio as userroles
from supertokens_python.recipe.userroles.interfaces import AddRoleToUserOkResult, UnknownRoleError
from supertokens_python.types.base import AccountInfoInput


def test_people_are_listed_page_by_page(person: Callable[..., Any]) -> None:
    made = [person().user.id for _ in range(5)]
    for list_page, expected in (
        (supertokens.get_users_newest_first, made[::-1]),
        (supertokens.get_users_oldest_first, made),
    ):
        seen: list[str] = []
        token = None
        while True:
            page = list_page("public", limit=2, pagination_token=token)
            seen += [user.id for user in page.users]
            token = page.next_pagination_token
            if token is None:
                break
        assert [user_id for user_id in seen if user_id in made] == expected
    assert supertokens.get_user_count() >= 5
    assert supertokens.get_user_count(["emailpassword"], "public") >= 5


def test_people_are_found(email: str, person: Callable[..., Any]) -> None:
    made = person(email)
    found = supertokens.get_user(made.user.id)
    assert found is not None
    assert found.emails == [email]
    listed = supertokens.list_users_by_account_info("public", AccountInfoInput(email=email))
    assert [user.id for user in listed] == [made.user.id]
    searched = supertokens.get_users_newest_first("public", query={"email": email[:8]})
    assert [user.id for user in searched.users] == [made.user.id]
    supertokens.delete_user(made.user.id)
    assert supertokens.get_user(made.user.id) is None


def test_accounts_are_linked_and_unlinked(email: str, person: Callable[..., Any]) -> None:
    first = person(email)
    second = thirdparty.manually_create_or_update_user("public", "google", email, email, is_verified=True)
    assert isinstance(accountlinking.create_primary_user(first.recipe_user_id), CreatePrimaryUserOkResult)
    conflict = accountlinking.create_primary_user(second.recipe_user_id)
    assert isinstance(conflict, CreatePrimaryUserAccountInfoAlreadyAssociatedError)
    session.create_new_session_without_request_response("public", second.recipe_user_id)

    linked = accountlinking.link_accounts(second.recipe_user_id, first.user.id)
    assert isinstance(linked, LinkAccountsOkResult)
    assert len(linked.user.login_methods) == 2
    assert session.get_all_session_handles_for_user(first.user.id) == []
    unlinked = accountlinking.unlink_account(second.recipe_user_id)
    assert isinstance(unlinked, UnlinkAccountOkResult)
    assert unlinked.was_linked
    assert not unlinked.was_recipe_user_deleted


def test_user_ids_are_mapped(person: Callable[..., Any]) -> None:
    made, external = person(), f"ext-{secrets.token_hex(6)}"
    mapped = supertokens.create_user_id_mapping(made.user.id, external, "info")
    assert isinstance(mapped, CreateUserIdMappingOkResult)

    for user_id in (made.user.id, external):
        found = supertokens.get_user_id_mapping(user_id)
        assert isinstance(found, GetUserIdMappingOkResult)
        assert (found.supertokens_user_id, found.external_user_id) == (made.user.id, external)
        user = supertokens.get_user(user_id)
        assert user is not None
        assert user.id == external
    assert supertokens.delete_user_id_mapping(external, "EXTERNAL").did_mapping_exist
    assert isinstance(supertokens.get_user_id_mapping(external), UnknownMappingError)


def test_roles_and_permissions(person: Callable[..., Any]) -> None:
    user_id, role = person().user.id, f"editor-{secrets.token_hex(4)}"
    assert isinstance(userroles.add_role_to_user("public", user_id, role), UnknownRoleError)
    assert userroles.create_new_role_or_add_permissions(role, ["read", "write"]).created_new_role
    assert isinstance(userroles.add_role_to_user("public", user_id, role), AddRoleToUserOkResult)

    assert userroles.get_roles_for_user("public", user_id).roles == [role]
    assert sorted(userroles.get_permissions_for_role(role).permissions) == ["read", "write"]
    assert role in userroles.get_roles_that_have_permission("read").roles
    assert userroles.get_users_that_have_role("public", role).users == [user_id]
    userroles.remove_permissions_from_role(role, ["write"])
    assert userroles.get_permissions_for_role(role).permissions == ["read"]
    assert userroles.remove_user_role("public", user_id, role).did_user_have_role
    assert role in userroles.get_all_roles().roles
    assert userroles.delete_role(role).did_role_exist


def test_metadata_is_merged(person: Callable[..., Any]) -> None:
    user_id = person().user.id
    usermetadata.update_user_metadata(user_id, {"a": {"b": 1}, "c": "ünïcode"})
    assert usermetadata.update_user_metadata(user_id, {"a": None, "d": [1]}).metadata == {
        "c": "ünïcode",
        "d": [1],
    }
    usermetadata.clear_user_metadata(user_id)
    assert usermetadata.get_user_metadata(user_id).metadata == {}


def test_second_factor(person: Callable[..., Any]) -> None:
    user_id = person().user.id
    device = totp.create_device(user_id, device_name="phone", skew=1, period=30)
    assert isinstance(device, CreateDeviceOkResult)
    codes = pyotp.TOTP(device.secret)
    code = codes.now()
    verified = totp.verify_device("public", user_id, "phone", code)
    assert isinstance(verified, VerifyDeviceOkResult)
    assert not verified.was_already_verified

    replayed = totp.verify_totp("public", user_id, code)
    assert isinstance(replayed, InvalidTOTPError), "a code counts once"
    in_a_moment = codes.at(int(time.time()) + 30)
    assert isinstance(totp.verify_totp("public", user_id, in_a_moment), VerifyTOTPOkResult)
    assert [one.name for one in totp.list_devices(user_id).devices] == ["phone"]
    totp.update_device(user_id, "phone", "tablet")
    assert totp.remove_device(user_id, "tablet").did_device_exist


def test_tenants(person: Callable[..., Any]) -> None:
    tenant_id = f"t{secrets.token_hex(4)}"
    made = multitenancy.create_or_update_tenant(
        tenant_id, TenantConfigCreateOrUpdate(first_factors=["emailpassword", "thirdparty"])
    )
    assert made.created_new
    multitenancy.create_or_update_third_party_config(
        tenant_id, ProviderConfig("google", clients=[ProviderClientConfig("id", client_secret="secret")])
    )
    tenant = multitenancy.get_tenant(tenant_id)
    assert tenant is not None
    assert tenant.first_factors == ["emailpassword", "thirdparty"]
    assert [provider.third_party_id for provider in tenant.third_party_providers] == ["google"]
    assert tenant_id in {one.tenant_id for one in multitenancy.list_all_tenants().tenants}

    somebody = person()
    associated = multitenancy.associate_user_to_tenant(tenant_id, somebody.recipe_user_id)
    assert isinstance(associated, AssociateUserToTenantOkResult)
    local = person(tenant_id=tenant_id)
    assert local.user.tenant_ids == [tenant_id]
    assert multitenancy.disassociate_user_from_tenant(tenant_id, somebody.recipe_user_id).was_associated
    assert multitenancy.delete_third_party_config(tenant_id, "google").did_config_exist
    assert multitenancy.delete_tenant(tenant_id).did_exist
    assert multitenancy.get_tenant(tenant_id) is None
