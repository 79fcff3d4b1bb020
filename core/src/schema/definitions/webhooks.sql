-- Webhooks. The event log is the outbox: what is to be sent to whom follows from it and from the webhooks alone, and is written
-- down from it once, by whoever looks first (`do_fan_out`), before a webhook changes or the log forgets. So a change pays for no
-- webhook, and loses none.

--- webhook_documents
CREATE VIEW webhook_documents AS
SELECT seq, id, json_object('id', id, 'url', url, 'events', json(events), 'part_number', part_number, 'format', format,
       'description', description, 'enabled', json(iif(enabled, 'true', 'false')), 'disabled_at', disabled_at,
       'disabled_reason', disabled_reason, 'failing_since', failing_since, 'created_at', created_at,
       'rotated_at', rotated_at) AS document
FROM webhooks;

--- webhook_delivery_documents
CREATE VIEW webhook_delivery_documents AS
SELECT d.seq, d.id, d.webhook, d.state, json_object('id', d.id, 'webhook_id', h.id,
       'event', json(coalesce(d.document, (SELECT e.document FROM event_documents e WHERE e.seq = d.event))),
       'state', d.state, 'created_at', d.created_at,
       'next_attempt_at', iif(d.state = 'pending', d.due_at, NULL), 'attempts', json(d.attempts)) AS document
FROM webhook_deliveries d JOIN webhooks h ON h.seq = d.webhook;

--- webhook_events
-- Which webhooks the events are for of which nothing is written down yet. A test is for one alone (`do_test_webhook`).
CREATE VIEW webhook_events AS
SELECT e.seq AS event, e.item_id, h.seq AS webhook
FROM events e CROSS JOIN webhooks h LEFT JOIN items i ON i.id = e.item_id
WHERE e.seq > (SELECT through FROM webhook_progress) AND h.enabled AND e.seq > h.after_seq AND e.type <> 'webhook.test'
  AND EXISTS (SELECT 1 FROM json_each(h.events) AS pattern WHERE e.type GLOB pattern.value)
  AND (h.part_number IS NULL OR h.part_number = e.part_number
       OR (substr(h.part_number, -1) = '*'
           AND substr(h.part_number, 1, length(h.part_number) - 1)
               IN (substr(e.part_number, 1, length(h.part_number) - 1),
                   substr(i.repository || '/' || i.path, 1, length(h.part_number) - 1))));

--- do_fan_out
-- Writes down what is to be sent to whom of the next `batch` events. Of what is for one webhook and on one item, the first is
-- tried first; `do_note_attempt` lets the next one follow.
CREATE VIEW do_fan_out AS SELECT NULL AS batch WHERE 0;

--- do_fan_out_insert
CREATE TRIGGER do_fan_out_insert INSTEAD OF INSERT ON do_fan_out
WHEN EXISTS (SELECT 1 FROM webhooks WHERE enabled)
 AND (SELECT through FROM webhook_progress) < (SELECT seq FROM log_head)
BEGIN
    INSERT INTO webhook_deliveries (id, webhook, event, item_id, due_at, created_at)
    SELECT lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || substr(lower(hex(randomblob(2))), 2)
           || '-' || substr('89ab', 1 + abs(random() % 4), 1) || substr(lower(hex(randomblob(2))), 2)
           || '-' || lower(hex(randomblob(6))),
           w.webhook, w.event, w.item_id,
           iif(w.item_id IS NULL
               OR (row_number() OVER (PARTITION BY w.webhook, w.item_id ORDER BY w.event) = 1
                   AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d
                                   WHERE d.webhook = w.webhook AND d.item_id = w.item_id
                                     AND d.state = 'pending' AND d.tries = 0)), c.now, NULL),
           c.now
    FROM webhook_events w CROSS JOIN clock c
    WHERE w.event <= (SELECT through FROM webhook_progress) + NEW.batch
    ORDER BY w.event, w.webhook;

    UPDATE webhook_progress SET through = min(through + NEW.batch, (SELECT seq FROM log_head));
END;

