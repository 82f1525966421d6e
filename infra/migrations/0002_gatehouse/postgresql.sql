-- Gatehouse's own tables: the directory of people, the send limits, and the audit log.
-- COLLATE "C": people are listed and searched by ranges of these columns, in the order of their bytes.

CREATE TABLE {users} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  id VARCHAR(36) COLLATE "C" NOT NULL,
  email VARCHAR(256) COLLATE "C" NOT NULL,
  name VARCHAR(255),
  name_key VARCHAR(255) COLLATE "C",
  auth_user_id VARCHAR(128),
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  last_sign_in_at_ms BIGINT,
  PRIMARY KEY (app_id, id),
  CONSTRAINT {users_email_key} UNIQUE (app_id, email),
  CONSTRAINT {users_auth_user_id_key} UNIQUE (app_id, auth_user_id)
);

CREATE INDEX {users_created_at_index} ON {users} (app_id, created_at_ms, id);

CREATE INDEX {users_name_key_index} ON {users} (app_id, name_key);

CREATE TABLE {send_limits} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  subject VARCHAR(64) NOT NULL,
  window_start_ms BIGINT NOT NULL,
  sends INTEGER NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  PRIMARY KEY (app_id, subject, window_start_ms)
);

CREATE INDEX {send_limits_expiry_index} ON {send_limits} (expires_at_ms);

CREATE TABLE {audit_log} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  id VARCHAR(36) NOT NULL,
  at_ms BIGINT NOT NULL,
  event VARCHAR(64) NOT NULL,
  actor_id VARCHAR(128),
  subject_id VARCHAR(128),
  client VARCHAR(64),
  details TEXT,
  PRIMARY KEY (app_id, id)
);

CREATE INDEX {audit_log_app_id_at_index} ON {audit_log} (app_id, at_ms);

CREATE INDEX {audit_log_at_index} ON {audit_log} (at_ms);
