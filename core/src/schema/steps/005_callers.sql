-- Who calls, and what each may take; and what is written to find out whether anything can be.

--- readiness
CREATE TABLE IF NOT EXISTS readiness (id INTEGER PRIMARY KEY CHECK (id = 1), tried_at TEXT NOT NULL);

--- readiness_row
INSERT OR IGNORE INTO readiness (id, tried_at) VALUES (1, '');

--- user_names
-- By `key`, which all spellings of a name have in common, the one that came first. It never changes.
CREATE TABLE IF NOT EXISTS user_names (key TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;

--- user_names_so_far
-- Those who have used Baton before there were keys of names; a name of other than ASCII letters is settled when it comes.
INSERT OR IGNORE INTO user_names (key, name) SELECT lower(user), user FROM workstations ORDER BY seq;

--- api_keys
-- The secrets are known by their SHA-256 alone. `previous_hash` is the one before the last rotation, which holds until
-- `previous_until`. Without `scopes` (a JSON array) a key may all that its role allows.
CREATE TABLE IF NOT EXISTS api_keys (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    user           TEXT NOT NULL,
    name           TEXT NOT NULL,
    role           TEXT NOT NULL,
    scopes         TEXT,
    prefix         TEXT NOT NULL,
    hash           TEXT NOT NULL UNIQUE,
    previous_hash  TEXT,
    previous_until TEXT,
    created_at     TEXT NOT NULL,
    expires_at     TEXT,
    rotated_at     TEXT,
    last_used_at   TEXT,
    use_count      INTEGER NOT NULL DEFAULT 0,
    cause          TEXT NOT NULL
);

--- api_keys_by_user
CREATE INDEX IF NOT EXISTS api_keys_by_user ON api_keys (user);

--- api_keys_by_previous_hash
CREATE INDEX IF NOT EXISTS api_keys_by_previous_hash ON api_keys (previous_hash) WHERE previous_hash IS NOT NULL;

--- change_rates
-- How many changes a user has made in one minute, by the minutes since 1970.
CREATE TABLE IF NOT EXISTS change_rates (
    user        TEXT PRIMARY KEY,
    minute      INTEGER NOT NULL,
    changes     INTEGER NOT NULL,
    last_change TEXT NOT NULL
) WITHOUT ROWID;

--- subscriptions_asked
-- Those that somebody has asked for; others come with holding and asking, and don't count.
CREATE INDEX IF NOT EXISTS subscriptions_asked ON subscriptions (workstation_id)
WHERE cause ->> '$.quota.subscriptions' IS NOT NULL;

--- handoff_requests_pending_by_requester
CREATE INDEX IF NOT EXISTS handoff_requests_pending_by_requester ON handoff_requests (requester) WHERE status = 'pending';

--- checkpoints_by_user
CREATE INDEX IF NOT EXISTS checkpoints_by_user ON checkpoints (user, size);

--- oidc_keys
-- The keys of an issuer as it sent them, when they came, and when it was asked last (as Julian days); `failed` if nothing came.
CREATE TABLE IF NOT EXISTS oidc_keys (
    issuer     TEXT PRIMARY KEY,
    keys       TEXT,
    fetched_at REAL,
    asked_at   REAL NOT NULL,
    failed     INTEGER NOT NULL
) WITHOUT ROWID;

--- items_never_held
CREATE INDEX IF NOT EXISTS items_never_held ON items (created_at) WHERE fence = 0;
