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
  attempts INTEGER NOT NULL,
  outcome VARCHAR(64),
  PRIMARY KEY (app_id, id, endpoint)
);

CREATE INDEX {webhook_deliveries_due_index} ON {webhook_deliveries} (endpoint, due_at_ms);

CREATE INDEX {webhook_deliveries_queued_at_index} ON {webhook_deliveries} (queued_at_ms);
