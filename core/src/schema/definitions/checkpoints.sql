-- Drafts and checkpoints. Their bytes lie in chunks of one size, written one by one while an upload comes in; nobody
-- sees them until one statement makes a draft or a checkpoint of them. What never gets there is swept up.

--- blobs_deleted
-- For whoever deletes a blob itself, as earlier versions do.
CREATE TRIGGER blobs_deleted AFTER DELETE ON blobs
BEGIN
    DELETE FROM chunks WHERE blob_id = OLD.id;
END;

--- do_drop_blob
-- Bytes that nobody wants any more. A few chunks go at once, so that no statement waits for a large file to go; the rest is
-- swept up: its blob has no time.
CREATE VIEW do_drop_blob AS SELECT NULL AS id WHERE 0;

--- do_drop_blob_insert
CREATE TRIGGER do_drop_blob_insert INSTEAD OF INSERT ON do_drop_blob
WHEN NEW.id IS NOT NULL
BEGIN
    DELETE FROM chunks WHERE seq IN (SELECT seq FROM chunks WHERE blob_id = NEW.id LIMIT 4);
    UPDATE blobs SET kept = 0, created_at = '' WHERE id = NEW.id AND EXISTS (SELECT 1 FROM chunks WHERE blob_id = NEW.id);
    DELETE FROM blobs WHERE id = NEW.id AND NOT EXISTS (SELECT 1 FROM chunks WHERE blob_id = NEW.id);
END;

--- do_add_chunk
-- One piece of an upload; the first one begins the blob.
CREATE VIEW do_add_chunk AS SELECT NULL AS blob_id, NULL AS number, NULL AS bytes WHERE 0;

--- do_add_chunk_insert
CREATE TRIGGER do_add_chunk_insert INSTEAD OF INSERT ON do_add_chunk
BEGIN
    INSERT INTO blobs (id, created_at) SELECT NEW.blob_id, now FROM clock WHERE NEW.number = 0;

    INSERT INTO chunks (blob_id, number, bytes)
    SELECT NEW.blob_id, NEW.number, NEW.bytes FROM blobs WHERE id = NEW.blob_id AND NOT kept AND created_at <> '';
END;

--- blobs_of_no_use
-- Uploads that were begun an hour ago and never came to anything, and what has been dropped.
CREATE VIEW blobs_of_no_use AS
SELECT seq, id FROM blobs WHERE NOT kept AND created_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hour');

--- do_sweep
-- Deletes bytes that are of no use, 64 chunks at most, and checkpoints whose time is over, 16 at most. It is done again and again
-- until there is nothing left (`sweepable`).
CREATE VIEW do_sweep AS SELECT NULL AS cause WHERE 0;

--- do_sweep_insert
CREATE TRIGGER do_sweep_insert INSTEAD OF INSERT ON do_sweep
BEGIN
    UPDATE checkpoints SET gone = 'expired', cause = json_set(NEW.cause, '$.actor', 'system')
    WHERE seq IN (SELECT seq FROM checkpoints WHERE expires_at <= (SELECT now FROM clock) ORDER BY expires_at LIMIT 16);

    UPDATE blobs SET created_at = '' WHERE seq IN (SELECT seq FROM blobs_of_no_use LIMIT 64);

    DELETE FROM chunks
    WHERE seq IN (SELECT c.seq FROM (SELECT id FROM blobs WHERE NOT kept AND created_at = '' LIMIT 64) AS b
                  JOIN chunks c ON c.blob_id = b.id LIMIT 64);

    DELETE FROM blobs
    WHERE seq IN (SELECT seq FROM (SELECT seq, id FROM blobs WHERE NOT kept AND created_at = '' LIMIT 64) AS b
                  WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE blob_id = b.id));
END;

--- sweepable
-- A row if there is something to be swept up.
CREATE VIEW sweepable AS
SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM blobs_of_no_use)
                   OR EXISTS (SELECT 1 FROM checkpoints WHERE expires_at <= (SELECT now FROM clock));

--- drafts_deleted
-- The bytes go with the draft, unless they have become a checkpoint's.
CREATE TRIGGER drafts_deleted AFTER DELETE ON drafts
BEGIN
    INSERT INTO do_drop_blob (id)
    VALUES (iif(EXISTS (SELECT 1 FROM checkpoints WHERE blob_id = OLD.blob_id), NULL, OLD.blob_id));
END;

