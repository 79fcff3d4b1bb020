-- Revisions of items, and sessions that have gone stale.

--- items_revision
-- What the last release that named one said; null until then.
ALTER TABLE items ADD COLUMN revision TEXT;

--- sessions_stale_told
-- The `active_at` for which it was announced that the session is stale.
ALTER TABLE sessions ADD COLUMN stale_told TEXT;

--- sessions_idle
-- Those of which it hasn't been announced, the longest idle ones first.
CREATE INDEX sessions_idle ON sessions (active_at) WHERE ended_at IS NULL AND stale_told IS NOT active_at;
