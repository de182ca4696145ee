-- Security keys and passkeys (WebAuthn).

-- Random and without meaning; made with the first registration. It names the person towards keys, which
-- keep it, in place of the id.
ALTER TABLE users ADD COLUMN user_handle BYTEA;
CREATE UNIQUE INDEX users_by_handle ON users (user_handle);

-- The kind of second factor the person wants to be asked first.
ALTER TABLE users ADD COLUMN preferred_method TEXT;

CREATE TABLE security_keys (
  id UUID PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id BYTEA NOT NULL UNIQUE,
  rp_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  algorithm BIGINT NOT NULL,
  sign_count BIGINT NOT NULL,
  user_verified BIGINT NOT NULL,
  backup_eligible BIGINT NOT NULL,
  backed_up BIGINT NOT NULL,
  aaguid UUID NOT NULL,
  transports TEXT NOT NULL,
  attestation TEXT NOT NULL,
  counter_alert_at BIGINT,
  limited_until BIGINT,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX security_keys_by_user ON security_keys (user_id, created_at, id);

-- One open challenge per ceremony and owner (a pending login or a session): a new one replaces the last.
-- Those for signing in without a password have no owner yet; an address has a bounded number of them.
CREATE TABLE webauthn_challenges (
  id UUID PRIMARY KEY,
  ceremony TEXT NOT NULL,
  owner_id UUID NOT NULL,
  user_id UUID REFERENCES users (id) ON DELETE CASCADE,
  challenge BYTEA NOT NULL UNIQUE,
  state TEXT NOT NULL,
  address TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX webauthn_challenges_by_owner ON webauthn_challenges (ceremony, owner_id);
CREATE INDEX webauthn_challenges_by_user ON webauthn_challenges (user_id);
CREATE INDEX webauthn_challenges_by_address ON webauthn_challenges (address, expires_at);
CREATE INDEX webauthn_challenges_by_end ON webauthn_challenges (expires_at);
