-- Handoff requests, and the line of those with `auto_acquire`.

--- do_request_handoff
-- Asking again renews the pending request: the message, and whatever else is given. With `whole_item` the request is for the
-- whole item, whatever the session covers. Who joins the line goes to its end, also who asks for more than before. What an agent
-- asks for is its own: it may be what another one of the same user's holds or asks for, too.
CREATE VIEW do_request_handoff AS
SELECT NULL AS id, NULL AS session_id, NULL AS part_number, NULL AS requester, NULL AS workstation_id,
       NULL AS message, NULL AS auto_acquire, NULL AS whole_item, NULL AS ttl_seconds, NULL AS cause WHERE 0;

--- end_of_the_line
CREATE VIEW end_of_the_line AS
SELECT coalesce((SELECT place FROM handoff_requests WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1), 0) + 1 AS place;

--- do_request_handoff_insert
CREATE TRIGGER do_request_handoff_insert INSTEAD OF INSERT ON do_request_handoff
WHEN (NEW.workstation_id IS NULL
      OR EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.requester))
 AND NOT EXISTS (SELECT 1 FROM barred
                 WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.requester), NEW.part_number)))
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO do_expire (item_id, cause)
    SELECT s.item_id, NEW.cause FROM sessions s JOIN items i ON i.id = s.item_id
    WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number;

    UPDATE handoff_requests
    SET message = NEW.message, asked_at = (SELECT now FROM clock), cause = NEW.cause,
        workstation_id = coalesce(NEW.workstation_id, workstation_id),
        auto_acquire = coalesce(NEW.auto_acquire, auto_acquire),
        object_id = iif(NEW.whole_item, NULL, object_id),
        place = CASE WHEN NOT coalesce(NEW.auto_acquire, auto_acquire) THEN NULL
                     WHEN place IS NULL OR (NEW.whole_item AND object_id IS NOT NULL) THEN (SELECT place FROM end_of_the_line)
                     ELSE place END
    WHERE seq = (SELECT r.seq
                 FROM handoff_requests r JOIN sessions s ON s.id = r.session_id JOIN items i ON i.id = s.item_id
                 WHERE r.session_id = NEW.session_id AND r.requester = NEW.requester AND r.status = 'pending'
                   AND i.part_number = NEW.part_number AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)
                   AND (s.user <> NEW.requester OR EXISTS (SELECT 1 FROM agents WHERE workstation_id = NEW.workstation_id))
                   AND (SELECT agent FROM workstations WHERE id = r.workstation_id)
                       IS (SELECT agent FROM workstations WHERE id = NEW.workstation_id)
                 ORDER BY r.workstation_id IS NOT NEW.workstation_id, r.seq LIMIT 1);

    INSERT INTO do_enter_request (id, session_id, part_number, requester, workstation_id, message, auto_acquire, whole_item,
                                  ttl_seconds, cause)
    VALUES (NEW.id, NEW.session_id, NEW.part_number, NEW.requester, NEW.workstation_id, NEW.message, NEW.auto_acquire, NEW.whole_item,
            NEW.ttl_seconds, NEW.cause);
END;

--- do_enter_request
-- A request of somebody who has none for that session.
CREATE VIEW do_enter_request AS SELECT * FROM do_request_handoff;

--- do_enter_request_insert
CREATE TRIGGER do_enter_request_insert INSTEAD OF INSERT ON do_enter_request
BEGIN
    INSERT INTO handoff_requests (id, session_id, item_id, requester, workstation_id, holder, message, auto_acquire,
                                  status, created_at, asked_at, context_level, object_id, scope, ttl_seconds, place, cause)
    SELECT NEW.id, s.id, s.item_id, NEW.requester, NEW.workstation_id, s.user, NEW.message,
           coalesce(NEW.auto_acquire, 0), 'pending', now, now, s.context_level, iif(NEW.whole_item, NULL, s.object_id),
           s.scope, NEW.ttl_seconds, iif(NEW.auto_acquire, (SELECT place FROM end_of_the_line), NULL), NEW.cause
    FROM sessions s JOIN items i ON i.id = s.item_id, clock
    WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.ended_at IS NULL AND s.expires_at > now
      AND (s.user <> NEW.requester
           OR s.workstation_id <> NEW.workstation_id AND EXISTS (SELECT 1 FROM agents WHERE workstation_id = NEW.workstation_id))
      AND NOT EXISTS (SELECT 1 FROM handoff_requests r
                      WHERE r.session_id = s.id AND r.requester = NEW.requester AND r.status = 'pending'
                        AND (SELECT agent FROM workstations WHERE id = r.workstation_id)
                            IS (SELECT agent FROM workstations WHERE id = NEW.workstation_id));