--- do_save_draft
-- Of an upload that stands: one that took too long may have been swept up. `ttl_hours` and `max_per_item` are for the
-- checkpoint that it becomes when the session ends otherwise than by its holder's release: whatever ends it then doesn't
-- know the settings.
CREATE VIEW do_save_draft AS
SELECT NULL AS session_id, NULL AS part_number, NULL AS user, NULL AS blob_id, NULL AS size, NULL AS sha256,
       NULL AS content_type, NULL AS ttl_hours, NULL AS max_per_item, NULL AS cause WHERE 0;

--- do_save_draft_insert
CREATE TRIGGER do_save_draft_insert INSTEAD OF INSERT ON do_save_draft
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
  AND NOT EXISTS (SELECT 1 FROM barred WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number)))
  AND EXISTS (SELECT 1 FROM blobs WHERE id = NEW.blob_id AND NOT kept AND created_at <> '')
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    DELETE FROM drafts WHERE session_id = (SELECT id FROM active_sessions WHERE id = NEW.session_id);

    INSERT INTO drafts (session_id, blob_id, size, sha256, content_type, ttl_hours, max_per_item, cause)
    SELECT id, NEW.blob_id, NEW.size, NEW.sha256, NEW.content_type, NEW.ttl_hours, NEW.max_per_item, NEW.cause
    FROM active_sessions WHERE id = NEW.session_id;
END;

--- do_settle_draft
-- What becomes of the draft of a session that ends: it goes with its holder's release, and is kept as a checkpoint in any
-- other case.
CREATE VIEW do_settle_draft AS SELECT NULL AS session_id, NULL AS end_reason, NULL AS cause WHERE 0;

--- do_settle_draft_insert
CREATE TRIGGER do_settle_draft_insert INSTEAD OF INSERT ON do_settle_draft
WHEN EXISTS (SELECT 1 FROM drafts WHERE session_id = NEW.session_id)
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'edit.draft_dropped', 'edit_session', s.id, s.item_id,
           json_object('user', s.user, 'size', d.size, 'sha256', d.sha256), NEW.cause
    FROM drafts d JOIN sessions s ON s.id = d.session_id
    WHERE d.session_id = NEW.session_id AND NEW.end_reason = 'released';

    INSERT INTO do_add_checkpoint (id, session_id, kind, label, blob_id, size, sha256, content_type, ttl_hours,
                                   max_per_item, cause)
    SELECT (SELECT uuid FROM fresh), session_id, iif(NEW.end_reason = 'force_released', 'force_release', NEW.end_reason),
           NULL, blob_id, size, sha256, content_type, coalesce(ttl_hours, 168), coalesce(max_per_item, 5), NEW.cause
    FROM drafts WHERE session_id = NEW.session_id AND NEW.end_reason <> 'released';

    UPDATE sessions
    SET checkpoint_id = (SELECT c.id FROM checkpoints c JOIN drafts d ON d.blob_id = c.blob_id
                         WHERE d.session_id = NEW.session_id)
    WHERE id = NEW.session_id AND NEW.end_reason <> 'released';

    DELETE FROM drafts WHERE session_id = NEW.session_id;
END;

--- drafts_saved
CREATE TRIGGER drafts_saved AFTER INSERT ON drafts
BEGIN
    UPDATE blobs SET kept = 1 WHERE id = NEW.blob_id;

    UPDATE sessions SET active_at = (SELECT now FROM clock) WHERE id = NEW.session_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'edit.draft_saved', 'edit_session', s.id, s.item_id,
           json_object('user', s.user, 'size', NEW.size, 'sha256', NEW.sha256), NEW.cause
    FROM sessions s WHERE s.id = NEW.session_id;
END;

--- checkpoints_gone
CREATE TRIGGER checkpoints_gone AFTER UPDATE OF gone ON checkpoints
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('checkpoint.' || NEW.gone, 'checkpoint', NEW.id, NEW.item_id,
            json_object('user', NEW.user, 'kind', NEW.kind, 'size', NEW.size, 'sha256', NEW.sha256), NEW.cause);

    DELETE FROM checkpoints WHERE id = NEW.id;

    INSERT INTO do_drop_blob (id) VALUES (NEW.blob_id);
END;

--- checkpoints_created
CREATE TRIGGER checkpoints_created AFTER INSERT ON checkpoints
BEGIN
    UPDATE blobs SET kept = 1 WHERE id = NEW.blob_id;

    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    VALUES ('edit.checkpoint_created', NEW.item_id, 1, '[]',
            json_object('checkpoint_id', NEW.id, 'session_id', NEW.session_id, 'user', NEW.user, 'kind', NEW.kind,
                        'size', NEW.size), NEW.cause);

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('checkpoint.created', 'checkpoint', NEW.id, NEW.item_id,
            json_object('session_id', NEW.session_id, 'user', NEW.user, 'kind', NEW.kind, 'label', NEW.label,
                        'size', NEW.size, 'sha256', NEW.sha256), NEW.cause);
