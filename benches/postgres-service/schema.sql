-- Who edits what, and the logs of it. Times are the database's.

CREATE TABLE IF NOT EXISTS workstations (
    id          uuid PRIMARY KEY,
    "user"      text NOT NULL,
    name        text NOT NULL,
    fingerprint text NOT NULL UNIQUE,
    last_seen   timestamptz NOT NULL DEFAULT now(),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS items (
    id          uuid PRIMARY KEY,
    part_number text NOT NULL UNIQUE,
    fence       bigint NOT NULL DEFAULT 1
);

CREATE TABLE IF NOT EXISTS subscriptions (
    item_id        uuid NOT NULL REFERENCES items,
    workstation_id uuid NOT NULL REFERENCES workstations ON DELETE CASCADE,
    PRIMARY KEY (item_id, workstation_id)
);

CREATE TABLE IF NOT EXISTS sessions (
    id             uuid PRIMARY KEY,
    item_id        uuid NOT NULL REFERENCES items,
    "user"         text NOT NULL,
    workstation_id uuid NOT NULL REFERENCES workstations,
    context_level  text NOT NULL,
    object_id      text,
    fence          bigint NOT NULL,
    acquired_at    timestamptz NOT NULL DEFAULT now(),
    renewed_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    end_reason     text
);

-- The lock on the item's row keeps an item and an object in it apart; this holds even if somebody forgets it.
CREATE UNIQUE INDEX IF NOT EXISTS sessions_one_holder ON sessions (item_id, coalesce(object_id, '')) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions ("user") WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS sessions_due ON sessions (expires_at) WHERE ended_at IS NULL;

CREATE TABLE IF NOT EXISTS events (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type        text NOT NULL,
    time        timestamptz NOT NULL DEFAULT now(),
    item_id     uuid,
    part_number text,
    data        jsonb NOT NULL
);

CREATE TABLE IF NOT EXISTS deliveries (
    workstation_id uuid NOT NULL,
    seq            bigint NOT NULL,
    PRIMARY KEY (workstation_id, seq)
);

CREATE TABLE IF NOT EXISTS audit (
    seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time          timestamptz NOT NULL DEFAULT now(),
    actor         text NOT NULL,
    action        text NOT NULL,
    resource_type text NOT NULL,
    resource_id   uuid NOT NULL,
    part_number   text,
    details       jsonb NOT NULL,
    request_id    text NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_by_actor ON audit (actor);
CREATE INDEX IF NOT EXISTS audit_by_resource ON audit (resource_id);
CREATE INDEX IF NOT EXISTS audit_by_part_number ON audit (part_number);
