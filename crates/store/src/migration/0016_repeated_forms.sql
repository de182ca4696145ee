-- A form that comes a second time learns that the first one was enough: what it used up is remembered for as long as
-- it would have lived, and which browser did.
ALTER TABLE pending_logins ADD COLUMN used_at BIGINT;
ALTER TABLE links ADD COLUMN used_by BYTEA;
