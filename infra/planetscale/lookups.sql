-- The tables behind the lookup vindexes of vschema.json, for the sharded keyspace.
-- Vitess writes them; Gatehouse never does. The primary key of each is what makes a value unique across shards.

CREATE TABLE person_lookup (
  primary_or_recipe_user_id CHAR(36) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  user_id CHAR(36) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (primary_or_recipe_user_id, app_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE person_in_tenant_lookup (
  primary_or_recipe_user_id CHAR(36) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  tenant_id VARCHAR(64) NOT NULL,
  user_id CHAR(36) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (primary_or_recipe_user_id, app_id, tenant_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE external_user_id_lookup (
  external_user_id VARCHAR(128) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (external_user_id, app_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE emailpassword_email_lookup (
  email VARCHAR(256) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  tenant_id VARCHAR(64) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (email, app_id, tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE third_party_account_lookup (
  third_party_user_id VARCHAR(256) NOT NULL,
  third_party_id VARCHAR(28) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  tenant_id VARCHAR(64) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (third_party_user_id, third_party_id, app_id, tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE passwordless_email_lookup (
  email VARCHAR(256) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  tenant_id VARCHAR(64) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (email, app_id, tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE passwordless_phone_number_lookup (
  phone_number VARCHAR(256) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  tenant_id VARCHAR(64) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (phone_number, app_id, tenant_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE device_email_lookup (
  email VARCHAR(256) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  tenant_id VARCHAR(64) NOT NULL,
  device_id_hash CHAR(44) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (email, app_id, tenant_id, device_id_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE device_phone_number_lookup (
  phone_number VARCHAR(256) NOT NULL,
  app_id VARCHAR(64) NOT NULL,
  tenant_id VARCHAR(64) NOT NULL,
  device_id_hash CHAR(44) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (phone_number, app_id, tenant_id, device_id_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE link_code_lookup (
  link_code_hash CHAR(44) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (link_code_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE password_reset_token_lookup (
  token VARCHAR(128) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (token)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE verification_token_lookup (
  token VARCHAR(128) NOT NULL,
  keyspace_id VARBINARY(16) NOT NULL,
  PRIMARY KEY (token)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
