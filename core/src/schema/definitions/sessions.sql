-- Edit sessions. A session is active while `ended_at` is null and `expires_at` lies ahead. Every command on an item first
-- records what time has brought about on it.

--- sessions_guard
-- The commands ask before they grant; this holds even if one forgot.
CREATE TRIGGER sessions_guard BEFORE INSERT ON sessions
WHEN NEW.scope = 'tree' OR NOT EXISTS (SELECT 1 FROM undisturbed WHERE item_id = NEW.item_id)
BEGIN
    INSERT INTO do_guard (item_id, workstation_id, object_id, scope)
    VALUES (NEW.item_id, NEW.workstation_id, NEW.object_id, NEW.scope);
END;

--- do_guard
-- Refuses a session that something is in the way of. (Apart from the trigger above: a program that looks at all that may be in the
-- way is large, and what it needs is set up whenever it begins.)
CREATE VIEW do_guard AS
SELECT NULL AS item_id, NULL AS workstation_id, NULL AS object_id, NULL AS scope WHERE 0;

--- do_guard_insert
CREATE TRIGGER do_guard_insert INSTEAD OF INSERT ON do_guard
WHEN EXISTS (SELECT 1 FROM sessions_in_the_way
             WHERE want = json_array(json_array(NEW.item_id, NEW.workstation_id, NEW.object_id, NULL, NEW.scope)))
BEGIN
    SELECT RAISE(ABORT, 'the scope is held by another workstation');
END;

--- do_grant
-- Grants a session. One on the same scope that has expired ends before.
CREATE VIEW do_grant AS
SELECT NULL AS id, NULL AS item_id, NULL AS user, NULL AS workstation_id, NULL AS context_level, NULL AS object_id,
       NULL AS ttl_seconds, NULL AS note, NULL AS origin, NULL AS scope, NULL AS cause WHERE 0;

--- do_grant_insert
CREATE TRIGGER do_grant_insert INSTEAD OF INSERT ON do_grant
BEGIN
    INSERT INTO do_end_expired (session_id, cause)
    SELECT id, NEW.cause FROM sessions
    WHERE item_id = NEW.item_id AND ended_at IS NULL AND coalesce(object_id, '') = coalesce(NEW.object_id, '')
      AND expires_at <= (SELECT now FROM clock);

    INSERT INTO do_begin (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, note, origin, scope, cause)
    VALUES (NEW.id, NEW.item_id, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id, NEW.ttl_seconds, NEW.note,
            NEW.origin, NEW.scope, NEW.cause);
END;

--- do_begin
-- The one way to a session: the item's fence grows, and the session carries it. That of a tree is higher than those of all that
-- the item is made of, which get it too (see sessions_covering).
CREATE VIEW do_begin AS
SELECT NULL AS id, NULL AS item_id, NULL AS user, NULL AS workstation_id, NULL AS context_level, NULL AS object_id,
       NULL AS ttl_seconds, NULL AS note, NULL AS origin, NULL AS scope, NULL AS cause WHERE 0;

--- do_begin_insert
CREATE TRIGGER do_begin_insert INSTEAD OF INSERT ON do_begin
BEGIN
    UPDATE items
    SET fence = max(fence, (SELECT base FROM epoch),
                    iif(NEW.scope = 'tree',
                        (SELECT coalesce(max(i.fence), 0) FROM parts_below p CROSS JOIN items i ON i.id = p.item_id
                         WHERE p.want = json_array(NEW.item_id)), 0)) + 1
    WHERE id = NEW.item_id;

    INSERT INTO sessions (id, item_id, repository, user, workstation_id, context_level, object_id, fence, ttl_seconds,
                          note, origin, scope, acquired_at, renewed_at, active_at, expires_at, cause)
    VALUES (NEW.id, NEW.item_id, (SELECT repository FROM items WHERE id = NEW.item_id), NEW.user, NEW.workstation_id,
            NEW.context_level, NEW.object_id,
            (SELECT fence FROM items WHERE id = NEW.item_id), NEW.ttl_seconds, nullif(NEW.note, ''), NEW.origin,
            coalesce(NEW.scope, 'item'), (SELECT now FROM clock), (SELECT now FROM clock), (SELECT now FROM clock),
            strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.ttl_seconds || ' seconds'), NEW.cause);
