-- The tables, and the views that read them. Each `--- name` begins one statement, because a Spin host runs the
-- first statement of a text only. Times are RFC 3339 UTC text with milliseconds, so that they sort as they compare.

--- clock
CREATE VIEW IF NOT EXISTS clock AS SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now;

--- fresh
-- A version 4 UUID for what a trigger brings into being.
CREATE VIEW IF NOT EXISTS fresh AS
SELECT lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || substr(lower(hex(randomblob(2))), 2)
       || '-' || substr('89ab', 1 + abs(random() % 4), 1) || substr(lower(hex(randomblob(2))), 2)
       || '-' || lower(hex(randomblob(6))) AS uuid;

--- items
CREATE TABLE IF NOT EXISTS items (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    part_number TEXT NOT NULL UNIQUE,
    fence       INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL,
    cause       TEXT NOT NULL
);

--- workstations
CREATE TABLE IF NOT EXISTS workstations (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    user        TEXT NOT NULL,
    name        TEXT NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    last_seen   TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    cause       TEXT NOT NULL,
    -- The roles of whoever polled for its events last, as a JSON array: the gates of approvals tell them.
    roles       TEXT NOT NULL DEFAULT '[]'
);

--- workstations_by_user
CREATE INDEX IF NOT EXISTS workstations_by_user ON workstations (user);

--- subscriptions
CREATE TABLE IF NOT EXISTS subscriptions (
    seq            INTEGER PRIMARY KEY,
    workstation_id TEXT NOT NULL,
    item_id        TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    cause          TEXT NOT NULL,
    UNIQUE (item_id, workstation_id)
);

--- subscriptions_by_workstation
CREATE INDEX IF NOT EXISTS subscriptions_by_workstation ON subscriptions (workstation_id);

--- sessions
-- A session is active while `ended_at` is null and `expires_at` lies ahead. `origin` is how it began: `acquired`,
-- `granted` (to the first in line) or `transferred`; `successor_id` is the session that a transfer began. The columns
-- `force…` say by whose order a session was force-released, and `checkpoint_id` what became of its draft then.
CREATE TABLE IF NOT EXISTS sessions (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    item_id        TEXT NOT NULL,
    user           TEXT NOT NULL,
    workstation_id TEXT NOT NULL,
    context_level  TEXT NOT NULL,
    object_id      TEXT,
    fence          INTEGER NOT NULL,
    ttl_seconds    INTEGER NOT NULL,
    origin         TEXT NOT NULL,
    acquired_at    TEXT NOT NULL,
    renewed_at     TEXT NOT NULL,
    expires_at     TEXT NOT NULL,
    ended_at       TEXT,
    end_reason     TEXT,
    successor_id   TEXT,
    forced_by      TEXT,
    force_reason   TEXT,
    approval_id    TEXT,
    checkpoint_id  TEXT,
    cause          TEXT NOT NULL
);

--- sessions_one_holder
CREATE UNIQUE INDEX IF NOT EXISTS sessions_one_holder
ON sessions (item_id, coalesce(object_id, '')) WHERE ended_at IS NULL;

--- sessions_due
CREATE INDEX IF NOT EXISTS sessions_due ON sessions (expires_at) WHERE ended_at IS NULL;

--- sessions_by_user
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user) WHERE ended_at IS NULL;

--- sessions_by_workstation
CREATE INDEX IF NOT EXISTS sessions_by_workstation ON sessions (workstation_id) WHERE ended_at IS NULL;

--- handoff_requests
-- `context_level`, `object_id` and `ttl_seconds` are what a grant will be: the request may outlive the session that
-- it was made on, and wait on another one that is in its way.
CREATE TABLE IF NOT EXISTS handoff_requests (
    seq                INTEGER PRIMARY KEY,
    id                 TEXT NOT NULL UNIQUE,
    session_id         TEXT NOT NULL,
    item_id            TEXT NOT NULL,
    requester          TEXT NOT NULL,
    workstation_id     TEXT,
    holder             TEXT NOT NULL,
    message            TEXT NOT NULL,
    auto_acquire       INTEGER NOT NULL,
    status             TEXT NOT NULL,
    created_at         TEXT NOT NULL,
    asked_at           TEXT NOT NULL,
    answered_at        TEXT,
    answer             TEXT,
    context_level      TEXT NOT NULL,
    object_id          TEXT,
    ttl_seconds        INTEGER NOT NULL,
    granted_session_id TEXT,
    cause              TEXT NOT NULL
);

--- handoff_requests_pending
CREATE UNIQUE INDEX IF NOT EXISTS handoff_requests_pending
ON handoff_requests (session_id, requester) WHERE status = 'pending';

--- handoff_requests_by_session
CREATE INDEX IF NOT EXISTS handoff_requests_by_session ON handoff_requests (session_id);

--- handoff_requests_by_requester
CREATE INDEX IF NOT EXISTS handoff_requests_by_requester ON handoff_requests (requester);

--- handoff_requests_by_holder
CREATE INDEX IF NOT EXISTS handoff_requests_by_holder ON handoff_requests (holder);

--- handoff_requests_by_workstation
CREATE INDEX IF NOT EXISTS handoff_requests_by_workstation
ON handoff_requests (workstation_id) WHERE status = 'pending';