END;

--- do_plain_request_handoff
-- As do_request_handoff, where it comes to nothing but a new request: where nothing is due on the item, and whoever asks has no request for
-- that session and doesn't come back to a place in line. It does nothing elsewhere. (plain_edits.sql tells what that is good for.)
CREATE VIEW do_plain_request_handoff AS SELECT * FROM do_request_handoff;

--- do_plain_request_handoff_insert
CREATE TRIGGER do_plain_request_handoff_insert INSTEAD OF INSERT ON do_plain_request_handoff
WHEN (NEW.workstation_id IS NULL
      OR EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.requester))
 AND NOT EXISTS (SELECT 1 FROM barred
                 WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.requester), NEW.part_number)))
 AND NOT EXISTS (SELECT 1 FROM due WHERE item_id = (SELECT item_id FROM sessions WHERE id = NEW.session_id))
 AND NOT EXISTS (SELECT 1 FROM handoff_requests
                 WHERE workstation_id = NEW.workstation_id AND status = 'pending' AND is_absent)
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO do_enter_request (id, session_id, part_number, requester, workstation_id, message, auto_acquire, whole_item,
                                  ttl_seconds, cause)
    VALUES (NEW.id, NEW.session_id, NEW.part_number, NEW.requester, NEW.workstation_id, NEW.message, NEW.auto_acquire, NEW.whole_item,
            NEW.ttl_seconds, NEW.cause);
END;

--- handoff_asked
CREATE TRIGGER handoff_asked AFTER INSERT ON handoff_requests
BEGIN
    INSERT INTO do_tell_holder (request_id, action) VALUES (NEW.id, 'edit.handoff_requested');

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'edit.line_joined', 'edit_session', NEW.session_id, NEW.item_id, document, NEW.cause
    FROM line_entries WHERE id = NEW.id AND NEW.place IS NOT NULL;
END;

--- line_entries
-- What the audit log says of a place in line.
CREATE VIEW line_entries AS
SELECT id, json_object('request_id', id, 'requester', requester, 'workstation_id', workstation_id,
                       'object_id', object_id, 'scope', scope) AS document
FROM handoff_requests;

--- handoff_asked_again
-- Whoever has no place any more, or a later one, or waits for another workstation now, may have kept others waiting.
CREATE TRIGGER handoff_asked_again AFTER UPDATE OF asked_at ON handoff_requests
WHEN NEW.status = 'pending'
BEGIN
    INSERT INTO do_tell_holder (request_id, action) VALUES (NEW.id, 'edit.handoff_requested');

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT iif(NEW.place IS NULL, 'edit.line_left', 'edit.line_joined'), 'edit_session', NEW.session_id, NEW.item_id,
           document, NEW.cause
    FROM line_entries WHERE id = NEW.id AND NEW.place IS NOT OLD.place;

    INSERT INTO do_advance_line (item_id, scope, cause)
    VALUES (iif(OLD.place IS NOT NULL AND (NEW.place IS NOT OLD.place OR NEW.workstation_id IS NOT OLD.workstation_id),
                NEW.item_id, NULL), NEW.scope, NEW.cause);
END;

--- handoff_moved
-- The line has moved on to another session: its holder hears who waits.
CREATE TRIGGER handoff_moved AFTER UPDATE OF session_id ON handoff_requests
WHEN NEW.session_id <> OLD.session_id
BEGIN
    INSERT INTO do_tell_holder (request_id, action) VALUES (NEW.id, 'edit.handoff_moved');
END;

--- do_tell_holder
CREATE VIEW do_tell_holder AS SELECT NULL AS request_id, NULL AS action WHERE 0;

