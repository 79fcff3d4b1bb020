-- Sessions whose holder hasn't been at them for long: announced once, until the holder is at them again.

--- stale_sessions
-- Those of which it hasn't been announced yet, by `active_at`. Which of them are stale is a setting, and so up to who asks.
CREATE VIEW stale_sessions AS
SELECT seq, id, item_id, active_at FROM sessions
WHERE ended_at IS NULL AND stale_told IS NOT active_at AND expires_at > (SELECT now FROM clock);

--- do_tell_stale
-- Announces those that nobody has been at since `before`, as many as some 4,000 watchers hear of. What is left comes next.
CREATE VIEW do_tell_stale AS SELECT NULL AS before, NULL AS cause WHERE 0;

--- do_tell_stale_insert
CREATE TRIGGER do_tell_stale_insert INSTEAD OF INSERT ON do_tell_stale
BEGIN
    INSERT INTO do_tell_stale_session (session_id, cause)
    SELECT id, NEW.cause
    FROM (SELECT id, active_at, seq, sum(heard) OVER (ORDER BY active_at, seq) - heard AS heard_before
          FROM (SELECT s.id, s.active_at, s.seq, 1 + (SELECT size FROM audiences a WHERE a.item_id = s.item_id) AS heard
                FROM stale_sessions s WHERE s.active_at <= NEW.before ORDER BY s.active_at, s.seq LIMIT 100))
    WHERE heard_before < 4000 ORDER BY active_at, seq;
END;

--- do_tell_stale_session
CREATE VIEW do_tell_stale_session AS SELECT NULL AS session_id, NULL AS cause WHERE 0;

--- do_tell_stale_session_insert
CREATE TRIGGER do_tell_stale_session_insert INSTEAD OF INSERT ON do_tell_stale_session
BEGIN
    UPDATE sessions SET stale_told = active_at, cause = NEW.cause WHERE id = NEW.session_id;
END;

--- sessions_stale
-- It concerns who watches, who holds it, and who has asked for it.
CREATE TRIGGER sessions_stale AFTER UPDATE OF stale_told ON sessions
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    VALUES ('edit.session_stale', NEW.item_id, 1,
            (SELECT json_group_array(id)
             FROM (SELECT NEW.workstation_id AS id
                   UNION
                   SELECT w.id FROM handoff_requests r JOIN workstations w
                     ON w.id = r.workstation_id OR (r.workstation_id IS NULL AND w.user = r.requester)
                   WHERE r.session_id = NEW.id AND r.status = 'pending')),
            json_object('session_id', NEW.id, 'user', NEW.user, 'workstation_id', NEW.workstation_id,
                        'object_id', NEW.object_id, 'fence', NEW.fence, 'active_at', NEW.active_at), NEW.cause);

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('edit.session_stale', 'edit_session', NEW.id, NEW.item_id,
            json_object('user', NEW.user, 'workstation_id', NEW.workstation_id, 'object_id', NEW.object_id,
                        'fence', NEW.fence, 'active_at', NEW.active_at), NEW.cause);
END;
