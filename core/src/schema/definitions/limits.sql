-- What one user may take. How far, is said by the cause of a change: `rate` is how many changes the actor may make in a minute, and
-- `quota` holds, by its name, how much the actor may have of what the change is about to add. 0 or nothing is no limit. What
-- follows from somebody else's change (a place in line that is granted, a session that is handed over) has the cause of that
-- one, and so is never refused.

--- record_counted
-- Every change writes into the audit log; a change that writes several entries there is counted once.
CREATE TRIGGER record_counted INSTEAD OF INSERT ON record
WHEN NEW.cause ->> '$.rate' > 0 AND NEW.cause ->> '$.actor' <> 'system'
BEGIN
    INSERT INTO change_rates (user, minute, changes, last_change)
    SELECT NEW.cause ->> '$.actor', CAST(strftime('%s', 'now') AS INTEGER) / 60, 1, NEW.cause ->> '$.change' WHERE true
    ON CONFLICT (user) DO UPDATE
    SET changes = iif(minute = excluded.minute, changes + 1, 1), minute = excluded.minute,
        last_change = excluded.last_change
    WHERE last_change <> excluded.last_change;

    SELECT RAISE(ABORT, 'refused by the rate of changes') FROM change_rates
    WHERE user = NEW.cause ->> '$.actor' AND changes > NEW.cause ->> '$.rate';
END;

--- workstations_quota
CREATE TRIGGER workstations_quota BEFORE INSERT ON workstations
WHEN NEW.cause ->> '$.quota.workstations' > 0
 AND NOT EXISTS (SELECT 1 FROM workstations WHERE fingerprint = NEW.fingerprint)
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of workstations')
    WHERE (SELECT count(*) FROM workstations WHERE user = NEW.user) >= NEW.cause ->> '$.quota.workstations';
END;

--- asked_subscriptions
-- How many items and patterns a user's workstations watch because they were told to; none for who has no workstation.
CREATE VIEW asked_subscriptions AS
SELECT user, sum((SELECT count(*) FROM subscriptions s
                  WHERE s.workstation_id = w.id AND s.cause ->> '$.quota.subscriptions' IS NOT NULL)
                 + (SELECT count(*) FROM watch_patterns p WHERE p.workstation_id = w.id)
                 + (SELECT count(*) FROM tree_watches t WHERE t.workstation_id = w.id)) AS count
FROM workstations w GROUP BY user;

--- do_count_subscriptions
-- Refuses one more.
CREATE VIEW do_count_subscriptions AS SELECT NULL AS workstation_id, NULL AS cause WHERE 0;

--- do_count_subscriptions_insert
CREATE TRIGGER do_count_subscriptions_insert INSTEAD OF INSERT ON do_count_subscriptions
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of subscriptions') FROM workstations mine
    WHERE mine.id = NEW.workstation_id
      AND (SELECT count FROM asked_subscriptions WHERE user = mine.user) >= NEW.cause ->> '$.quota.subscriptions';
END;

--- subscriptions_quota
CREATE TRIGGER subscriptions_quota BEFORE INSERT ON subscriptions
WHEN NEW.cause ->> '$.quota.subscriptions' > 0
BEGIN
    INSERT INTO do_count_subscriptions (workstation_id, cause) VALUES (NEW.workstation_id, NEW.cause);
END;

--- watch_patterns_quota
CREATE TRIGGER watch_patterns_quota BEFORE INSERT ON watch_patterns
WHEN NEW.cause ->> '$.quota.subscriptions' > 0
BEGIN
    INSERT INTO do_count_subscriptions (workstation_id, cause) VALUES (NEW.workstation_id, NEW.cause);
END;

--- tree_watches_quota
CREATE TRIGGER tree_watches_quota BEFORE INSERT ON tree_watches
WHEN NEW.cause ->> '$.quota.subscriptions' > 0
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of subscriptions') FROM workstations mine
    WHERE mine.id = NEW.workstation_id
      AND (SELECT count FROM asked_subscriptions WHERE user = mine.user) >= NEW.cause ->> '$.quota.subscriptions';
END;

--- sessions_quota
-- First by the index alone: those that have expired and aren't recorded as such yet hardly ever matter.
CREATE TRIGGER sessions_quota BEFORE INSERT ON sessions
WHEN NEW.origin = 'acquired' AND NEW.cause ->> '$.quota.sessions' > 0
 AND (SELECT count(*) FROM sessions WHERE user = NEW.user AND ended_at IS NULL) >= NEW.cause ->> '$.quota.sessions'
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of sessions')
    WHERE (SELECT count(*) FROM sessions
           WHERE user = NEW.user AND ended_at IS NULL AND expires_at > (SELECT now FROM clock))
          >= NEW.cause ->> '$.quota.sessions';
