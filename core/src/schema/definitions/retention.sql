-- How the audit log is kept: rows are added, sealed, and after a time forgotten from the beginning on.

--- audit_append_only_update
-- A row is sealed once, and never altered.
CREATE TRIGGER audit_append_only_update BEFORE UPDATE ON audit
WHEN OLD.hash IS NOT NULL OR NEW.hash IS NULL
  OR json_array(NEW.seq, NEW.time, NEW.actor, NEW.action, NEW.resource_type, NEW.resource_id, NEW.part_number,
                NEW.details, NEW.request_id, NEW.ip)
  <> json_array(OLD.seq, OLD.time, OLD.actor, OLD.action, OLD.resource_type, OLD.resource_id, OLD.part_number,
                OLD.details, OLD.request_id, OLD.ip)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

--- audit_append_only_delete
-- What goes lies before the anchor.
CREATE TRIGGER audit_append_only_delete BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT seq FROM audit_anchor)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

--- audit_append_only_replace
-- INSERT OR REPLACE would delete a row without its trigger.
CREATE TRIGGER audit_append_only_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

--- audit_anchor_moves_on
-- The anchor is moved to a sealed entry, and on only.
CREATE TRIGGER audit_anchor_moves_on BEFORE UPDATE ON audit_anchor
WHEN NEW.seq < OLD.seq OR (NEW.seq = OLD.seq AND NEW.hash <> OLD.hash)
  OR (NEW.seq > OLD.seq AND NEW.hash IS NOT (SELECT hash FROM audit WHERE seq = NEW.seq))
BEGIN
    SELECT RAISE(ABORT, 'the audit log begins where it was sealed');
END;

--- do_forget_audit
-- Forgets entries from before `before`, the oldest ones first and at most `batch` of them, and records the anchor that the log
-- begins at from then on. An entry that isn't sealed is kept, and so is what follows it.
--
-- As with events (`do_prune`), a clock may have been wrong: an entry from the future holds up nothing, and one that was written
-- after an entry that is not old is not old either.
CREATE VIEW do_forget_audit AS SELECT NULL AS before, NULL AS batch, NULL AS cause WHERE 0;

--- do_forget_audit_insert
CREATE TRIGGER do_forget_audit_insert INSTEAD OF INSERT ON do_forget_audit
BEGIN
    UPDATE audit_anchor
    SET (seq, hash) = (
        SELECT a.seq, a.hash
        FROM (SELECT seq, hash FROM audit ORDER BY seq LIMIT NEW.batch) AS a
        WHERE a.seq < coalesce((SELECT seq FROM (SELECT seq, time, hash FROM audit ORDER BY seq LIMIT NEW.batch)
                                WHERE hash IS NULL OR (time >= NEW.before AND time <= (SELECT now FROM clock))
                                ORDER BY seq LIMIT 1), 9223372036854775807)
        ORDER BY a.seq DESC LIMIT 1)
    WHERE (SELECT hash IS NOT NULL AND NOT (time >= NEW.before AND time <= (SELECT now FROM clock))
           FROM audit ORDER BY seq LIMIT 1);

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'audit.forgotten', 'audit', CAST(n.seq AS TEXT), NULL,
           json_object('from', (SELECT CAST(min(seq) AS TEXT) FROM audit), 'through', CAST(n.seq AS TEXT), 'hash', n.hash),
           NEW.cause
    FROM audit_anchor n WHERE EXISTS (SELECT 1 FROM audit WHERE seq = n.seq);

    DELETE FROM clock_steps WHERE seq <= (SELECT seq FROM audit_anchor);
    DELETE FROM audit WHERE seq <= (SELECT seq FROM audit_anchor);
END;
