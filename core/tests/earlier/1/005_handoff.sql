-- Handoff requests, and the line of those with `auto_acquire`.

--- do_request_handoff
-- Asking again renews the pending request: the message, and whatever else is given.
CREATE VIEW IF NOT EXISTS do_request_handoff AS
SELECT NULL AS id, NULL AS session_id, NULL AS part_number, NULL AS requester, NULL AS workstation_id,
       NULL AS message, NULL AS auto_acquire, NULL AS ttl_seconds, NULL AS cause WHERE 0;

--- do_request_handoff_insert
CREATE TRIGGER IF NOT EXISTS do_request_handoff_insert INSTEAD OF INSERT ON do_request_handoff
WHEN NEW.workstation_id IS NULL
  OR EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.requester)
BEGIN
    INSERT INTO do_expire (item_id, cause)
    SELECT s.item_id, NEW.cause FROM sessions s JOIN items i ON i.id = s.item_id
    WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number;

    INSERT INTO handoff_requests (id, session_id, item_id, requester, workstation_id, holder, message, auto_acquire,
                                  status, created_at, asked_at, context_level, object_id, ttl_seconds, cause)
    SELECT NEW.id, s.id, s.item_id, NEW.requester, NEW.workstation_id, s.user, NEW.message,
           coalesce(NEW.auto_acquire, 0), 'pending', now, now, s.context_level, s.object_id, NEW.ttl_seconds, NEW.cause
    FROM sessions s JOIN items i ON i.id = s.item_id, clock
    WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.ended_at IS NULL
      AND s.user <> NEW.requester
    ON CONFLICT (session_id, requester) WHERE status = 'pending' DO UPDATE
    SET message = excluded.message, asked_at = excluded.asked_at, cause = excluded.cause,
        workstation_id = coalesce(excluded.workstation_id, workstation_id),
        auto_acquire = coalesce(NEW.auto_acquire, auto_acquire);
END;

--- handoff_asked
CREATE TRIGGER IF NOT EXISTS handoff_asked AFTER INSERT ON handoff_requests
BEGIN
    INSERT INTO do_tell_holder (request_id, action) VALUES (NEW.id, 'edit.handoff_requested');
END;

--- handoff_asked_again
CREATE TRIGGER IF NOT EXISTS handoff_asked_again AFTER UPDATE OF asked_at ON handoff_requests
WHEN NEW.status = 'pending'
BEGIN
    INSERT INTO do_tell_holder (request_id, action) VALUES (NEW.id, 'edit.handoff_requested');
END;

--- handoff_moved
-- The line has moved on to another session: its holder hears who waits.
CREATE TRIGGER IF NOT EXISTS handoff_moved AFTER UPDATE OF session_id ON handoff_requests
WHEN NEW.session_id <> OLD.session_id
BEGIN
    INSERT INTO do_tell_holder (request_id, action) VALUES (NEW.id, 'edit.handoff_moved');
END;

--- do_tell_holder
CREATE VIEW IF NOT EXISTS do_tell_holder AS SELECT NULL AS request_id, NULL AS action WHERE 0;

--- do_tell_holder_insert
-- Who asks watches the item, with the workstation that the request names. That a request moves is not asking.
CREATE TRIGGER IF NOT EXISTS do_tell_holder_insert INSTEAD OF INSERT ON do_tell_holder
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

--- do_answer_handoff
-- The holder accepts or declines. `session_id` is the one that the requester's workstation gets. It covers what the
-- session covers that is handed over; if another session is in the way of that (the holder may hold the whole item
-- besides an object in it), the request stays pending.
CREATE VIEW IF NOT EXISTS do_answer_handoff AS
SELECT NULL AS request_id, NULL AS user, NULL AS status, NULL AS answer, NULL AS session_id, NULL AS cause WHERE 0;

