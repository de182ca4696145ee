-- Who must have a second factor by when, and what administrators count and search.

-- The kinds of second factor that the person has: 1 an authenticator app, 2 a security key or passkey.
-- Written with every change of a factor.
ALTER TABLE users ADD COLUMN factor_kinds BIGINT NOT NULL DEFAULT 0;

-- A deadline of this person's own, in place of the tenant's.
ALTER TABLE users ADD COLUMN mfa_deadline BIGINT;

-- When the last reminder to enrol was sent.
ALTER TABLE users ADD COLUMN reminded_at BIGINT;

UPDATE users SET factor_kinds =
  (CASE WHEN EXISTS (SELECT 1 FROM totp_factors f WHERE f.user_id = users.id) THEN 1 ELSE 0 END)
  + (CASE WHEN EXISTS (SELECT 1 FROM security_keys k WHERE k.user_id = users.id) THEN 2 ELSE 0 END);

CREATE INDEX users_by_factors ON users (tenant_id, factor_kinds, id) WHERE status <> 'suspended';
CREATE INDEX users_without_address ON users (tenant_id, factor_kinds, id) WHERE email IS NULL AND status <> 'suspended';
CREATE INDEX users_by_own_deadline ON users (tenant_id, id) WHERE mfa_deadline IS NOT NULL;
CREATE INDEX users_in_charge ON users (tenant_id, role, id) WHERE role <> 'member';

-- How many people of a tenant, active or invited, have which kinds: a dashboard reads four rows instead of
-- everybody's.
CREATE TABLE user_counts (
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  factor_kinds BIGINT NOT NULL,
  people BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, factor_kinds)
);
INSERT INTO user_counts SELECT tenant_id, factor_kinds, count(*) FROM users WHERE status <> 'suspended'
  GROUP BY tenant_id, factor_kinds;

-- The words a person is found by, in their canonical form: user name, address, words of the display name.
CREATE TABLE user_search (
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  word TEXT COLLATE "C" NOT NULL,
  user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (tenant_id, word, user_id)
);
CREATE INDEX user_search_by_user ON user_search (user_id);
INSERT INTO user_search SELECT tenant_id, name, user_id FROM login_names WHERE until IS NULL;

-- When a deleted tenant goes for good.
ALTER TABLE tenants ADD COLUMN delete_at BIGINT;

-- 'full', or 'enrollment' for one that opens the enrollment of a second factor and nothing else.
ALTER TABLE sessions ADD COLUMN purpose TEXT NOT NULL DEFAULT 'full';
