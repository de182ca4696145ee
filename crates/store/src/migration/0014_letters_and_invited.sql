-- How many letters left lately, for whom and by whom: one moment for each budget (core/src/mail_rate.rs), and until when
-- one letter speaks for several.
CREATE TABLE mail_budgets (
  key TEXT COLLATE "C" PRIMARY KEY,
  next_at BIGINT NOT NULL,
  merged_until BIGINT NOT NULL
);
CREATE INDEX mail_budgets_by_next ON mail_budgets (next_at);

-- Until when a letter waits for its budget, and whether it is one of many: those leave after the others.
ALTER TABLE outbox ADD COLUMN held_until BIGINT;
ALTER TABLE outbox ADD COLUMN bulk BIGINT NOT NULL DEFAULT 0;
DROP INDEX outbox_by_due;
CREATE INDEX outbox_by_turn ON outbox (bulk, due_at) WHERE dead_at IS NULL;

-- People who were only invited are counted apart from those who can sign in.
ALTER TABLE user_counts ADD COLUMN invited BIGINT NOT NULL DEFAULT 0;
UPDATE user_counts SET
  people = (SELECT count(*) FROM users u WHERE u.tenant_id = user_counts.tenant_id
    AND u.factor_kinds = user_counts.factor_kinds AND u.status = 'active'),
  invited = (SELECT count(*) FROM users u WHERE u.tenant_id = user_counts.tenant_id
    AND u.factor_kinds = user_counts.factor_kinds AND u.status = 'invited'),
  at_risk = (SELECT count(*) FROM users u WHERE u.tenant_id = user_counts.tenant_id
    AND u.factor_kinds = user_counts.factor_kinds AND u.status = 'active' AND u.at_risk = 1);
