-- Reservations: who is to have which parts when. Each item of a reservation has a row in `reserved_times` for each of its times, which
-- goes when that is over. From its beginning until its reserver has been granted the item, or its end, it is in the way of all
-- others who want the item, those in line included; the session that it comes to is one as any other.

--- reservation_documents
-- `next` is the time that is or comes next.
CREATE VIEW reservation_documents AS
SELECT r.seq, r.id, r.user,
       json_object('id', r.id, 'user', r.user, 'workstation_id', r.workstation_id, 'part_numbers', json(r.part_numbers),
                   'starts_at', r.starts_at, 'ends_at', r.ends_at, 'repeat', r.repeat, 'times', r.times, 'note', r.note,
                   'next', json((SELECT json_object('starts_at', t.starts_at, 'ends_at', t.ends_at) FROM reserved_times t
                                 WHERE t.reservation_id = r.id ORDER BY t.starts_at LIMIT 1)),
                   'created_at', r.created_at) AS document
FROM reservations r;

--- visible_reservations
-- The reservations of which somebody may view a part, with those of their parts that they may. `subject` is an argument: a JSON array
-- with one member, the user, null for an admin. (Where nothing is hidden from anybody, that is all of it.)
CREATE VIEW visible_reservations AS
SELECT subject.json AS subject, r.seq, r.id, r.user,
       iif(EXISTS (SELECT 1 FROM access_settings) AND subject.value IS NOT NULL,
           json_set(r.document, '$.part_numbers', json((SELECT json_group_array(part.value)
                                                        FROM json_each(r.document -> '$.part_numbers') part
                                                        WHERE NOT EXISTS (SELECT 1 FROM hidden
                                                                          WHERE want = json_array(json_array(subject.value, part.value)))))),
           r.document) AS document
FROM json_each subject CROSS JOIN reservation_documents r
WHERE EXISTS (SELECT 1 FROM json_each(r.document -> '$.part_numbers') part
              WHERE NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(subject.value, part.value))));

--- reservations_in_the_way
-- A time that has begun and hasn't come to a session, of somebody else's; for a tree, of any part of it. `want` is an argument as
-- in `conflicts.sql`.
CREATE VIEW reservations_in_the_way AS
SELECT want.json AS want, t.seq,
       json_object('id', t.reservation_id, 'user', t.user,
                   'part_numbers', json_array((SELECT part_number FROM items WHERE id = t.item_id)),
                   'starts_at', t.starts_at, 'ends_at', t.ends_at) AS document
FROM json_each want
CROSS JOIN reserved_times t
    ON t.seq IN (SELECT seq FROM reserved_times WHERE item_id = want.value ->> 0 AND starts_at <= (SELECT now FROM clock)
                 UNION ALL
                 SELECT r.seq FROM parts_below p CROSS JOIN reserved_times r
                   ON r.item_id = p.item_id AND r.starts_at <= (SELECT now FROM clock)
                 WHERE want.value ->> 4 = 'tree' AND p.want = json_array(want.value ->> 0))
WHERE t.ends_at > (SELECT now FROM clock) AND t.session_id IS NULL
  AND t.user IS NOT (SELECT w.user FROM workstations w WHERE w.id = want.value ->> 1)
  AND NOT EXISTS (SELECT 1 FROM barred_times b WHERE b.seq = t.seq);

--- barred_times
-- Those of whoever may not edit there any more: they are in nobody's way, and come to nothing.
CREATE VIEW barred_times AS
SELECT t.seq FROM reserved_times t
WHERE EXISTS (SELECT 1 FROM barred
              WHERE want = (SELECT json_array(json_array(u.user, i.part_number))
                            FROM users_of_workstations u, items i WHERE u.id = t.workstation_id AND i.id = t.item_id));

--- reserved_meanwhile
-- What of others is in the way of a reservation. `want` is an argument: [[user, part_numbers, times]], the latter two arrays, each
-- time [starts_at, ends_at]. What has been given back is in nobody's way. Times that begin earlier than the longest one lasts
-- are over: so SQLite finds the others by the index.
CREATE VIEW reserved_meanwhile AS
SELECT want.json AS want, t.reservation_id, t.user, i.part_number, t.starts_at, t.ends_at
FROM json_each want
CROSS JOIN json_each(want.value ->> 1) part
CROSS JOIN items i ON i.part_number = part.value
CROSS JOIN json_each(want.value ->> 2) time
CROSS JOIN reserved_times t
   ON t.item_id = i.id AND t.starts_at < time.value ->> 1
  AND t.starts_at > strftime('%Y-%m-%dT%H:%M:%fZ', time.value ->> 0,
                             '-' || (SELECT max(seconds) FROM reserved_times l WHERE l.item_id = i.id) || ' seconds')
  AND t.ends_at > max(time.value ->> 0, (SELECT now FROM clock)) AND t.user <> want.value ->> 0
  AND (t.session_id IS NULL OR EXISTS (SELECT 1 FROM sessions s WHERE s.id = t.session_id AND s.ended_at IS NULL));

