-- Tenants whose end is near.
CREATE INDEX tenants_by_end ON tenants (delete_at) WHERE delete_at IS NOT NULL;
