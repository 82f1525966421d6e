-- Events on their way to the URLs of WEBHOOK_URLS; due_at_ms is empty where Gatehouse has given up.

CREATE TABLE {webhook_deliveries} (
  app_id VARCHAR(64) NOT NULL DEFAULT 'public',
  id VARCHAR(36) NOT NULL,
  endpoint VARCHAR(32) NOT NULL,
  event VARCHAR(64) NOT NULL,
  at_ms BIGINT NOT NULL,
  actor_id VARCHAR(128),
  subject_id VARCHAR(128),
  data TEXT,
  queued_at_ms BIGINT NOT NULL,
  due_at_ms BIGINT,
  attempts INT NOT NULL,
  outcome VARCHAR(64),
  PRIMARY KEY (app_id, id, endpoint),
  KEY {webhook_deliveries_due_index} (endpoint, due_at_ms),
  KEY {webhook_deliveries_queued_at_index} (queued_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
