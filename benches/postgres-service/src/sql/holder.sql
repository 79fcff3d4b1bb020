-- Who is in the way.
SELECT s.*, i.part_number FROM sessions s JOIN items i ON i.id = s.item_id
WHERE i.part_number = $1 AND s.ended_at IS NULL AND (s.object_id IS NULL OR $2::text IS NULL OR s.object_id = $2)
LIMIT 1