END;

--- sessions_granted
-- Who holds a session watches its item. A transfer has an event of its own.
CREATE TRIGGER sessions_granted AFTER INSERT ON sessions
BEGIN
    INSERT INTO do_watch (workstation_id, item_id, cause) VALUES (NEW.workstation_id, NEW.item_id, NEW.cause);

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    VALUES (iif(NEW.origin <> 'transferred', 'edit.session_acquired', NULL), NEW.item_id, 1, '[]',
            json_object('session_id', NEW.id, 'user', NEW.user, 'workstation_id', NEW.workstation_id,
                        'object_id', NEW.object_id, 'fence', NEW.fence), NEW.cause);

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.session_acquired', 'edit_session', NEW.id, NEW.item_id,
            json_object('user', NEW.user, 'workstation_id', NEW.workstation_id, 'context_level', NEW.context_level,
                        'object_id', NEW.object_id, 'scope', NEW.scope, 'fence', NEW.fence, 'note', NEW.note,
                        'origin', NEW.origin, 'expires_at', NEW.expires_at), NEW.cause);
END;

--- due
-- The items on which time has brought something about that nobody has recorded yet: an expiry, somebody in line who has
-- gone or come back, or a reserved time that has begun or ended. A command to a workstation that has expired may be of none.
CREATE VIEW due AS
SELECT item_id FROM sessions WHERE ended_at IS NULL AND expires_at <= (SELECT now FROM clock)
UNION ALL
SELECT item_id FROM presence_changes
UNION ALL
SELECT item_id FROM reserved_times
WHERE starts_at <= (SELECT now FROM clock) AND due_at <= (SELECT now FROM clock)
UNION ALL
SELECT item_id FROM commands_due;

--- do_expire
-- Records what is due on one item. No more sessions end at once than some 4,000 watchers hear of, so that nobody holds up
-- other writers for long; what is left is still due.
CREATE VIEW do_expire AS SELECT NULL AS item_id, NULL AS cause WHERE 0;

--- do_expire_insert
CREATE TRIGGER do_expire_insert INSTEAD OF INSERT ON do_expire
WHEN EXISTS (SELECT 1 FROM due WHERE item_id = NEW.item_id)
BEGIN
    INSERT INTO do_note_presence (item_id, cause)
    SELECT NEW.item_id, json_remove(json_set(NEW.cause, '$.actor', 'system'), '$.rate', '$.quota')
    WHERE EXISTS (SELECT 1 FROM presence_changes WHERE item_id = NEW.item_id);

    INSERT INTO do_end_expired (session_id, cause)
    SELECT id, NEW.cause FROM sessions
    WHERE item_id = NEW.item_id AND ended_at IS NULL AND expires_at <= (SELECT now FROM clock)
    ORDER BY expires_at, seq
    LIMIT (SELECT max(1, 4000 / (1 + size)) FROM audiences WHERE item_id = NEW.item_id);

    INSERT INTO do_note_reserved (item_id, cause)
    VALUES (NEW.item_id, json_remove(json_set(NEW.cause, '$.actor', 'system'), '$.rate', '$.quota'));

    -- Whoever has gone may have stood before somebody whose scope is free, and waited for a tree.
    INSERT INTO do_advance_line (item_id, scope, cause)
    VALUES (NEW.item_id, 'tree', json_remove(json_set(NEW.cause, '$.actor', 'system'), '$.rate', '$.quota'));
END;

--- do_end_expired
-- Records that one session has expired. That is nobody's doing, and counts against nobody's limits.
CREATE VIEW do_end_expired AS SELECT NULL AS session_id, NULL AS cause WHERE 0;

--- do_end_expired_insert
CREATE TRIGGER do_end_expired_insert INSTEAD OF INSERT ON do_end_expired
BEGIN
    UPDATE sessions
    SET ended_at = expires_at, end_reason = 'expired', consequences = 1,
        cause = json_remove(json_set(NEW.cause, '$.actor', 'system'), '$.rate', '$.quota')
    WHERE id = NEW.session_id AND ended_at IS NULL;
