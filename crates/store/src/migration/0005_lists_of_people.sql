-- Lists of a few among many, in the order of the ids: an administrator's filters.
CREATE INDEX users_with_factors ON users (tenant_id, id) WHERE factor_kinds > 0;
CREATE INDEX users_without_factors ON users (tenant_id, id) WHERE factor_kinds = 0;
CREATE INDEX users_not_active ON users (tenant_id, status, id) WHERE status <> 'active';
