-- A database of SuperTokens core 9.0 lacks this column. True: its tenants did not restrict first factors.

ALTER TABLE {tenant_configs} ADD COLUMN is_first_factors_null TINYINT(1);

UPDATE {tenant_configs} SET is_first_factors_null = TRUE WHERE is_first_factors_null IS NULL;
