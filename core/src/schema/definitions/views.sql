-- The tables, and the views that read them. Each `--- name` begins one statement, because a Spin host runs the
-- first statement of a text only. Times are RFC 3339 UTC text with milliseconds, so that they sort as they compare.

--- clock
CREATE VIEW clock AS SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now') AS now;

--- fresh
-- A version 4 UUID for what a trigger brings into being.
CREATE VIEW fresh AS
SELECT lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4' || substr(lower(hex(randomblob(2))), 2)
       || '-' || substr('89ab', 1 + abs(random() % 4), 1) || substr(lower(hex(randomblob(2))), 2)
       || '-' || lower(hex(randomblob(6))) AS uuid;

--- log_head
-- The newest event's cursor, also when everything has been pruned.
CREATE VIEW log_head AS
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS seq;

--- latest_event
-- Right after a change, and in its own statement, the newest event is the change's own if it caused any.
CREATE VIEW latest_event AS SELECT seq, change_id FROM events ORDER BY seq DESC LIMIT 1;

--- workstation_documents
CREATE VIEW workstation_documents AS
SELECT seq, id, user, json_object('id', id, 'user', user, 'name', name, 'fingerprint', fingerprint,
       'last_seen', last_seen, 'created_at', created_at) AS document
FROM workstations;

--- session_documents
-- `reason` is why a session is over, and null as long as it is active. `due` is its item if it has expired without anybody
-- having recorded it.
CREATE VIEW session_documents AS
SELECT s.seq, s.id, s.item_id, i.part_number, s.repository, i.path, s.user, s.workstation_id, s.object_id, s.scope,
       s.fence, s.acquired_at, s.active_at, s.expires_at, s.ended_at,
       CASE WHEN s.ended_at IS NOT NULL THEN s.end_reason
            WHEN s.expires_at <= (SELECT now FROM clock) THEN 'expired' END AS reason,
       CASE WHEN s.ended_at IS NULL AND s.expires_at <= (SELECT now FROM clock) THEN s.item_id END AS due,
       json_object('id', s.id, 'item_id', s.item_id, 'part_number', i.part_number, 'repository', i.repository,
       'path', i.path, 'user', s.user,
       'workstation_id', s.workstation_id, 'context_level', s.context_level, 'object_id', s.object_id, 'scope', s.scope,
       'fence', s.fence, 'note', s.note, 'acquired_at', s.acquired_at, 'renewed_at', s.renewed_at,
       'active_at', s.active_at, 'expires_at', s.expires_at,
       'reserved_from', CASE s.scope
           WHEN 'item' THEN (SELECT t.starts_at FROM reserved_times t
                             WHERE t.item_id = s.item_id AND t.starts_at < s.expires_at AND t.session_id IS NULL
                               AND t.user <> s.user AND t.ends_at > (SELECT now FROM clock)
                             ORDER BY t.starts_at LIMIT 1)
           ELSE (SELECT min(t.starts_at) FROM reserved_times t
                 WHERE t.item_id IN (SELECT s.item_id
                                     UNION ALL
                                     SELECT h.item_id FROM tree_holds h WHERE h.session_seq = s.seq)
                   AND t.starts_at < s.expires_at AND t.session_id IS NULL
                   AND t.user <> s.user AND t.ends_at > (SELECT now FROM clock)) END) AS document
FROM sessions s JOIN items i ON i.id = s.item_id;

--- active_sessions
CREATE VIEW active_sessions AS
SELECT seq, id, item_id, part_number, repository, user, workstation_id, object_id, scope, acquired_at, active_at, expires_at,
       document
FROM session_documents WHERE ended_at IS NULL AND expires_at > (SELECT now FROM clock);

--- session_states
-- What a command on one session answers with: whose it is, why it is over, whether that is to be recorded, and the session.
CREATE VIEW session_states AS
SELECT id, part_number, json_object('user', user, 'reason', reason, 'due', due, 'session', json(document)) AS state
FROM session_documents;

--- handoff_documents
CREATE VIEW handoff_documents AS
SELECT r.seq, r.id, r.session_id, r.requester, r.holder, r.status, i.part_number,
       json_object('id', r.id, 'session_id', r.session_id, 'item_id', r.item_id, 'part_number', i.part_number,
       'scope', r.scope, 'requester', r.requester, 'workstation_id', r.workstation_id, 'holder', r.holder, 'message', r.message,
       'auto_acquire', json(iif(r.auto_acquire, 'true', 'false')), 'status', r.status, 'created_at', r.created_at,
       'answered_at', r.answered_at, 'answer', r.answer) AS document
FROM handoff_requests r JOIN items i ON i.id = r.item_id;

--- event_documents
CREATE VIEW event_documents AS
SELECT seq, type, part_number, json_object('id', CAST(seq AS TEXT), 'type', type, 'time', time, 'item_id', item_id,
       'part_number', part_number, 'repository', (SELECT i.repository FROM items i WHERE i.id = item_id),
       'path', (SELECT i.path FROM items i WHERE i.id = item_id), 'data', json(data)) AS document
FROM events;
