-- Renews what a workstation holds in this very scope.
WITH renewed AS (
    UPDATE sessions s SET renewed_at = now(), expires_at = now() + make_interval(secs => $5)
    FROM items i
    WHERE i.part_number = $1 AND s.item_id = i.id AND s.ended_at IS NULL AND s.expires_at > now()
      AND s.workstation_id = $2 AND s."user" = $3 AND s.object_id IS NOT DISTINCT FROM $4
    RETURNING s.*, i.part_number),
recorded AS (
    INSERT INTO audit (actor, action, resource_type, resource_id, part_number, details, request_id)
    SELECT "user", 'edit.session_renewed', 'edit_session', id, part_number,
           jsonb_build_object('user', "user", 'expires_at', expires_at), $6
    FROM renewed)
SELECT * FROM renewed
