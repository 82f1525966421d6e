-- The 35 tables of SuperTokens core 9.x, and the indexes that its later releases and our own statements need.
-- No foreign keys: deletes are explicit. VARCHAR where SuperTokens has CHAR, which pads with blanks.

CREATE TABLE {apps} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  created_at_time BIGINT NOT NULL,
  PRIMARY KEY (app_id)
);

CREATE TABLE {tenants} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  created_at_time BIGINT NOT NULL,
  PRIMARY KEY (app_id, tenant_id)
);

CREATE TABLE {tenant_configs} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  core_config TEXT,
  email_password_enabled BOOLEAN,
  passwordless_enabled BOOLEAN,
  third_party_enabled BOOLEAN,
  is_first_factors_null BOOLEAN,
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id)
);

CREATE TABLE {tenant_thirdparty_providers} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  third_party_id VARCHAR(28) NOT NULL,
  name VARCHAR(64),
  authorization_endpoint TEXT,
  authorization_endpoint_query_params TEXT,
  token_endpoint TEXT,
  token_endpoint_body_params TEXT,
  user_info_endpoint TEXT,
  user_info_endpoint_query_params TEXT,
  user_info_endpoint_headers TEXT,
  jwks_uri TEXT,
  oidc_discovery_endpoint TEXT,
  require_email BOOLEAN,
  user_info_map_from_id_token_payload_user_id VARCHAR(64),
  user_info_map_from_id_token_payload_email VARCHAR(64),
  user_info_map_from_id_token_payload_email_verified VARCHAR(64),
  user_info_map_from_user_info_endpoint_user_id VARCHAR(64),
  user_info_map_from_user_info_endpoint_email VARCHAR(64),
  user_info_map_from_user_info_endpoint_email_verified VARCHAR(64),
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, third_party_id)
);

CREATE TABLE {tenant_thirdparty_provider_clients} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  third_party_id VARCHAR(28) NOT NULL,
  client_type VARCHAR(64) NOT NULL DEFAULT '',
  client_id VARCHAR(256) NOT NULL,
  client_secret TEXT,
  scope VARCHAR(128)[],
  force_pkce BOOLEAN,
  additional_config TEXT,
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, third_party_id, client_type)
);

CREATE TABLE {tenant_first_factors} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  factor_id VARCHAR(128) NOT NULL,
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, factor_id)
);

CREATE TABLE {tenant_required_secondary_factors} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  factor_id VARCHAR(128) NOT NULL,
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, factor_id)
);

CREATE TABLE {key_value} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  name VARCHAR(128) NOT NULL,
  value TEXT,
  created_at_time BIGINT,
  PRIMARY KEY (app_id, tenant_id, name)
);

CREATE TABLE {app_id_to_user_id} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  recipe_id VARCHAR(128) NOT NULL,
  primary_or_recipe_user_id VARCHAR(36) NOT NULL,
  is_linked_or_is_a_primary_user BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (app_id, user_id)
);

CREATE INDEX {app_id_to_user_id_primary_user_id_index} ON {app_id_to_user_id} (app_id, primary_or_recipe_user_id);

CREATE TABLE {all_auth_recipe_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  primary_or_recipe_user_id VARCHAR(36) NOT NULL,
  is_linked_or_is_a_primary_user BOOLEAN NOT NULL DEFAULT FALSE,
  recipe_id VARCHAR(128) NOT NULL,
  time_joined BIGINT NOT NULL,
  primary_or_recipe_user_time_joined BIGINT NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id)
);

CREATE INDEX {all_auth_recipe_users_pagination_index1} ON {all_auth_recipe_users} (app_id, tenant_id, primary_or_recipe_user_time_joined DESC, primary_or_recipe_user_id DESC);

CREATE INDEX {all_auth_recipe_users_pagination_index2} ON {all_auth_recipe_users} (app_id, tenant_id, primary_or_recipe_user_time_joined, primary_or_recipe_user_id DESC);

CREATE INDEX {all_auth_recipe_users_pagination_index3} ON {all_auth_recipe_users} (recipe_id, app_id, tenant_id, primary_or_recipe_user_time_joined DESC, primary_or_recipe_user_id DESC);

CREATE INDEX {all_auth_recipe_users_pagination_index4} ON {all_auth_recipe_users} (recipe_id, app_id, tenant_id, primary_or_recipe_user_time_joined, primary_or_recipe_user_id DESC);

CREATE INDEX {all_auth_recipe_users_primary_user_id_index} ON {all_auth_recipe_users} (app_id, primary_or_recipe_user_id);

CREATE INDEX {all_auth_recipe_users_recipe_id_index} ON {all_auth_recipe_users} (app_id, recipe_id, tenant_id);

CREATE INDEX {all_auth_recipe_user_id_index} ON {all_auth_recipe_users} (app_id, user_id);

