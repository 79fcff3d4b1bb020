-- Edits that concern nobody but whoever makes them and who watches: most of all. They say nothing of their own; what an edit
-- is stands in sessions.sql, and these do the same where nothing more can come of it.
--
-- SQLite compiles a statement with all triggers that it could fire, whether it will or not, and from the end of a session anything
-- can follow: drafts, approvals, lines, reservations, trees. That takes 10 ms. libSQL's server compiles each statement whenever it is
-- run, and a host that opens a connection does once for each: what is tried first is small, and leaves the rest to `do_edit`. What is
-- to follow from the end of a session, or to stand in the way of one, has to be asked for here, too.

--- quiet_items
-- Items on which nothing is due and for which nobody waits.
CREATE VIEW quiet_items AS
SELECT i.id, i.part_number FROM unawaited i
WHERE NOT EXISTS (SELECT 1 FROM sessions s
                  WHERE s.item_id = i.id AND s.ended_at IS NULL AND s.expires_at <= (SELECT now FROM clock))
  AND NOT EXISTS (SELECT 1 FROM commands_due WHERE item_id = i.id);

--- sessions_of_no_consequence
-- Active sessions from whose end nothing follows but that it is told of.
CREATE VIEW sessions_of_no_consequence AS
SELECT s.id, s.user, i.part_number
FROM sessions s JOIN quiet_items i ON i.id = s.item_id
WHERE s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock) AND s.scope = 'item'
  AND NOT EXISTS (SELECT 1 FROM drafts WHERE session_id = s.id)
  AND NOT EXISTS (SELECT 1 FROM approvals WHERE session_id = s.id AND is_open)
  AND NOT EXISTS (SELECT 1 FROM handoff_requests WHERE session_id = s.id AND status = 'pending')
  AND NOT EXISTS (SELECT 1 FROM commands WHERE session_id = s.id AND ended_at IS NULL);

--- sessions_consequences_guard
-- Whoever ends a session sees to what follows: this holds even if one forgot.
CREATE TRIGGER sessions_consequences_guard BEFORE UPDATE OF ended_at ON sessions
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NEW.consequences IS NULL
 AND NOT EXISTS (SELECT 1 FROM sessions_of_no_consequence WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'something follows from the end of this session');
END;

--- do_plain_acquire
-- It does nothing where `do_edit` may do more than this, or refuses: then the session's cause is not the one that was given.
CREATE VIEW do_plain_acquire AS SELECT * FROM do_edit;

--- do_plain_acquire_insert
-- As do_acquire, of an item that nobody has seen before or that has nothing around it.
CREATE TRIGGER do_plain_acquire_insert INSTEAD OF INSERT ON do_plain_acquire
WHEN NEW.scope IS NOT 'tree'
 AND EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
 AND NOT EXISTS (SELECT 1 FROM items i
                 WHERE i.part_number = NEW.part_number
                   AND (i.revision <> NEW.revision
                        OR NOT EXISTS (SELECT 1 FROM undisturbed u WHERE u.item_id = i.id)
                        OR EXISTS (SELECT 1 FROM commands_due WHERE item_id = i.id)))
 AND (NOT EXISTS (SELECT 1 FROM access_settings)
      OR NOT EXISTS (SELECT 1 FROM barred
                     WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number))))
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO items (id, part_number, created_at, cause)
    SELECT NEW.item_id, NEW.part_number, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM items WHERE part_number = NEW.part_number);

    INSERT INTO do_begin (id, item_id, user, workstation_id, context_level, object_id, ttl_seconds, note, origin, scope, cause)
    SELECT NEW.session_id, id, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id, NEW.ttl_seconds, NEW.note,
           'acquired', NEW.scope, NEW.cause
    FROM items WHERE part_number = NEW.part_number;
END;

--- do_plain_renew
CREATE VIEW do_plain_renew AS SELECT * FROM do_edit;

--- do_plain_renew_insert
-- As do_renew, where nothing is due on the item.
CREATE TRIGGER do_plain_renew_insert INSTEAD OF INSERT ON do_plain_renew
WHEN EXISTS (SELECT 1 FROM sessions s JOIN quiet_items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number AND s.user = NEW.user)
 AND (NOT EXISTS (SELECT 1 FROM access_settings)
      OR NOT EXISTS (SELECT 1 FROM barred
                     WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), NEW.part_number))))
BEGIN
    INSERT INTO do_prolong (session_id, ttl_seconds, note, cause)
    VALUES (NEW.session_id, NEW.ttl_seconds, NEW.note, NEW.cause);
END;

--- do_plain_release
CREATE VIEW do_plain_release AS SELECT * FROM do_edit;

--- do_plain_release_insert
-- As do_release, where nothing is due on the item and nothing hangs on the session.
CREATE TRIGGER do_plain_release_insert INSTEAD OF INSERT ON do_plain_release
WHEN EXISTS (SELECT 1 FROM sessions_of_no_consequence
             WHERE id = NEW.session_id AND part_number = NEW.part_number AND user = NEW.user)
BEGIN
    UPDATE items SET revision = NEW.revision, cause = NEW.cause
    WHERE NEW.revision IS NOT NULL AND part_number = NEW.part_number;

    UPDATE sessions SET ended_at = (SELECT now FROM clock), end_reason = 'released', cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL;
END;

--- do_plain_edit
-- Any of these: for edits of several kinds that go down together. One that goes alone is made by the view of its kind, which compiles
-- sooner.
CREATE VIEW do_plain_edit AS SELECT * FROM do_edit;

--- do_plain_edit_insert
CREATE TRIGGER do_plain_edit_insert INSTEAD OF INSERT ON do_plain_edit
BEGIN
    INSERT INTO do_plain_acquire (session_id, item_id, part_number, user, workstation_id, context_level, object_id,
                                  ttl_seconds, note, revision, scope, cause)
    SELECT NEW.session_id, NEW.item_id, NEW.part_number, NEW.user, NEW.workstation_id, NEW.context_level, NEW.object_id,
           NEW.ttl_seconds, NEW.note, NEW.revision, NEW.scope, NEW.cause
    WHERE NEW.verb = 'acquire';

    INSERT INTO do_plain_renew (session_id, part_number, user, ttl_seconds, note, cause)
    SELECT NEW.session_id, NEW.part_number, NEW.user, NEW.ttl_seconds, NEW.note, NEW.cause
    WHERE NEW.verb = 'renew';

    INSERT INTO do_plain_release (session_id, part_number, user, revision, cause)
    SELECT NEW.session_id, NEW.part_number, NEW.user, NEW.revision, NEW.cause
    WHERE NEW.verb = 'release';
END;
