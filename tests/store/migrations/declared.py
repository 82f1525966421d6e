"""The schema as it should be, written down apart from the migration files.

A line is a table: `column:type`, then unique keys and indexes. Types: s is text of at most so many characters, t text,
i a 64-bit and n a 32-bit number, b true or false; `!` is NOT NULL; `-` after an indexed column sorts downwards.
"""

from dataclasses import dataclass

SUPERTOKENS = """
apps app_id:s64! created_at_time:i! key(app_id)
tenants app_id:s64! tenant_id:s64! created_at_time:i! key(app_id,tenant_id)
tenant_configs connection_uri_domain:s256! app_id:s64! tenant_id:s64! core_config:t
    email_password_enabled:b passwordless_enabled:b third_party_enabled:b is_first_factors_null:b
    key(connection_uri_domain,app_id,tenant_id)
tenant_thirdparty_providers connection_uri_domain:s256! app_id:s64! tenant_id:s64! third_party_id:s28!
    name:s64 authorization_endpoint:t authorization_endpoint_query_params:t token_endpoint:t
    token_endpoint_body_params:t user_info_endpoint:t user_info_endpoint_query_params:t
    user_info_endpoint_headers:t jwks_uri:t oidc_discovery_endpoint:t require_email:b
    user_info_map_from_id_token_payload_user_id:s64 user_info_map_from_id_token_payload_email:s64
    user_info_map_from_id_token_payload_email_verified:s64
    user_info_map_from_user_info_endpoint_user_id:s64 user_info_map_from_user_info_endpoint_email:s64
    user_info_map_from_user_info_endpoint_email_verified:s64
    key(connection_uri_domain,app_id,tenant_id,third_party_id)
tenant_thirdparty_provider_clients connection_uri_domain:s256! app_id:s64! tenant_id:s64!
    third_party_id:s28! client_type:s64! client_id:s256! client_secret:t scope:t force_pkce:b
    additional_config:t key(connection_uri_domain,app_id,tenant_id,third_party_id,client_type)
tenant_first_factors connection_uri_domain:s256! app_id:s64! tenant_id:s64! factor_id:s128!
    key(connection_uri_domain,app_id,tenant_id,factor_id)
tenant_required_secondary_factors connection_uri_domain:s256! app_id:s64! tenant_id:s64! factor_id:s128!
    key(connection_uri_domain,app_id,tenant_id,factor_id)
key_value app_id:s64! tenant_id:s64! name:s128! value:t created_at_time:i key(app_id,tenant_id,name)
app_id_to_user_id app_id:s64! user_id:s36! recipe_id:s128! primary_or_recipe_user_id:s36!
    is_linked_or_is_a_primary_user:b! key(app_id,user_id) index(app_id,primary_or_recipe_user_id)
all_auth_recipe_users app_id:s64! tenant_id:s64! user_id:s36! primary_or_recipe_user_id:s36!
    is_linked_or_is_a_primary_user:b! recipe_id:s128! time_joined:i!
    primary_or_recipe_user_time_joined:i! key(app_id,tenant_id,user_id)
    index(app_id,tenant_id,primary_or_recipe_user_time_joined-,primary_or_recipe_user_id-)
    index(app_id,tenant_id,primary_or_recipe_user_time_joined,primary_or_recipe_user_id-)
    index(recipe_id,app_id,tenant_id,primary_or_recipe_user_time_joined-,primary_or_recipe_user_id-)
    index(recipe_id,app_id,tenant_id,primary_or_recipe_user_time_joined,primary_or_recipe_user_id-)
    index(app_id,primary_or_recipe_user_id) index(app_id,recipe_id,tenant_id) index(app_id,user_id)
userid_mapping app_id:s64! supertokens_user_id:s36! external_user_id:s128! external_user_id_info:t
    key(app_id,supertokens_user_id,external_user_id) key(app_id,supertokens_user_id)
    key(app_id,external_user_id)
dashboard_users app_id:s64! user_id:s36! email:s256! password_hash:s256! time_joined:i!
    key(app_id,user_id) key(app_id,email)
dashboard_user_sessions app_id:s64! session_id:s36! user_id:s36! time_created:i! expiry:i!
    key(app_id,session_id) index(expiry) index(app_id,user_id)
session_access_token_signing_keys app_id:s64! created_at_time:i! value:t key(app_id,created_at_time)
    index(created_at_time)
session_info app_id:s64! tenant_id:s64! session_handle:s255! user_id:s128! refresh_token_hash_2:s128!
    session_data:t expires_at:i! created_at_time:i! jwt_user_payload:t use_static_key:b!
    key(app_id,tenant_id,session_handle) index(expires_at) index(app_id,tenant_id,user_id)
user_last_active app_id:s64! user_id:s128! last_active_time:i key(app_id,user_id)
    index(last_active_time-,app_id-)
emailpassword_users app_id:s64! user_id:s36! email:s256! password_hash:s256! time_joined:i!
    key(app_id,user_id) index(app_id,email)
emailpassword_user_to_tenant app_id:s64! tenant_id:s64! user_id:s36! email:s256!
    key(app_id,tenant_id,user_id) key(app_id,tenant_id,email)
emailpassword_pswd_reset_tokens app_id:s64! user_id:s36! token:s128! token_expiry:i! email:s256
    key(app_id,user_id,token) key(token) index(token_expiry)
emailverification_verified_emails app_id:s64! user_id:s128! email:s256! key(app_id,user_id,email)
    index(app_id,email)
emailverification_tokens app_id:s64! tenant_id:s64! user_id:s128! email:s256! token:s128! token_expiry:i!
    key(app_id,tenant_id,user_id,email,token) key(token) index(token_expiry)
thirdparty_users app_id:s64! third_party_id:s28! third_party_user_id:s256! user_id:s36! email:s256!
    time_joined:i! key(app_id,user_id) index(app_id,email)
    index(app_id,third_party_id,third_party_user_id)
thirdparty_user_to_tenant app_id:s64! tenant_id:s64! user_id:s36! third_party_id:s28!
    third_party_user_id:s256! key(app_id,tenant_id,user_id)
    key(app_id,tenant_id,third_party_id,third_party_user_id)
passwordless_users app_id:s64! user_id:s36! email:s256 phone_number:s256 time_joined:i!
    key(app_id,user_id) index(app_id,email) index(app_id,phone_number)
passwordless_user_to_tenant app_id:s64! tenant_id:s64! user_id:s36! email:s256 phone_number:s256
    key(app_id,tenant_id,user_id) key(app_id,tenant_id,email) key(app_id,tenant_id,phone_number)
passwordless_devices app_id:s64! tenant_id:s64! device_id_hash:s44! email:s256 phone_number:s256
    link_code_salt:s44! failed_attempts:n! key(app_id,tenant_id,device_id_hash)
    index(app_id,tenant_id,email) index(app_id,tenant_id,phone_number)
passwordless_codes app_id:s64! tenant_id:s64! code_id:s36! device_id_hash:s44! link_code_hash:s44!
    created_at:i! key(app_id,tenant_id,code_id) key(app_id,tenant_id,link_code_hash)
    index(app_id,tenant_id,created_at) index(created_at) index(app_id,tenant_id,device_id_hash)
jwt_signing_keys app_id:s64! key_id:s255! key_string:t! algorithm:s10! created_at:i key(app_id,key_id)
user_metadata app_id:s64! user_id:s128! user_metadata:t! key(app_id,user_id)
roles app_id:s64! role:s255! key(app_id,role)
role_permissions app_id:s64! role:s255! permission:s255! key(app_id,role,permission)
    index(app_id,permission)
user_roles app_id:s64! tenant_id:s64! user_id:s128! role:s255! key(app_id,tenant_id,user_id,role)
    index(app_id,tenant_id,role) index(app_id,role) index(app_id,user_id)
totp_users app_id:s64! user_id:s128! key(app_id,user_id)
totp_user_devices app_id:s64! user_id:s128! device_name:s256! secret_key:s256! period:n! skew:n!
    verified:b! created_at:i key(app_id,user_id,device_name)
totp_used_codes app_id:s64! tenant_id:s64! user_id:s128! code:s8! is_valid:b! expiry_time_ms:i!
    created_time_ms:i! key(app_id,tenant_id,user_id,created_time_ms)
    index(app_id,tenant_id,expiry_time_ms) index(expiry_time_ms) index(app_id,user_id)
"""
"""The 35 tables of SuperTokens core 9.1."""

