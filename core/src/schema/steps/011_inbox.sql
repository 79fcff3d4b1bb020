-- What concerns a person: the events that are addressed to any of a user's workstations.

--- inbox
-- `read_at` is set where an entry was marked by itself; see `inbox_marks` for the others.
CREATE TABLE inbox (
    user    TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    read_at TEXT,
    PRIMARY KEY (user, seq)
) WITHOUT ROWID;

--- inbox_by_seq
CREATE INDEX inbox_by_seq ON inbox (seq);

--- inbox_marks
-- All entries of a user up to `through` have been read, at that time or before. So marking a full inbox is one row.
CREATE TABLE inbox_marks (
    user    TEXT NOT NULL,
    through INTEGER NOT NULL,
    read_at TEXT NOT NULL,
    PRIMARY KEY (user, through)
) WITHOUT ROWID;

--- preferences
-- `muted`: a JSON array of types, which may end in `*`.
CREATE TABLE preferences (
    user  TEXT PRIMARY KEY,
    muted TEXT NOT NULL,
    cause TEXT NOT NULL
) WITHOUT ROWID;
