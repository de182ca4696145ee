-- Times are milliseconds since the Unix epoch. Sealed values and keyed hashes name the key they used.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- Master keys that some row of this database names; a node without one of them must not start.
CREATE TABLE vault_keys (
  id TEXT PRIMARY KEY,
  check_tag BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE tenants (
  id UUID PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  version BIGINT NOT NULL,
  suspended_at BIGINT,
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id UUID PRIMARY KEY,
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  username TEXT NOT NULL,
  email TEXT,
  email_changed_at BIGINT,
  earlier_email TEXT,
  display_name TEXT NOT NULL,
  role TEXT NOT NULL,
  status TEXT NOT NULL,
  password_hash TEXT,
  typed_failures BIGINT NOT NULL DEFAULT 0,
  typed_blocked_until BIGINT NOT NULL DEFAULT 0,
  limited_until BIGINT,
  enrollment_proof TEXT NOT NULL DEFAULT 'password',
  enrollment_given_by UUID,
  enrollment_given_at BIGINT,
  created_at BIGINT NOT NULL,
  last_sign_in_at BIGINT
);
CREATE INDEX users_by_tenant ON users (tenant_id, id);

-- User names and addresses share one namespace per tenant, so that no name finds two people. The address
-- before the last change stays in it for a while (kind 'earlier', until a time): it still finds the way to
-- a reset.
CREATE TABLE login_names (
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  until BIGINT,
  PRIMARY KEY (tenant_id, name)
);
CREATE INDEX login_names_by_user ON login_names (user_id);
CREATE INDEX login_names_by_end ON login_names (until) WHERE until IS NOT NULL;

CREATE TABLE totp_factors (
  id UUID PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  secret BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  last_step BIGINT NOT NULL,
  limited_until BIGINT,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX totp_factors_by_user ON totp_factors (user_id, created_at, id);

-- A candidate is not a factor: one per person, gone after a while, a factor only once the session that
-- began it has confirmed it.
CREATE TABLE totp_candidates (
  user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  id UUID NOT NULL UNIQUE,
  session_id UUID NOT NULL,
  name TEXT NOT NULL,
  secret BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX totp_candidates_by_end ON totp_candidates (expires_at);

CREATE TABLE recovery_sets (
  user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  id UUID NOT NULL UNIQUE,
  salt BYTEA NOT NULL,
  params TEXT NOT NULL,
  key_id TEXT NOT NULL,
  format TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
  set_id UUID NOT NULL REFERENCES recovery_sets (id) ON DELETE CASCADE,
  tag BYTEA NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (set_id, tag)
);

CREATE TABLE pending_logins (
  id UUID PRIMARY KEY,
  token_hash BYTEA NOT NULL UNIQUE,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  browser_hash BYTEA,
  proofs TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX pending_logins_by_user ON pending_logins (user_id);
CREATE INDEX pending_logins_by_end ON pending_logins (expires_at);

CREATE TABLE sessions (
  id UUID PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX sessions_open_by_user ON sessions (user_id, id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_address ON sessions (user_id, address);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- A session has one cookie, or bearer tokens that were issued for it. What an act proved belongs to
-- the token it answered with.
CREATE TABLE session_tokens (
  id UUID PRIMARY KEY,
  session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  token_hash BYTEA UNIQUE,
  proofs TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX session_tokens_by_session ON session_tokens (session_id);

CREATE TABLE links (
  token_hash BYTEA PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id UUID REFERENCES users (id) ON DELETE CASCADE,
  address TEXT,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX links_by_user ON links (user_id, purpose);
CREATE INDEX links_by_end ON links (expires_at);

CREATE TABLE mail_codes (
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL,
  tag BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  tries_left BIGINT NOT NULL,
  sends BIGINT NOT NULL,
  window_start BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, purpose)
);

-- Keys are compared by their bytes, whatever the database's language: ranges of them are cleared.
CREATE TABLE throttles (
  key TEXT COLLATE "C" PRIMARY KEY,
  failures BIGINT NOT NULL,
  window_start BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX throttles_by_age ON throttles (updated_at);

CREATE TABLE audit_events (
  id UUID PRIMARY KEY,
  at BIGINT NOT NULL,
  tenant_id UUID,
  type TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id UUID,
  actor_name TEXT,
  user_id UUID,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  request_id TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_events_by_tenant ON audit_events (tenant_id, id);
CREATE INDEX audit_events_by_user ON audit_events (user_id, id);

CREATE TABLE outbox (
  id UUID PRIMARY KEY,
  sealed BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  last_error TEXT,
  dead_at BIGINT
);
CREATE INDEX outbox_by_due ON outbox (due_at) WHERE dead_at IS NULL;

CREATE TABLE signing_keys (
  id UUID PRIMARY KEY,
  sealed BYTEA NOT NULL,
  key_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT
);
