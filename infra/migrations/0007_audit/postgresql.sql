-- How often the same happened in one minute, and the ways in which the audit log is looked through. An older release writes one.

ALTER TABLE {audit_log} ADD COLUMN times INTEGER NOT NULL DEFAULT 1;

CREATE INDEX {audit_log_event_index} ON {audit_log} (app_id, event, at_ms);

CREATE INDEX {audit_log_subject_index} ON {audit_log} (app_id, subject_id, at_ms);

CREATE INDEX {audit_log_actor_index} ON {audit_log} (app_id, actor_id, at_ms);
