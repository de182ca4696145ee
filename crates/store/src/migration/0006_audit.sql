-- Each filter of the audit log is a range of one index: the newest events of a tenant, of a type, about a person, by
-- a person. Ids are in the order of their times.
DROP INDEX audit_events_by_user;
CREATE INDEX audit_events_by_user ON audit_events (tenant_id, user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_events_by_actor ON audit_events (tenant_id, actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_events_by_type ON audit_events (tenant_id, type, id);
