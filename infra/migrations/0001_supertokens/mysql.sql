-- The 35 tables of SuperTokens core 9.x, and the indexes that its later releases and our own statements need.
-- No foreign keys: deletes are explicit, and a sharded database has none. utf8mb4_bin: ids and hashes compare as bytes.

CREATE TABLE {apps} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  created_at_time BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {tenants} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  created_at_time BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {tenant_configs} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  core_config TEXT,
  email_password_enabled TINYINT(1),
  passwordless_enabled TINYINT(1),
  third_party_enabled TINYINT(1),
  is_first_factors_null TINYINT(1),
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

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
  require_email TINYINT(1),
  user_info_map_from_id_token_payload_user_id VARCHAR(64),
  user_info_map_from_id_token_payload_email VARCHAR(64),
  user_info_map_from_id_token_payload_email_verified VARCHAR(64),
  user_info_map_from_user_info_endpoint_user_id VARCHAR(64),
  user_info_map_from_user_info_endpoint_email VARCHAR(64),
  user_info_map_from_user_info_endpoint_email_verified VARCHAR(64),
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, third_party_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {tenant_thirdparty_provider_clients} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  third_party_id VARCHAR(28) NOT NULL,
  client_type VARCHAR(64) NOT NULL DEFAULT '',
  client_id VARCHAR(256) NOT NULL,
  client_secret TEXT,
  scope TEXT,
  force_pkce TINYINT(1),
  additional_config TEXT,
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, third_party_id, client_type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {tenant_first_factors} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  factor_id VARCHAR(128) NOT NULL,
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, factor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {tenant_required_secondary_factors} (
  connection_uri_domain VARCHAR(256) NOT NULL DEFAULT '',
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  factor_id VARCHAR(128) NOT NULL,
  PRIMARY KEY (connection_uri_domain, app_id, tenant_id, factor_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {key_value} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  name VARCHAR(128) NOT NULL,
  value TEXT,
  created_at_time BIGINT UNSIGNED,
  PRIMARY KEY (app_id, tenant_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {app_id_to_user_id} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  recipe_id VARCHAR(128) NOT NULL,
  primary_or_recipe_user_id CHAR(36) NOT NULL,
  is_linked_or_is_a_primary_user TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (app_id, user_id),
  KEY {app_id_to_user_id_primary_user_id_index} (app_id, primary_or_recipe_user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {all_auth_recipe_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  primary_or_recipe_user_id CHAR(36) NOT NULL,
  is_linked_or_is_a_primary_user TINYINT(1) NOT NULL DEFAULT 0,
  recipe_id VARCHAR(128) NOT NULL,
  time_joined BIGINT UNSIGNED NOT NULL,
  primary_or_recipe_user_time_joined BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id),
  KEY {all_auth_recipe_users_pagination_index1} (app_id, tenant_id, primary_or_recipe_user_time_joined DESC, primary_or_recipe_user_id DESC),
  KEY {all_auth_recipe_users_pagination_index2} (app_id, tenant_id, primary_or_recipe_user_time_joined, primary_or_recipe_user_id DESC),
  KEY {all_auth_recipe_users_pagination_index3} (recipe_id, app_id, tenant_id, primary_or_recipe_user_time_joined DESC, primary_or_recipe_user_id DESC),
  KEY {all_auth_recipe_users_pagination_index4} (recipe_id, app_id, tenant_id, primary_or_recipe_user_time_joined, primary_or_recipe_user_id DESC),
  KEY {all_auth_recipe_users_primary_user_id_index} (app_id, primary_or_recipe_user_id),
  KEY {all_auth_recipe_users_recipe_id_index} (app_id, recipe_id, tenant_id),
  KEY {all_auth_recipe_user_id_index} (app_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {userid_mapping} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  supertokens_user_id CHAR(36) NOT NULL,
  external_user_id VARCHAR(128) NOT NULL,
  external_user_id_info TEXT,
  PRIMARY KEY (app_id, supertokens_user_id, external_user_id),
  UNIQUE KEY {userid_mapping_supertokens_user_id_key} (app_id, supertokens_user_id),
  UNIQUE KEY {userid_mapping_external_user_id_key} (app_id, external_user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {dashboard_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  password_hash VARCHAR(256) NOT NULL,
  time_joined BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, user_id),
  UNIQUE KEY {dashboard_users_email_key} (app_id, email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {dashboard_user_sessions} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  session_id CHAR(36) NOT NULL,
  user_id CHAR(36) NOT NULL,
  time_created BIGINT UNSIGNED NOT NULL,
  expiry BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, session_id),
  KEY {dashboard_user_sessions_expiry_index} (expiry),
  KEY {dashboard_user_sessions_user_id_index} (app_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {session_access_token_signing_keys} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  created_at_time BIGINT UNSIGNED NOT NULL,
  value TEXT,
  PRIMARY KEY (app_id, created_at_time),
  KEY {access_token_signing_keys_created_at_index} (created_at_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {session_info} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  session_handle VARCHAR(255) NOT NULL,
  user_id VARCHAR(128) NOT NULL,
  refresh_token_hash_2 VARCHAR(128) NOT NULL,
  session_data TEXT,
  expires_at BIGINT UNSIGNED NOT NULL,
  created_at_time BIGINT UNSIGNED NOT NULL,
  jwt_user_payload TEXT,
  use_static_key TINYINT(1) NOT NULL,
  PRIMARY KEY (app_id, tenant_id, session_handle),
  KEY {session_expiry_index} (expires_at),
  KEY {session_info_user_id_index} (app_id, tenant_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {user_last_active} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  last_active_time BIGINT UNSIGNED,
  PRIMARY KEY (app_id, user_id),
  KEY {user_last_active_last_active_time_index} (last_active_time DESC, app_id DESC)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {emailpassword_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  password_hash VARCHAR(256) NOT NULL,
  time_joined BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, user_id),
  KEY {emailpassword_users_email_index} (app_id, email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {emailpassword_user_to_tenant} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id),
  UNIQUE KEY {emailpassword_user_to_tenant_email_key} (app_id, tenant_id, email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {emailpassword_pswd_reset_tokens} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  token VARCHAR(128) NOT NULL,
  token_expiry BIGINT UNSIGNED NOT NULL,
  email VARCHAR(256),
  PRIMARY KEY (app_id, user_id, token),
  UNIQUE KEY {emailpassword_pswd_reset_tokens_token_key} (token),
  KEY {emailpassword_password_reset_token_expiry_index} (token_expiry)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {emailverification_verified_emails} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  email VARCHAR(256) NOT NULL,
  PRIMARY KEY (app_id, user_id, email),
  KEY {emailverification_verified_emails_app_id_email_index} (app_id, email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {emailverification_tokens} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  email VARCHAR(256) NOT NULL,
  token VARCHAR(128) NOT NULL,
  token_expiry BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id, email, token),
  UNIQUE KEY {emailverification_tokens_token_key} (token),
  KEY {emailverification_tokens_index} (token_expiry)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {thirdparty_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  third_party_id VARCHAR(28) NOT NULL,
  third_party_user_id VARCHAR(256) NOT NULL,
  user_id CHAR(36) NOT NULL,
  email VARCHAR(256) NOT NULL,
  time_joined BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, user_id),
  KEY {thirdparty_users_email_index} (app_id, email),
  KEY {thirdparty_users_thirdparty_user_id_index} (app_id, third_party_id, third_party_user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {thirdparty_user_to_tenant} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  third_party_id VARCHAR(28) NOT NULL,
  third_party_user_id VARCHAR(256) NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id),
  UNIQUE KEY {thirdparty_user_to_tenant_third_party_user_id_key} (app_id, tenant_id, third_party_id, third_party_user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {passwordless_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  email VARCHAR(256),
  phone_number VARCHAR(256),
  time_joined BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, user_id),
  KEY {passwordless_users_email_index} (app_id, email),
  KEY {passwordless_users_phone_number_index} (app_id, phone_number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {passwordless_user_to_tenant} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id CHAR(36) NOT NULL,
  email VARCHAR(256),
  phone_number VARCHAR(256),
  PRIMARY KEY (app_id, tenant_id, user_id),
  UNIQUE KEY {passwordless_user_to_tenant_email_key} (app_id, tenant_id, email),
  UNIQUE KEY {passwordless_user_to_tenant_phone_number_key} (app_id, tenant_id, phone_number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {passwordless_devices} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  device_id_hash CHAR(44) NOT NULL,
  email VARCHAR(256),
  phone_number VARCHAR(256),
  link_code_salt CHAR(44) NOT NULL,
  failed_attempts INT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, tenant_id, device_id_hash),
  KEY {passwordless_devices_email_index} (app_id, tenant_id, email),
  KEY {passwordless_devices_phone_number_index} (app_id, tenant_id, phone_number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {passwordless_codes} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  code_id CHAR(36) NOT NULL,
  device_id_hash CHAR(44) NOT NULL,
  link_code_hash CHAR(44) NOT NULL,
  created_at BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, tenant_id, code_id),
  UNIQUE KEY {passwordless_codes_link_code_hash_key} (app_id, tenant_id, link_code_hash),
  KEY {passwordless_codes_created_at_index} (app_id, tenant_id, created_at),
  KEY {passwordless_codes_expiry_index} (created_at),
  KEY {passwordless_codes_device_id_hash_index} (app_id, tenant_id, device_id_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {jwt_signing_keys} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  key_id VARCHAR(255) NOT NULL,
  key_string TEXT NOT NULL,
  algorithm VARCHAR(10) NOT NULL,
  created_at BIGINT UNSIGNED,
  PRIMARY KEY (app_id, key_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {user_metadata} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  user_metadata TEXT NOT NULL,
  PRIMARY KEY (app_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {roles} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  role VARCHAR(255) NOT NULL,
  PRIMARY KEY (app_id, role)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {role_permissions} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  role VARCHAR(255) NOT NULL,
  permission VARCHAR(255) NOT NULL,
  PRIMARY KEY (app_id, role, permission),
  KEY {role_permissions_permission_index} (app_id, permission)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {user_roles} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  role VARCHAR(255) NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id, role),
  KEY {user_roles_role_index} (app_id, tenant_id, role),
  KEY {user_roles_app_id_role_index} (app_id, role),
  KEY {user_roles_app_id_user_id_index} (app_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {totp_users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  PRIMARY KEY (app_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {totp_user_devices} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  device_name VARCHAR(256) NOT NULL,
  secret_key VARCHAR(256) NOT NULL,
  period INT NOT NULL,
  skew INT NOT NULL,
  verified TINYINT(1) NOT NULL,
  created_at BIGINT UNSIGNED,
  PRIMARY KEY (app_id, user_id, device_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE {totp_used_codes} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  user_id VARCHAR(128) NOT NULL,
  code VARCHAR(8) NOT NULL,
  is_valid TINYINT(1) NOT NULL,
  expiry_time_ms BIGINT UNSIGNED NOT NULL,
  created_time_ms BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (app_id, tenant_id, user_id, created_time_ms),
  KEY {totp_used_codes_expiry_time_ms_index} (app_id, tenant_id, expiry_time_ms),
  KEY {totp_used_codes_expiry_index} (expiry_time_ms),
  KEY {totp_used_codes_user_id_index} (app_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