--- webhooks_first
-- Where no webhook was on, what has happened until then is for none.
CREATE TRIGGER webhooks_first BEFORE INSERT ON webhooks WHEN NOT EXISTS (SELECT 1 FROM webhooks WHERE enabled)
BEGIN
    UPDATE webhook_progress SET through = (SELECT seq FROM log_head);
END;

--- webhooks_bounded
CREATE TRIGGER webhooks_bounded BEFORE INSERT ON webhooks WHEN (SELECT count(*) FROM webhooks) >= 100
BEGIN
    SELECT RAISE(ABORT, 'refused by the quota of webhooks');
END;

--- webhooks_created
-- An address may hold what only its owner is to know: the log has its host alone.
CREATE TRIGGER webhooks_created AFTER INSERT ON webhooks
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('webhook.created', 'webhook', NEW.id,
            json_object('host', NEW.cause ->> '$.host', 'events', json(NEW.events), 'part_number', NEW.part_number,
                        'format', NEW.format, 'description', NEW.description), NEW.cause);
END;

--- do_change_webhook
-- Changes what is not null in `members`, a JSON object. What has happened until then is for the webhook as it was.
CREATE VIEW do_change_webhook AS SELECT NULL AS id, NULL AS members, NULL AS cause WHERE 0;

--- do_change_webhook_insert
CREATE TRIGGER do_change_webhook_insert INSTEAD OF INSERT ON do_change_webhook
WHEN EXISTS (SELECT 1 FROM webhooks WHERE id = NEW.id)
BEGIN
    INSERT INTO do_fan_out (batch) SELECT seq FROM log_head;

    UPDATE webhook_progress SET through = (SELECT seq FROM log_head)
    WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE enabled);

    UPDATE webhooks
    SET url = coalesce(NEW.members ->> '$.url', url),
        events = coalesce(json_extract(NEW.members, '$.events'), events),
        part_number = iif(json_type(NEW.members, '$.part_number') IS NULL, part_number, NEW.members ->> '$.part_number'),
        format = coalesce(NEW.members ->> '$.format', format),
        description = iif(json_type(NEW.members, '$.description') IS NULL, description, NEW.members ->> '$.description'),
        cause = NEW.cause
    WHERE id = NEW.id;

    UPDATE webhooks
    SET enabled = 1, disabled_at = NULL, disabled_reason = NULL, failing_since = NULL, after_seq = (SELECT seq FROM log_head)
    WHERE id = NEW.id AND NEW.members ->> '$.enabled' = 1 AND NOT enabled;

    UPDATE webhooks SET enabled = 0, disabled_at = (SELECT now FROM clock), disabled_reason = 'asked'
    WHERE id = NEW.id AND NEW.members ->> '$.enabled' = 0 AND enabled;

    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('webhook.changed', 'webhook', NEW.id,
            iif(NEW.cause ->> '$.host' IS NULL, NEW.members, json_set(json_remove(NEW.members, '$.url'), '$.host', NEW.cause ->> '$.host')),
            NEW.cause);
END;

--- webhooks_failed
-- Turned off for what its receiver said, or never said. It is told to the workstations that an admin polls for.
CREATE TRIGGER webhooks_failed AFTER UPDATE OF enabled ON webhooks
WHEN OLD.enabled AND NOT NEW.enabled AND NEW.disabled_reason <> 'asked'
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    VALUES ('webhook.disabled', NULL, 0,
            (SELECT json_group_array(w.id) FROM workstations w
             WHERE EXISTS (SELECT 1 FROM json_each(w.roles) r WHERE r.value = 'admin')),
            json_object('webhook_id', NEW.id, 'reason', NEW.disabled_reason, 'failing_since', NEW.failing_since), NEW.cause);

    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('webhook.disabled', 'webhook', NEW.id,
            json_object('reason', NEW.disabled_reason, 'failing_since', NEW.failing_since), NEW.cause);
END;

--- webhooks_rotated
CREATE TRIGGER webhooks_rotated AFTER UPDATE OF rotated_at ON webhooks
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('webhook.rotated', 'webhook', NEW.id, json_object('old_signs_until', NEW.previous_until), NEW.cause);
END;

--- do_delete_webhook
-- What was to be sent to it is swept up later (`do_prune`), however much it is.
CREATE VIEW do_delete_webhook AS SELECT NULL AS id, NULL AS cause WHERE 0;

