-- What assemblies are made of, and sessions on whole trees.

--- item_children
-- Which items an item is made of, directly. Nothing is made of itself, on whatever path.
CREATE TABLE item_children (
    parent TEXT NOT NULL,
    child  TEXT NOT NULL,
    PRIMARY KEY (parent, child)
) WITHOUT ROWID;

--- item_children_by_child
CREATE INDEX item_children_by_child ON item_children (child);

--- sessions_scope
-- `item`, or `tree`: the item and all that it is made of.
ALTER TABLE sessions ADD COLUMN scope TEXT NOT NULL DEFAULT 'item';

--- handoff_requests_scope
ALTER TABLE handoff_requests ADD COLUMN scope TEXT NOT NULL DEFAULT 'item';

--- sessions_one_holder_dropped
-- Who holds a tree may hold its root besides.
DROP INDEX sessions_one_holder;

--- sessions_one_holder
CREATE UNIQUE INDEX sessions_one_holder ON sessions (item_id, coalesce(object_id, ''), scope) WHERE ended_at IS NULL;

--- tree_holds
-- Below the item of each tree session that hasn't ended, every item that it covers: so whoever wants one of these finds the
-- session by one look into an index.
CREATE TABLE tree_holds (
    item_id     TEXT NOT NULL,
    session_seq INTEGER NOT NULL,
    PRIMARY KEY (item_id, session_seq)
) WITHOUT ROWID;

--- tree_holds_by_session
CREATE INDEX tree_holds_by_session ON tree_holds (session_seq);

--- handoff_requests_tree_line
CREATE INDEX handoff_requests_tree_line ON handoff_requests (item_id) WHERE place IS NOT NULL AND scope = 'tree';

--- tree_watches
-- Who watches an item and all that it is made of.
CREATE TABLE tree_watches (
    seq            INTEGER PRIMARY KEY,
    workstation_id TEXT NOT NULL,
    item_id        TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    cause          TEXT NOT NULL,
    UNIQUE (item_id, workstation_id)
);

--- tree_watches_by_workstation
CREATE INDEX tree_watches_by_workstation ON tree_watches (workstation_id);
