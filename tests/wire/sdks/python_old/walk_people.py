"""People: listed, counted, mapped, removed; their roles, metadata and tenants."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from supertokens_python import syncio as supertokens
from supertokens_python.interfaces import CreateUserIdMappingOkResult, GetUserIdMappingOkResult
from supertokens_python.recipe.emailpassword import syncio as emailpassword
from supertokens_python.recipe.multitenancy import syncio as multitenancy
from supertokens_python.recipe.multitenancy.interfaces import TenantConfig
from supertokens_python.recipe.passwordless import syncio as passwordless
from supertokens_python.recipe.thirdparty import syncio as thirdparty
from supertokens_python.recipe.thirdparty.provider import ProviderClientConfig, ProviderConfig
from supertokens_python.recipe.usermetadata import syncio as usermetadata
from supertokens_python.recipe.userroles import syncio as userroles

PASSWORD = "correct horse 9"


def name(answer: Any) -> str:
    """Return the class of an answer, which is all that tells the SDK's answers apart."""
    return type(answer).__name__


def test_roles(person: Callable[..., Any]) -> None:
    user_id, role = person().user_id, f"editor-{secrets.token_hex(4)}"
    assert name(userroles.add_role_to_user("public", user_id, role)) == "UnknownRoleError"
    assert userroles.create_new_role_or_add_permissions(role, ["read", "write"]).created_new_role
    assert name(userroles.add_role_to_user("public", user_id, role)) == "AddRoleToUserOkResult"
    assert userroles.get_roles_for_user("public", user_id).roles == [role]
    held: Any = userroles.get_permissions_for_role(role)
    assert sorted(held.permissions) == ["read", "write"]
    assert role in userroles.get_roles_that_have_permission("read").roles
    users: Any = userroles.get_users_that_have_role("public", role)
    assert users.users == [user_id]
    userroles.remove_permissions_from_role(role, ["write"])
    removed: Any = userroles.remove_user_role("public", user_id, role)
    assert removed.did_user_have_role
    assert role in userroles.get_all_roles().roles
    assert userroles.delete_role(role).did_role_exist


def test_metadata(person: Callable[..., Any]) -> None:
    user_id = person().user_id
    usermetadata.update_user_metadata(user_id, {"a": {"b": 1}, "c": "ünïcode"})
    merged = usermetadata.update_user_metadata(user_id, {"a": None, "d": [1]})
    assert merged.metadata == {"c": "ünïcode", "d": [1]}
    usermetadata.clear_user_metadata(user_id)
    assert usermetadata.get_user_metadata(user_id).metadata == {}


def test_people_are_listed_counted_and_removed(email: str, person: Callable[..., Any]) -> None:
    tenant_id = f"t{secrets.token_hex(4)}"
    multitenancy.create_or_update_tenant(tenant_id, TenantConfig(True, True, True, {}))
    made = [person(tenant_id=tenant_id).user_id for _ in range(3)]
    other: Any = thirdparty.manually_create_or_update_user(tenant_id, "github", email, email)
    made.append(other.user.user_id)
    recipes = ["emailpassword"] * 3 + ["thirdparty"]
    expected = list(zip(made, recipes, strict=True))
    for list_page, order in (
        (supertokens.get_users_newest_first, expected[::-1]),
        (supertokens.get_users_oldest_first, expected),
    ):
        first = list_page(tenant_id, limit=3)
        rest = list_page(tenant_id, limit=3, pagination_token=first.next_pagination_token)
        assert [(user.user_id, user.recipe_id) for user in first.users + rest.users] == order
        assert rest.next_pagination_token is None
    searched = supertokens.get_users_newest_first(tenant_id, query={"email": email[:8]})
    assert [user.third_party_info.id for user in searched.users if user.third_party_info] == ["github"]
    assert supertokens.get_user_count(None, tenant_id) == 4
    supertokens.delete_user(made[-1])
    assert supertokens.get_user_count(["thirdparty"], tenant_id) == 0
    assert thirdparty.get_user_by_id(made[-1]) is None


def test_user_ids_are_mapped(email: str, person: Callable[..., Any]) -> None:
    user_id, external = person(email).user_id, f"ext-{secrets.token_hex(6)}"
    mapped = supertokens.create_user_id_mapping(user_id, external, "info")
    assert isinstance(mapped, CreateUserIdMappingOkResult)
    for one in (user_id, external):
        found = supertokens.get_user_id_mapping(one)
        assert isinstance(found, GetUserIdMappingOkResult)
        assert (found.supertokens_user_id, found.external_user_id) == (user_id, external)
        user = emailpassword.get_user_by_id(one)
        assert user is not None
        assert user.user_id == external
    signed_in: Any = emailpassword.sign_in("public", email, PASSWORD)
    assert signed_in.user.user_id == external
    assert supertokens.delete_user_id_mapping(external, "EXTERNAL").did_mapping_exist


def test_tenants(email: str, person: Callable[..., Any]) -> None:
    tenant_id = f"t{secrets.token_hex(4)}"
    made = multitenancy.create_or_update_tenant(tenant_id, TenantConfig(True, False, True, {}))
    assert made.created_new
    google = ProviderConfig("google", clients=[ProviderClientConfig("id", client_secret="secret")])
    assert multitenancy.create_or_update_third_party_config(tenant_id, google).created_new
    tenant = multitenancy.get_tenant(tenant_id)
    assert tenant is not None
    assert (tenant.emailpassword.enabled, tenant.passwordless.enabled) == (True, False)
    assert tenant.third_party.enabled
    assert [provider.third_party_id for provider in tenant.third_party.providers] == ["google"]
    tenants = {one.tenant_id: one for one in multitenancy.list_all_tenants().tenants}
    assert not tenants[tenant_id].passwordless.enabled
    assert tenants["public"].passwordless.enabled

    somebody = person()
    joined = multitenancy.associate_user_to_tenant(tenant_id, somebody.user_id)
    assert name(joined) == "AssociateUserToTenantOkResult"
    both = emailpassword.get_user_by_id(somebody.user_id)
    assert both is not None
    assert set(both.tenant_ids) == {"public", tenant_id}
    assert person(email, tenant_id).tenant_ids == [tenant_id]
    with pytest.raises(Exception, match="Passwordless login not enabled for tenant"):
        passwordless.create_code(tenant_id, email=email)
    left = multitenancy.dissociate_user_from_tenant(tenant_id, somebody.user_id)
    assert left.was_associated
    assert multitenancy.delete_third_party_config(tenant_id, "google").did_config_exist
    assert multitenancy.delete_tenant(tenant_id).did_exist
    assert multitenancy.get_tenant(tenant_id) is None
