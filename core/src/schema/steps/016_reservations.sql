-- Reservations, and the times at which they keep items.

--- reservations
-- `part_numbers` is a JSON array; `starts_at` and `ends_at` are the first time, `times` how many there are for each part; `repeat`
-- as its user wrote it.
CREATE TABLE reservations (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    user           TEXT NOT NULL,
    workstation_id TEXT NOT NULL,
    part_numbers   TEXT NOT NULL,
    starts_at      TEXT NOT NULL,
    ends_at        TEXT NOT NULL,
    times          INTEGER NOT NULL,
    repeat         TEXT,
    note           TEXT,
    created_at     TEXT NOT NULL,
    cause          TEXT NOT NULL
);

--- reservations_by_user
CREATE INDEX reservations_by_user ON reservations (user);

--- reservations_by_workstation
CREATE INDEX reservations_by_workstation ON reservations (workstation_id);

--- reserved_times
-- One item for one time, until that is over. `seconds` is how long it lasts, rounded up; `due_at` when something is to be
-- recorded next, its beginning or its end; `session_id` the session that it came to.
CREATE TABLE reserved_times (
    seq            INTEGER PRIMARY KEY,
    reservation_id TEXT NOT NULL,
    item_id        TEXT NOT NULL,
    user           TEXT NOT NULL,
    workstation_id TEXT NOT NULL,
    starts_at      TEXT NOT NULL,
    ends_at        TEXT NOT NULL,
    seconds        INTEGER NOT NULL,
    due_at         TEXT NOT NULL,
    has_begun      INTEGER NOT NULL DEFAULT 0,
    session_id     TEXT,
    cause          TEXT NOT NULL
);

--- reserved_times_by_item
CREATE INDEX reserved_times_by_item ON reserved_times (item_id, starts_at);

--- reserved_times_by_length
CREATE INDEX reserved_times_by_length ON reserved_times (item_id, seconds);

--- reserved_times_due
CREATE INDEX reserved_times_due ON reserved_times (due_at);

--- reserved_times_by_reservation
CREATE INDEX reserved_times_by_reservation ON reserved_times (reservation_id, starts_at);

--- reserved_times_by_user
CREATE INDEX reserved_times_by_user ON reserved_times (user);

--- reserved_times_open
-- Those that have begun and haven't come to a session.
CREATE INDEX reserved_times_open ON reserved_times (item_id) WHERE has_begun AND session_id IS NULL;
