-- A long past in a database that Baton has set up. Each `--- name` begins one statement. `sizes` says how much of
-- everything, `uuid(kind, number)` makes the ids, and triggers and indexes are out of the way.

--- items
INSERT INTO items (seq, id, part_number, fence, created_at, cause)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n, sizes WHERE n < items)
SELECT n, uuid('item', n), printf('PAST-%05d', n), sessions / items + 1,
       strftime('%Y-%m-%dT%H:%M:%fZ', begin, 'unixepoch'), '{}'
FROM n, sizes;

--- workstations
INSERT INTO workstations (seq, id, user, name, fingerprint, last_seen, created_at, cause)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n, sizes WHERE n < users)
SELECT n, uuid('workstation', n), 'user-' || n, 'user-' || n, 'bench-user-' || n,
       strftime('%Y-%m-%dT%H:%M:%fZ', begin + span, 'unixepoch'),
       strftime('%Y-%m-%dT%H:%M:%fZ', begin, 'unixepoch'), '{}'
FROM n, sizes;

--- subscriptions
-- Nobody of the past watches the first items: what is done to them now is told to the same number as without a past.
INSERT INTO subscriptions (workstation_id, item_id, created_at, cause)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n, sizes WHERE n < users * 10)
SELECT uuid('workstation', 1 + n / 10), uuid('item', 101 + n % (items - 100)),
       strftime('%Y-%m-%dT%H:%M:%fZ', begin, 'unixepoch'), '{}'
FROM n, sizes;

--- past
-- Who had what when; all that follows tells of it. The factors are primes, so that neighbours in time are none in space.
CREATE TEMP TABLE past AS
WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n, sizes WHERE n < sessions - 1)
SELECT n AS session, 1 + n * 7919 % items AS item, 1 + n * 104729 % users AS holder, 1 + (n * 104729 + 7) % users AS other,
       1 + n / items AS fence, begin + n * span / sessions AS time
FROM n, sizes;

--- past_by_session
CREATE UNIQUE INDEX temp.past_by_session ON past (session);

--- sessions
INSERT INTO sessions (seq, id, item_id, user, workstation_id, context_level, fence, ttl_seconds, origin, acquired_at,
                      renewed_at, expires_at, ended_at, end_reason, cause)
SELECT session + 1, uuid('session', session), uuid('item', item), 'user-' || holder, uuid('workstation', holder), 'part',
       fence, 900, 'acquired', strftime('%Y-%m-%dT%H:%M:%fZ', time, 'unixepoch'),
       strftime('%Y-%m-%dT%H:%M:%fZ', time, 'unixepoch'), strftime('%Y-%m-%dT%H:%M:%fZ', time + 900, 'unixepoch'),
       strftime('%Y-%m-%dT%H:%M:%fZ', time + 600, 'unixepoch'), 'released', '{}'
FROM past;

--- handoff_requests
INSERT INTO handoff_requests (seq, id, session_id, item_id, requester, workstation_id, holder, message, auto_acquire,
                              status, created_at, asked_at, answered_at, context_level, ttl_seconds, cause)
SELECT session + 1, uuid('request', session), uuid('session', session), uuid('item', item), 'user-' || other,
       uuid('workstation', other), 'user-' || holder, 'May I have it?', 0, 'declined',
       strftime('%Y-%m-%dT%H:%M:%fZ', time, 'unixepoch'), strftime('%Y-%m-%dT%H:%M:%fZ', time, 'unixepoch'),
       strftime('%Y-%m-%dT%H:%M:%fZ', time + 60, 'unixepoch'), 'part', 900, '{}'
FROM past WHERE session % 10 = 0;

--- events
INSERT INTO events (seq, type, time, item_id, part_number, data, change_id)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n, sizes WHERE n < events)
SELECT n, CASE n % 4 WHEN 0 THEN 'edit.session_acquired' WHEN 1 THEN 'edit.handoff_requested'
                     WHEN 2 THEN 'edit.checkpoint_created' ELSE 'edit.session_released' END,
       strftime('%Y-%m-%dT%H:%M:%fZ', time, 'unixepoch'), uuid('item', item), printf('PAST-%05d', item),
       json_object('session_id', uuid('session', session), 'user', 'user-' || holder,
                   'workstation_id', uuid('workstation', holder), 'object_id', NULL, 'fence', fence),
       uuid('change', n)
FROM n, sizes JOIN past ON session = (n - 1) * sessions / events;

--- deliveries
-- To the holder's workstation, and half of them to another one's as well; in the order of the table.
INSERT INTO deliveries (workstation_id, seq)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n, sizes WHERE n < events)
SELECT uuid('workstation', holder), n FROM n, sizes JOIN past ON session = (n - 1) * sessions / events
UNION ALL
SELECT uuid('workstation', other), n FROM n, sizes JOIN past ON session = (n - 1) * sessions / events WHERE n % 2 = 0
ORDER BY 1, 2;

--- audit
-- With hashes, or Baton would begin to seal it all. They aren't the right ones: nothing here asks.
INSERT INTO audit (seq, time, actor, action, resource_type, resource_id, part_number, details, request_id, ip, hash)
WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n, sizes WHERE n < audit)
SELECT n, strftime('%Y-%m-%dT%H:%M:%fZ', time, 'unixepoch'), 'user-' || holder,
       CASE n % 4 WHEN 0 THEN 'edit.session_acquired' WHEN 1 THEN 'edit.session_renewed'
                  WHEN 2 THEN 'edit.draft_saved' ELSE 'edit.session_released' END,
       'edit_session', uuid('session', session), printf('PAST-%05d', item),
       json_object('workstation_id', uuid('workstation', holder), 'object_id', NULL, 'fence', fence),
       uuid('request', n), '127.0.0.1', lower(hex(randomblob(32)))
FROM n, sizes JOIN past ON session = (n - 1) * sessions / audit;

--- past_is_told
DROP TABLE past;