--- events
-- The log. AUTOINCREMENT, so that a cursor never points at another event than the one that it was given for.
CREATE TABLE IF NOT EXISTS events (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    type        TEXT NOT NULL,
    time        TEXT NOT NULL,
    item_id     TEXT,
    part_number TEXT,
    data        TEXT NOT NULL,
    change_id   TEXT NOT NULL
);

--- deliveries
-- Who receives an event is settled when it happens: later subscriptions and deletions don't rewrite the past.
CREATE TABLE IF NOT EXISTS deliveries (
    workstation_id TEXT NOT NULL,
    seq            INTEGER NOT NULL,
    PRIMARY KEY (workstation_id, seq)
) WITHOUT ROWID;

--- deliveries_by_seq
CREATE INDEX IF NOT EXISTS deliveries_by_seq ON deliveries (seq);

--- log_horizon
-- The last event that was pruned: a cursor before it has missed something.
CREATE TABLE IF NOT EXISTS log_horizon (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    pruned_through INTEGER NOT NULL
);

--- log_horizon_row
INSERT OR IGNORE INTO log_horizon (id, pruned_through) VALUES (1, 0);

--- audit
CREATE TABLE IF NOT EXISTS audit (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    time          TEXT NOT NULL,
    actor         TEXT NOT NULL,
    action        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id   TEXT NOT NULL,
    part_number   TEXT,
    details       TEXT NOT NULL,
    request_id    TEXT,
    ip            TEXT,
    -- Over the row and the hash before it (see docs/audit.md); null until the row is sealed.
    hash          TEXT
);

--- audit_by_part_number
CREATE INDEX IF NOT EXISTS audit_by_part_number ON audit (part_number) WHERE part_number IS NOT NULL;

--- audit_unsealed
CREATE INDEX IF NOT EXISTS audit_unsealed ON audit (seq) WHERE hash IS NULL;

--- log_head
-- The newest event's cursor, also when everything has been pruned.
CREATE VIEW IF NOT EXISTS log_head AS
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS seq;

--- latest_event
-- Right after a change, and in its own statement, the newest event is the change's own if it caused any.
CREATE VIEW IF NOT EXISTS latest_event AS SELECT seq, change_id FROM events ORDER BY seq DESC LIMIT 1;

--- workstation_documents
CREATE VIEW IF NOT EXISTS workstation_documents AS
SELECT seq, id, user, json_object('id', id, 'user', user, 'name', name, 'fingerprint', fingerprint,
       'last_seen', last_seen, 'created_at', created_at) AS document
FROM workstations;

--- session_documents
-- `reason` is why a session is over, and null as long as it is active.
CREATE VIEW IF NOT EXISTS session_documents AS
SELECT s.seq, s.id, s.item_id, i.part_number, s.user, s.workstation_id, s.object_id, s.fence,
       CASE WHEN s.ended_at IS NOT NULL THEN s.end_reason
            WHEN s.expires_at <= (SELECT now FROM clock) THEN 'expired' END AS reason,
       json_object('id', s.id, 'item_id', s.item_id, 'part_number', i.part_number, 'user', s.user,
       'workstation_id', s.workstation_id, 'context_level', s.context_level, 'object_id', s.object_id,
       'fence', s.fence, 'acquired_at', s.acquired_at, 'renewed_at', s.renewed_at, 'expires_at', s.expires_at)
       AS document
FROM sessions s JOIN items i ON i.id = s.item_id;

--- active_sessions
CREATE VIEW IF NOT EXISTS active_sessions AS
SELECT s.seq, s.id, s.item_id, i.part_number, s.user, s.workstation_id, s.object_id, s.acquired_at, s.expires_at,
       json_object('id', s.id, 'item_id', s.item_id, 'part_number', i.part_number, 'user', s.user,
       'workstation_id', s.workstation_id, 'context_level', s.context_level, 'object_id', s.object_id,
       'fence', s.fence, 'acquired_at', s.acquired_at, 'renewed_at', s.renewed_at, 'expires_at', s.expires_at)
       AS document
FROM sessions s JOIN items i ON i.id = s.item_id
WHERE s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock);

--- session_states
-- What a command on one session answers with: whose it is, why it is over, and the session itself.
CREATE VIEW IF NOT EXISTS session_states AS
SELECT id, part_number, json_object('user', user, 'reason', reason, 'session', json(document)) AS state
FROM session_documents;

--- handoff_documents
CREATE VIEW IF NOT EXISTS handoff_documents AS
SELECT r.seq, r.id, r.session_id, r.requester, r.holder, r.status, i.part_number,
       json_object('id', r.id, 'session_id', r.session_id, 'item_id', r.item_id, 'part_number', i.part_number,
       'requester', r.requester, 'workstation_id', r.workstation_id, 'holder', r.holder, 'message', r.message,
       'auto_acquire', json(iif(r.auto_acquire, 'true', 'false')), 'status', r.status, 'created_at', r.created_at,
       'answered_at', r.answered_at, 'answer', r.answer) AS document
FROM handoff_requests r JOIN items i ON i.id = r.item_id;

--- event_documents
CREATE VIEW IF NOT EXISTS event_documents AS
SELECT seq, type, json_object('id', CAST(seq AS TEXT), 'type', type, 'time', time, 'item_id', item_id,
       'part_number', part_number, 'data', json(data)) AS document
FROM events;
