-- The two logs. Triggers write to them through the views `emit` and `record`, so that who hears of an event and
-- what an audit row holds is settled in one place.

--- emit
-- One event: to the item's watchers (`watchers` = 1) and to the workstations in the JSON array `workstations`.
CREATE VIEW IF NOT EXISTS emit AS
SELECT NULL AS type, NULL AS item_id, NULL AS watchers, NULL AS workstations, NULL AS data, NULL AS cause WHERE 0;

--- emit_insert
CREATE TRIGGER IF NOT EXISTS emit_insert INSTEAD OF INSERT ON emit
BEGIN
    INSERT INTO events (type, time, item_id, part_number, data, change_id)
    SELECT NEW.type, now, NEW.item_id, (SELECT part_number FROM items WHERE id = NEW.item_id), NEW.data,
           NEW.cause ->> '$.change'
    FROM clock;

    INSERT INTO deliveries (workstation_id, seq)
    SELECT recipient, (SELECT max(seq) FROM events)
    FROM (SELECT workstation_id AS recipient FROM subscriptions WHERE NEW.watchers AND item_id = NEW.item_id
          UNION
          SELECT w.id FROM json_each(NEW.workstations) AS named JOIN workstations w ON w.id = named.value);
END;

--- record
-- One audit row.
CREATE VIEW IF NOT EXISTS record AS
SELECT NULL AS action, NULL AS resource_type, NULL AS resource_id, NULL AS item_id, NULL AS details, NULL AS cause
WHERE 0;

--- record_insert
CREATE TRIGGER IF NOT EXISTS record_insert INSTEAD OF INSERT ON record
BEGIN
    INSERT INTO audit (time, actor, action, resource_type, resource_id, part_number, details, request_id, ip)
    SELECT now, NEW.cause ->> '$.actor', NEW.action, NEW.resource_type, NEW.resource_id,
           (SELECT part_number FROM items WHERE id = NEW.item_id), NEW.details,
           NEW.cause ->> '$.request_id', NEW.cause ->> '$.ip'
    FROM clock;
END;

--- audit_append_only_update
-- A row is sealed once, and never altered.
CREATE TRIGGER IF NOT EXISTS audit_append_only_update BEFORE UPDATE ON audit
WHEN OLD.hash IS NOT NULL OR NEW.hash IS NULL
  OR json_array(NEW.seq, NEW.time, NEW.actor, NEW.action, NEW.resource_type, NEW.resource_id, NEW.part_number,
                NEW.details, NEW.request_id, NEW.ip)
  <> json_array(OLD.seq, OLD.time, OLD.actor, OLD.action, OLD.resource_type, OLD.resource_id, OLD.part_number,
                OLD.details, OLD.request_id, OLD.ip)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

--- audit_append_only_delete
CREATE TRIGGER IF NOT EXISTS audit_append_only_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

--- do_prune
-- Forgets the events before `before`, at most `batch` of them.
CREATE VIEW IF NOT EXISTS do_prune AS SELECT NULL AS before, NULL AS batch WHERE 0;

--- do_prune_insert
CREATE TRIGGER IF NOT EXISTS do_prune_insert INSTEAD OF INSERT ON do_prune
BEGIN
    UPDATE log_horizon
    SET pruned_through = coalesce(
        (SELECT max(seq) FROM (SELECT seq, time FROM events ORDER BY seq LIMIT NEW.batch) WHERE time < NEW.before),
        pruned_through);

    DELETE FROM deliveries WHERE seq <= (SELECT pruned_through FROM log_horizon);

    DELETE FROM events WHERE seq <= (SELECT pruned_through FROM log_horizon);
END;
