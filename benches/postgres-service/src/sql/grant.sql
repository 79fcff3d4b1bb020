-- Grants a session unless another one is in the way; who holds it watches its item, and all who do hear of it.
WITH granted AS (
    INSERT INTO sessions (id, item_id, "user", workstation_id, context_level, object_id, fence, expires_at)
    SELECT $1::uuid, i.id, w."user", w.id, $5::text, $6::text, i.fence, now() + make_interval(secs => $7)
    FROM items i, workstations w
    WHERE i.part_number = $2 AND w.id = $3 AND w."user" = $4
      AND NOT EXISTS (SELECT FROM sessions s
                      WHERE s.item_id = i.id AND s.ended_at IS NULL
                        AND (s.object_id IS NULL OR $6 IS NULL OR s.object_id = $6))
    RETURNING *),
watched AS (
    INSERT INTO subscriptions (item_id, workstation_id) SELECT item_id, workstation_id FROM granted
    ON CONFLICT DO NOTHING),
event AS (
    INSERT INTO events (type, item_id, part_number, data)
    SELECT 'edit.session_acquired', item_id, $2,
           jsonb_build_object('session_id', id, 'user', "user", 'workstation_id', workstation_id,
                              'object_id', object_id, 'fence', fence)
    FROM granted RETURNING seq, item_id),
delivered AS (
    INSERT INTO deliveries (workstation_id, seq)
    SELECT workstation_id, (SELECT seq FROM event) FROM granted
    UNION
    SELECT w.workstation_id, e.seq FROM event e JOIN subscriptions w ON w.item_id = e.item_id),
recorded AS (
    INSERT INTO audit (actor, action, resource_type, resource_id, part_number, details, request_id)
    SELECT "user", 'edit.session_acquired', 'edit_session', id, $2,
           jsonb_build_object('user', "user", 'workstation_id', workstation_id, 'context_level', context_level,
                              'object_id', object_id, 'fence', fence, 'expires_at', expires_at), $8
    FROM granted)
SELECT *, $2 AS part_number FROM granted
