-- Webhooks: who outside is told of events, and what is sent to whom.

--- webhooks
-- `events` is a JSON array of types that may end in `*`; `part_number` may end so, too, and is null for all items. Events after
-- `after_seq` are for it. The secrets are sealed (components/webhooks/src/seal.rs); the one before the last rotation signs as
-- well until `previous_until`. AUTOINCREMENT, so that what was to be sent to one that is gone never goes to another.
CREATE TABLE webhooks (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    url             TEXT NOT NULL,
    events          TEXT NOT NULL,
    part_number     TEXT,
    format          TEXT NOT NULL,
    description     TEXT,
    secret          TEXT NOT NULL,
    previous_secret TEXT,
    previous_until  TEXT,
    enabled         INTEGER NOT NULL DEFAULT 1,
    after_seq       INTEGER NOT NULL,
    failing_since   TEXT,
    disabled_at     TEXT,
    disabled_reason TEXT,
    created_at      TEXT NOT NULL,
    rotated_at      TEXT,
    cause           TEXT NOT NULL
);

--- webhooks_enabled
CREATE INDEX webhooks_enabled ON webhooks (seq) WHERE enabled;

--- webhook_deliveries
-- One event for one webhook. It is sent once `due_at` has come, which is null where it is over, and as long as another one of its
-- item is to be tried first. Whoever sends it holds a `lease`. `attempts` is a JSON array. `document` is the event once that is
-- forgotten, and null before.
CREATE TABLE webhook_deliveries (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    webhook     INTEGER NOT NULL,
    event       INTEGER NOT NULL,
    item_id     TEXT,
    is_test     INTEGER NOT NULL DEFAULT 0,
    state       TEXT NOT NULL DEFAULT 'pending',
    tries       INTEGER NOT NULL DEFAULT 0,
    due_at      TEXT,
    lease       TEXT,
    lease_until TEXT,
    attempts    TEXT NOT NULL DEFAULT '[]',
    document    TEXT,
    created_at  TEXT NOT NULL
);

--- webhook_deliveries_due
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_at) WHERE due_at IS NOT NULL;

--- webhook_deliveries_untried
CREATE INDEX webhook_deliveries_untried ON webhook_deliveries (webhook, item_id, seq) WHERE state = 'pending' AND tries = 0;

--- webhook_deliveries_leased
CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (webhook, lease) WHERE lease IS NOT NULL;

--- webhook_deliveries_by_webhook
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook, seq);

--- webhook_deliveries_by_event
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event);

--- webhook_deliveries_tests
CREATE INDEX webhook_deliveries_tests ON webhook_deliveries (webhook) WHERE is_test AND due_at IS NOT NULL;

--- webhook_progress
-- Up to which event it has been written down what is to be sent to whom.
CREATE TABLE webhook_progress (id INTEGER PRIMARY KEY CHECK (id = 1), through INTEGER NOT NULL);

--- webhook_progress_row
INSERT INTO webhook_progress (id, through) VALUES (1, 0);

--- webhook_watch
-- Which instance stays awake for what is to be sent later: one of all, as long as `until` lies ahead. That saves work and decides
-- nothing.
CREATE TABLE webhook_watch (id INTEGER PRIMARY KEY CHECK (id = 1), holder TEXT NOT NULL, until TEXT NOT NULL);
