-- Who does the chores: recording expiries, sealing the audit log, forgetting what is old.

--- keeper
-- One instance of all does them, as long as `until` lies ahead. That saves work and decides nothing: a chore that is done
-- twice does no harm.
CREATE TABLE IF NOT EXISTS keeper (id INTEGER PRIMARY KEY CHECK (id = 1), holder TEXT NOT NULL, until TEXT NOT NULL);
