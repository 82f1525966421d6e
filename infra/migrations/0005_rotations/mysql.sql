-- By which refresh token a session's current one was made, and when, so that browser tabs that refresh at once are no thieves.

CREATE TABLE {session_rotations} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  tenant_id VARCHAR(64) NOT NULL DEFAULT 'public',
  session_handle VARCHAR(255) NOT NULL,
  refresh_token_hash_2 VARCHAR(128) NOT NULL,
  parent_hash_2 VARCHAR(128) NOT NULL,
  rotated_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  PRIMARY KEY (app_id, tenant_id, session_handle, refresh_token_hash_2),
  KEY {session_rotations_expiry_index} (expires_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