--- do_reserve
-- `parts` is a JSON array of [part_number, item_id], each part once; the id is the one that the item gets if nobody has seen it
-- before. `times` is one of [starts_at, ends_at, seconds], in order.
CREATE VIEW do_reserve AS
SELECT NULL AS id, NULL AS user, NULL AS workstation_id, NULL AS parts, NULL AS times, NULL AS repeat, NULL AS note,
       NULL AS cause WHERE 0;

--- do_reserve_insert
CREATE TRIGGER do_reserve_insert INSTEAD OF INSERT ON do_reserve
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user AND NOT leaving)
 AND NOT EXISTS (SELECT 1 FROM json_each(NEW.parts) part
                 WHERE EXISTS (SELECT 1 FROM barred
                               WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), part.value ->> 0))))
 AND NOT EXISTS (SELECT 1 FROM reserved_meanwhile
                 WHERE want = json_array(json_array(
                           NEW.user, (SELECT json_group_array(value ->> 0) FROM json_each(NEW.parts)), json(NEW.times))))
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO items (id, part_number, created_at, cause)
    SELECT part.value ->> 1, part.value ->> 0, now, NEW.cause FROM json_each(NEW.parts) part, clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = part.value ->> 0);

    INSERT INTO reserved_times (reservation_id, item_id, user, workstation_id, starts_at, ends_at, seconds, due_at, cause)
    SELECT NEW.id, i.id, NEW.user, NEW.workstation_id, time.value ->> 0, time.value ->> 1, time.value ->> 2,
           time.value ->> 0, NEW.cause
    FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
    CROSS JOIN json_each(NEW.times) time;

    SELECT RAISE(ABORT, 'refused by the quota of reservations')
    WHERE NEW.cause ->> '$.quota.reservations' > 0
      AND (SELECT count(*) FROM reserved_times WHERE user = NEW.user) > NEW.cause ->> '$.quota.reservations';

    INSERT INTO reservations (id, user, workstation_id, part_numbers, starts_at, ends_at, times, repeat, note, created_at,
                              cause)
    SELECT NEW.id, NEW.user, NEW.workstation_id,
           (SELECT json_group_array(value ->> 0) FROM json_each(NEW.parts)), NEW.times ->> '$[0][0]',
           NEW.times ->> '$[0][1]', json_array_length(NEW.times), NEW.repeat, nullif(NEW.note, ''), now, NEW.cause
    FROM clock;

    -- It may begin at once.
    INSERT INTO do_expire (item_id, cause)
    SELECT i.id, NEW.cause FROM json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
    WHERE NEW.times ->> '$[0][0]' <= (SELECT now FROM clock);
END;

--- reservations_created
-- An entry in the audit log for each part, so that it is found by the part.
CREATE TRIGGER reservations_created AFTER INSERT ON reservations
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'reservation.created', 'reservation', NEW.id, i.id,
           json_object('user', NEW.user, 'workstation_id', NEW.workstation_id, 'starts_at', NEW.starts_at,
                       'ends_at', NEW.ends_at, 'repeat', NEW.repeat, 'times', NEW.times, 'note', NEW.note), NEW.cause
    FROM json_each(NEW.part_numbers) part CROSS JOIN items i ON i.part_number = part.value;
END;

--- do_note_reserved
-- Records which times have ended on an item, and which have begun. One that nobody has looked at meanwhile only ends.
CREATE VIEW do_note_reserved AS SELECT NULL AS item_id, NULL AS cause WHERE 0;

--- do_note_reserved_insert
CREATE TRIGGER do_note_reserved_insert INSTEAD OF INSERT ON do_note_reserved
WHEN EXISTS (SELECT 1 FROM reserved_times
             WHERE item_id = NEW.item_id AND starts_at <= (SELECT now FROM clock) AND due_at <= (SELECT now FROM clock))
