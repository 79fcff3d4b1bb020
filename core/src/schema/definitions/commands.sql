-- Commands to workstations: what a client is asked to do, and what has become of that. Each reaches one end: `done`, `failed`
-- or `expired`.

--- command_documents
-- One that has expired counts as such from that instant on, whether that has been recorded or not.
CREATE VIEW command_documents AS
SELECT c.id, c.user, c.sender, c.state,
       json_object('id', c.id, 'workstation_id', c.workstation_id, 'type', c.type, 'data', json(c.data),
       'sender', c.sender, 'state', c.state, 'message', c.message, 'created_at', c.created_at, 'sent_at', c.sent_at,
       'acknowledged_at', c.acknowledged_at, 'ended_at', c.ended_at, 'expires_at', c.expires_at) AS document
FROM (SELECT id, workstation_id, user, type, data, sender, message, created_at, sent_at, acknowledged_at, expires_at,
             iif(is_due, 'expired', state) AS state, iif(is_due, expires_at, ended_at) AS ended_at
      FROM (SELECT *, ended_at IS NULL AND expires_at <= (SELECT now FROM clock) AS is_due FROM commands)) c;

--- commands_due
-- Those that have expired without anybody having recorded it.
CREATE VIEW commands_due AS
SELECT id, item_id, expires_at FROM commands WHERE ended_at IS NULL AND expires_at <= (SELECT now FROM clock);

--- commanders
-- Who may command a workstation, besides admins: its user, and the leads of what it holds.
CREATE VIEW commanders AS
SELECT id AS workstation_id, user FROM workstations
UNION ALL
SELECT s.workstation_id, m.user
FROM sessions s CROSS JOIN items i ON i.id = s.item_id CROSS JOIN team_members m
WHERE s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock) AND m.lead
  AND EXISTS (SELECT 1 FROM led WHERE want = json_array(json_array(m.user, i.part_number)));

--- do_command
-- A workstation has no more than `most` open commands.
CREATE VIEW do_command AS
SELECT NULL AS id, NULL AS workstation_id, NULL AS user, NULL AS is_admin, NULL AS type, NULL AS data,
       NULL AS expires_in_seconds, NULL AS most, NULL AS cause WHERE 0;

--- do_command_insert
CREATE TRIGGER do_command_insert INSTEAD OF INSERT ON do_command
WHEN NEW.is_admin OR EXISTS (SELECT 1 FROM commanders WHERE workstation_id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO do_end_command (command_id, state, message, cause)
    SELECT id, 'expired', NULL, NEW.cause FROM commands
    WHERE workstation_id = NEW.workstation_id AND ended_at IS NULL AND expires_at <= (SELECT now FROM clock) LIMIT 20;

    INSERT INTO commands (id, workstation_id, user, sender, type, data, state, created_at, expires_at, cause)
    SELECT NEW.id, w.id, w.user, NEW.user, NEW.type, NEW.data, 'pending', now,
           strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.expires_in_seconds || ' seconds'), NEW.cause
    FROM workstations w, clock
    WHERE w.id = NEW.workstation_id AND NOT w.leaving
      AND (SELECT count(*) FROM commands o WHERE o.workstation_id = w.id AND o.ended_at IS NULL) < NEW.most;
END;

--- do_save_first
-- The holder of a session is commanded to save; when that is over the session is force-released (see `commands_ended`). Where
-- the holder has been commanded to already, that command stands.
CREATE VIEW do_save_first AS
SELECT NULL AS command_id, NULL AS session_id, NULL AS part_number, NULL AS admin, NULL AS reason, NULL AS approval_id,
       NULL AS save_seconds, NULL AS cause WHERE 0;

--- do_save_first_insert
CREATE TRIGGER do_save_first_insert INSTEAD OF INSERT ON do_save_first
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number)
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    INSERT INTO commands (id, workstation_id, user, sender, type, data, state, session_id, item_id, release, created_at,
                          expires_at, cause)
    SELECT NEW.command_id, s.workstation_id, s.user, NEW.admin, 'save',
           json_object('session_id', s.id, 'part_number', s.part_number, 'admin', NEW.admin, 'reason', NEW.reason),
           'pending', s.id, s.item_id,
           json_object('admin', NEW.admin, 'reason', NEW.reason, 'approval_id', NEW.approval_id), now,
           strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.save_seconds || ' seconds'), NEW.cause
    FROM active_sessions s, clock
    WHERE s.id = NEW.session_id
      AND NOT EXISTS (SELECT 1 FROM commands o WHERE o.session_id = s.id AND o.ended_at IS NULL);

    UPDATE commands SET release = json_set(release, '$.approval_id', NEW.approval_id)
    WHERE session_id = NEW.session_id AND ended_at IS NULL AND NEW.approval_id IS NOT NULL;
