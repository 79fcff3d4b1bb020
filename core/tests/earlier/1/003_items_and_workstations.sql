-- Items, workstations and what they watch.

--- items_created
CREATE TRIGGER IF NOT EXISTS items_created AFTER INSERT ON items
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('item.created', 'item', NEW.id, NEW.id, '{}', NEW.cause);
END;

--- workstations_registered
CREATE TRIGGER IF NOT EXISTS workstations_registered AFTER INSERT ON workstations
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('workstation.registered', 'workstation', NEW.id,
            json_object('user', NEW.user, 'name', NEW.name, 'fingerprint', NEW.fingerprint), NEW.cause);
END;

--- workstations_renamed
CREATE TRIGGER IF NOT EXISTS workstations_renamed AFTER UPDATE OF name ON workstations WHEN NEW.name <> OLD.name
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('workstation.renamed', 'workstation', NEW.id,
            json_object('user', NEW.user, 'name', NEW.name, 'old_name', OLD.name), NEW.cause);
END;

--- do_remove_workstation
CREATE VIEW IF NOT EXISTS do_remove_workstation AS SELECT NULL AS id, NULL AS cause WHERE 0;

--- do_remove_workstation_insert
-- What waits for the workstation ends first, so that none of its own requests is granted one of its own sessions.
CREATE TRIGGER IF NOT EXISTS do_remove_workstation_insert INSTEAD OF INSERT ON do_remove_workstation
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.id)
BEGIN
    UPDATE handoff_requests
    SET status = 'cancelled', answered_at = (SELECT now FROM clock), cause = NEW.cause
    WHERE workstation_id = NEW.id AND status = 'pending';

    INSERT INTO do_expire (item_id, cause)
    SELECT DISTINCT item_id, NEW.cause FROM sessions WHERE workstation_id = NEW.id AND ended_at IS NULL;

    UPDATE sessions
    SET ended_at = (SELECT now FROM clock), end_reason = 'released', cause = NEW.cause
    WHERE workstation_id = NEW.id AND ended_at IS NULL;

    DELETE FROM subscriptions WHERE workstation_id = NEW.id;

    DELETE FROM deliveries WHERE workstation_id = NEW.id;

    INSERT INTO record (action, resource_type, resource_id, details, cause)
    SELECT 'workstation.deleted', 'workstation', id,
           json_object('user', user, 'name', name, 'fingerprint', fingerprint), NEW.cause
    FROM workstations WHERE id = NEW.id;

    DELETE FROM workstations WHERE id = NEW.id;
END;

--- do_watch
-- The one way to a subscription; it may be there already. (`INSERT OR IGNORE` would not do: the conflict clause of the
-- statement that fired a trigger overrides those within.)
CREATE VIEW IF NOT EXISTS do_watch AS SELECT NULL AS workstation_id, NULL AS item_id, NULL AS cause WHERE 0;

--- do_watch_insert
CREATE TRIGGER IF NOT EXISTS do_watch_insert INSTEAD OF INSERT ON do_watch
BEGIN
    INSERT INTO subscriptions (workstation_id, item_id, created_at, cause)
    SELECT NEW.workstation_id, NEW.item_id, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM subscriptions
                      WHERE workstation_id = NEW.workstation_id AND item_id = NEW.item_id);
END;

--- do_subscribe
-- The item comes into being if nobody has seen it before.
CREATE VIEW IF NOT EXISTS do_subscribe AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS item_id, NULL AS part_number, NULL AS cause WHERE 0;

--- do_subscribe_insert
CREATE TRIGGER IF NOT EXISTS do_subscribe_insert INSTEAD OF INSERT ON do_subscribe
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO items (id, part_number, created_at, cause)
    SELECT NEW.item_id, NEW.part_number, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = NEW.part_number);

    INSERT INTO do_watch (workstation_id, item_id, cause)
    SELECT NEW.workstation_id, id, NEW.cause FROM items WHERE part_number = NEW.part_number;
END;

--- subscriptions_created
CREATE TRIGGER IF NOT EXISTS subscriptions_created AFTER INSERT ON subscriptions
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('subscription.created', 'workstation', NEW.workstation_id, NEW.item_id, '{}', NEW.cause);
END;

--- do_unsubscribe
CREATE VIEW IF NOT EXISTS do_unsubscribe AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS part_number, NULL AS cause WHERE 0;

--- do_unsubscribe_insert
CREATE TRIGGER IF NOT EXISTS do_unsubscribe_insert INSTEAD OF INSERT ON do_unsubscribe
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'subscription.deleted', 'workstation', s.workstation_id, s.item_id, '{}', NEW.cause
    FROM subscriptions s JOIN items i ON i.id = s.item_id
    WHERE s.workstation_id = NEW.workstation_id AND i.part_number = NEW.part_number;

    DELETE FROM subscriptions
    WHERE workstation_id = NEW.workstation_id
      AND item_id = (SELECT id FROM items WHERE part_number = NEW.part_number);
END;