END;

--- do_expire_all
-- Records what is due anywhere: on the items on which sessions have been due for longest, as many as some 4,000 watchers
-- hear of, and on up to 20 where only the line is concerned. What is left is still due.
CREATE VIEW do_expire_all AS SELECT NULL AS cause WHERE 0;

--- do_expire_all_insert
CREATE TRIGGER do_expire_all_insert INSTEAD OF INSERT ON do_expire_all
BEGIN
    INSERT INTO do_expire (item_id, cause)
    SELECT item_id, NEW.cause
    FROM (SELECT item_id, since, sum(heard) OVER (ORDER BY since, item_id) - heard AS heard_before
          FROM (SELECT d.item_id, min(d.expires_at) AS since,
                       count(*) * (1 + (SELECT size FROM audiences a WHERE a.item_id = d.item_id)) AS heard
                FROM (SELECT item_id, expires_at FROM sessions
                      WHERE ended_at IS NULL AND expires_at <= (SELECT now FROM clock)
                      ORDER BY expires_at LIMIT 100) d
                GROUP BY d.item_id))
    WHERE heard_before < 4000 ORDER BY since, item_id;

    INSERT INTO do_expire (item_id, cause)
    SELECT DISTINCT item_id, NEW.cause FROM presence_changes LIMIT 20;

    INSERT INTO do_expire (item_id, cause)
    SELECT item_id, NEW.cause
    FROM (SELECT d.item_id, d.since, sum(heard) OVER (ORDER BY since, item_id) - heard AS heard_before
          FROM (SELECT item_id, min(due_at) AS since, 2 + (SELECT size FROM audiences a WHERE a.item_id = t.item_id) AS heard
                FROM (SELECT item_id, due_at FROM reserved_times WHERE due_at <= (SELECT now FROM clock)
                      ORDER BY due_at LIMIT 100) t
                GROUP BY item_id) d)
    WHERE heard_before < 4000 ORDER BY since, item_id;
END;

--- do_acquire
CREATE VIEW do_acquire AS
SELECT NULL AS id, NULL AS item_id, NULL AS part_number, NULL AS user, NULL AS workstation_id, NULL AS context_level,
       NULL AS object_id, NULL AS ttl_seconds, NULL AS note, NULL AS expected_revision, NULL AS scope,
       NULL AS cause WHERE 0;

--- do_acquire_insert
-- `item_id` is the one that the item gets if nobody has seen it before. What the workstation holds already is renewed, with
-- its note if there is no new one (an empty one takes it back); anything else goes to the end of the line. Nothing is done
-- where the item has another revision than the expected one.
CREATE TRIGGER do_acquire_insert INSTEAD OF INSERT ON do_acquire
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
 AND (NOT EXISTS (SELECT 1 FROM access_settings)
      OR NOT EXISTS (SELECT 1 FROM barred
                     WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number)))
         AND (NEW.scope IS NOT 'tree'
              OR NOT EXISTS (SELECT 1 FROM barred_trees
                             WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number)))))
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO items (id, part_number, created_at, cause)
    SELECT NEW.item_id, NEW.part_number, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = NEW.part_number);

    INSERT INTO do_expire (item_id, cause)
    VALUES ((SELECT id FROM items WHERE part_number = NEW.part_number), NEW.cause);

    INSERT INTO do_expire_around (item_id, scope, cause)
    SELECT id, NEW.scope, NEW.cause FROM items
    WHERE part_number = NEW.part_number
      AND (NEW.scope = 'tree' OR NOT EXISTS (SELECT 1 FROM undisturbed u WHERE u.item_id = items.id));

    UPDATE sessions
    SET renewed_at = (SELECT now FROM clock), active_at = (SELECT now FROM clock), ttl_seconds = NEW.ttl_seconds,
        note = nullif(coalesce(NEW.note, note), ''),
        expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.ttl_seconds || ' seconds'), cause = NEW.cause
    WHERE item_id = (SELECT id FROM items WHERE part_number = NEW.part_number
                                            AND coalesce(revision = NEW.expected_revision, 1)) AND ended_at IS NULL
      AND coalesce(object_id, '') = coalesce(NEW.object_id, '') AND scope = coalesce(NEW.scope, 'item')
      AND workstation_id = NEW.workstation_id AND expires_at > (SELECT now FROM clock);

    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, note, origin, scope,
                          cause)
    SELECT NEW.id, i.id, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id, NEW.ttl_seconds, NEW.note,
           'acquired', NEW.scope, NEW.cause
    FROM items i
    WHERE i.part_number = NEW.part_number AND coalesce(i.revision = NEW.expected_revision, 1)
      AND NEW.scope IS NOT 'tree' AND EXISTS (SELECT 1 FROM undisturbed u WHERE u.item_id = i.id);

    INSERT INTO do_grant_if_free (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, note, scope, cause)
    SELECT NEW.id, i.id, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id, NEW.ttl_seconds, NEW.note, NEW.scope,
           NEW.cause
    FROM items i
    WHERE i.part_number = NEW.part_number AND coalesce(i.revision = NEW.expected_revision, 1)
      AND NOT EXISTS (SELECT 1 FROM sessions WHERE id = NEW.id);

    -- Whoever is in line and wasn't there may have been passed over: they wait on this session now.
    INSERT INTO do_move_line (item_id, scope, cause)
    SELECT item_id, NEW.scope, NEW.cause FROM sessions
    WHERE id = NEW.id AND EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL);