--- do_delete_webhook_insert
CREATE TRIGGER do_delete_webhook_insert INSTEAD OF INSERT ON do_delete_webhook
WHEN EXISTS (SELECT 1 FROM webhooks WHERE id = NEW.id)
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    SELECT 'webhook.deleted', 'webhook', id, json_object('description', description), NEW.cause FROM webhooks
    WHERE id = NEW.id;

    DELETE FROM webhooks WHERE id = NEW.id;
END;

--- do_test_webhook
-- An event for one webhook alone, also where that is off. It is tried once.
CREATE VIEW do_test_webhook AS SELECT NULL AS id, NULL AS delivery_id, NULL AS cause WHERE 0;

--- do_test_webhook_insert
CREATE TRIGGER do_test_webhook_insert INSTEAD OF INSERT ON do_test_webhook
WHEN EXISTS (SELECT 1 FROM webhooks WHERE id = NEW.id)
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    VALUES ('webhook.test', NULL, 0, '[]', json_object('webhook_id', NEW.id, 'by', NEW.cause ->> '$.actor'), NEW.cause);

    INSERT INTO webhook_deliveries (id, webhook, event, is_test, due_at, created_at)
    SELECT NEW.delivery_id, h.seq, (SELECT max(seq) FROM events), 1, c.now, c.now FROM webhooks h, clock c WHERE h.id = NEW.id;

    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('webhook.tested', 'webhook', NEW.id, json_object('delivery_id', NEW.delivery_id), NEW.cause);
END;

--- webhook_retries
-- What a retry by hand comes to: null where it may be made, else why it may not.
CREATE VIEW webhook_retries AS
SELECT d.id, CASE WHEN d.state = 'delivered' THEN 'already_delivered'
                  WHEN NOT h.enabled AND NOT d.is_test THEN 'webhook_disabled' END AS refused
FROM webhook_deliveries d JOIN webhooks h ON h.seq = d.webhook;

--- do_retry_delivery
-- One more attempt at once, under the same id. One that waits for another of its item goes on waiting.
CREATE VIEW do_retry_delivery AS SELECT NULL AS id, NULL AS cause WHERE 0;

--- do_retry_delivery_insert
CREATE TRIGGER do_retry_delivery_insert INSTEAD OF INSERT ON do_retry_delivery
WHEN EXISTS (SELECT 1 FROM webhook_retries WHERE id = NEW.id AND refused IS NULL)
BEGIN
    UPDATE webhook_deliveries SET state = 'pending', due_at = (SELECT now FROM clock)
    WHERE id = NEW.id AND (state = 'failed' OR due_at > (SELECT now FROM clock));

    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('webhook.retried', 'webhook_delivery', NEW.id, '{}', NEW.cause);
END;

--- webhooks_served
-- Those that are on, and those of which a test has yet to be sent.
CREATE VIEW webhooks_served AS
SELECT seq, enabled FROM webhooks h
WHERE enabled OR EXISTS (SELECT 1 FROM webhook_deliveries d INDEXED BY webhook_deliveries_tests
                         WHERE d.webhook = h.seq AND d.is_test AND d.due_at IS NOT NULL);

--- webhook_sendable
-- What may be sent now, of each webhook as much as it has room for: eight at once, of which those that are under way take theirs.
-- `place` is the one among those of the same webhook.
CREATE VIEW webhook_sendable AS
SELECT seq, place
FROM (SELECT d.seq, d.webhook, row_number() OVER (PARTITION BY d.webhook ORDER BY d.due_at, d.seq) AS place
      FROM webhooks_served h CROSS JOIN webhook_deliveries d
      WHERE d.seq IN (SELECT w.seq FROM webhook_deliveries w
                      WHERE w.webhook = h.seq AND w.due_at <= (SELECT now FROM clock) AND w.due_at IS NOT NULL
                        AND (w.lease IS NULL OR w.lease_until <= (SELECT now FROM clock)) AND (h.enabled OR w.is_test)
                      ORDER BY w.due_at, w.seq LIMIT 8)) AS ready
