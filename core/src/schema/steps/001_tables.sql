
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

--- blobs
-- `kept` is 0 while the bytes come in.
CREATE TABLE IF NOT EXISTS blobs (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    kept       INTEGER NOT NULL DEFAULT 0
);

--- blobs_unkept
CREATE INDEX IF NOT EXISTS blobs_unkept ON blobs (created_at) WHERE NOT kept;

--- chunks
CREATE TABLE IF NOT EXISTS chunks (
    seq     INTEGER PRIMARY KEY,
    blob_id TEXT NOT NULL,
    number  INTEGER NOT NULL,
    bytes   BLOB NOT NULL,
    UNIQUE (blob_id, number)
);

--- drafts
CREATE TABLE IF NOT EXISTS drafts (
    seq          INTEGER PRIMARY KEY,
    session_id   TEXT NOT NULL UNIQUE,
    blob_id      TEXT NOT NULL,
    size         INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    content_type TEXT NOT NULL,
    cause        TEXT NOT NULL
);

--- checkpoints
-- A row whose `gone` is set (`expired`, `superseded` or `deleted`) is deleted in the same statement.
CREATE TABLE IF NOT EXISTS checkpoints (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    item_id      TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    user         TEXT NOT NULL,
    kind         TEXT NOT NULL,
    label        TEXT,
    blob_id      TEXT NOT NULL UNIQUE,
    size         INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    content_type TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    gone         TEXT,
    cause        TEXT NOT NULL
);

--- checkpoints_by_item
CREATE INDEX IF NOT EXISTS checkpoints_by_item ON checkpoints (item_id);

--- checkpoints_due
CREATE INDEX IF NOT EXISTS checkpoints_due ON checkpoints (expires_at);

--- approvals
-- `rules` is what the workflow said when the approval began: it goes on under that version.
CREATE TABLE IF NOT EXISTS approvals (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    workflow     TEXT NOT NULL,
    version      INTEGER NOT NULL,
    state        TEXT NOT NULL,
    is_open      INTEGER NOT NULL,
    on_reject    TEXT NOT NULL,
    on_approve   TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    item_id      TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    reason       TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    completed_at TEXT,
    outcome      TEXT,
    -- What a release by this approval needs, given with the signature that may be the last.
    release_with TEXT,
    cause        TEXT NOT NULL
);

--- approvals_open
CREATE UNIQUE INDEX IF NOT EXISTS approvals_open ON approvals (session_id) WHERE is_open;

--- approval_gates
CREATE TABLE IF NOT EXISTS approval_gates (
    seq         INTEGER PRIMARY KEY,
    approval_id TEXT NOT NULL,
    number      INTEGER NOT NULL,
    role        TEXT NOT NULL,
    label       TEXT NOT NULL,
    required    INTEGER NOT NULL,
    UNIQUE (approval_id, number)
);

--- signatures
CREATE TABLE IF NOT EXISTS signatures (
    seq         INTEGER PRIMARY KEY,
    approval_id TEXT NOT NULL,
    gate        INTEGER NOT NULL,
    user        TEXT NOT NULL,
    decision    TEXT NOT NULL,
    comment     TEXT,
    signed_at   TEXT NOT NULL,
    cause       TEXT NOT NULL,
    UNIQUE (approval_id, user)
);
