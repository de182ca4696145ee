-- Ten recovery codes a person are most of what an account takes on the disk. SQLite keeps them once instead of twice
-- where the primary key is the table.
CREATE TABLE recovery_codes_of_sets (
  set_id UUID NOT NULL REFERENCES recovery_sets (id) ON DELETE CASCADE,
  tag BYTEA NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (set_id, tag)
) WITHOUT ROWID;
INSERT INTO recovery_codes_of_sets SELECT set_id, tag, used_at FROM recovery_codes;
DROP TABLE recovery_codes;
ALTER TABLE recovery_codes_of_sets RENAME TO recovery_codes;