END;

--- commands_given
CREATE TRIGGER commands_given AFTER INSERT ON commands
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    VALUES ('workstation.command', NEW.item_id, 0, json_array(NEW.workstation_id),
            json_object('command_id', NEW.id, 'type', NEW.type, 'data', json(NEW.data)), NEW.cause);

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('workstation.command', 'command', NEW.id, NEW.item_id,
            json_object('workstation_id', NEW.workstation_id, 'user', NEW.user, 'type', NEW.type, 'data', json(NEW.data),
                        'expires_at', NEW.expires_at), NEW.cause);
END;

--- do_note_sent
-- Notes that a workstation has been told of commands, a JSON array of their ids.
CREATE VIEW do_note_sent AS SELECT NULL AS workstation_id, NULL AS command_ids, NULL AS cause WHERE 0;

--- do_note_sent_insert
CREATE TRIGGER do_note_sent_insert INSTEAD OF INSERT ON do_note_sent
BEGIN
    UPDATE commands SET state = 'sent', sent_at = (SELECT now FROM clock), cause = NEW.cause
    WHERE id IN (SELECT value FROM json_each(NEW.command_ids)) AND workstation_id = NEW.workstation_id
      AND state = 'pending' AND expires_at > (SELECT now FROM clock);
END;

--- do_answer_command
-- What the workstation says: `acknowledged`, `done` or `failed`.
CREATE VIEW do_answer_command AS
SELECT NULL AS command_id, NULL AS user, NULL AS state, NULL AS message, NULL AS cause WHERE 0;

--- do_answer_command_insert
CREATE TRIGGER do_answer_command_insert INSTEAD OF INSERT ON do_answer_command
WHEN EXISTS (SELECT 1 FROM commands WHERE id = NEW.command_id AND user = NEW.user)
BEGIN
    INSERT INTO do_end_command (command_id, state, message, cause)
    SELECT id, 'expired', NULL, NEW.cause FROM commands_due WHERE id = NEW.command_id;

    UPDATE commands
    SET state = 'acknowledged', acknowledged_at = coalesce(acknowledged_at, (SELECT now FROM clock)),
        message = coalesce(NEW.message, message), cause = NEW.cause
    WHERE id = NEW.command_id AND NEW.state = 'acknowledged' AND ended_at IS NULL;

    INSERT INTO do_end_command (command_id, state, message, cause)
    SELECT NEW.command_id, NEW.state, NEW.message, NEW.cause WHERE NEW.state <> 'acknowledged';
END;

--- do_end_command
-- The one way to an end. Nobody has expired a command, and it counts against nobody's limits.
CREATE VIEW do_end_command AS
SELECT NULL AS command_id, NULL AS state, NULL AS message, NULL AS cause WHERE 0;

--- do_end_command_insert
CREATE TRIGGER do_end_command_insert INSTEAD OF INSERT ON do_end_command
BEGIN
    UPDATE commands
    SET state = NEW.state, message = coalesce(NEW.message, message),
        ended_at = iif(NEW.state = 'expired', expires_at, (SELECT now FROM clock)),
        cause = iif(NEW.state = 'expired', json_remove(json_set(NEW.cause, '$.actor', 'system'), '$.rate', '$.quota'),
                    NEW.cause)
    WHERE id = NEW.command_id AND ended_at IS NULL;
END;

--- commands_progress
CREATE TRIGGER commands_progress AFTER UPDATE OF state ON commands
WHEN NEW.ended_at IS NULL AND NEW.state <> OLD.state
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('workstation.command_' || NEW.state, 'command', NEW.id, NEW.item_id,
            json_object('workstation_id', NEW.workstation_id, 'user', NEW.user, 'type', NEW.type, 'message', NEW.message),
            NEW.cause);
END;

