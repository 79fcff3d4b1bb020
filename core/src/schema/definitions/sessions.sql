-- Edit sessions. Two of different workstations conflict if either covers the whole item or both name the same object.
-- Every command on an item first records what has expired on it; from then on `ended_at IS NULL` means held.

--- sessions_guard
-- The commands ask before they grant; this holds even if one forgot.
CREATE TRIGGER sessions_guard BEFORE INSERT ON sessions
WHEN EXISTS (SELECT 1 FROM sessions s
             WHERE s.item_id = NEW.item_id AND s.ended_at IS NULL AND s.workstation_id <> NEW.workstation_id
               AND (s.object_id IS NULL OR NEW.object_id IS NULL OR s.object_id = NEW.object_id))
BEGIN
    SELECT RAISE(ABORT, 'the scope is held by another workstation');
END;

--- do_grant
-- The one way to a session: the item's fence grows, and the session carries it.
CREATE VIEW do_grant AS
SELECT NULL AS id, NULL AS item_id, NULL AS user, NULL AS workstation_id, NULL AS context_level, NULL AS object_id,
       NULL AS ttl_seconds, NULL AS origin, NULL AS cause WHERE 0;

--- do_grant_insert
CREATE TRIGGER do_grant_insert INSTEAD OF INSERT ON do_grant
BEGIN
    UPDATE items SET fence = fence + 1 WHERE id = NEW.item_id;

    INSERT INTO sessions (id, item_id, user, workstation_id, context_level, object_id, fence, ttl_seconds, origin,
                          acquired_at, renewed_at, expires_at, cause)
    SELECT NEW.id, NEW.item_id, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id, i.fence,
           NEW.ttl_seconds, NEW.origin, now, now,
           strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.ttl_seconds || ' seconds'), NEW.cause
    FROM items i, clock WHERE i.id = NEW.item_id;
END;

--- sessions_granted
-- Who holds a session watches its item. A transfer has an event of its own.
CREATE TRIGGER sessions_granted AFTER INSERT ON sessions
BEGIN
    INSERT INTO do_watch (workstation_id, item_id, cause) VALUES (NEW.workstation_id, NEW.item_id, NEW.cause);

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.session_acquired', NEW.item_id, 1, '[]',
           json_object('session_id', NEW.id, 'user', NEW.user, 'workstation_id', NEW.workstation_id,
                       'object_id', NEW.object_id, 'fence', NEW.fence), NEW.cause
    WHERE NEW.origin <> 'transferred';

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.session_acquired', 'edit_session', NEW.id, NEW.item_id,
            json_object('user', NEW.user, 'workstation_id', NEW.workstation_id, 'context_level', NEW.context_level,
                        'object_id', NEW.object_id, 'fence', NEW.fence, 'origin', NEW.origin,
                        'expires_at', NEW.expires_at), NEW.cause);
END;

--- do_expire
-- Records what has expired on one item.
CREATE VIEW do_expire AS SELECT NULL AS item_id, NULL AS cause WHERE 0;

--- do_expire_insert
CREATE TRIGGER do_expire_insert INSTEAD OF INSERT ON do_expire
BEGIN
    UPDATE sessions
    SET ended_at = expires_at, end_reason = 'expired', cause = json_set(NEW.cause, '$.actor', 'system')
    WHERE item_id = NEW.item_id AND ended_at IS NULL AND expires_at <= (SELECT now FROM clock);
END;

--- do_expire_all
-- Records what has expired anywhere.
CREATE VIEW do_expire_all AS SELECT NULL AS cause WHERE 0;

--- do_expire_all_insert
CREATE TRIGGER do_expire_all_insert INSTEAD OF INSERT ON do_expire_all
BEGIN
    UPDATE sessions
    SET ended_at = expires_at, end_reason = 'expired', cause = json_set(NEW.cause, '$.actor', 'system')
    WHERE ended_at IS NULL AND expires_at <= (SELECT now FROM clock);
END;

--- do_acquire
CREATE VIEW do_acquire AS
SELECT NULL AS id, NULL AS item_id, NULL AS part_number, NULL AS user, NULL AS workstation_id, NULL AS context_level,
       NULL AS object_id, NULL AS ttl_seconds, NULL AS cause WHERE 0;

--- do_acquire_insert
-- `item_id` is the one that the item gets if nobody has seen it before.
CREATE TRIGGER do_acquire_insert INSTEAD OF INSERT ON do_acquire
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO items (id, part_number, created_at, cause)
    SELECT NEW.item_id, NEW.part_number, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = NEW.part_number);

    INSERT INTO do_expire (item_id, cause)
    SELECT id, NEW.cause FROM items WHERE part_number = NEW.part_number;

    UPDATE sessions
    SET renewed_at = (SELECT now FROM clock), ttl_seconds = NEW.ttl_seconds,
        expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.ttl_seconds || ' seconds'), cause = NEW.cause
    WHERE item_id = (SELECT id FROM items WHERE part_number = NEW.part_number) AND ended_at IS NULL
      AND workstation_id = NEW.workstation_id AND object_id IS NEW.object_id;

    INSERT INTO do_grant (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, origin, cause)
    SELECT NEW.id, i.id, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id, NEW.ttl_seconds,
           'acquired', NEW.cause
    FROM items i
    WHERE i.part_number = NEW.part_number
      AND NOT EXISTS (SELECT 1 FROM sessions s
                      WHERE s.item_id = i.id AND s.ended_at IS NULL
                        AND CASE WHEN s.workstation_id = NEW.workstation_id THEN s.object_id IS NEW.object_id
                                 ELSE s.object_id IS NULL OR NEW.object_id IS NULL OR s.object_id = NEW.object_id
                            END);
