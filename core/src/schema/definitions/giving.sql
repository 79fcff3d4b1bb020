-- Giving a session to somebody else, unasked.

--- do_transfer
-- A session passes to another workstation: it ends, and another one begins in the same step. The line advances once that one
-- stands.
CREATE VIEW do_transfer AS
SELECT NULL AS session_id, NULL AS new_session_id, NULL AS workstation_id, NULL AS item_id, NULL AS object_id, NULL AS scope,
       NULL AS ttl_seconds, NULL AS note, NULL AS cause WHERE 0;

--- do_transfer_insert
CREATE TRIGGER do_transfer_insert INSTEAD OF INSERT ON do_transfer
WHEN NEW.new_session_id IS NOT NULL
BEGIN
    UPDATE sessions
    SET ended_at = (SELECT now FROM clock), successor_id = NEW.new_session_id, end_reason = 'transferred', consequences = 1,
        cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL;

    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, note, origin, scope,
                          cause)
    SELECT NEW.new_session_id, NEW.item_id, w.user, w.id, given.context_level, NEW.object_id, NEW.ttl_seconds,
           NEW.note, 'transferred', NEW.scope, NEW.cause
    FROM sessions given JOIN workstations w ON w.id = NEW.workstation_id WHERE given.id = NEW.session_id;

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.session_transferred', old.item_id, 1, json_array(old.workstation_id, new.workstation_id),
           json_object('session_id', old.id, 'new_session_id', new.id, 'from', old.user, 'to', new.user,
                       'fence', new.fence), NEW.cause
    FROM sessions old JOIN sessions new ON new.id = old.successor_id WHERE old.id = NEW.session_id;

    INSERT INTO do_advance_line (item_id, scope, cause)
    SELECT item_id, scope, NEW.cause FROM sessions WHERE id = NEW.session_id;
END;

--- do_give
-- The holder gives a session to a workstation, or to the one of `to_user`'s that was seen last. `new_session_id` is the one
-- that it gets.
CREATE VIEW do_give AS
SELECT NULL AS session_id, NULL AS part_number, NULL AS user, NULL AS workstation_id, NULL AS to_user,
       NULL AS new_session_id, NULL AS cause WHERE 0;

--- do_give_insert
CREATE TRIGGER do_give_insert INSTEAD OF INSERT ON do_give
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
 AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number)))
BEGIN
    INSERT INTO do_expire (item_id, cause)
    VALUES ((SELECT item_id FROM sessions WHERE id = NEW.session_id), NEW.cause);

    INSERT INTO do_give_to (session_id, workstation_id, new_session_id, cause)
    VALUES (NEW.session_id,
            coalesce(NEW.workstation_id, (SELECT id FROM seen_last WHERE user = NEW.to_user)),
            NEW.new_session_id, NEW.cause);
END;

--- seen_last
-- The workstation of each user that was seen last, of those that aren't being removed. (SQLite takes the other columns from the
-- row of the maximum.)
CREATE VIEW seen_last AS
SELECT user, id, max(last_seen || ' ' || seq) FROM workstations WHERE NOT leaving GROUP BY user;

--- gifts
-- Whether the holder of a session can give it to a workstation: `want` is an argument as in `conflicts.sql`, [session_id,
-- workstation_id]. None where nobody's session or workstation it is; `is_barred` if its user may not edit there; `holder` is who is
-- in the way.
CREATE VIEW gifts AS
SELECT want.json AS want, s.id AS session_id, s.user = w.user AS is_own,
       (EXISTS (SELECT 1 FROM barred
               WHERE want = (SELECT json_array(json_array(u.user, i.part_number))
                             FROM users_of_workstations u, items i WHERE u.id = w.id AND i.id = s.item_id))
        OR s.scope = 'tree' AND EXISTS (SELECT 1 FROM barred_trees
               WHERE want = (SELECT json_array(json_array(u.user, i.part_number))
                             FROM users_of_workstations u, items i WHERE u.id = w.id AND i.id = s.item_id))) AS is_barred,
       (SELECT document FROM sessions_in_the_way o
        WHERE o.want = json_array(json_array(s.item_id, w.id, s.object_id, NULL, s.scope)) AND o.id <> s.id ORDER BY o.seq LIMIT 1) AS holder
FROM json_each want
JOIN sessions s ON s.id = want.value ->> 0 AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)
JOIN workstations w ON w.id = want.value ->> 1 AND NOT w.leaving;

--- do_give_to
CREATE VIEW do_give_to AS
SELECT NULL AS session_id, NULL AS workstation_id, NULL AS new_session_id, NULL AS cause WHERE 0;

--- do_give_to_insert
-- Scope, level, length and note go along. Who gets it needn't wait for it any longer.
CREATE TRIGGER do_give_to_insert INSTEAD OF INSERT ON do_give_to
WHEN EXISTS (SELECT 1 FROM gifts WHERE want = json_array(json_array(NEW.session_id, NEW.workstation_id))
                                   AND NOT is_own AND NOT is_barred AND holder IS NULL)
BEGIN
    UPDATE handoff_requests
    SET status = 'superseded', answered_at = (SELECT now FROM clock), place = NULL, cause = NEW.cause
    WHERE status = 'pending' AND workstation_id = NEW.workstation_id
      AND (item_id, coalesce(object_id, ''), scope)
          = (SELECT item_id, coalesce(object_id, ''), scope FROM sessions WHERE id = NEW.session_id);

    INSERT INTO do_transfer (session_id, new_session_id, workstation_id, item_id, object_id, scope, ttl_seconds, note, cause)
    SELECT id, NEW.new_session_id, NEW.workstation_id, item_id, object_id, scope, ttl_seconds, note, NEW.cause
    FROM sessions WHERE id = NEW.session_id;
END;
