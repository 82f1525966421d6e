-- Who is deciding, at this moment, which primary user has an e-mail address, a phone number or a third-party account.

CREATE TABLE {account_info_holds} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  subject VARCHAR(64) NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  PRIMARY KEY (app_id, subject),
  KEY {account_info_holds_expiry_index} (expires_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
