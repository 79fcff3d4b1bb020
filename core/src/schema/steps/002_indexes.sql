
--- sessions_active
-- Everybody's active sessions, in order, without those that are over.
CREATE INDEX IF NOT EXISTS sessions_active ON sessions (seq) WHERE ended_at IS NULL;

--- audit_by_actor
CREATE INDEX IF NOT EXISTS audit_by_actor ON audit (actor);

--- audit_by_action
CREATE INDEX IF NOT EXISTS audit_by_action ON audit (action);

--- audit_by_resource_type
CREATE INDEX IF NOT EXISTS audit_by_resource_type ON audit (resource_type);

--- audit_by_resource_id
CREATE INDEX IF NOT EXISTS audit_by_resource_id ON audit (resource_id);