CREATE TABLE {userid_mapping} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  supertokens_user_id VARCHAR(36) NOT NULL,
  external_user_id VARCHAR(128) NOT NULL,
  external_user_id_info TEXT,
  PRIMARY KEY (app_id, supertokens_user_id, external_user_id),
  CONSTRAINT {userid_mapping_supertokens_user_id_key} UNIQUE (app_id, supertokens_user_id),
  CONSTRAINT {userid_mapping_external_user_id_key} UNIQUE (app_id, external_user_id)
);

CREATE TABLE {dashboard_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  password_hash VARCHAR(256) NOT NULL,
  time_joined BIGINT NOT NULL,
  PRIMARY KEY (app_id, user_id),
  CONSTRAINT {dashboard_users_email_key} UNIQUE (app_id, email)
);

CREATE TABLE {dashboard_user_sessions} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  session_id VARCHAR(36) NOT NULL,
  user_id VARCHAR(36) NOT NULL,
  time_created BIGINT NOT NULL,
  expiry BIGINT NOT NULL,
  PRIMARY KEY (app_id, session_id)
);

CREATE INDEX {dashboard_user_sessions_expiry_index} ON {dashboard_user_sessions} (expiry);

CREATE INDEX {dashboard_user_sessions_user_id_index} ON {dashboard_user_sessions} (app_id, user_id);

CREATE TABLE {session_access_token_signing_keys} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  created_at_time BIGINT NOT NULL,
  value TEXT,
  PRIMARY KEY (app_id, created_at_time)
);

CREATE INDEX {access_token_signing_keys_created_at_index} ON {session_access_token_signing_keys} (created_at_time);

CREATE TABLE {session_info} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  session_handle VARCHAR(255) NOT NULL,
  user_id VARCHAR(128) NOT NULL,
  refresh_token_hash_2 VARCHAR(128) NOT NULL,
  session_data TEXT,
  expires_at BIGINT NOT NULL,
  created_at_time BIGINT NOT NULL,
  jwt_user_payload TEXT,
  use_static_key BOOLEAN NOT NULL,
  PRIMARY KEY (app_id, tenant_id, session_handle)
);

CREATE INDEX {session_expiry_index} ON {session_info} (expires_at);

CREATE INDEX {session_info_user_id_index} ON {session_info} (app_id, tenant_id, user_id);

CREATE TABLE {user_last_active} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  last_active_time BIGINT,
  PRIMARY KEY (app_id, user_id)
);

CREATE INDEX {user_last_active_last_active_time_index} ON {user_last_active} (last_active_time DESC, app_id DESC);

CREATE TABLE {emailpassword_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  password_hash VARCHAR(256) NOT NULL,
  time_joined BIGINT NOT NULL,
  PRIMARY KEY (app_id, user_id)
);

CREATE INDEX {emailpassword_users_email_index} ON {emailpassword_users} (app_id, email);

CREATE TABLE {emailpassword_user_to_tenant} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id),
  CONSTRAINT {emailpassword_user_to_tenant_email_key} UNIQUE (app_id, tenant_id, email)
);

CREATE TABLE {emailpassword_pswd_reset_tokens} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  token VARCHAR(128) NOT NULL,
  token_expiry BIGINT NOT NULL,
  email VARCHAR(256),
  PRIMARY KEY (app_id, user_id, token),
  CONSTRAINT {emailpassword_pswd_reset_tokens_token_key} UNIQUE (token)
);

CREATE INDEX {emailpassword_password_reset_token_expiry_index} ON {emailpassword_pswd_reset_tokens} (token_expiry);

CREATE TABLE {emailverification_verified_emails} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  email VARCHAR(256) NOT NULL,
  PRIMARY KEY (app_id, user_id, email)
);

CREATE INDEX {emailverification_verified_emails_app_id_email_index} ON {emailverification_verified_emails} (app_id, email);

CREATE TABLE {emailverification_tokens} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  email VARCHAR(256) NOT NULL,
  token VARCHAR(128) NOT NULL,
  token_expiry BIGINT NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id, email, token),
  CONSTRAINT {emailverification_tokens_token_key} UNIQUE (token)
);

CREATE INDEX {emailverification_tokens_index} ON {emailverification_tokens} (token_expiry);

CREATE TABLE {thirdparty_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  third_party_id VARCHAR(28) NOT NULL,
  third_party_user_id VARCHAR(256) NOT NULL,
  user_id VARCHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  time_joined BIGINT NOT NULL,
  PRIMARY KEY (app_id, user_id)
);

CREATE INDEX {thirdparty_users_email_index} ON {thirdparty_users} (app_id, email);

CREATE INDEX {thirdparty_users_thirdparty_user_id_index} ON {thirdparty_users} (app_id, third_party_id, third_party_user_id);