END;

--- do_grant_if_free
-- Grants what somebody asks for, unless something is in the way of it.
CREATE VIEW do_grant_if_free AS
SELECT NULL AS id, NULL AS item_id, NULL AS user, NULL AS workstation_id, NULL AS context_level, NULL AS object_id,
       NULL AS ttl_seconds, NULL AS note, NULL AS scope, NULL AS cause WHERE 0;

--- do_grant_if_free_insert
CREATE TRIGGER do_grant_if_free_insert INSTEAD OF INSERT ON do_grant_if_free
WHEN NOT EXISTS (SELECT 1 FROM sessions_in_the_way
                 WHERE want = json_array(json_array(NEW.item_id, NEW.workstation_id, NEW.object_id, NULL, NEW.scope)))
 AND NOT EXISTS (SELECT 1 FROM requests_in_the_way
                 WHERE want = json_array(json_array(NEW.item_id, NEW.workstation_id, NEW.object_id, NULL, NEW.scope)))
 AND NOT EXISTS (SELECT 1 FROM reservations_in_the_way
                 WHERE want = json_array(json_array(NEW.item_id, NEW.workstation_id, NEW.object_id, NULL, NEW.scope)))
BEGIN
    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, note, origin, scope, cause)
    VALUES (NEW.id, NEW.item_id, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id, NEW.ttl_seconds, NEW.note,
            'acquired', NEW.scope, NEW.cause);
END;

--- do_renew
-- Without `ttl_seconds` or `note` the session keeps the one that it has; an empty note takes it back.
CREATE VIEW do_renew AS
SELECT NULL AS session_id, NULL AS part_number, NULL AS user, NULL AS ttl_seconds, NULL AS note, NULL AS cause WHERE 0;

--- do_renew_insert
CREATE TRIGGER do_renew_insert INSTEAD OF INSERT ON do_renew
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
 AND (NOT EXISTS (SELECT 1 FROM access_settings)
      OR NOT EXISTS (SELECT 1 FROM barred
                     WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number))))
BEGIN
    INSERT INTO do_expire (item_id, cause)
    VALUES ((SELECT item_id FROM sessions WHERE id = NEW.session_id), NEW.cause);

    INSERT INTO do_prolong (session_id, ttl_seconds, note, cause)
    VALUES (NEW.session_id, NEW.ttl_seconds, NEW.note, NEW.cause);
END;

--- do_prolong
-- Begins the time of an active session anew.
CREATE VIEW do_prolong AS SELECT NULL AS session_id, NULL AS ttl_seconds, NULL AS note, NULL AS cause WHERE 0;

