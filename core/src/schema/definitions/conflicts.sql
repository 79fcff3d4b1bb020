-- What is in whose way. All that grants, refuses or waits asks these two views, and nothing else says it once more.
--
-- They take an argument: `want`, a JSON array with one member, [item_id, workstation_id, object_id, place]. A row of theirs
-- is something that keeps this workstation from that scope. (A view over json_each, whose hidden column is the array.)

--- sessions_in_the_way
-- A session of another workstation that overlaps the scope, or one's own on the very same. One that has expired is in
-- nobody's way, whether that has been recorded or not.
CREATE VIEW sessions_in_the_way AS
SELECT want.json AS want, s.seq, s.id, s.user, s.workstation_id,
       json_object('user', s.user, 'workstation_id', s.workstation_id, 'session_id', s.id, 'object_id', s.object_id,
                   'acquired_at', s.acquired_at, 'expires_at', s.expires_at) AS document
FROM json_each want
JOIN sessions s ON s.item_id = want.value ->> 0 AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)
 AND CASE WHEN s.workstation_id = want.value ->> 1 THEN s.object_id IS want.value ->> 2
          ELSE s.object_id IS NULL OR want.value ->> 2 IS NULL OR s.object_id = want.value ->> 2 END;

--- requests_in_the_way
-- A request of another workstation that stands in line for an overlapping scope and is there: any if `place` is null, those
-- before that place otherwise.
CREATE VIEW requests_in_the_way AS
SELECT want.json AS want, r.place,
       json_object('user', r.requester, 'workstation_id', r.workstation_id, 'request_id', r.id, 'object_id', r.object_id,
                   'created_at', r.created_at) AS document
FROM json_each want
JOIN handoff_requests r ON r.item_id = want.value ->> 0 AND r.place IS NOT NULL AND NOT r.is_absent
 AND r.workstation_id <> want.value ->> 1 AND coalesce(r.place < want.value ->> 3, 1)
 AND (r.object_id IS NULL OR want.value ->> 2 IS NULL OR r.object_id = want.value ->> 2);