END;

--- do_add_checkpoint
-- The one way to a checkpoint: for whose bytes it stands, for how long, and how many the item keeps.
CREATE VIEW do_add_checkpoint AS
SELECT NULL AS id, NULL AS session_id, NULL AS kind, NULL AS label, NULL AS blob_id, NULL AS size, NULL AS sha256,
       NULL AS content_type, NULL AS ttl_hours, NULL AS max_per_item, NULL AS cause WHERE 0;

--- do_add_checkpoint_insert
CREATE TRIGGER do_add_checkpoint_insert INSTEAD OF INSERT ON do_add_checkpoint
BEGIN
    INSERT INTO checkpoints (id, item_id, session_id, user, kind, label, blob_id, size, sha256, content_type,
                             created_at, expires_at, cause)
    SELECT NEW.id, s.item_id, s.id, s.user, NEW.kind, NEW.label, NEW.blob_id, NEW.size, NEW.sha256, NEW.content_type,
           now, strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+' || NEW.ttl_hours || ' hours'), NEW.cause
    FROM sessions s, clock WHERE s.id = NEW.session_id;

    INSERT INTO do_sweep (cause) VALUES (NEW.cause);

    UPDATE checkpoints SET gone = 'superseded', cause = json_set(NEW.cause, '$.actor', 'system')
    WHERE seq IN (SELECT c.seq FROM checkpoints c
                  WHERE c.item_id = (SELECT item_id FROM sessions WHERE id = NEW.session_id)
                  ORDER BY c.seq DESC LIMIT -1 OFFSET NEW.max_per_item);
END;

--- do_create_checkpoint
-- The holder keeps what has been uploaded.
CREATE VIEW do_create_checkpoint AS
SELECT NULL AS id, NULL AS session_id, NULL AS part_number, NULL AS user, NULL AS label, NULL AS blob_id, NULL AS size,
       NULL AS sha256, NULL AS content_type, NULL AS ttl_hours, NULL AS max_per_item, NULL AS cause WHERE 0;

--- do_create_checkpoint_insert
CREATE TRIGGER do_create_checkpoint_insert INSTEAD OF INSERT ON do_create_checkpoint
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
  AND NOT EXISTS (SELECT 1 FROM barred WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number)))
  AND EXISTS (SELECT 1 FROM blobs WHERE id = NEW.blob_id AND NOT kept AND created_at <> '')
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    UPDATE sessions SET active_at = (SELECT now FROM clock)
    WHERE id = (SELECT id FROM active_sessions WHERE id = NEW.session_id);

    INSERT INTO do_add_checkpoint (id, session_id, kind, label, blob_id, size, sha256, content_type, ttl_hours,
                                   max_per_item, cause)
    SELECT NEW.id, id, 'manual', NEW.label, NEW.blob_id, NEW.size, NEW.sha256, NEW.content_type, NEW.ttl_hours,
           NEW.max_per_item, NEW.cause
    FROM active_sessions WHERE id = NEW.session_id;
END;

--- do_delete_checkpoint
CREATE VIEW do_delete_checkpoint AS
SELECT NULL AS id, NULL AS part_number, NULL AS user, NULL AS is_admin, NULL AS cause WHERE 0;

--- do_delete_checkpoint_insert
CREATE TRIGGER do_delete_checkpoint_insert INSTEAD OF INSERT ON do_delete_checkpoint
WHEN NEW.is_admin OR NOT EXISTS (SELECT 1 FROM barred WHERE want = json_array(json_array(NEW.user, NEW.part_number)))
BEGIN
    UPDATE checkpoints SET gone = 'deleted', cause = NEW.cause
    WHERE id = NEW.id AND (user = NEW.user OR NEW.is_admin)
      AND item_id = (SELECT id FROM items WHERE part_number = NEW.part_number);
END;

--- checkpoint_documents
CREATE VIEW checkpoint_documents AS
SELECT c.seq, c.id, c.user, i.part_number, c.blob_id, c.size, c.sha256, c.content_type,
       json_object('id', c.id, 'item_id', c.item_id, 'part_number', i.part_number, 'session_id', c.session_id,
       'user', c.user, 'kind', c.kind, 'label', c.label, 'size', c.size, 'sha256', c.sha256,
       'created_at', c.created_at, 'expires_at', c.expires_at) AS document
FROM checkpoints c JOIN items i ON i.id = c.item_id
WHERE c.expires_at > (SELECT now FROM clock);
