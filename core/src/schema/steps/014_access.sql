-- Teams, and what they may on items by how their names begin.

--- teams
CREATE TABLE teams (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    cause      TEXT NOT NULL
);

--- team_members
-- `user` is the spelling that came first, which never changes; `place` the one in the list that an admin sent.
CREATE TABLE team_members (
    user  TEXT NOT NULL,
    team  TEXT NOT NULL,
    lead  INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (user, team)
) WITHOUT ROWID;

--- team_members_by_team
CREATE INDEX team_members_by_team ON team_members (team, place);

--- access_rules
-- `may`: 1 view, 2 edit, 3 lead.
CREATE TABLE access_rules (
    prefix TEXT NOT NULL,
    team   TEXT NOT NULL,
    may    INTEGER NOT NULL,
    place  INTEGER NOT NULL,
    PRIMARY KEY (prefix, team)
) WITHOUT ROWID;

--- access_rules_by_team
CREATE INDEX access_rules_by_team ON access_rules (team);

--- access_lengths
-- How long the prefixes are, in characters: to find the longest one that fits, one look into the index for each.
CREATE TABLE access_lengths (length INTEGER PRIMARY KEY);

--- access_settings
-- No row as long as access was never set. `default_may`: 0 nothing, or as in `access_rules`.
CREATE TABLE access_settings (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    default_may INTEGER NOT NULL,
    cause       TEXT NOT NULL
);