BEGIN
    INSERT INTO do_end_reserved (seq, item_id, reservation_id, cause)
    SELECT seq, item_id, reservation_id, NEW.cause FROM reserved_times
    WHERE item_id = NEW.item_id AND starts_at <= (SELECT now FROM clock) AND ends_at <= (SELECT now FROM clock)
    ORDER BY ends_at, seq;

    UPDATE reserved_times SET has_begun = 1, due_at = ends_at, cause = NEW.cause
    WHERE item_id = NEW.item_id AND starts_at <= (SELECT now FROM clock) AND NOT has_begun;
END;

--- reserved_times_begun
-- The reserver hears of it, and whoever is in the way.
CREATE TRIGGER reserved_times_begun AFTER UPDATE OF has_begun ON reserved_times
WHEN NEW.has_begun AND NOT OLD.has_begun
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.reservation_due', NEW.item_id, 0,
           (SELECT json_group_array(id)
            FROM (SELECT NEW.workstation_id AS id
                  UNION
                  SELECT workstation_id FROM sessions_in_the_way
                  WHERE want = json_array(json_array(NEW.item_id, NEW.workstation_id, NULL)))),
           json_object('reservation_id', NEW.reservation_id, 'user', NEW.user, 'workstation_id', NEW.workstation_id,
                       'starts_at', NEW.starts_at, 'ends_at', NEW.ends_at,
                       'session_id', (SELECT id FROM sessions_in_the_way
                                      WHERE want = json_array(json_array(NEW.item_id, NEW.workstation_id, NULL))
                                        AND workstation_id <> NEW.workstation_id ORDER BY seq LIMIT 1)), NEW.cause;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('reservation.begun', 'reservation', NEW.reservation_id, NEW.item_id,
            json_object('user', NEW.user, 'workstation_id', NEW.workstation_id, 'starts_at', NEW.starts_at,
                        'ends_at', NEW.ends_at), NEW.cause);

    INSERT INTO do_grant_reserved (seq, cause) VALUES (NEW.seq, NEW.cause);
END;

--- do_grant_reserved
-- Grants the reserver the item if nothing is in the way. What the workstation holds already does as well.
CREATE VIEW do_grant_reserved AS SELECT NULL AS seq, NULL AS cause WHERE 0;

--- do_grant_reserved_insert
-- The time is in the way of others until the session stands.
CREATE TRIGGER do_grant_reserved_insert INSTEAD OF INSERT ON do_grant_reserved
BEGIN
    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, ttl_seconds, note, origin, cause)
    SELECT (SELECT uuid FROM fresh), t.item_id, t.user, t.workstation_id, 'part',
           max(1, CAST((julianday(t.ends_at) - julianday('now')) * 86400 AS INTEGER)),
           (SELECT r.note FROM reservations r WHERE r.id = t.reservation_id), 'granted', NEW.cause
    FROM reserved_times t JOIN workstations w ON w.id = t.workstation_id
    WHERE t.seq = NEW.seq AND t.session_id IS NULL AND t.ends_at > (SELECT now FROM clock) AND NOT w.leaving
      AND NOT EXISTS (SELECT 1 FROM sessions_in_the_way
                      WHERE want = json_array(json_array(t.item_id, t.workstation_id, NULL)))
      AND NOT EXISTS (SELECT 1 FROM barred_times b WHERE b.seq = t.seq);

    UPDATE reserved_times
    SET cause = NEW.cause,
        session_id = (SELECT s.id FROM sessions s
                      WHERE s.item_id = reserved_times.item_id AND s.object_id IS NULL AND s.scope = 'item' AND s.ended_at IS NULL
                        AND s.workstation_id = reserved_times.workstation_id AND s.expires_at > (SELECT now FROM clock))
    WHERE seq = NEW.seq AND session_id IS NULL AND ends_at > (SELECT now FROM clock);
END;

