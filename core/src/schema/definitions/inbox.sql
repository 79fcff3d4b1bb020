-- The inbox: what concerns a person, wherever they sit. `emit` writes it.

--- do_put_into_inboxes
-- An event into the inboxes of the users of these workstations (a JSON array), once for each.
CREATE VIEW do_put_into_inboxes AS SELECT NULL AS workstations, NULL AS seq WHERE 0;

--- do_put_into_inboxes_insert
CREATE TRIGGER do_put_into_inboxes_insert INSTEAD OF INSERT ON do_put_into_inboxes
WHEN NEW.workstations <> '[]'
BEGIN
    INSERT INTO inbox (user, seq)
    SELECT DISTINCT w.user, NEW.seq FROM json_each(NEW.workstations) AS named JOIN workstations w ON w.id = named.value;
END;

--- inbox_entries
-- What is kept and not muted. An entry that wasn't marked by itself was read with the first mark at or after it.
CREATE VIEW inbox_entries AS
SELECT user, seq, part_number, is_unread, priority,
       json_set(document, '$.read_at', read_at, '$.priority', priority) AS document
FROM (SELECT n.user, n.seq, e.part_number, e.document,
             n.read_at IS NULL
             AND n.seq > coalesce((SELECT max(through) FROM inbox_marks m WHERE m.user = n.user), 0) AS is_unread,
             coalesce(n.read_at, (SELECT m.read_at FROM inbox_marks m
                                  WHERE m.user = n.user AND m.through >= n.seq ORDER BY m.through LIMIT 1)) AS read_at,
             iif(e.type IN ('edit.handoff_requested', 'edit.force_released', 'approval.created'), 'high', 'normal')
             AS priority
      FROM inbox n JOIN event_documents e ON e.seq = n.seq
      WHERE n.seq > (SELECT pruned_through FROM log_horizon)
        AND NOT EXISTS (SELECT 1 FROM preferences p, json_each(p.muted) muted
                        WHERE p.user = n.user AND e.type GLOB muted.value));

--- do_read_inbox
-- Marks what the JSON array `ids` names, or all up to `through`, as read.
CREATE VIEW do_read_inbox AS
SELECT NULL AS user, NULL AS ids, NULL AS through, NULL AS cause WHERE 0;

--- do_read_inbox_insert
-- Nothing is marked that hasn't happened yet.
CREATE TRIGGER do_read_inbox_insert INSTEAD OF INSERT ON do_read_inbox
BEGIN
    UPDATE inbox SET read_at = (SELECT now FROM clock)
    WHERE user = NEW.user AND seq IN (SELECT value FROM json_each(NEW.ids)) AND read_at IS NULL
      AND seq > coalesce((SELECT max(through) FROM inbox_marks WHERE user = NEW.user), 0);

    INSERT INTO inbox_marks (user, through, read_at)
    SELECT NEW.user, min(NEW.through, h.seq), c.now FROM log_head h, clock c
    WHERE NEW.through IS NOT NULL
      AND min(NEW.through, h.seq)
          > coalesce((SELECT max(through) FROM inbox_marks WHERE user = NEW.user), 0);

    -- A mark that all that is kept lies behind says nothing any more, but for the newest one.
    DELETE FROM inbox_marks
    WHERE user = NEW.user AND through <= (SELECT pruned_through FROM log_horizon)
      AND through < (SELECT max(through) FROM inbox_marks WHERE user = NEW.user);

    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('inbox.read', 'user', NEW.user, json_object('ids', json(NEW.ids), 'through', CAST(NEW.through AS TEXT)), NEW.cause);
END;

--- preferences_set
CREATE TRIGGER preferences_set AFTER INSERT ON preferences
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('preferences.set', 'user', NEW.user, json_object('muted', json(NEW.muted)), NEW.cause);
END;

--- preferences_changed
CREATE TRIGGER preferences_changed AFTER UPDATE ON preferences
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('preferences.set', 'user', NEW.user,
            json_object('muted', json(NEW.muted), 'old_muted', json(OLD.muted)), NEW.cause);
END;
