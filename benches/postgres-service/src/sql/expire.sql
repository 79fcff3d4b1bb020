-- Records what has expired on an item.
WITH ended AS (
    UPDATE sessions s SET ended_at = s.expires_at, end_reason = 'expired'
    FROM items i
    WHERE i.part_number = $1 AND s.item_id = i.id AND s.ended_at IS NULL AND s.expires_at <= now()
    RETURNING s.*, i.part_number),
event AS (
    INSERT INTO events (type, item_id, part_number, data)
    SELECT 'edit.session_expired', item_id, part_number,
           jsonb_build_object('session_id', id, 'user', "user", 'workstation_id', workstation_id,
                              'object_id', object_id, 'fence', fence)
    FROM ended RETURNING seq, item_id),
delivered AS (
    INSERT INTO deliveries (workstation_id, seq)
    SELECT w.workstation_id, e.seq FROM event e JOIN subscriptions w ON w.item_id = e.item_id)
INSERT INTO audit (actor, action, resource_type, resource_id, part_number, details, request_id)
SELECT 'system', 'edit.session_expired', 'edit_session', id, part_number,
       jsonb_build_object('user', "user", 'workstation_id', workstation_id, 'object_id', object_id, 'fence', fence), $2
FROM ended
