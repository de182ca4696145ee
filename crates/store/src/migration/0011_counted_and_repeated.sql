-- Which cookies of browsers that signed in before still count: those of this generation (crates/service/src/browser.rs).
ALTER TABLE users ADD COLUMN browser_generation BIGINT NOT NULL DEFAULT 0;

-- Wrong passwords are counted by what was typed, as a keyed digest. What was counted by accounts begins anew.
DELETE FROM throttles WHERE key >= 'password' AND key < 'passwore';

-- What one source repeats within a minute is one event: how often, and when last. The key is a digest of kind, source
-- and minute; events that are never repeated have none.
ALTER TABLE audit_events ADD COLUMN repeat_key BYTEA;
ALTER TABLE audit_events ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
ALTER TABLE audit_events ADD COLUMN last_at BIGINT;
CREATE UNIQUE INDEX audit_events_by_repeat ON audit_events (repeat_key) WHERE repeat_key IS NOT NULL;