--- do_prolong_insert
CREATE TRIGGER do_prolong_insert INSTEAD OF INSERT ON do_prolong
BEGIN
    UPDATE sessions
    SET renewed_at = (SELECT now FROM clock), active_at = (SELECT now FROM clock),
        ttl_seconds = coalesce(NEW.ttl_seconds, ttl_seconds), note = nullif(coalesce(NEW.note, note), ''),
        expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || coalesce(NEW.ttl_seconds, ttl_seconds) || ' seconds'),
        cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL AND expires_at > (SELECT now FROM clock);
END;

--- sessions_renewed
-- What is renewed together has one entry for all (see do_renew_locks).
CREATE TRIGGER sessions_renewed AFTER UPDATE OF renewed_at ON sessions
WHEN NEW.cause ->> '$.together' IS NULL
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.session_renewed', 'edit_session', NEW.id, NEW.item_id,
            json_object('user', NEW.user, 'note', NEW.note, 'expires_at', NEW.expires_at), NEW.cause);
END;

--- do_release
-- The item gets the revision that the holder names, if any.
CREATE VIEW do_release AS
SELECT NULL AS session_id, NULL AS part_number, NULL AS user, NULL AS revision, NULL AS cause WHERE 0;

--- do_release_insert
CREATE TRIGGER do_release_insert INSTEAD OF INSERT ON do_release
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
BEGIN
    INSERT INTO do_expire (item_id, cause)
    VALUES ((SELECT item_id FROM sessions WHERE id = NEW.session_id), NEW.cause);

    -- Before whoever is next gets it.
    UPDATE items SET revision = NEW.revision, cause = NEW.cause
    WHERE NEW.revision IS NOT NULL AND id = (SELECT item_id FROM active_sessions WHERE id = NEW.session_id);

    UPDATE sessions
    SET ended_at = (SELECT now FROM clock), end_reason = 'released', consequences = 1, cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL AND expires_at > (SELECT now FROM clock);
END;

--- items_revised
CREATE TRIGGER items_revised AFTER UPDATE OF revision ON items WHEN NEW.revision IS NOT OLD.revision
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('item.revised', 'item', NEW.id, NEW.id,
            json_object('revision', NEW.revision, 'old_revision', OLD.revision), NEW.cause);
END;

--- sessions_ended
-- Releasing is one thing, whoever causes it: everything that follows from the end of a session follows from here.
-- After a transfer the line advances once the new session stands (see do_transfer), and where several sessions on an
-- item have expired, once all of them have ended.
CREATE TRIGGER sessions_ended AFTER UPDATE OF consequences ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    INSERT INTO do_settle_draft (session_id, end_reason, cause) VALUES (NEW.id, NEW.end_reason, NEW.cause);

    INSERT INTO do_tell_forced (session_id, end_reason, cause) VALUES (NEW.id, NEW.end_reason, NEW.cause);

    INSERT INTO do_tell_end (session_id, cause) VALUES (NEW.id, NEW.cause);

    UPDATE approvals
    SET state = 'cancelled', is_open = 0, outcome = 'session_over', completed_at = (SELECT now FROM clock),
        cause = NEW.cause
    WHERE session_id = NEW.id AND is_open;

    UPDATE handoff_requests
    SET status = 'superseded', answered_at = (SELECT now FROM clock), cause = NEW.cause
    WHERE seq IN (SELECT seq FROM handoff_requests WHERE session_id = NEW.id AND status = 'pending' AND place IS NULL);

    INSERT INTO do_advance_line (item_id, scope, cause)
    VALUES (CASE WHEN NEW.end_reason <> 'transferred'
                  AND NOT EXISTS (SELECT 1 FROM sessions WHERE item_id = NEW.item_id AND ended_at IS NULL
                                                           AND expires_at <= (SELECT now FROM clock))
                 THEN NEW.item_id END, NEW.scope, NEW.cause);
END;

--- sessions_ended_plainly
-- Nothing but that it is told of.
CREATE TRIGGER sessions_ended_plainly AFTER UPDATE OF ended_at ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NEW.consequences IS NULL
BEGIN
    INSERT INTO do_tell_end (session_id, cause) VALUES (NEW.id, NEW.cause);
END;