--- do_answer_handoff_insert
CREATE TRIGGER IF NOT EXISTS do_answer_handoff_insert INSTEAD OF INSERT ON do_answer_handoff
WHEN EXISTS (SELECT 1 FROM handoff_requests WHERE id = NEW.request_id AND holder = NEW.user)
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM handoff_requests WHERE id = NEW.request_id;

    UPDATE handoff_requests
    SET status = NEW.status, answered_at = (SELECT now FROM clock), answer = NEW.answer, cause = NEW.cause,
        granted_session_id = CASE WHEN NEW.status = 'accepted' AND workstation_id IS NOT NULL THEN NEW.session_id END
    WHERE id = NEW.request_id AND status = 'pending' AND holder = NEW.user
      AND (NEW.status <> 'accepted' OR workstation_id IS NULL
           OR NOT EXISTS (SELECT 1 FROM sessions given JOIN sessions other ON other.item_id = given.item_id
                          WHERE given.id = handoff_requests.session_id AND other.id <> given.id
                            AND other.ended_at IS NULL
                            AND CASE WHEN other.workstation_id = handoff_requests.workstation_id
                                     THEN other.object_id IS given.object_id
                                     ELSE other.object_id IS NULL OR given.object_id IS NULL
                                          OR other.object_id = given.object_id END));
END;

--- do_cancel_handoff
CREATE VIEW IF NOT EXISTS do_cancel_handoff AS SELECT NULL AS request_id, NULL AS user, NULL AS cause WHERE 0;

--- do_cancel_handoff_insert
CREATE TRIGGER IF NOT EXISTS do_cancel_handoff_insert INSTEAD OF INSERT ON do_cancel_handoff
WHEN EXISTS (SELECT 1 FROM handoff_requests WHERE id = NEW.request_id AND requester = NEW.user)
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM handoff_requests WHERE id = NEW.request_id;

    UPDATE handoff_requests SET status = 'cancelled', answered_at = (SELECT now FROM clock), cause = NEW.cause
    WHERE id = NEW.request_id AND status = 'pending' AND requester = NEW.user;
END;

--- handoff_accepted
-- One trigger for each outcome: SQLite fires none inside itself, and accepting one request may grant or supersede others.
-- The request is answered before the session ends, or its own end would supersede it.
CREATE TRIGGER IF NOT EXISTS handoff_accepted AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'accepted'
BEGIN
    INSERT INTO do_tell_requester (request_id, type) VALUES (NEW.id, 'edit.handoff_accepted');

    UPDATE sessions
    SET ended_at = (SELECT now FROM clock), successor_id = NEW.granted_session_id, cause = NEW.cause,
        end_reason = CASE WHEN NEW.granted_session_id IS NULL THEN 'released' ELSE 'transferred' END
    WHERE id = NEW.session_id AND ended_at IS NULL;

    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, origin, cause)
    SELECT NEW.granted_session_id, given.item_id, NEW.requester, NEW.workstation_id, given.context_level,
           given.object_id, NEW.ttl_seconds, 'transferred', NEW.cause
    FROM sessions given WHERE given.id = NEW.session_id AND NEW.granted_session_id IS NOT NULL;

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.session_transferred', NEW.item_id, 1, json_array(old.workstation_id, new.workstation_id),
           json_object('session_id', old.id, 'new_session_id', new.id, 'from', old.user, 'to', new.user,
                       'fence', new.fence), NEW.cause
    FROM sessions old JOIN sessions new ON new.id = old.successor_id WHERE old.id = NEW.session_id;

    INSERT INTO do_advance_line (session_id, cause)
    SELECT NEW.session_id, NEW.cause WHERE NEW.granted_session_id IS NOT NULL;
END;

--- handoff_declined
CREATE TRIGGER IF NOT EXISTS handoff_declined AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'declined'
BEGIN
    INSERT INTO do_tell_requester (request_id, type) VALUES (NEW.id, 'edit.handoff_declined');
END;

--- handoff_cancelled
CREATE TRIGGER IF NOT EXISTS handoff_cancelled AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'cancelled'
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.handoff_cancelled', NEW.item_id, 0, json_array(s.workstation_id),
           json_object('request_id', NEW.id, 'session_id', NEW.session_id, 'requester', NEW.requester), NEW.cause
    FROM sessions s WHERE s.id = NEW.session_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.handoff_cancelled', 'edit_session', NEW.session_id, NEW.item_id,
            json_object('requester', NEW.requester, 'holder', NEW.holder, 'request_id', NEW.id), NEW.cause);
END;

--- handoff_superseded
CREATE TRIGGER IF NOT EXISTS handoff_superseded AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'superseded'
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.handoff_superseded', 'edit_session', NEW.session_id, NEW.item_id,
            json_object('requester', NEW.requester, 'holder', NEW.holder, 'request_id', NEW.id), NEW.cause);
END;

