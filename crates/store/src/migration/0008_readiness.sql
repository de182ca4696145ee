-- Who is one loss away from being locked out: 1 where a person has a second factor and at most one independent way in
-- (core/src/readiness.rs). Written with every change of a factor and of the number of recovery codes.
ALTER TABLE users ADD COLUMN at_risk BIGINT NOT NULL DEFAULT 0;

-- Keys that cannot leave a phone share it with the app. Recovery codes are a way while more than two are left.
UPDATE users SET at_risk = 1 WHERE factor_kinds > 0 AND 1 >=
  (SELECT count(*) FROM security_keys k WHERE k.user_id = users.id)
  + (CASE WHEN EXISTS (SELECT 1 FROM totp_factors f WHERE f.user_id = users.id)
    AND NOT EXISTS (SELECT 1 FROM security_keys k WHERE k.user_id = users.id AND k.backed_up = 0
      AND k.transports LIKE '%"internal"%' AND k.transports LIKE '%"hybrid"%') THEN 1 ELSE 0 END)
  + (CASE WHEN (SELECT count(*) FROM recovery_sets s JOIN recovery_codes c ON c.set_id = s.id
    WHERE s.user_id = users.id AND c.used_at IS NULL) > 2 THEN 1 ELSE 0 END);

CREATE INDEX users_at_risk ON users (tenant_id, id) WHERE at_risk = 1 AND status <> 'suspended';

-- How many of the people counted are at risk.
ALTER TABLE user_counts ADD COLUMN at_risk BIGINT NOT NULL DEFAULT 0;
UPDATE user_counts SET at_risk = (SELECT count(*) FROM users u WHERE u.tenant_id = user_counts.tenant_id
  AND u.factor_kinds = user_counts.factor_kinds AND u.status <> 'suspended' AND u.at_risk = 1);

-- What user_counts was at the beginning of a day (days since 1970-01-01, UTC): enrolment over time.
CREATE TABLE enrolment_days (
  tenant_id UUID NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  day BIGINT NOT NULL,
  factor_kinds BIGINT NOT NULL,
  people BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day, factor_kinds)
);
CREATE INDEX enrolment_days_by_day ON enrolment_days (day);
