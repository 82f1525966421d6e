-- Which migrations a database has had.

CREATE TABLE {schema_migrations} (
  version VARCHAR(64) NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  applied_at_ms BIGINT NOT NULL,
  PRIMARY KEY (version)
);
