-- Repositories, and what lies in them.

--- repositories
-- What an admin has said of a repository. There may be items and locks of others.
CREATE TABLE repositories (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    name           TEXT NOT NULL UNIQUE,
    upstream       TEXT,
    lock_ttl_hours INTEGER NOT NULL,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    cause          TEXT NOT NULL
);

--- items_repository
-- Where the item lies, if it lies in a repository. Its part number follows from the two (`core/src/repository.rs`).
ALTER TABLE items ADD COLUMN repository TEXT;

--- items_path
ALTER TABLE items ADD COLUMN path TEXT;

--- sessions_repository
-- The item's.
ALTER TABLE sessions ADD COLUMN repository TEXT;

--- sessions_by_repository
CREATE INDEX sessions_by_repository ON sessions (repository) WHERE ended_at IS NULL AND repository IS NOT NULL;

--- sessions_by_locker
CREATE INDEX sessions_by_locker ON sessions (repository, user, expires_at)
WHERE ended_at IS NULL AND repository IS NOT NULL;

--- workstations_repository
-- The repository that the workstation stands for, if it is one that Git LFS locks for.
ALTER TABLE workstations ADD COLUMN repository TEXT;

--- workstations_by_repository
CREATE UNIQUE INDEX workstations_by_repository ON workstations (user, repository) WHERE repository IS NOT NULL;
