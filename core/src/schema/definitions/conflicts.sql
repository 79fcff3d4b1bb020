-- What is in whose way. All that grants, refuses or waits asks these views, and nothing else says it once more.
--
-- They take an argument: `want`, a JSON array with one member, [item_id, workstation_id, object_id, place, scope]. A row of
-- theirs is something that keeps this workstation from that scope. (A view over json_each, whose hidden column is the array.
-- What they look through stands after `IN`: to views joined by UNION, SQLite would not hand the argument down.)

--- unawaited
-- Items for which nobody stands in line or has reserved a time; nobody stands in line for a tree either.
CREATE VIEW unawaited AS
SELECT i.id, i.part_number FROM items i
WHERE NOT EXISTS (SELECT 1 FROM handoff_requests WHERE item_id = i.id AND place IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL AND scope = 'tree')
  AND NOT EXISTS (SELECT 1 FROM reserved_times WHERE item_id = i.id);

--- undisturbed
-- Items that have nothing around them: neither session nor tree, nobody in line, no time reserved. So nothing is in the way of who
-- wants one of them, and no tree. That is a shortcut: the views below say the same, at a third of what a change costs.
CREATE VIEW undisturbed AS
SELECT i.id AS item_id FROM unawaited i
WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE item_id = i.id AND ended_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM tree_holds WHERE item_id = i.id);

--- sessions_around
-- Those not ended that share an item with the scope: on the item itself, and on a tree of which it is a part; for a tree, the
-- same of all that it is made of.
CREATE VIEW sessions_around AS
SELECT want.json AS want, want.value AS wanted, s.*
FROM json_each want
CROSS JOIN sessions s
    ON s.seq IN (SELECT seq FROM sessions WHERE item_id = want.value ->> 0 AND ended_at IS NULL
                 UNION ALL
                 SELECT session_seq FROM tree_holds WHERE item_id = want.value ->> 0
                 UNION ALL
                 SELECT o.seq FROM parts_below p CROSS JOIN sessions o ON o.item_id = p.item_id
                 WHERE want.value ->> 4 = 'tree' AND p.want = json_array(want.value ->> 0) AND o.ended_at IS NULL
                 UNION ALL
                 SELECT h.session_seq FROM parts_below p CROSS JOIN tree_holds h ON h.item_id = p.item_id
                 WHERE want.value ->> 4 = 'tree' AND p.want = json_array(want.value ->> 0))
WHERE s.ended_at IS NULL;

--- holder_documents
-- Who holds a session, for whoever finds it in the way.
CREATE VIEW holder_documents AS
SELECT s.seq, json_object('user', s.user, 'workstation_id', s.workstation_id, 'session_id', s.id,
                          'part_number', (SELECT part_number FROM items WHERE id = s.item_id), 'object_id', s.object_id,
                          'scope', s.scope, 'acquired_at', s.acquired_at, 'expires_at', s.expires_at) AS document
FROM sessions s;

--- shown_holders
-- The same as a user may see it: without the part where that is hidden, as a tree may be to which a part belongs. `want` is an
-- argument: a JSON array with one member, [user, document].
CREATE VIEW shown_holders AS
SELECT want.json AS want,
       iif(EXISTS (SELECT 1 FROM hidden h
                   WHERE h.want = json_array(json_array(want.value ->> 0, want.value ->> '$[1].part_number'))),
           json_set(want.value -> 1, '$.part_number', NULL), want.value -> 1) AS document
FROM json_each want;

--- sessions_in_the_way
-- A session of another workstation that overlaps the scope, or one's own on the very same. One that has expired is in
-- nobody's way, whether that has been recorded or not.
CREATE VIEW sessions_in_the_way AS
SELECT s.want, s.seq, s.id, s.user, s.workstation_id,
       (SELECT document FROM holder_documents d WHERE d.seq = s.seq) AS document
FROM sessions_around s
WHERE s.expires_at > (SELECT now FROM clock)
  AND CASE WHEN s.workstation_id = s.wanted ->> 1
           THEN s.item_id = s.wanted ->> 0 AND s.object_id IS s.wanted ->> 2 AND s.scope = coalesce(s.wanted ->> 4, 'item')
           ELSE s.object_id IS NULL OR s.wanted ->> 2 IS NULL OR s.object_id = s.wanted ->> 2 END;