WHERE place <= 8 - (SELECT count(*) FROM webhook_deliveries u
                    WHERE u.webhook = ready.webhook AND u.lease IS NOT NULL AND u.lease_until > (SELECT now FROM clock));

--- webhook_work
-- A row if anything is to be done for webhooks at this moment.
CREATE VIEW webhook_work AS
SELECT 1 AS due
WHERE (EXISTS (SELECT 1 FROM webhooks WHERE enabled)
       AND (SELECT through FROM webhook_progress) < (SELECT seq FROM log_head))
   OR (EXISTS (SELECT 1 FROM webhooks) AND EXISTS (SELECT 1 FROM webhook_sendable));

--- webhook_waits
-- After how many seconds it is tried again what has been tried so often in vain.
CREATE VIEW webhook_waits AS
SELECT column1 AS tries, column2 AS seconds
FROM (VALUES (1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, 50400), (8, 72000), (9, 86400));

--- do_note_attempt
-- What an attempt came to, by who held its lease: `delivered`, `failed` or `gone`. Whose lease another one has taken over says
-- nothing any more.
CREATE VIEW do_note_attempt AS
SELECT NULL AS id, NULL AS lease, NULL AS outcome, NULL AS status, NULL AS duration_ms, NULL AS answer, NULL AS cause WHERE 0;

