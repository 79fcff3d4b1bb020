
--- epoch
-- What cursors and fences begin beyond: 0, or what `baton restore` has set (docs/backup.md).
CREATE TABLE IF NOT EXISTS epoch (id INTEGER PRIMARY KEY CHECK (id = 1), base INTEGER NOT NULL);

--- epoch_row
INSERT OR IGNORE INTO epoch (id, base) VALUES (1, 0);
