-- Watching items by how their names begin.

--- watch_patterns
-- All items whose names begin so; `length` is that of `beginning` in characters.
CREATE TABLE watch_patterns (
    seq            INTEGER PRIMARY KEY,
    workstation_id TEXT NOT NULL,
    beginning      TEXT NOT NULL,
    length         INTEGER NOT NULL,
    created_at     TEXT NOT NULL,
    cause          TEXT NOT NULL,
    UNIQUE (workstation_id, beginning)
);

--- watch_patterns_by_beginning
CREATE INDEX watch_patterns_by_beginning ON watch_patterns (length, beginning, workstation_id);
