-- Whom a reminder reaches now, counted by ranges of an index: the count stands beside the button that sends them.
CREATE INDEX users_to_remind ON users (tenant_id, factor_kinds, reminded_at)
  WHERE status = 'active' AND email IS NOT NULL;
