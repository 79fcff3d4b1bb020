-- Items, workstations and what they watch.

--- items_created
CREATE TRIGGER items_created AFTER INSERT ON items
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('item.created', 'item', NEW.id, NEW.id,
            iif(NEW.repository IS NULL, '{}', json_object('repository', NEW.repository, 'path', NEW.path)), NEW.cause);
END;

--- workstations_registered
CREATE TRIGGER workstations_registered AFTER INSERT ON workstations
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('workstation.registered', 'workstation', NEW.id,
            json_object('user', NEW.user, 'name', NEW.name, 'fingerprint', NEW.fingerprint), NEW.cause);
END;

--- workstations_renamed
CREATE TRIGGER workstations_renamed AFTER UPDATE OF name ON workstations WHEN NEW.name <> OLD.name
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('workstation.renamed', 'workstation', NEW.id,
            json_object('user', NEW.user, 'name', NEW.name, 'old_name', OLD.name), NEW.cause);
END;

--- do_remove_workstation
-- Removes a workstation, step by step: one that holds much, or is watched by many, would hold up other writers for long. Each
-- step does what a bounded statement can; whoever gives the command gives it until the workstation is gone. It is for its
-- owner, and for others where it holds nothing: force-release is the one override.
CREATE VIEW do_remove_workstation AS SELECT NULL AS id, NULL AS cause WHERE 0;

--- do_remove_workstation_insert
-- What waits for the workstation ends first, so that none of its own requests is granted one of its own sessions.
CREATE TRIGGER do_remove_workstation_insert INSTEAD OF INSERT ON do_remove_workstation
WHEN EXISTS (SELECT 1 FROM workstations w WHERE w.id = NEW.id
             AND (w.user = NEW.cause ->> '$.actor'
                  OR NOT EXISTS (SELECT 1 FROM active_sessions s WHERE s.workstation_id = w.id)))
BEGIN
    UPDATE workstations SET leaving = 1 WHERE id = NEW.id;

    INSERT INTO do_withdraw (request_id, cause)
    SELECT id, NEW.cause FROM handoff_requests
    WHERE workstation_id = NEW.id AND status = 'pending' ORDER BY seq LIMIT 20;

    INSERT INTO do_withdraw_reservation (id, user, is_admin, cause)
    SELECT id, user, 0, NEW.cause FROM reservations WHERE workstation_id = NEW.id ORDER BY seq LIMIT 5;

    INSERT INTO do_leave (session_id, cause)
    SELECT id, NEW.cause
    FROM (SELECT id, seq, sum(heard) OVER (ORDER BY seq) - heard AS heard_before
          FROM (SELECT s.id, s.seq, 1 + (SELECT size FROM audiences a WHERE a.item_id = s.item_id) AS heard
                FROM sessions s WHERE s.workstation_id = NEW.id AND s.ended_at IS NULL ORDER BY s.seq LIMIT 100))
    WHERE heard_before < 4000
      AND NOT EXISTS (SELECT 1 FROM handoff_requests WHERE workstation_id = NEW.id AND status = 'pending')
    ORDER BY seq;

    INSERT INTO do_forget (workstation_id, item_id, cause)
    SELECT NEW.id, item_id, NEW.cause FROM subscriptions
    WHERE workstation_id = NEW.id
      AND NOT EXISTS (SELECT 1 FROM sessions WHERE workstation_id = NEW.id AND ended_at IS NULL)
    ORDER BY seq LIMIT 500;

    INSERT INTO do_forget_pattern (workstation_id, beginning, cause)
    SELECT NEW.id, beginning, NEW.cause FROM watch_patterns
    WHERE workstation_id = NEW.id
      AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE workstation_id = NEW.id)
    ORDER BY seq LIMIT 500;

    INSERT INTO do_forget_tree (workstation_id, item_id, cause)
    SELECT NEW.id, item_id, NEW.cause FROM tree_watches
    WHERE workstation_id = NEW.id
      AND NOT EXISTS (SELECT 1 FROM watch_patterns WHERE workstation_id = NEW.id)
    ORDER BY seq LIMIT 500;

    DELETE FROM deliveries
    WHERE workstation_id = NEW.id
      AND seq IN (SELECT seq FROM deliveries WHERE workstation_id = NEW.id ORDER BY seq LIMIT 4000)
      AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE workstation_id = NEW.id)
      AND NOT EXISTS (SELECT 1 FROM watch_patterns WHERE workstation_id = NEW.id)
      AND NOT EXISTS (SELECT 1 FROM tree_watches WHERE workstation_id = NEW.id);

    INSERT INTO record (action, resource_type, resource_id, details, cause)
    SELECT 'workstation.deleted', 'workstation', id,
           json_object('user', user, 'name', name, 'fingerprint', fingerprint), NEW.cause
    FROM workstations_left WHERE id = NEW.id;

    DELETE FROM workstations WHERE id = (SELECT id FROM workstations_left WHERE id = NEW.id);
