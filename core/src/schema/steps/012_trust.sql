-- Where the audit log begins, and who waits for events where.

--- audit_anchor
-- The entry after which the log begins, and its hash: 0 and the hash that stands before the first one, as long as none has been
-- forgotten (docs/audit.md).
CREATE TABLE audit_anchor (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    hash TEXT NOT NULL
);

--- audit_anchor_row
INSERT INTO audit_anchor (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

--- waits
-- How many requests of a user wait for events in an instance, as long as `until` lies ahead: an instance that dies takes nobody's
-- place for longer.
CREATE TABLE waits (
    user     TEXT NOT NULL,
    instance TEXT NOT NULL,
    count    INTEGER NOT NULL,
    until    TEXT NOT NULL,
    PRIMARY KEY (user, instance)
) WITHOUT ROWID;

--- waits_until
CREATE INDEX waits_until ON waits (until);