--- do_tell_end
-- Those concerned, and the audit log. A transfer has an event of its own.
CREATE VIEW do_tell_end AS SELECT NULL AS session_id, NULL AS cause WHERE 0;

--- do_tell_end_insert
CREATE TRIGGER do_tell_end_insert INSTEAD OF INSERT ON do_tell_end
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT CASE end_reason WHEN 'expired' THEN 'edit.session_expired' WHEN 'transferred' THEN NULL
                           ELSE 'edit.session_released' END,
           item_id, 1, '[]',
           json_object('session_id', id, 'user', user, 'workstation_id', workstation_id, 'object_id', object_id,
                       'fence', fence), NEW.cause
    FROM sessions WHERE id = NEW.session_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT CASE end_reason WHEN 'force_released' THEN 'edit.force_released' ELSE 'edit.session_' || end_reason END,
           'edit_session', id, item_id,
           CASE end_reason
               WHEN 'force_released' THEN
                   json_object('admin', forced_by, 'reason', force_reason, 'holder', user, 'workstation_id', workstation_id,
                               'object_id', object_id, 'fence', fence, 'approval_id', approval_id,
                               'checkpoint_id', checkpoint_id)
               ELSE
                   json_object('user', user, 'workstation_id', workstation_id, 'object_id', object_id, 'fence', fence,
                               'new_session_id', successor_id) END,
           NEW.cause
    FROM sessions WHERE id = NEW.session_id;
END;

--- do_tell_forced
-- The holder hears who has force-released the session.
CREATE VIEW do_tell_forced AS SELECT NULL AS session_id, NULL AS end_reason, NULL AS cause WHERE 0;

--- do_tell_forced_insert
CREATE TRIGGER do_tell_forced_insert INSTEAD OF INSERT ON do_tell_forced
WHEN NEW.end_reason = 'force_released'
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.force_released', s.item_id, 0, json_array(s.workstation_id),
           json_object('item_id', s.item_id, 'part_number', i.part_number, 'session_id', s.id,
                       'admin', s.forced_by, 'reason', s.force_reason, 'original_holder', s.user,
                       'checkpoint_id', s.checkpoint_id), NEW.cause
    FROM sessions s JOIN items i ON i.id = s.item_id WHERE s.id = NEW.session_id;
END;

--- do_edit
-- Acquires, renews or releases, as `verb` says: one command for the three, so that whatever an instance is asked for at the
-- same time goes down in one statement. The columns are those of `do_acquire`, `do_renew` and `do_release`; `revision` is the
-- one that an acquire expects, or a release leaves.
CREATE VIEW do_edit AS
SELECT NULL AS verb, NULL AS session_id, NULL AS item_id, NULL AS part_number, NULL AS user, NULL AS workstation_id,
       NULL AS context_level, NULL AS object_id, NULL AS ttl_seconds, NULL AS note, NULL AS revision, NULL AS scope,
       NULL AS cause WHERE 0;

--- do_edit_acquire
CREATE TRIGGER do_edit_acquire INSTEAD OF INSERT ON do_edit WHEN NEW.verb = 'acquire'
BEGIN
    INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level, object_id, ttl_seconds, note,
                            expected_revision, scope, cause)
    VALUES (NEW.session_id, NEW.item_id, NEW.part_number, NEW.user, NEW.workstation_id, NEW.context_level,
            NEW.object_id, NEW.ttl_seconds, NEW.note, NEW.revision, NEW.scope, NEW.cause);
END;

--- do_edit_renew
CREATE TRIGGER do_edit_renew INSTEAD OF INSERT ON do_edit WHEN NEW.verb = 'renew'
BEGIN
    INSERT INTO do_renew (session_id, part_number, user, ttl_seconds, note, cause)
    VALUES (NEW.session_id, NEW.part_number, NEW.user, NEW.ttl_seconds, NEW.note, NEW.cause);
END;

--- do_edit_release
CREATE TRIGGER do_edit_release INSTEAD OF INSERT ON do_edit WHEN NEW.verb = 'release'
BEGIN
    INSERT INTO do_release (session_id, part_number, user, revision, cause)
    VALUES (NEW.session_id, NEW.part_number, NEW.user, NEW.revision, NEW.cause);
END;