END;

--- workstations_left
-- Of which nothing is left but themselves.
CREATE VIEW workstations_left AS
SELECT id, user, name, fingerprint FROM workstations w
WHERE NOT EXISTS (SELECT 1 FROM handoff_requests WHERE workstation_id = w.id AND status = 'pending')
  AND NOT EXISTS (SELECT 1 FROM reservations WHERE workstation_id = w.id)
  AND NOT EXISTS (SELECT 1 FROM sessions WHERE workstation_id = w.id AND ended_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE workstation_id = w.id)
  AND NOT EXISTS (SELECT 1 FROM watch_patterns WHERE workstation_id = w.id)
  AND NOT EXISTS (SELECT 1 FROM tree_watches WHERE workstation_id = w.id)
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE workstation_id = w.id);

--- do_leave
-- Ends one of several sessions, for its holder.
CREATE VIEW do_leave AS SELECT NULL AS session_id, NULL AS cause WHERE 0;

--- do_leave_insert
CREATE TRIGGER do_leave_insert INSTEAD OF INSERT ON do_leave
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    UPDATE sessions SET ended_at = (SELECT now FROM clock), end_reason = 'released', consequences = 1, cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL AND expires_at > (SELECT now FROM clock);
END;

--- do_forget
-- The one way out of a subscription.
CREATE VIEW do_forget AS SELECT NULL AS workstation_id, NULL AS item_id, NULL AS cause WHERE 0;

--- do_forget_insert
CREATE TRIGGER do_forget_insert INSTEAD OF INSERT ON do_forget
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('subscription.deleted', 'workstation', NEW.workstation_id, NEW.item_id, '{}', NEW.cause);

    DELETE FROM subscriptions WHERE workstation_id = NEW.workstation_id AND item_id = NEW.item_id;
END;

--- do_watch
-- The one way to a subscription; it may be there already. (`INSERT OR IGNORE` would not do: the conflict clause of the
-- statement that fired a trigger overrides those within.)
CREATE VIEW do_watch AS SELECT NULL AS workstation_id, NULL AS item_id, NULL AS cause WHERE 0;

--- do_watch_insert
CREATE TRIGGER do_watch_insert INSTEAD OF INSERT ON do_watch
BEGIN
    INSERT INTO subscriptions (workstation_id, item_id, created_at, cause)
    SELECT NEW.workstation_id, NEW.item_id, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM subscriptions
                      WHERE workstation_id = NEW.workstation_id AND item_id = NEW.item_id);
END;

--- do_subscribe
-- The item comes into being if nobody has seen it before. With `scope` `tree` the workstation watches all that it is made of, too.
CREATE VIEW do_subscribe AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS item_id, NULL AS part_number, NULL AS scope, NULL AS cause WHERE 0;

--- do_subscribe_insert
CREATE TRIGGER do_subscribe_insert INSTEAD OF INSERT ON do_subscribe
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
 AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number)))
BEGIN
    INSERT INTO items (id, part_number, created_at, cause)
    SELECT NEW.item_id, NEW.part_number, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = NEW.part_number);

    INSERT INTO do_watch (workstation_id, item_id, cause)
    SELECT NEW.workstation_id, id, NEW.cause FROM items WHERE part_number = NEW.part_number AND NEW.scope IS NOT 'tree';

    INSERT INTO do_watch_tree (workstation_id, item_id, cause)
    SELECT NEW.workstation_id, id, NEW.cause FROM items WHERE part_number = NEW.part_number AND NEW.scope = 'tree';
END;

--- subscriptions_created
CREATE TRIGGER subscriptions_created AFTER INSERT ON subscriptions
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('subscription.created', 'workstation', NEW.workstation_id, NEW.item_id, '{}', NEW.cause);
END;

--- do_unsubscribe
CREATE VIEW do_unsubscribe AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS part_number, NULL AS scope, NULL AS cause WHERE 0;

--- do_unsubscribe_insert
CREATE TRIGGER do_unsubscribe_insert INSTEAD OF INSERT ON do_unsubscribe
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
 AND NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number)))
BEGIN
    INSERT INTO do_forget (workstation_id, item_id, cause)
    SELECT s.workstation_id, s.item_id, NEW.cause
    FROM subscriptions s JOIN items i ON i.id = s.item_id
    WHERE s.workstation_id = NEW.workstation_id AND i.part_number = NEW.part_number AND NEW.scope IS NOT 'tree';

    INSERT INTO do_forget_tree (workstation_id, item_id, cause)
    SELECT t.workstation_id, t.item_id, NEW.cause
    FROM tree_watches t JOIN items i ON i.id = t.item_id
    WHERE t.workstation_id = NEW.workstation_id AND i.part_number = NEW.part_number AND NEW.scope = 'tree';
END;
