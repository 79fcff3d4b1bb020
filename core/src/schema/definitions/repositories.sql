-- Repositories, and the locks of Git LFS in them: edit sessions on what lies at a path.

--- repository_documents
CREATE VIEW repository_documents AS
SELECT seq, name, json_object('repository', name, 'upstream', upstream, 'lock_ttl_hours', lock_ttl_hours,
       'created_at', created_at, 'updated_at', updated_at) AS document
FROM repositories;

--- repositories_created
CREATE TRIGGER repositories_created AFTER INSERT ON repositories
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('repository.created', 'repository', NEW.name,
            json_object('upstream', NEW.upstream, 'lock_ttl_hours', NEW.lock_ttl_hours), NEW.cause);
END;

--- repositories_updated
CREATE TRIGGER repositories_updated AFTER UPDATE ON repositories
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('repository.updated', 'repository', NEW.name,
            json_object('upstream', NEW.upstream, 'lock_ttl_hours', NEW.lock_ttl_hours,
                        'old_upstream', OLD.upstream, 'old_lock_ttl_hours', OLD.lock_ttl_hours), NEW.cause);
END;

--- do_delete_repository
-- Forgets what was said of a repository. Locks in it stay as they are.
CREATE VIEW do_delete_repository AS SELECT NULL AS name, NULL AS cause WHERE 0;

--- do_delete_repository_insert
CREATE TRIGGER do_delete_repository_insert INSTEAD OF INSERT ON do_delete_repository
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    SELECT 'repository.deleted', 'repository', name,
           json_object('upstream', upstream, 'lock_ttl_hours', lock_ttl_hours), NEW.cause
    FROM repositories WHERE name = NEW.name;

    DELETE FROM repositories WHERE name = NEW.name;
END;

--- do_place
-- The item of a part number lies at this path from now on, if it lay at none; it comes into being if nobody has seen it before.
CREATE VIEW do_place AS
SELECT NULL AS item_id, NULL AS part_number, NULL AS repository, NULL AS path, NULL AS cause WHERE 0;

--- do_place_insert
CREATE TRIGGER do_place_insert INSTEAD OF INSERT ON do_place
WHEN NOT EXISTS (SELECT 1 FROM items WHERE part_number = NEW.part_number AND repository IS NOT NULL)
BEGIN
    UPDATE items SET repository = NEW.repository, path = NEW.path, cause = NEW.cause WHERE part_number = NEW.part_number;

    INSERT INTO items (id, part_number, repository, path, created_at, cause)
    SELECT NEW.item_id, NEW.part_number, NEW.repository, NEW.path, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = NEW.part_number);
END;

--- items_placed
-- Whoever holds it already holds a lock now.
CREATE TRIGGER items_placed AFTER UPDATE OF repository ON items
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('item.placed', 'item', NEW.id, NEW.id, json_object('repository', NEW.repository, 'path', NEW.path), NEW.cause);

    UPDATE sessions SET repository = NEW.repository WHERE item_id = NEW.id AND ended_at IS NULL;
END;

--- lock_states
-- The locks that there are or were: `document` is what git-lfs reads, `held` what people are told.
CREATE VIEW lock_states AS
SELECT seq, id, repository, path, user, object_id, part_number, reason, expires_at, ended_at,
       json_object('id', id, 'path', path, 'locked_at', acquired_at, 'owner', json_object('name', user)) AS document,
       json_object('user', user, 'since', acquired_at, 'note', document ->> '$.note') AS held
FROM session_documents WHERE repository IS NOT NULL;

--- locks
CREATE VIEW locks AS
SELECT seq, id, repository, user, object_id, part_number, document, held
FROM lock_states WHERE ended_at IS NULL AND expires_at > (SELECT now FROM clock);

--- do_lock
-- Locks what lies at a path: an acquire by the workstation of this user that stands for the repository, which comes into being
-- as needed (with the id `workstation_id`). What the user holds there by another workstation is the lock, and is renewed; so are
-- some more of the user's locks in the repository, those first that end first.
CREATE VIEW do_lock AS
SELECT NULL AS session_id, NULL AS item_id, NULL AS part_number, NULL AS repository, NULL AS path, NULL AS user,
       NULL AS workstation_id, NULL AS ttl_max_seconds, NULL AS cause WHERE 0;

--- do_lock_insert
CREATE TRIGGER do_lock_insert INSTEAD OF INSERT ON do_lock
WHEN NOT EXISTS (SELECT 1 FROM barred
                 WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number,
                                                    NEW.repository || '/' || NEW.path)))