END;

--- handoff_requests_quota
CREATE TRIGGER handoff_requests_quota BEFORE INSERT ON handoff_requests
WHEN NEW.status = 'pending' AND NEW.cause ->> '$.quota.requests' > 0
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of requests')
    WHERE (SELECT count(*) FROM handoff_requests WHERE requester = NEW.requester AND status = 'pending')
          >= NEW.cause ->> '$.quota.requests';
END;

--- drafts_quota
CREATE TRIGGER drafts_quota BEFORE INSERT ON drafts
WHEN NEW.cause ->> '$.quota.checkpoint_bytes' > 0
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of checkpoint_bytes') FROM sessions mine
    WHERE mine.id = NEW.session_id
      AND (SELECT coalesce(sum(size), 0) FROM checkpoints WHERE user = mine.user)
          + (SELECT coalesce(sum(d.size), 0) FROM sessions s JOIN drafts d ON d.session_id = s.id
             WHERE s.user = mine.user AND s.ended_at IS NULL)
          + NEW.size > NEW.cause ->> '$.quota.checkpoint_bytes';
END;

--- checkpoints_quota
CREATE TRIGGER checkpoints_quota BEFORE INSERT ON checkpoints
WHEN NEW.cause ->> '$.quota.checkpoint_bytes' > 0
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of checkpoint_bytes')
    WHERE (SELECT coalesce(sum(size), 0) FROM checkpoints WHERE user = NEW.user)
          + (SELECT coalesce(sum(d.size), 0) FROM sessions s JOIN drafts d ON d.session_id = s.id
             WHERE s.user = NEW.user AND s.ended_at IS NULL)
          + NEW.size > NEW.cause ->> '$.quota.checkpoint_bytes';
END;

--- do_note_waits
-- How many requests of a user wait for events in an instance: at most as many as those in other instances leave room for, where
-- `max` may wait in all. It counts for as long as `lease` says. Nobody is accountable for that: there is neither event nor audit
-- row of it.
CREATE VIEW do_note_waits AS
SELECT NULL AS user, NULL AS instance, NULL AS count, NULL AS lease, NULL AS max WHERE 0;

--- do_note_waits_insert
CREATE TRIGGER do_note_waits_insert INSTEAD OF INSERT ON do_note_waits
BEGIN
    DELETE FROM waits WHERE until <= (SELECT now FROM clock);
    DELETE FROM waits WHERE user = NEW.user AND instance = NEW.instance;

    INSERT INTO waits (user, instance, count, until)
    SELECT NEW.user, NEW.instance, min(NEW.count, NEW.max - of_others),
           strftime('%Y-%m-%dT%H:%M:%fZ', 'now', NEW.lease)
    FROM (SELECT coalesce(sum(count), 0) AS of_others FROM waits WHERE user = NEW.user)
    WHERE NEW.count > 0 AND NEW.max > of_others;
END;

--- items_of_no_use
-- Those that nobody has ever held (their fence is 0), that nobody watches or has reserved, that have no place in an assembly and that
-- nothing has been kept of, for a day now.
CREATE VIEW items_of_no_use AS
SELECT i.id FROM items i
WHERE i.fence = 0 AND i.created_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day')
  AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.item_id = i.id)
  AND NOT EXISTS (SELECT 1 FROM checkpoints c WHERE c.item_id = i.id)
  AND NOT EXISTS (SELECT 1 FROM item_children c WHERE c.parent = i.id)
  AND NOT EXISTS (SELECT 1 FROM item_children c WHERE c.child = i.id)
  AND NOT EXISTS (SELECT 1 FROM tree_watches w WHERE w.item_id = i.id)
  AND NOT EXISTS (SELECT 1 FROM reserved_times t WHERE t.item_id = i.id);

--- do_forget_items
-- Forgets items that are of no use, at most `batch` of them.
CREATE VIEW do_forget_items AS SELECT NULL AS batch, NULL AS cause WHERE 0;

--- do_forget_items_insert
CREATE TRIGGER do_forget_items_insert INSTEAD OF INSERT ON do_forget_items
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'item.deleted', 'item', id, id, '{}', NEW.cause FROM items_of_no_use ORDER BY id LIMIT NEW.batch;

    DELETE FROM items WHERE id IN (SELECT id FROM items_of_no_use ORDER BY id LIMIT NEW.batch);
END;