--- do_tell_holder_insert
-- Who asks watches the item, with the workstation that the request names. That a request moves is not asking.
CREATE TRIGGER do_tell_holder_insert INSTEAD OF INSERT ON do_tell_holder
BEGIN
    INSERT INTO do_watch (workstation_id, item_id, cause)
    SELECT workstation_id, item_id, cause FROM handoff_requests
    WHERE id = NEW.request_id AND workstation_id IS NOT NULL AND NEW.action = 'edit.handoff_requested';

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.handoff_requested', r.item_id, 0, json_array(s.workstation_id),
           json_object('item_id', r.item_id, 'part_number', i.part_number, 'session_id', r.session_id,
                       'request_id', r.id, 'requester', r.requester, 'message', r.message), r.cause
    FROM handoff_requests r JOIN sessions s ON s.id = r.session_id JOIN items i ON i.id = r.item_id
    WHERE r.id = NEW.request_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT NEW.action, 'edit_session', session_id, item_id,
           json_object('requester', requester, 'holder', holder, 'message', message, 'request_id', id), cause
    FROM handoff_requests WHERE id = NEW.request_id;
END;

--- handed_over
-- For each pending request for a workstation, the scope that it gets if the holder accepts: what the session covers, or the
-- whole item, or the whole tree, where it was for that. `is_possible` unless who asks may not edit there, another session is in the way
-- of it, or, where it is more than the session covers, somebody who stands in line before.
CREATE VIEW handed_over AS
SELECT wanted.request_id,
       NOT EXISTS (SELECT 1 FROM barred_requests b WHERE b.request_id = wanted.request_id)
       AND NOT EXISTS (SELECT 1 FROM sessions_in_the_way w WHERE w.want = wanted.want AND w.id <> wanted.session_id)
       AND (wanted.is_what_is_held OR NOT EXISTS (SELECT 1 FROM requests_in_the_way w WHERE w.want = wanted.want))
       AS is_possible
FROM (SELECT wider.request_id, wider.session_id,
             wider.item_id = s.item_id AND wider.object_id IS s.object_id AND wider.scope = s.scope AS is_what_is_held,
             json_array(json_array(wider.item_id, r.workstation_id, wider.object_id, r.place, wider.scope)) AS want
      FROM wider_scopes wider JOIN handoff_requests r ON r.id = wider.request_id
      JOIN sessions s ON s.id = wider.session_id) AS wanted;

--- wider_scopes
-- Of what each request is for and what the session covers that it waits on: what has the other in it. (Who waits for one part of a
-- tree waits on the session of the tree, and who waits for a tree on one of a part.)
CREATE VIEW wider_scopes AS
SELECT r.id AS request_id, s.id AS session_id, iif(of_request, r.item_id, s.item_id) AS item_id,
       iif(of_request, NULL, s.object_id) AS object_id, iif(of_request, r.scope, s.scope) AS scope
FROM (SELECT r.seq AS request_seq, s.seq AS session_seq,
             CASE WHEN r.item_id = s.item_id THEN s.scope = 'item' AND (r.scope = 'tree' OR r.object_id IS NULL)
                  ELSE r.scope = 'tree'
                       AND s.item_id IN (SELECT p.item_id FROM parts_below p WHERE p.want = json_array(r.item_id))
             END AS of_request
      FROM handoff_requests r JOIN sessions s ON s.id = r.session_id) both
JOIN handoff_requests r ON r.seq = request_seq JOIN sessions s ON s.seq = session_seq;

--- do_answer_handoff
-- The holder accepts or declines. `session_id` is the one that the requester's workstation gets. If that isn't possible (the
-- holder may hold the whole item besides an object in it), the request stays pending.
CREATE VIEW do_answer_handoff AS
SELECT NULL AS request_id, NULL AS user, NULL AS status, NULL AS answer, NULL AS session_id, NULL AS cause WHERE 0;

