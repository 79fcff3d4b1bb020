-- Ends a session of one's own; all who watch its item hear of it.
WITH ended AS (
    UPDATE sessions s SET ended_at = now(), end_reason = 'released'
    FROM items i
    WHERE s.id = $1 AND i.id = s.item_id AND i.part_number = $2 AND s."user" = $3
      AND s.ended_at IS NULL AND s.expires_at > now()
    RETURNING s.*, i.part_number),
event AS (
    INSERT INTO events (type, item_id, part_number, data)
    SELECT 'edit.session_released', item_id, part_number,
           jsonb_build_object('session_id', id, 'user', "user", 'workstation_id', workstation_id,
                              'object_id', object_id, 'fence', fence)
    FROM ended RETURNING seq, item_id),
delivered AS (
    INSERT INTO deliveries (workstation_id, seq)
    SELECT w.workstation_id, e.seq FROM event e JOIN subscriptions w ON w.item_id = e.item_id),
recorded AS (
    INSERT INTO audit (actor, action, resource_type, resource_id, part_number, details, request_id)
    SELECT "user", 'edit.session_released', 'edit_session', id, part_number,
           jsonb_build_object('user', "user", 'workstation_id', workstation_id, 'object_id', object_id, 'fence', fence),
           $4
    FROM ended)
SELECT * FROM ended