GATEHOUSE = """
users app_id:s64! id:s36! email:s256! name:s255 name_key:s255 auth_user_id:s128 created_at_ms:i! updated_at_ms:i!
    last_sign_in_at_ms:i key(app_id,id) key(app_id,email) key(app_id,auth_user_id)
    index(app_id,created_at_ms,id) index(app_id,name_key)
account_info_holds app_id:s64! subject:s64! expires_at_ms:i! key(app_id,subject) index(expires_at_ms)
session_rotations app_id:s64! tenant_id:s64! session_handle:s255! refresh_token_hash_2:s128! parent_hash_2:s128!
    rotated_at_ms:i! expires_at_ms:i! key(app_id,tenant_id,session_handle,refresh_token_hash_2) index(expires_at_ms)
send_limits app_id:s64! subject:s64! window_start_ms:i! sends:n! expires_at_ms:i!
    key(app_id,subject,window_start_ms) index(expires_at_ms)
audit_log app_id:s64! id:s36! at_ms:i! event:s64! actor_id:s128 subject_id:s128 client:s64 details:t times:n!
    key(app_id,id) index(app_id,at_ms) index(at_ms) index(app_id,event,at_ms) index(app_id,subject_id,at_ms)
    index(app_id,actor_id,at_ms)
webhook_deliveries app_id:s64! id:s36! endpoint:s32! event:s64! at_ms:i! actor_id:s128 subject_id:s128 data:t
    queued_at_ms:i! due_at_ms:i attempts:n! outcome:s64 key(app_id,id,endpoint) index(endpoint,due_at_ms)
    index(queued_at_ms)
schema_migrations version:s64! checksum:s64! applied_at_ms:i! key(version)
"""
"""Our own tables."""


@dataclass(frozen=True)
class Table:
    """A table: its columns in order as (name, type), its unique keys, and its indexes."""

    columns: tuple[tuple[str, str], ...]
    keys: frozenset[str]
    indexes: frozenset[str]


def declared(text: str) -> dict[str, Table]:
    """Read tables by name."""
    return dict(_table(line.split()) for line in text.strip().replace("\n    ", " ").splitlines())


def _table(words: list[str]) -> tuple[str, Table]:
    columns = tuple((word.partition(":")[0], word.partition(":")[2]) for word in words if ":" in word)
    return words[0], Table(columns, _inside(words, "key("), _inside(words, "index("))


def _inside(words: list[str], opening: str) -> frozenset[str]:
    return frozenset(word[len(opening) : -1] for word in words if word.startswith(opening))