CREATE TABLE {thirdparty_user_to_tenant} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  third_party_id VARCHAR(28) NOT NULL,
  third_party_user_id VARCHAR(256) NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id),
  CONSTRAINT {thirdparty_user_to_tenant_third_party_user_id_key} UNIQUE (app_id, tenant_id, third_party_id, third_party_user_id)
);

CREATE TABLE {passwordless_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  email VARCHAR(256),
  phone_number VARCHAR(256),
  time_joined BIGINT NOT NULL,
  PRIMARY KEY (app_id, user_id)
);

CREATE INDEX {passwordless_users_email_index} ON {passwordless_users} (app_id, email);

CREATE INDEX {passwordless_users_phone_number_index} ON {passwordless_users} (app_id, phone_number);

CREATE TABLE {passwordless_user_to_tenant} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(36) NOT NULL,
  email VARCHAR(256),
  phone_number VARCHAR(256),
  PRIMARY KEY (app_id, tenant_id, user_id),
  CONSTRAINT {passwordless_user_to_tenant_email_key} UNIQUE (app_id, tenant_id, email),
  CONSTRAINT {passwordless_user_to_tenant_phone_number_key} UNIQUE (app_id, tenant_id, phone_number)
);

CREATE TABLE {passwordless_devices} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  device_id_hash VARCHAR(44) NOT NULL,
  email VARCHAR(256),
  phone_number VARCHAR(256),
  link_code_salt VARCHAR(44) NOT NULL,
  failed_attempts INTEGER NOT NULL,
  PRIMARY KEY (app_id, tenant_id, device_id_hash)
);

CREATE INDEX {passwordless_devices_email_index} ON {passwordless_devices} (app_id, tenant_id, email);

CREATE INDEX {passwordless_devices_phone_number_index} ON {passwordless_devices} (app_id, tenant_id, phone_number);

CREATE TABLE {passwordless_codes} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  code_id VARCHAR(36) NOT NULL,
  device_id_hash VARCHAR(44) NOT NULL,
  link_code_hash VARCHAR(44) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (app_id, tenant_id, code_id),
  CONSTRAINT {passwordless_codes_link_code_hash_key} UNIQUE (app_id, tenant_id, link_code_hash)
);

CREATE INDEX {passwordless_codes_created_at_index} ON {passwordless_codes} (app_id, tenant_id, created_at);

CREATE INDEX {passwordless_codes_expiry_index} ON {passwordless_codes} (created_at);

CREATE INDEX {passwordless_codes_device_id_hash_index} ON {passwordless_codes} (app_id, tenant_id, device_id_hash);

CREATE TABLE {jwt_signing_keys} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  key_id VARCHAR(255) NOT NULL,
  key_string TEXT NOT NULL,
  algorithm VARCHAR(10) NOT NULL,
  created_at BIGINT,
  PRIMARY KEY (app_id, key_id)
);

CREATE TABLE {user_metadata} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  user_metadata TEXT NOT NULL,
  PRIMARY KEY (app_id, user_id)
);

CREATE TABLE {roles} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  role VARCHAR(255) NOT NULL,
  PRIMARY KEY (app_id, role)
);

CREATE TABLE {role_permissions} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  role VARCHAR(255) NOT NULL,
  permission VARCHAR(255) NOT NULL,
  PRIMARY KEY (app_id, role, permission)
);

CREATE INDEX {role_permissions_permission_index} ON {role_permissions} (app_id, permission);

CREATE TABLE {user_roles} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  role VARCHAR(255) NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id, role)
);

CREATE INDEX {user_roles_role_index} ON {user_roles} (app_id, tenant_id, role);

CREATE INDEX {user_roles_app_id_role_index} ON {user_roles} (app_id, role);

CREATE INDEX {user_roles_app_id_user_id_index} ON {user_roles} (app_id, user_id);

CREATE TABLE {totp_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  PRIMARY KEY (app_id, user_id)
);

CREATE TABLE {totp_user_devices} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  device_name VARCHAR(256) NOT NULL,
  secret_key VARCHAR(256) NOT NULL,
  period INTEGER NOT NULL,
  skew INTEGER NOT NULL,
  verified BOOLEAN NOT NULL,
  created_at BIGINT,
  PRIMARY KEY (app_id, user_id, device_name)
);

CREATE TABLE {totp_used_codes} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  code VARCHAR(8) NOT NULL,
  is_valid BOOLEAN NOT NULL,
  expiry_time_ms BIGINT NOT NULL,
  created_time_ms BIGINT NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id, created_time_ms)
);

CREATE INDEX {totp_used_codes_expiry_time_ms_index} ON {totp_used_codes} (app_id, tenant_id, expiry_time_ms);

CREATE INDEX {totp_used_codes_expiry_index} ON {totp_used_codes} (expiry_time_ms);

CREATE INDEX {totp_used_codes_user_id_index} ON {totp_used_codes} (app_id, user_id);
