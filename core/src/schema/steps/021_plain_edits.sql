-- A statement is compiled with all triggers that hang on the columns it sets. What follows from a session's end hangs on one of its
-- own, so that who ends one of which nothing follows needn't touch it (see definitions/plain_edits.sql).

--- sessions_consequences
-- 1 where more follows from the end than that it is told of; null as long as the session is active.
ALTER TABLE sessions ADD COLUMN consequences INTEGER;
