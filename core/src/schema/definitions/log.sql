-- The two logs. Triggers write to them through the views `emit` and `record`, so that who hears of an event and
-- what an audit row holds is settled in one place.

--- emit
-- One event: to the item's watchers (`watchers` = 1; those by a tree or a pattern, too) and to the workstations in the JSON array `workstations`. None if its type
-- is null.
CREATE VIEW emit AS
SELECT NULL AS type, NULL AS item_id, NULL AS watchers, NULL AS workstations, NULL AS data, NULL AS cause WHERE 0;

--- emit_insert
CREATE TRIGGER emit_insert INSTEAD OF INSERT ON emit
WHEN NEW.type IS NOT NULL
BEGIN
    INSERT INTO events (type, time, item_id, part_number, data, change_id)
    VALUES (NEW.type, (SELECT now FROM clock), NEW.item_id, (SELECT part_number FROM items WHERE id = NEW.item_id), NEW.data,
            NEW.cause ->> '$.change');

    INSERT INTO deliveries (workstation_id, seq)
    SELECT recipient, (SELECT max(seq) FROM events)
    FROM (SELECT workstation_id AS recipient FROM subscriptions WHERE NEW.watchers AND item_id = NEW.item_id
          UNION
          SELECT w.id FROM json_each(NEW.workstations) AS named JOIN workstations w ON w.id = named.value);

    INSERT INTO do_tell_trees (item_id, watchers, seq)
    SELECT NEW.item_id, NEW.watchers, (SELECT max(seq) FROM events) WHERE EXISTS (SELECT 1 FROM tree_watches);

    INSERT INTO do_tell_patterns (item_id, watchers, seq) VALUES (NEW.item_id, NEW.watchers, (SELECT max(seq) FROM events));

    INSERT INTO do_put_into_inboxes (workstations, seq) VALUES (NEW.workstations, (SELECT max(seq) FROM events));
END;

--- record
-- One audit row.
CREATE VIEW record AS
SELECT NULL AS action, NULL AS resource_type, NULL AS resource_id, NULL AS item_id, NULL AS details, NULL AS cause
WHERE 0;

--- record_insert
CREATE TRIGGER record_insert INSTEAD OF INSERT ON record
BEGIN
    INSERT INTO audit (time, actor, action, resource_type, resource_id, part_number, details, request_id, ip)
    VALUES ((SELECT now FROM clock), NEW.cause ->> '$.actor', NEW.action, NEW.resource_type, NEW.resource_id,
            (SELECT part_number FROM items WHERE id = NEW.item_id), NEW.details,
            NEW.cause ->> '$.request_id', NEW.cause ->> '$.ip');
END;

--- do_prune
-- Forgets events from before `before`: first up to `batch` of them are no longer there for anybody, then up to `batch`
-- deliveries of such events go, and those events that have none left. So it takes as long for an event that thousands heard
-- of as for one that nobody did; what is left goes with the next batch.
--
-- An event's time is that of a clock, which may have been wrong. One from the future says nothing about what comes after it, and is
-- itself old only if something after it is: the clock may have been set back just now. What was written after an event that is
-- not old is not old either, whatever its time.
--
-- What is to be sent to webhooks is written down before; what has yet to be sent keeps its event by itself.
CREATE VIEW do_prune AS SELECT NULL AS before, NULL AS batch WHERE 0;

--- do_prune_insert
CREATE TRIGGER do_prune_insert INSTEAD OF INSERT ON do_prune
BEGIN
    INSERT INTO do_fan_out (batch) VALUES (NEW.batch);

    UPDATE log_horizon
    SET pruned_through = coalesce((
        SELECT max(seq)
        FROM (SELECT seq, time FROM events WHERE seq > pruned_through ORDER BY seq LIMIT NEW.batch)
        WHERE seq < coalesce((SELECT seq
                              FROM (SELECT seq, time FROM events WHERE seq > pruned_through ORDER BY seq LIMIT NEW.batch)
                              WHERE time >= NEW.before AND time <= (SELECT now FROM clock) ORDER BY seq LIMIT 1),
                             9223372036854775807)
          AND (time < NEW.before
               OR seq < (SELECT seq
                         FROM (SELECT seq, time FROM events WHERE seq > pruned_through AND time <= (SELECT now FROM clock)
                               ORDER BY seq LIMIT 1)
                         WHERE time < NEW.before))
          AND (seq <= (SELECT through FROM webhook_progress) OR NOT EXISTS (SELECT 1 FROM webhooks WHERE enabled))),
        pruned_through);

    DELETE FROM deliveries
    WHERE (workstation_id, seq) IN (SELECT workstation_id, seq FROM deliveries
                                    WHERE seq <= (SELECT pruned_through FROM log_horizon) ORDER BY seq LIMIT NEW.batch);

    DELETE FROM inbox
    WHERE (user, seq) IN (SELECT user, seq FROM inbox
                          WHERE seq <= (SELECT pruned_through FROM log_horizon) ORDER BY seq LIMIT NEW.batch);

    INSERT INTO do_prune_webhooks (batch) VALUES (NEW.batch);

    DELETE FROM events
    WHERE seq IN (SELECT seq FROM events WHERE seq <= (SELECT pruned_through FROM log_horizon) ORDER BY seq LIMIT NEW.batch)
      AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.seq = events.seq)
      AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.seq = events.seq);
END;
