-- Room for what other apps will be given: tokens for a client of theirs, of an audience and a scope, and keys that sign
-- with what these clients understand. A token of the API has none of the three.
ALTER TABLE session_tokens ADD COLUMN client_id TEXT;
ALTER TABLE session_tokens ADD COLUMN audience TEXT;
ALTER TABLE session_tokens ADD COLUMN scope TEXT;
ALTER TABLE signing_keys ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'EdDSA';