--- do_answer_handoff_insert
CREATE TRIGGER do_answer_handoff_insert INSTEAD OF INSERT ON do_answer_handoff
WHEN EXISTS (SELECT 1 FROM handoff_requests WHERE id = NEW.request_id AND holder = NEW.user)
 AND NOT EXISTS (SELECT 1 FROM hidden
                 WHERE want = (SELECT json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), d.part_number))
                               FROM handoff_documents d WHERE d.id = NEW.request_id))
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM handoff_requests WHERE id = NEW.request_id;

    UPDATE handoff_requests
    SET status = NEW.status, answered_at = (SELECT now FROM clock), answer = NEW.answer, cause = NEW.cause,
        granted_session_id = CASE WHEN NEW.status = 'accepted' AND workstation_id IS NOT NULL THEN NEW.session_id END,
        object_id = CASE WHEN NEW.status = 'accepted' AND workstation_id IS NOT NULL
                         THEN (SELECT h.object_id FROM wider_scopes h WHERE h.request_id = NEW.request_id)
                         ELSE object_id END,
        place = NULL
    WHERE id = NEW.request_id AND status = 'pending' AND holder = NEW.user
      AND EXISTS (SELECT 1 FROM active_sessions s WHERE s.id = handoff_requests.session_id)
      AND (NEW.status <> 'accepted' OR workstation_id IS NULL
           OR (SELECT is_possible FROM handed_over WHERE request_id = NEW.request_id));
END;

--- do_cancel_handoff
CREATE VIEW do_cancel_handoff AS SELECT NULL AS request_id, NULL AS user, NULL AS cause WHERE 0;

--- do_cancel_handoff_insert
CREATE TRIGGER do_cancel_handoff_insert INSTEAD OF INSERT ON do_cancel_handoff
WHEN EXISTS (SELECT 1 FROM handoff_requests WHERE id = NEW.request_id AND requester = NEW.user)
BEGIN
    INSERT INTO do_withdraw (request_id, cause) VALUES (NEW.request_id, NEW.cause);
END;

--- do_withdraw
-- Ends a request for its requester.
CREATE VIEW do_withdraw AS SELECT NULL AS request_id, NULL AS cause WHERE 0;

--- do_withdraw_insert
CREATE TRIGGER do_withdraw_insert INSTEAD OF INSERT ON do_withdraw
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM handoff_requests WHERE id = NEW.request_id;

    UPDATE handoff_requests
    SET status = 'cancelled', answered_at = (SELECT now FROM clock), place = NULL, cause = NEW.cause
    WHERE id = NEW.request_id AND status = 'pending';
END;

--- handoff_accepted
-- One trigger for each outcome: SQLite fires none inside itself, and accepting one request may grant or supersede others.
-- The request is answered before the session ends, or its own end would supersede it.
CREATE TRIGGER handoff_accepted AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'accepted'
BEGIN
    INSERT INTO do_tell_requester (request_id, type) VALUES (NEW.id, 'edit.handoff_accepted');

    UPDATE sessions SET ended_at = (SELECT now FROM clock), end_reason = 'released', consequences = 1, cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL AND NEW.granted_session_id IS NULL;

    -- What it is held for is the new holder's to say.
    INSERT INTO do_transfer (session_id, new_session_id, workstation_id, item_id, object_id, scope, ttl_seconds, cause)
    SELECT NEW.session_id, NEW.granted_session_id, NEW.workstation_id, item_id, object_id, scope, NEW.ttl_seconds, NEW.cause
    FROM wider_scopes WHERE request_id = NEW.id;
END;

--- handoff_declined
CREATE TRIGGER handoff_declined AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'declined'
BEGIN
    INSERT INTO do_tell_requester (request_id, type) VALUES (NEW.id, 'edit.handoff_declined');

    INSERT INTO do_advance_line (item_id, scope, cause)
    SELECT NEW.item_id, NEW.scope, NEW.cause WHERE OLD.place IS NOT NULL;
END;

--- handoff_cancelled
CREATE TRIGGER handoff_cancelled AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'cancelled'
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.handoff_cancelled', NEW.item_id, 0, json_array(s.workstation_id),
           json_object('request_id', NEW.id, 'session_id', NEW.session_id, 'requester', NEW.requester), NEW.cause
    FROM sessions s WHERE s.id = NEW.session_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.handoff_cancelled', 'edit_session', NEW.session_id, NEW.item_id,
            json_object('requester', NEW.requester, 'holder', NEW.holder, 'request_id', NEW.id), NEW.cause);

    INSERT INTO do_advance_line (item_id, scope, cause)
    SELECT NEW.item_id, NEW.scope, NEW.cause WHERE OLD.place IS NOT NULL;
