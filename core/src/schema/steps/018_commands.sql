-- Commands to workstations.

--- commands
-- A command is open while `ended_at` is null and `expires_at` lies ahead. `user` is whose workstation it is. With `release`
-- (`{admin, reason, approval_id}`) the session is force-released when the command is over.
CREATE TABLE IF NOT EXISTS commands (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    workstation_id  TEXT NOT NULL,
    user            TEXT NOT NULL,
    sender          TEXT NOT NULL,
    type            TEXT NOT NULL,
    data            TEXT NOT NULL,
    state           TEXT NOT NULL,
    message         TEXT,
    session_id      TEXT,
    item_id         TEXT,
    release         TEXT,
    created_at      TEXT NOT NULL,
    sent_at         TEXT,
    acknowledged_at TEXT,
    ended_at        TEXT,
    expires_at      TEXT NOT NULL,
    cause           TEXT NOT NULL
);

--- commands_open
CREATE INDEX IF NOT EXISTS commands_open ON commands (expires_at) WHERE ended_at IS NULL;

--- commands_open_of_workstation
CREATE INDEX IF NOT EXISTS commands_open_of_workstation ON commands (workstation_id) WHERE ended_at IS NULL;

--- commands_open_of_session
-- Two admins who override at once are told of the same command.
CREATE UNIQUE INDEX IF NOT EXISTS commands_open_of_session ON commands (session_id)
WHERE session_id IS NOT NULL AND ended_at IS NULL;

--- commands_over
CREATE INDEX IF NOT EXISTS commands_over ON commands (ended_at) WHERE ended_at IS NOT NULL;

--- approvals_save_seconds
-- For how long the holder may save once an approval has been given; none where the session ends with it.
ALTER TABLE approvals ADD COLUMN save_seconds INTEGER;
