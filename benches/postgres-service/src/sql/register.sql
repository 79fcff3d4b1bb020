-- Registers a workstation, or gives it another name; nothing where its fingerprint is somebody else's.
WITH registered AS (
    INSERT INTO workstations (id, "user", name, fingerprint) VALUES ($1, $2, $3, $4)
    ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, last_seen = now()
    WHERE workstations."user" = excluded."user"
    RETURNING *),
recorded AS (
    INSERT INTO audit (actor, action, resource_type, resource_id, details, request_id)
    SELECT "user", 'workstation.registered', 'workstation', id, jsonb_build_object('name', name), $5 FROM registered)
SELECT * FROM registered