--- holders_in_trees
-- For a tree, the parts in which a session of another workstation is in the way, and that session. Of one on another tree all that
-- they share, but `is_own` only where it begins.
CREATE VIEW holders_in_trees AS
SELECT want.json AS want, s.seq, i.seq AS item_seq, i.part_number, s.item_id = i.id AS is_own,
       (SELECT document FROM holder_documents d WHERE d.seq = s.seq) AS document
FROM json_each want
CROSS JOIN items i
    ON i.id IN (SELECT want.value ->> 0
                UNION ALL
                SELECT p.item_id FROM parts_below p WHERE p.want = json_array(want.value ->> 0))
CROSS JOIN sessions s
    ON s.seq IN (SELECT seq FROM sessions WHERE item_id = i.id AND ended_at IS NULL
                 UNION ALL
                 SELECT session_seq FROM tree_holds WHERE item_id = i.id)
WHERE s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock) AND s.workstation_id <> want.value ->> 1;

--- lines_around
-- The requests in line that share an item with the scope: for the item itself, and for a tree of which it is a part; for a tree,
-- the same of all that it is made of.
CREATE VIEW lines_around AS
SELECT want.json AS want, want.value AS wanted, r.*
FROM json_each want
CROSS JOIN handoff_requests r
    ON r.seq IN (SELECT seq FROM handoff_requests WHERE item_id = want.value ->> 0 AND place IS NOT NULL
                 UNION ALL
                 SELECT q.seq FROM parts_below p CROSS JOIN handoff_requests q ON q.item_id = p.item_id
                 WHERE want.value ->> 4 = 'tree' AND p.want = json_array(want.value ->> 0) AND q.place IS NOT NULL
                 UNION ALL
                 SELECT q.seq FROM assemblies_above a CROSS JOIN handoff_requests q ON q.item_id = a.item_id
                 WHERE EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL AND scope = 'tree')
                   AND a.want = json_array(json_array(want.value ->> 0, want.value ->> 4))
                   AND q.place IS NOT NULL AND q.scope = 'tree');

--- requests_in_the_way
-- A request of another workstation that stands in line for an overlapping scope and is there: any if `place` is null, those
-- before that place otherwise.
CREATE VIEW requests_in_the_way AS
SELECT r.want, r.place,
       json_object('user', r.requester, 'workstation_id', r.workstation_id, 'request_id', r.id, 'object_id', r.object_id,
                   'created_at', r.created_at) AS document
FROM lines_around r
WHERE NOT r.is_absent AND r.workstation_id <> r.wanted ->> 1 AND coalesce(r.place < r.wanted ->> 3, 1)
  AND (r.object_id IS NULL OR r.wanted ->> 2 IS NULL OR r.object_id = r.wanted ->> 2);

--- do_expire_around
-- Records what is due on items that share something with a scope: a command begins so, after the item itself. No more than 20 of
-- them at once; what is left is still due.
CREATE VIEW do_expire_around AS SELECT NULL AS item_id, NULL AS scope, NULL AS cause WHERE 0;

--- do_expire_around_insert
CREATE TRIGGER do_expire_around_insert INSTEAD OF INSERT ON do_expire_around
WHEN (NEW.scope = 'tree' OR EXISTS (SELECT 1 FROM tree_holds WHERE item_id = NEW.item_id)
      OR EXISTS (SELECT 1 FROM handoff_requests WHERE place IS NOT NULL AND scope = 'tree'))
 AND EXISTS (SELECT 1 FROM due)
BEGIN
    INSERT INTO do_expire (item_id, cause)
    SELECT item_id, NEW.cause
    FROM (SELECT item_id FROM sessions_around
          WHERE want = json_array(json_array(NEW.item_id, NULL, NULL, NULL, NEW.scope))
            AND expires_at <= (SELECT now FROM clock)
          UNION
          SELECT c.item_id FROM lines_around l CROSS JOIN presence_changes c ON c.seq = l.seq
          WHERE l.want = json_array(json_array(NEW.item_id, NULL, NULL, NULL, NEW.scope))
          UNION
          SELECT r.item_id FROM parts_below p CROSS JOIN reserved_times r
            ON r.item_id = p.item_id AND r.starts_at <= (SELECT now FROM clock) AND r.due_at <= (SELECT now FROM clock)
          WHERE NEW.scope = 'tree' AND p.want = json_array(NEW.item_id))
    LIMIT 20;
END;
