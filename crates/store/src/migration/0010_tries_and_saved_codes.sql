-- What failed, and where it counts: keys have a counter of their own, and a pending login ends after a few tries.
ALTER TABLE users ADD COLUMN key_failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pending_logins ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;

-- Steps of a set-up's secret that a hint on the clock told of: 'step step step'. Of a confirmed app they are rows of
-- totp_spent_steps.
ALTER TABLE totp_candidates ADD COLUMN told_steps TEXT NOT NULL DEFAULT '';

-- When its owner said that the codes are saved, or used one of them. Sets that were made before anybody was asked
-- count as saved.
ALTER TABLE recovery_sets ADD COLUMN saved_at BIGINT;
UPDATE recovery_sets SET saved_at = created_at;

-- The codes of a new set, sealed, for the page of the session that they were made in, until they are saved or a
-- quarter of an hour is over.
CREATE TABLE shown_codes (
  set_id UUID PRIMARY KEY REFERENCES recovery_sets (id) ON DELETE CASCADE,
  session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  sealed BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX shown_codes_by_session ON shown_codes (session_id);
CREATE INDEX shown_codes_by_end ON shown_codes (expires_at);

-- When a key that is a second lock only answered where no credential was named: its device would find it by itself.
ALTER TABLE security_keys ADD COLUMN discovered_at BIGINT;