--- do_note_attempt_insert
CREATE TRIGGER do_note_attempt_insert INSTEAD OF INSERT ON do_note_attempt
WHEN EXISTS (SELECT 1 FROM webhook_deliveries WHERE id = NEW.id AND lease = NEW.lease)
BEGIN
    UPDATE webhook_deliveries
    SET attempts = json_insert(iif(json_array_length(attempts) < 20, attempts, json_remove(attempts, '$[0]')), '$[#]',
                               json_object('at', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-' || (NEW.duration_ms / 1000.0) || ' seconds'),
                                           'status', NEW.status, 'duration_ms', NEW.duration_ms, 'answer', NEW.answer)),
        tries = tries + 1,
        (state, due_at) = (
            SELECT CASE WHEN NEW.outcome = 'delivered' THEN 'delivered' WHEN wait IS NULL THEN 'failed' ELSE 'pending' END,
                   strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || wait || ' seconds')
            FROM (SELECT iif(NEW.outcome = 'failed' AND NOT is_test,
                             (SELECT seconds FROM webhook_waits w WHERE w.tries = webhook_deliveries.tries + 1), NULL) AS wait)),
        lease = NULL, lease_until = NULL
    WHERE id = NEW.id;

    UPDATE webhook_deliveries SET due_at = (SELECT now FROM clock)
    WHERE seq = (SELECT n.seq FROM webhook_deliveries d JOIN webhook_deliveries n
                                  ON n.webhook = d.webhook AND n.item_id = d.item_id AND n.state = 'pending' AND n.tries = 0
                 WHERE d.id = NEW.id AND d.tries = 1 ORDER BY n.seq LIMIT 1)
      AND due_at IS NULL;

    UPDATE webhooks SET failing_since = NULL
    WHERE NEW.outcome = 'delivered' AND failing_since IS NOT NULL
      AND seq = (SELECT webhook FROM webhook_deliveries WHERE id = NEW.id);

    UPDATE webhooks SET failing_since = (SELECT now FROM clock)
    WHERE NEW.outcome <> 'delivered' AND failing_since IS NULL
      AND seq = (SELECT webhook FROM webhook_deliveries WHERE id = NEW.id);

    UPDATE webhooks
    SET enabled = 0, disabled_at = (SELECT now FROM clock), disabled_reason = iif(NEW.outcome = 'gone', 'gone', 'failing'),
        cause = NEW.cause
    WHERE enabled AND seq = (SELECT webhook FROM webhook_deliveries WHERE id = NEW.id)
      AND (NEW.outcome = 'gone'
           OR (NEW.outcome = 'failed'
               AND failing_since <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-5 days')));
END;

--- webhook_claims
-- What whoever holds a lease has to send. `people` are those that an event names by what is theirs alone.
CREATE VIEW webhook_claims AS
SELECT d.lease, json_object('id', d.id, 'webhook_id', h.id, 'url', h.url, 'format', h.format, 'secret', h.secret,
       'previous_secret', iif(h.previous_until > (SELECT now FROM clock), h.previous_secret, NULL),
       'time', CAST(strftime('%s', 'now') AS INTEGER), 'event', json(coalesce(d.document, e.document)),
       'people', json_object(
           'holder', (SELECT user FROM sessions WHERE id = coalesce(d.document, e.document) ->> '$.data.session_id'),
           'requester', (SELECT requester FROM handoff_requests
                         WHERE id = coalesce(d.document, e.document) ->> '$.data.request_id'))) AS document
FROM webhook_deliveries d JOIN webhooks h ON h.seq = d.webhook LEFT JOIN event_documents e ON e.seq = d.event;

--- do_send_webhooks
-- A round of a sender's: notes what attempts have come to (`attempts`, a JSON array), writes down what there is to be sent, and
-- takes up to `room` of it, by a lease of its own name that holds as long as `until` says.
CREATE VIEW do_send_webhooks AS
SELECT NULL AS lease, NULL AS until, NULL AS room, NULL AS batch, NULL AS attempts, NULL AS cause WHERE 0;

--- do_send_webhooks_insert
CREATE TRIGGER do_send_webhooks_insert INSTEAD OF INSERT ON do_send_webhooks
BEGIN
    INSERT INTO do_note_attempt (id, lease, outcome, status, duration_ms, answer, cause)
    SELECT value ->> '$.id', value ->> '$.lease', value ->> '$.outcome', value ->> '$.status', value ->> '$.duration_ms',
           value ->> '$.answer', NEW.cause
    FROM json_each(NEW.attempts);

    INSERT INTO do_fan_out (batch) VALUES (NEW.batch);

    UPDATE webhook_deliveries SET lease = NEW.lease, lease_until = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', NEW.until)
    WHERE seq IN (SELECT seq FROM webhook_sendable ORDER BY place, seq LIMIT NEW.room);
END;

--- webhook_pauses
-- In how many seconds there is something to be sent next, or a lease ends; no row if nothing is left.
CREATE VIEW webhook_pauses AS
SELECT (julianday(at) - julianday('now')) * 86400 AS seconds
-- (No HAVING: without GROUP BY libSQL's server knows none.)
FROM (SELECT min(at) AS at
      FROM (SELECT (SELECT w.due_at FROM webhook_deliveries w
                    WHERE w.webhook = h.seq AND w.due_at IS NOT NULL AND w.lease IS NULL AND (h.enabled OR w.is_test)
                    ORDER BY w.due_at LIMIT 1) AS at
            FROM webhooks_served h
            UNION ALL
            SELECT (SELECT min(u.lease_until) FROM webhook_deliveries u WHERE u.webhook = h.seq AND u.lease IS NOT NULL)
            FROM webhooks_served h))
WHERE at IS NOT NULL;

--- do_prune_webhooks
-- Of events that are no longer there for anybody, up to `batch` deliveries go that are over, or that nobody is to send: their
-- webhook is gone or off. Others take their event with them.
CREATE VIEW do_prune_webhooks AS SELECT NULL AS batch WHERE 0;

--- do_prune_webhooks_insert
CREATE TRIGGER do_prune_webhooks_insert INSTEAD OF INSERT ON do_prune_webhooks
WHEN EXISTS (SELECT 1 FROM webhook_deliveries WHERE event <= (SELECT pruned_through FROM log_horizon))
BEGIN
    DELETE FROM webhook_deliveries
    WHERE seq IN (SELECT d.seq FROM webhook_deliveries d
                  WHERE d.event <= (SELECT pruned_through FROM log_horizon)
                    AND (d.state <> 'pending' OR NOT EXISTS (SELECT 1 FROM webhooks h WHERE h.seq = d.webhook AND h.enabled))
                  ORDER BY d.event LIMIT NEW.batch);

    UPDATE webhook_deliveries SET document = (SELECT e.document FROM event_documents e WHERE e.seq = event)
    WHERE document IS NULL
      AND event IN (SELECT seq FROM events WHERE seq <= (SELECT pruned_through FROM log_horizon) ORDER BY seq LIMIT NEW.batch);
END;