--- reserved_times_granted
-- The session lasts until the end of the time, if not for longer.
CREATE TRIGGER reserved_times_granted AFTER UPDATE OF session_id ON reserved_times
WHEN OLD.session_id IS NULL AND NEW.session_id IS NOT NULL
BEGIN
    UPDATE sessions SET expires_at = max(expires_at, NEW.ends_at), cause = NEW.cause WHERE id = NEW.session_id;

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.session_granted', NEW.item_id, 0, json_array(NEW.workstation_id),
           json_object('request_id', NULL, 'reservation_id', NEW.reservation_id, 'session_id', s.id, 'fence', s.fence,
                       'expires_at', s.expires_at), NEW.cause
    FROM sessions s WHERE s.id = NEW.session_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('reservation.granted', 'reservation', NEW.reservation_id, NEW.item_id,
            json_object('user', NEW.user, 'workstation_id', NEW.workstation_id, 'session_id', NEW.session_id,
                        'starts_at', NEW.starts_at, 'ends_at', NEW.ends_at), NEW.cause);

    INSERT INTO do_move_line (item_id, scope, cause) VALUES (NEW.item_id, 'item', NEW.cause);
END;

--- do_advance_line_reserved
-- What has ended may have been in the way of a reservation. It goes before the line, which finds it in its way.
CREATE TRIGGER do_advance_line_reserved INSTEAD OF INSERT ON do_advance_line
WHEN EXISTS (SELECT 1 FROM reserved_times
             WHERE item_id = NEW.item_id AND starts_at <= (SELECT now FROM clock) AND session_id IS NULL)
  OR NEW.scope = 'tree' AND NEW.item_id IS NOT NULL
     AND EXISTS (SELECT 1 FROM reserved_times WHERE has_begun AND session_id IS NULL)
BEGIN
    INSERT INTO do_grant_reserved (seq, cause)
    SELECT seq, NEW.cause FROM reserved_times
    WHERE seq IN (SELECT seq FROM reserved_times WHERE item_id = NEW.item_id AND starts_at <= (SELECT now FROM clock)
                  UNION ALL
                  SELECT r.seq FROM parts_below p CROSS JOIN reserved_times r
                    ON r.item_id = p.item_id AND r.has_begun AND r.session_id IS NULL
                  WHERE NEW.scope = 'tree' AND p.want = json_array(NEW.item_id))
      AND session_id IS NULL AND has_begun
    ORDER BY starts_at, seq;
END;

--- do_end_reserved
-- The one way out of a time that has begun: others may have it, and the reservation goes with its last one.
CREATE VIEW do_end_reserved AS
SELECT NULL AS seq, NULL AS item_id, NULL AS reservation_id, NULL AS cause WHERE 0;

--- do_end_reserved_insert
CREATE TRIGGER do_end_reserved_insert INSTEAD OF INSERT ON do_end_reserved
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'reservation.ended', 'reservation', reservation_id, item_id,
           json_object('user', user, 'workstation_id', workstation_id, 'session_id', session_id, 'starts_at', starts_at,
                       'ends_at', ends_at), NEW.cause
    FROM reserved_times WHERE seq = NEW.seq;

    DELETE FROM reserved_times WHERE seq = NEW.seq;

    DELETE FROM reservations
    WHERE id = NEW.reservation_id
      AND NOT EXISTS (SELECT 1 FROM reserved_times WHERE reservation_id = NEW.reservation_id);

    INSERT INTO do_advance_line (item_id, scope, cause) VALUES (NEW.item_id, 'item', NEW.cause);
END;

--- do_withdraw_reservation
CREATE VIEW do_withdraw_reservation AS
SELECT NULL AS id, NULL AS user, NULL AS is_admin, NULL AS cause WHERE 0;

--- do_withdraw_reservation_insert
-- What has been granted stays with its holder.
CREATE TRIGGER do_withdraw_reservation_insert INSTEAD OF INSERT ON do_withdraw_reservation
WHEN EXISTS (SELECT 1 FROM reservations WHERE id = NEW.id AND (user = NEW.user OR NEW.is_admin))
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'reservation.deleted', 'reservation', r.id, i.id,
           json_object('user', r.user, 'workstation_id', r.workstation_id, 'starts_at', r.starts_at, 'ends_at', r.ends_at,
                       'repeat', r.repeat), NEW.cause
    FROM reservations r CROSS JOIN json_each(r.part_numbers) part CROSS JOIN items i ON i.part_number = part.value
    WHERE r.id = NEW.id;

    DELETE FROM reserved_times WHERE reservation_id = NEW.id AND NOT has_begun;

    INSERT INTO do_end_reserved (seq, item_id, reservation_id, cause)
    SELECT seq, item_id, reservation_id, NEW.cause FROM reserved_times WHERE reservation_id = NEW.id;

    DELETE FROM reservations WHERE id = NEW.id;
END;