--- handoff_granted
CREATE TRIGGER IF NOT EXISTS handoff_granted AFTER UPDATE OF status ON handoff_requests
WHEN OLD.status = 'pending' AND NEW.status = 'granted'
BEGIN
    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, origin, cause)
    VALUES (NEW.granted_session_id, NEW.item_id, NEW.requester, NEW.workstation_id, NEW.context_level, NEW.object_id,
            NEW.ttl_seconds, 'granted', NEW.cause);

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
CREATE VIEW IF NOT EXISTS do_tell_requester AS SELECT NULL AS request_id, NULL AS type WHERE 0;

--- do_tell_requester_insert
CREATE TRIGGER IF NOT EXISTS do_tell_requester_insert INSTEAD OF INSERT ON do_tell_requester
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

--- do_grant_next
-- Grants a request if nothing is in its way.
CREATE VIEW IF NOT EXISTS do_grant_next AS SELECT NULL AS request_id, NULL AS cause WHERE 0;

--- do_grant_next_insert
CREATE TRIGGER IF NOT EXISTS do_grant_next_insert INSTEAD OF INSERT ON do_grant_next
BEGIN
    UPDATE handoff_requests
    SET status = 'granted', answered_at = (SELECT now FROM clock), granted_session_id = (SELECT uuid FROM fresh),
        cause = NEW.cause
    WHERE id = NEW.request_id AND status = 'pending'
      AND NOT EXISTS (SELECT 1 FROM sessions s
                      WHERE s.item_id = handoff_requests.item_id AND s.ended_at IS NULL
                        AND CASE WHEN s.workstation_id = handoff_requests.workstation_id
                                 THEN s.object_id IS handoff_requests.object_id
                                 ELSE s.object_id IS NULL OR handoff_requests.object_id IS NULL
                                      OR s.object_id = handoff_requests.object_id END);
END;

--- in_the_way
-- For each request in line, the sessions that it has to wait for.
CREATE VIEW IF NOT EXISTS in_the_way AS
SELECT r.id AS request_id, s.seq, s.id AS session_id, s.user
FROM handoff_requests r JOIN sessions s ON s.item_id = r.item_id
WHERE r.status = 'pending' AND r.auto_acquire AND s.ended_at IS NULL AND s.workstation_id <> r.workstation_id
  AND (s.object_id IS NULL OR r.object_id IS NULL OR s.object_id = r.object_id);

--- do_advance_line
-- After the end of `session_id`: those in line whose scope is free get it, in the order in which they asked; the others
-- wait on whatever session is in their way now; and requests for the session that is over are superseded.
CREATE VIEW IF NOT EXISTS do_advance_line AS SELECT NULL AS session_id, NULL AS cause WHERE 0;

--- do_advance_line_insert
CREATE TRIGGER IF NOT EXISTS do_advance_line_insert INSTEAD OF INSERT ON do_advance_line
WHEN EXISTS (SELECT 1 FROM handoff_requests WHERE session_id = NEW.session_id AND status = 'pending')
BEGIN
    INSERT INTO do_grant_next (request_id, cause)
    SELECT id, NEW.cause FROM handoff_requests
    WHERE session_id = NEW.session_id AND status = 'pending' AND auto_acquire ORDER BY seq;

    UPDATE handoff_requests
    SET session_id = (SELECT w.session_id FROM in_the_way w WHERE w.request_id = handoff_requests.id
                      ORDER BY w.seq LIMIT 1),
        holder = (SELECT w.user FROM in_the_way w WHERE w.request_id = handoff_requests.id ORDER BY w.seq LIMIT 1),
        cause = NEW.cause
    WHERE session_id = NEW.session_id AND status = 'pending' AND auto_acquire
      AND EXISTS (SELECT 1 FROM in_the_way w WHERE w.request_id = handoff_requests.id)
      -- Who waits on that session already waits on it once.
      AND NOT EXISTS (SELECT 1 FROM handoff_requests other
                      WHERE other.requester = handoff_requests.requester AND other.status = 'pending'
                        AND other.session_id = (SELECT w.session_id FROM in_the_way w
                                                WHERE w.request_id = handoff_requests.id ORDER BY w.seq LIMIT 1));

    UPDATE handoff_requests
    SET status = 'superseded', answered_at = (SELECT now FROM clock), cause = NEW.cause
    WHERE session_id = NEW.session_id AND status = 'pending';
END;