END;

--- handoff_superseded
CREATE TRIGGER handoff_superseded AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'superseded'
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.handoff_superseded', 'edit_session', NEW.session_id, NEW.item_id,
            json_object('requester', NEW.requester, 'holder', NEW.holder, 'request_id', NEW.id), NEW.cause);
END;

--- handoff_granted
CREATE TRIGGER handoff_granted AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'granted'
BEGIN
    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, origin, scope, cause)
    VALUES (NEW.granted_session_id, NEW.item_id, NEW.requester, NEW.workstation_id, NEW.context_level, NEW.object_id,
            NEW.ttl_seconds, 'granted', NEW.scope, NEW.cause);

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.session_granted', NEW.item_id, 0, json_array(NEW.workstation_id),
           json_object('request_id', NEW.id, 'session_id', s.id, 'fence', s.fence, 'expires_at', s.expires_at), NEW.cause
    FROM sessions s WHERE s.id = NEW.granted_session_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.handoff_granted', 'edit_session', NEW.granted_session_id, NEW.item_id,
            json_object('requester', NEW.requester, 'holder', NEW.holder, 'request_id', NEW.id), NEW.cause);
END;

--- do_tell_requester
-- A request that names no workstation is answered to all of the requester's.
CREATE VIEW do_tell_requester AS SELECT NULL AS request_id, NULL AS type WHERE 0;

--- do_tell_requester_insert
CREATE TRIGGER do_tell_requester_insert INSTEAD OF INSERT ON do_tell_requester
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT NEW.type, item_id, 0,
           CASE WHEN workstation_id IS NOT NULL THEN json_array(workstation_id)
                ELSE (SELECT json_group_array(id) FROM workstations WHERE user = requester) END,
           json_object('request_id', id, 'session_id', session_id, 'holder', holder, 'message', answer), cause
    FROM handoff_requests WHERE id = NEW.request_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT NEW.type, 'edit_session', session_id, item_id,
           json_object('requester', requester, 'holder', holder, 'message', answer, 'request_id', id), cause
    FROM handoff_requests WHERE id = NEW.request_id;
END;

--- presence_changes
-- Those in line who have gone or come back without anybody having recorded it. Whoever has not been heard of for as long as
-- the session would last that they wait for isn't there; nor, as the line sees it, is who may not edit there any more.
CREATE VIEW presence_changes AS
SELECT r.seq, r.item_id
FROM handoff_requests r
WHERE r.place IS NOT NULL
  AND r.is_absent <> (coalesce((SELECT last_seen FROM workstations WHERE id = r.workstation_id), '')
                      <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || r.ttl_seconds || ' seconds')
                      OR EXISTS (SELECT 1 FROM barred_requests b WHERE b.request_id = r.id));

--- do_note_presence
-- Records on one item who in line has gone, and who has come back.
CREATE VIEW do_note_presence AS SELECT NULL AS item_id, NULL AS cause WHERE 0;

--- do_note_presence_insert
CREATE TRIGGER do_note_presence_insert INSTEAD OF INSERT ON do_note_presence
BEGIN
    UPDATE handoff_requests SET is_absent = NOT is_absent, cause = NEW.cause
    WHERE seq IN (SELECT seq FROM presence_changes WHERE item_id = NEW.item_id);
END;

--- handoff_presence_noted
CREATE TRIGGER handoff_presence_noted AFTER UPDATE OF is_absent ON handoff_requests
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT iif(NEW.is_absent, 'edit.line_passed_over', 'edit.line_resumed'), 'edit_session', NEW.session_id, NEW.item_id,
           document, NEW.cause
    FROM line_entries WHERE id = NEW.id;
END;

--- do_grant_next
-- Grants a request in line if nothing is in its way. What has expired on its item is recorded first, and the line advances then.
CREATE VIEW do_grant_next AS SELECT NULL AS request_id, NULL AS cause WHERE 0;