BEGIN
    INSERT INTO do_stand_for (workstation_id, user, repository, cause)
    VALUES (NEW.workstation_id, NEW.user, NEW.repository, NEW.cause);

    INSERT INTO do_place (item_id, part_number, repository, path, cause)
    VALUES (NEW.item_id, NEW.part_number, NEW.repository, NEW.path, NEW.cause);

    INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level, object_id, ttl_seconds, cause)
    VALUES (NEW.session_id, NEW.item_id, NEW.part_number, NEW.user,
            (SELECT id FROM workstations WHERE user = NEW.user AND repository = NEW.repository), 'part', NULL,
            min(NEW.ttl_max_seconds,
                3600 * coalesce((SELECT lock_ttl_hours FROM repositories WHERE name = NEW.repository), 336)), NEW.cause);

    INSERT INTO do_renew (session_id, part_number, user, cause)
    VALUES ((SELECT s.id FROM items i JOIN sessions s ON s.item_id = i.id
             WHERE i.part_number = NEW.part_number AND s.ended_at IS NULL AND s.object_id IS NULL AND s.user = NEW.user
               AND s.cause <> NEW.cause),
            NEW.part_number, NEW.user, NEW.cause);

    INSERT INTO do_renew_locks (repository, user, most, before, cause)
    VALUES (NEW.repository, NEW.user, 10, (SELECT now FROM clock), NEW.cause);
END;

--- do_stand_for
-- The workstation by which a user locks in a repository. Its fingerprint is nobody's to guess: it can't be taken beforehand.
CREATE VIEW do_stand_for AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS repository, NULL AS cause WHERE 0;

--- do_stand_for_insert
CREATE TRIGGER do_stand_for_insert INSTEAD OF INSERT ON do_stand_for
WHEN NOT EXISTS (SELECT 1 FROM workstations WHERE user = NEW.user AND repository = NEW.repository)
BEGIN
    INSERT INTO workstations (id, user, name, fingerprint, repository, last_seen, created_at, cause)
    SELECT NEW.workstation_id, NEW.user, 'lfs:' || NEW.repository,
           'lfs:' || NEW.repository || ':' || (SELECT uuid FROM fresh), NEW.repository, now, now, NEW.cause FROM clock;
END;

--- renewable_locks
-- The active sessions in repositories, with their items' part numbers, which are looked up only where they are asked for.
CREATE VIEW renewable_locks AS
SELECT seq, repository, user, renewed_at, expires_at,
       (SELECT i.part_number FROM items i WHERE i.id = item_id) AS part_number
FROM sessions WHERE repository IS NOT NULL AND ended_at IS NULL AND expires_at > (SELECT now FROM clock);

--- do_renew_locks
-- Renews up to `most` of a user's locks in a repository for as long as each was taken for, those first that end first, and none
-- that was renewed at `before` or later.
CREATE VIEW do_renew_locks AS
SELECT NULL AS repository, NULL AS user, NULL AS most, NULL AS before, NULL AS cause WHERE 0;

--- do_renew_locks_insert
-- One entry in the audit log tells of all of them (see sessions_renewed).
CREATE TRIGGER do_renew_locks_insert INSTEAD OF INSERT ON do_renew_locks
WHEN EXISTS (SELECT 1 FROM renewable_locks
             WHERE repository = NEW.repository AND user = NEW.user AND renewed_at < NEW.before
               AND NOT EXISTS (SELECT 1 FROM barred
                               WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), part_number))))
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    SELECT 'lfs.locks_renewed', 'repository', NEW.repository, json_object('user', NEW.user, 'locks', count(*)), NEW.cause
    FROM (SELECT 1 FROM renewable_locks
          WHERE repository = NEW.repository AND user = NEW.user AND renewed_at < NEW.before
            AND NOT EXISTS (SELECT 1 FROM barred
                            WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), part_number)))
          LIMIT NEW.most);

    UPDATE sessions
    SET renewed_at = (SELECT now FROM clock), active_at = (SELECT now FROM clock),
        expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || ttl_seconds || ' seconds'),
        cause = json_set(NEW.cause, '$.together', 'lfs.locks_renewed')
    WHERE seq IN (SELECT seq FROM renewable_locks
                  WHERE repository = NEW.repository AND user = NEW.user AND renewed_at < NEW.before
                    AND NOT EXISTS (SELECT 1 FROM barred
                                    WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), part_number)))
                  ORDER BY expires_at LIMIT NEW.most);
END;
