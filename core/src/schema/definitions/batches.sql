-- Many parts at once: one statement, in which all is taken or nothing, or whatever is free.

--- do_acquire_batch
-- The whole of each item. `parts` is a JSON array of [part_number, session_id, item_id], each part once; the ids are those that
-- session and item get if they are new. With `is_atomic` nothing is done where anything is in the way of any of them.
CREATE VIEW do_acquire_batch AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS parts, NULL AS is_atomic, NULL AS ttl_seconds, NULL AS note,
       NULL AS cause WHERE 0;

--- do_acquire_batch_insert
CREATE TRIGGER do_acquire_batch_insert INSTEAD OF INSERT ON do_acquire_batch
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
 AND NOT (NEW.is_atomic AND EXISTS (SELECT 1 FROM json_each(NEW.parts) part
                                    WHERE EXISTS (SELECT 1 FROM barred
                                                  WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user),
                                                                                     part.value ->> 0)))))
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO do_expire (item_id, cause)
    SELECT i.id, NEW.cause FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
    WHERE EXISTS (SELECT 1 FROM due WHERE due.item_id = i.id);

    INSERT INTO do_expire_around (item_id, scope, cause)
    SELECT i.id, 'item', NEW.cause FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0;

    INSERT INTO do_take (workstation_id, user, parts, is_atomic, ttl_seconds, note, cause)
    VALUES (NEW.workstation_id, NEW.user,
            iif(EXISTS (SELECT 1 FROM access_settings),
                (SELECT json_group_array(json(part.value)) FROM json_each(NEW.parts) part
                 WHERE NOT EXISTS (SELECT 1 FROM barred
                                   WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user),
                                                                      part.value ->> 0)))),
                NEW.parts),
            NEW.is_atomic, NEW.ttl_seconds, NEW.note, NEW.cause);
END;

--- do_take
-- The second half, once what time has brought about is recorded.
CREATE VIEW do_take AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS parts, NULL AS is_atomic, NULL AS ttl_seconds, NULL AS note,
       NULL AS cause WHERE 0;

--- do_take_insert
-- The quota counts once for all of them: to count for each would take as long as the rest.
CREATE TRIGGER do_take_insert INSTEAD OF INSERT ON do_take
WHEN NOT NEW.is_atomic
  OR NOT EXISTS (SELECT 1 FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
                 WHERE NOT EXISTS (SELECT 1 FROM undisturbed u WHERE u.item_id = i.id)
                   AND (EXISTS (SELECT 1 FROM sessions_in_the_way
                                WHERE want = json_array(json_array(i.id, NEW.workstation_id, NULL))
                                  AND workstation_id <> NEW.workstation_id)
                        OR (EXISTS (SELECT 1 FROM requests_in_the_way
                                    WHERE want = json_array(json_array(i.id, NEW.workstation_id, NULL)))
                            OR EXISTS (SELECT 1 FROM reservations_in_the_way
                                       WHERE want = json_array(json_array(i.id, NEW.workstation_id, NULL))))
                           AND NOT EXISTS (SELECT 1 FROM sessions_in_the_way
                                           WHERE want = json_array(json_array(i.id, NEW.workstation_id, NULL)))))
BEGIN
    INSERT INTO items (id, part_number, created_at, cause)
    SELECT part.value ->> 2, part.value ->> 0, now, NEW.cause FROM json_each(NEW.parts) part, clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = part.value ->> 0);

    UPDATE sessions
    SET renewed_at = (SELECT now FROM clock), active_at = (SELECT now FROM clock), ttl_seconds = NEW.ttl_seconds,
        note = nullif(coalesce(NEW.note, note), ''),
        expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.ttl_seconds || ' seconds'), cause = NEW.cause
    WHERE seq IN (SELECT s.seq FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
                  CROSS JOIN sessions s ON s.item_id = i.id
                  WHERE s.ended_at IS NULL AND s.object_id IS NULL AND s.scope = 'item' AND +s.workstation_id = NEW.workstation_id
                    AND s.expires_at > (SELECT now FROM clock));

    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, ttl_seconds, note, origin, cause)
    SELECT part.value ->> 1, i.id, NEW.user, NEW.workstation_id, 'part', NEW.ttl_seconds, NEW.note, 'acquired',
           json_remove(NEW.cause, '$.quota')
    FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
    WHERE EXISTS (SELECT 1 FROM undisturbed u WHERE u.item_id = i.id)
       OR NOT EXISTS (SELECT 1 FROM sessions_in_the_way
                      WHERE want = json_array(json_array(i.id, NEW.workstation_id, NULL)))
          AND NOT EXISTS (SELECT 1 FROM requests_in_the_way
                          WHERE want = json_array(json_array(i.id, NEW.workstation_id, NULL)))
          AND NOT EXISTS (SELECT 1 FROM reservations_in_the_way
                          WHERE want = json_array(json_array(i.id, NEW.workstation_id, NULL)));

    SELECT RAISE(ABORT, 'refused by the quota of sessions')
    WHERE NEW.cause ->> '$.quota.sessions' > 0
      AND EXISTS (SELECT 1 FROM json_each(NEW.parts) part JOIN sessions s ON s.id = part.value ->> 1)
      AND (SELECT count(*) FROM sessions
           WHERE user = NEW.user AND ended_at IS NULL AND expires_at > (SELECT now FROM clock))
          > NEW.cause ->> '$.quota.sessions';

    INSERT INTO do_move_line (item_id, scope, cause)
    SELECT i.id, 'item', NEW.cause FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
    WHERE EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL)
      AND EXISTS (SELECT 1 FROM sessions WHERE id = part.value ->> 1);
END;

--- do_release_batch
-- Those of the sessions in a JSON array of ids that are the user's own.
CREATE VIEW do_release_batch AS SELECT NULL AS session_ids, NULL AS user, NULL AS cause WHERE 0;

--- do_release_batch_insert
CREATE TRIGGER do_release_batch_insert INSTEAD OF INSERT ON do_release_batch
BEGIN
    INSERT INTO do_leave (session_id, cause)
    SELECT s.id, NEW.cause FROM json_each(NEW.session_ids) named CROSS JOIN sessions s ON s.id = named.value
    WHERE s.user = NEW.user AND s.ended_at IS NULL;
END;