--- do_grant_next_insert
CREATE TRIGGER do_grant_next_insert INSTEAD OF INSERT ON do_grant_next
BEGIN
    UPDATE handoff_requests
    SET status = 'granted', answered_at = (SELECT now FROM clock), granted_session_id = (SELECT uuid FROM fresh),
        place = NULL, cause = NEW.cause
    WHERE id = NEW.request_id AND place IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM sessions_in_the_way
                      WHERE want = json_array(json_array(handoff_requests.item_id, handoff_requests.workstation_id,
                                                         handoff_requests.object_id, NULL, handoff_requests.scope)))
      AND NOT EXISTS (SELECT 1 FROM requests_in_the_way
                      WHERE want = json_array(json_array(handoff_requests.item_id, handoff_requests.workstation_id,
                                                         handoff_requests.object_id, handoff_requests.place,
                                                         handoff_requests.scope)))
      AND NOT EXISTS (SELECT 1 FROM reservations_in_the_way
                      WHERE want = json_array(json_array(handoff_requests.item_id, handoff_requests.workstation_id,
                                                         handoff_requests.object_id, NULL, handoff_requests.scope)))
      AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.item_id = handoff_requests.item_id AND s.ended_at IS NULL
                                                 AND s.expires_at <= (SELECT now FROM clock));
END;

--- do_advance_line
-- After something has ended that was in somebody's way: those in line who are there and whose scope is free get it, in the
-- order of their places; the others wait on whatever session is in their way now.
CREATE VIEW do_advance_line AS SELECT NULL AS item_id, NULL AS scope, NULL AS cause WHERE 0;

--- do_advance_line_insert
CREATE TRIGGER do_advance_line_insert INSTEAD OF INSERT ON do_advance_line
WHEN EXISTS (SELECT 1 FROM handoff_requests WHERE item_id = NEW.item_id AND place IS NOT NULL)
  OR NEW.item_id IS NOT NULL
     AND (EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL AND scope = 'tree')
          OR NEW.scope = 'tree' AND EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL))
BEGIN
    INSERT INTO do_grant_next (request_id, cause)
    SELECT r.id, NEW.cause
    FROM lines_around r JOIN workstations w ON w.id = r.workstation_id
    WHERE r.want = json_array(json_array(NEW.item_id, NULL, NULL, NULL, NEW.scope)) AND NOT r.is_absent AND NOT w.leaving
    ORDER BY r.place;

    INSERT INTO do_move_line (item_id, scope, cause) VALUES (NEW.item_id, NEW.scope, NEW.cause);
END;

--- waits_on
-- For each request in line, the session that it waits on: the oldest that is in its way. None where only somebody in line
-- before it is.
CREATE VIEW waits_on AS
SELECT r.id AS request_id,
       (SELECT min(w.seq) FROM sessions_in_the_way w
        WHERE w.want = json_array(json_array(r.item_id, r.workstation_id, r.object_id, NULL, r.scope))) AS session_seq
FROM handoff_requests r WHERE r.place IS NOT NULL;

--- do_move_line
-- Those in line whose session is over wait on another one, if one is in their way. Its holder hears of them.
CREATE VIEW do_move_line AS SELECT NULL AS item_id, NULL AS scope, NULL AS cause WHERE 0;

--- do_move_line_insert
CREATE TRIGGER do_move_line_insert INSTEAD OF INSERT ON do_move_line
WHEN EXISTS (SELECT 1 FROM handoff_requests WHERE item_id = NEW.item_id AND place IS NOT NULL)
  OR NEW.item_id IS NOT NULL
     AND (EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL AND scope = 'tree')
          OR NEW.scope = 'tree' AND EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL))
BEGIN
    UPDATE handoff_requests
    SET session_id = next.id, holder = next.user, cause = NEW.cause
    FROM waits_on w JOIN sessions next ON next.seq = w.session_seq
    WHERE w.request_id = handoff_requests.id
      AND handoff_requests.seq IN (SELECT seq FROM lines_around
                                   WHERE want = json_array(json_array(NEW.item_id, NULL, NULL, NULL, NEW.scope)))
      AND (SELECT ended_at FROM sessions WHERE id = handoff_requests.session_id) IS NOT NULL;
END;