--- commands_ended
-- Who sent it hears of it, wherever they sit. The session of an admin who let the holder save first ends with it, by order of
-- that admin.
CREATE TRIGGER commands_ended AFTER UPDATE OF ended_at ON commands
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    VALUES ('workstation.command_done', NEW.item_id, 0,
            (SELECT json_group_array(id) FROM workstations WHERE user = NEW.sender),
            json_object('command_id', NEW.id, 'state', NEW.state, 'message', NEW.message), NEW.cause);

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('workstation.command_done', 'command', NEW.id, NEW.item_id,
            json_object('workstation_id', NEW.workstation_id, 'user', NEW.user, 'type', NEW.type, 'state', NEW.state,
                        'message', NEW.message), NEW.cause);

    INSERT INTO do_force_release (session_id, part_number, admin, reason, approval_id, cause)
    SELECT s.id, s.part_number, NEW.release ->> '$.admin', NEW.release ->> '$.reason', NEW.release ->> '$.approval_id',
           NEW.cause
    FROM active_sessions s WHERE s.id = NEW.session_id AND NEW.release IS NOT NULL;

    UPDATE approvals
    SET outcome = iif((SELECT end_reason FROM sessions WHERE id = NEW.session_id) = 'force_released',
                      'session_released', 'session_over'), cause = NEW.cause
    WHERE id = NEW.release ->> '$.approval_id' AND outcome = 'session_saving';
END;

--- do_expire_commands
-- With what time has brought about on an item: a session ends here whose holder was to save first.
CREATE TRIGGER do_expire_commands INSTEAD OF INSERT ON do_expire
WHEN EXISTS (SELECT 1 FROM commands_due WHERE item_id = NEW.item_id)
BEGIN
    INSERT INTO do_end_command (command_id, state, message, cause)
    SELECT id, 'expired', NULL, NEW.cause FROM commands_due WHERE item_id = NEW.item_id
    ORDER BY expires_at
    LIMIT (SELECT max(1, 4000 / (1 + size)) FROM audiences WHERE item_id = NEW.item_id);
END;

--- do_expire_all_commands
-- The same anywhere, as much as some 4,000 watchers hear of.
CREATE TRIGGER do_expire_all_commands INSTEAD OF INSERT ON do_expire_all
WHEN EXISTS (SELECT 1 FROM commands_due)
BEGIN
    INSERT INTO do_end_command (command_id, state, message, cause)
    SELECT id, 'expired', NULL, NEW.cause
    FROM (SELECT id, expires_at, sum(heard) OVER (ORDER BY expires_at, id) - heard AS heard_before
          FROM (SELECT c.id, c.expires_at,
                       1 + coalesce((SELECT size FROM audiences a WHERE a.item_id = c.item_id), 0) AS heard
                FROM commands_due c ORDER BY c.expires_at LIMIT 100))
    WHERE heard_before < 4000 ORDER BY expires_at, id;
END;

--- sessions_ended_commands
-- A session that ends before its holder has saved leaves nothing to be released.
CREATE TRIGGER sessions_ended_commands AFTER UPDATE OF consequences ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
 AND EXISTS (SELECT 1 FROM commands WHERE session_id = NEW.id AND ended_at IS NULL)
BEGIN
    INSERT INTO do_end_command (command_id, state, message, cause)
    SELECT id, 'failed', 'the edit session is over: ' || NEW.end_reason, NEW.cause
    FROM commands WHERE session_id = NEW.id AND ended_at IS NULL;
END;

--- do_remove_workstation_commands
-- Nobody obeys any more.
CREATE TRIGGER do_remove_workstation_commands INSTEAD OF INSERT ON do_remove_workstation
WHEN EXISTS (SELECT 1 FROM commands c WHERE c.workstation_id = NEW.id AND c.ended_at IS NULL
             AND (c.user = NEW.cause ->> '$.actor'
                  OR NOT EXISTS (SELECT 1 FROM active_sessions s WHERE s.workstation_id = c.workstation_id)))
BEGIN
    INSERT INTO do_end_command (command_id, state, message, cause)
    SELECT id, 'failed', 'the workstation has been removed', NEW.cause
    FROM commands WHERE workstation_id = NEW.id AND ended_at IS NULL AND session_id IS NULL;
END;

--- do_prune_commands
-- What is over is forgotten as events are.
CREATE TRIGGER do_prune_commands INSTEAD OF INSERT ON do_prune
BEGIN
    DELETE FROM commands
    WHERE seq IN (SELECT seq FROM commands WHERE ended_at IS NOT NULL AND ended_at < NEW.before
                  ORDER BY ended_at LIMIT NEW.batch);
END;
