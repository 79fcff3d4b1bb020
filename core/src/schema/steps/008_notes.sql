-- What a session is held for, and when its holder was last at it.

--- sessions_note
ALTER TABLE sessions ADD COLUMN note TEXT;

--- sessions_active_at
-- The last acquire, renewal, draft or checkpoint.
ALTER TABLE sessions ADD COLUMN active_at TEXT NOT NULL DEFAULT '';

--- sessions_active_so_far
UPDATE sessions SET active_at = renewed_at WHERE ended_at IS NULL;
