-- API keys.

--- key_secrets
-- The secrets that hold, each with what it lets its bearer do, and for how many seconds more.
CREATE VIEW key_secrets AS
SELECT hash, json_object('id', id, 'user', user, 'role', role, 'scopes', json(scopes),
                         'left', (julianday(expires_at) - julianday('now')) * 86400) AS document
FROM api_keys WHERE expires_at IS NULL OR expires_at > (SELECT now FROM clock)
UNION ALL
SELECT previous_hash, json_object('id', id, 'user', user, 'role', role, 'scopes', json(scopes),
                         'left', (julianday(min(previous_until, coalesce(expires_at, previous_until)))
                                  - julianday('now')) * 86400)
FROM api_keys WHERE previous_hash IS NOT NULL AND previous_until > (SELECT now FROM clock)
                AND (expires_at IS NULL OR expires_at > (SELECT now FROM clock));

--- key_documents
CREATE VIEW key_documents AS
SELECT seq, id, user,
       json_object('id', id, 'name', name, 'user', user, 'role', role, 'scopes', json(scopes), 'prefix', prefix,
       'created_at', created_at, 'expires_at', expires_at, 'rotated_at', rotated_at, 'last_used_at', last_used_at,
       'use_count', use_count) AS document
FROM api_keys;

--- api_keys_created
CREATE TRIGGER api_keys_created AFTER INSERT ON api_keys
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('key.created', 'key', NEW.id,
            json_object('user', NEW.user, 'name', NEW.name, 'role', NEW.role, 'scopes', json(NEW.scopes),
                        'prefix', NEW.prefix, 'expires_at', NEW.expires_at), NEW.cause);
END;

--- api_keys_rotated
CREATE TRIGGER api_keys_rotated AFTER UPDATE OF hash ON api_keys WHEN NEW.hash <> OLD.hash
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('key.rotated', 'key', NEW.id,
            json_object('user', NEW.user, 'name', NEW.name, 'prefix', NEW.prefix, 'old_prefix', OLD.prefix,
                        'old_holds_until', NEW.previous_until), NEW.cause);
END;

--- do_revoke_key
CREATE VIEW do_revoke_key AS
SELECT NULL AS id, NULL AS user, NULL AS is_admin, NULL AS cause WHERE 0;

--- do_revoke_key_insert
CREATE TRIGGER do_revoke_key_insert INSTEAD OF INSERT ON do_revoke_key
WHEN EXISTS (SELECT 1 FROM api_keys WHERE id = NEW.id AND (user = NEW.user OR NEW.is_admin))
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    SELECT 'key.revoked', 'key', id,
           json_object('user', user, 'name', name, 'prefix', prefix, 'use_count', use_count), NEW.cause
    FROM api_keys WHERE id = NEW.id;

    DELETE FROM api_keys WHERE id = NEW.id;
END;