END;

--- do_renew
-- Without `ttl_seconds` the session keeps the one that it has.
CREATE VIEW do_renew AS
SELECT NULL AS session_id, NULL AS part_number, NULL AS user, NULL AS ttl_seconds, NULL AS cause WHERE 0;

--- do_renew_insert
CREATE TRIGGER do_renew_insert INSTEAD OF INSERT ON do_renew
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    UPDATE sessions
    SET renewed_at = (SELECT now FROM clock), ttl_seconds = coalesce(NEW.ttl_seconds, ttl_seconds),
        expires_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || coalesce(NEW.ttl_seconds, ttl_seconds) || ' seconds'),
        cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL;
END;

--- sessions_renewed
CREATE TRIGGER sessions_renewed AFTER UPDATE OF renewed_at ON sessions
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.session_renewed', 'edit_session', NEW.id, NEW.item_id,
            json_object('user', NEW.user, 'expires_at', NEW.expires_at), NEW.cause);
END;

--- do_release
CREATE VIEW do_release AS
SELECT NULL AS session_id, NULL AS part_number, NULL AS user, NULL AS cause WHERE 0;

--- do_release_insert
CREATE TRIGGER do_release_insert INSTEAD OF INSERT ON do_release
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    UPDATE sessions SET ended_at = (SELECT now FROM clock), end_reason = 'released', cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL;
END;

--- sessions_ended
-- Releasing is one thing, whoever causes it: everything that follows from the end of a session follows from here.
-- After a transfer the line advances once the new session stands (see handoff_accepted).
CREATE TRIGGER sessions_ended AFTER UPDATE OF ended_at ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT 'edit.force_released', NEW.item_id, 0, json_array(NEW.workstation_id),
           json_object('item_id', NEW.item_id, 'part_number', i.part_number, 'session_id', NEW.id,
                       'admin', NEW.forced_by, 'reason', NEW.force_reason, 'original_holder', NEW.user,
                       'checkpoint_id', NEW.checkpoint_id), NEW.cause
    FROM items i WHERE i.id = NEW.item_id AND NEW.end_reason = 'force_released';

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT CASE NEW.end_reason WHEN 'expired' THEN 'edit.session_expired' ELSE 'edit.session_released' END,
           NEW.item_id, 1, '[]',
           json_object('session_id', NEW.id, 'user', NEW.user, 'workstation_id', NEW.workstation_id,
                       'object_id', NEW.object_id, 'fence', NEW.fence), NEW.cause
    WHERE NEW.end_reason <> 'transferred';

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES (CASE NEW.end_reason WHEN 'force_released' THEN 'edit.force_released'
                                ELSE 'edit.session_' || NEW.end_reason END,
            'edit_session', NEW.id, NEW.item_id,
            CASE NEW.end_reason
                WHEN 'force_released' THEN
                    json_object('admin', NEW.forced_by, 'reason', NEW.force_reason, 'holder', NEW.user,
                                'workstation_id', NEW.workstation_id, 'object_id', NEW.object_id, 'fence', NEW.fence,
                                'approval_id', NEW.approval_id, 'checkpoint_id', NEW.checkpoint_id)
                ELSE
                    json_object('user', NEW.user, 'workstation_id', NEW.workstation_id, 'object_id', NEW.object_id,
                                'fence', NEW.fence, 'new_session_id', NEW.successor_id) END,
            NEW.cause);

    DELETE FROM drafts WHERE session_id = NEW.id;

    INSERT INTO do_advance_line (session_id, cause)
    SELECT NEW.id, NEW.cause WHERE NEW.end_reason <> 'transferred';
END;

--- do_edit
-- Acquires, renews or releases, as `verb` says: one command for the three, so that whatever an instance is asked for at the
-- same time goes down in one statement. The columns are those of `do_acquire`, `do_renew` and `do_release`.
CREATE VIEW do_edit AS
SELECT NULL AS verb, NULL AS session_id, NULL AS item_id, NULL AS part_number, NULL AS user, NULL AS workstation_id,
       NULL AS context_level, NULL AS object_id, NULL AS ttl_seconds, NULL AS cause WHERE 0;

--- do_edit_acquire
CREATE TRIGGER do_edit_acquire INSTEAD OF INSERT ON do_edit WHEN NEW.verb = 'acquire'
BEGIN
    INSERT INTO do_acquire (id, item_id, part_number, user, workstation_id, context_level, object_id, ttl_seconds, cause)
    VALUES (NEW.session_id, NEW.item_id, NEW.part_number, NEW.user, NEW.workstation_id, NEW.context_level,
            NEW.object_id, NEW.ttl_seconds, NEW.cause);
END;

--- do_edit_renew
CREATE TRIGGER do_edit_renew INSTEAD OF INSERT ON do_edit WHEN NEW.verb = 'renew'
BEGIN
    INSERT INTO do_renew (session_id, part_number, user, ttl_seconds, cause)
    VALUES (NEW.session_id, NEW.part_number, NEW.user, NEW.ttl_seconds, NEW.cause);
END;

--- do_edit_release
CREATE TRIGGER do_edit_release INSTEAD OF INSERT ON do_edit WHEN NEW.verb = 'release'
BEGIN
    INSERT INTO do_release (session_id, part_number, user, cause)
    VALUES (NEW.session_id, NEW.part_number, NEW.user, NEW.cause);
END;
