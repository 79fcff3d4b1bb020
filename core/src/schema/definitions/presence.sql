-- Who is there: `workstations.last_seen` is when a workstation was heard of last, to within the time below. It is no change
-- of state that anybody has to account for: neither event nor audit row tells of it.

--- workstations_unheard
-- Those of whom nothing has been noted for a while. Whoever hears of one of them notes it; of the others it is known, and
-- nobody's call costs a write for it. (A time that lies ahead is one of a clock that has been set back since.)
CREATE VIEW workstations_unheard AS
SELECT id, user FROM workstations
WHERE last_seen NOT BETWEEN strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-40 seconds') AND (SELECT now FROM clock);

--- do_hear
-- Notes that workstations have been heard of.
CREATE VIEW do_hear AS SELECT NULL AS workstation_id WHERE 0;

--- do_hear_insert
CREATE TRIGGER do_hear_insert INSTEAD OF INSERT ON do_hear
BEGIN
    UPDATE workstations SET last_seen = (SELECT now FROM clock) WHERE id = NEW.workstation_id;
END;

--- do_heartbeat
-- A workstation of `user`'s says that it is there.
CREATE VIEW do_heartbeat AS SELECT NULL AS id, NULL AS user, NULL AS cause WHERE 0;

--- do_heartbeat_insert
CREATE TRIGGER do_heartbeat_insert INSTEAD OF INSERT ON do_heartbeat
BEGIN
    INSERT INTO do_hear (workstation_id) SELECT id FROM workstations WHERE id = NEW.id AND user = NEW.user;
END;

--- do_hear_again
-- The same, where nothing has been noted for a while: what commands do first that look at the line, so that whoever gives one
-- counts as there.
CREATE VIEW do_hear_again AS SELECT NULL AS workstation_id WHERE 0;

--- do_hear_again_insert
CREATE TRIGGER do_hear_again_insert INSTEAD OF INSERT ON do_hear_again
WHEN EXISTS (SELECT 1 FROM workstations_unheard WHERE id = NEW.workstation_id)
BEGIN
    INSERT INTO do_hear (workstation_id) VALUES (NEW.workstation_id);
END;

--- do_subscribe_hear
CREATE TRIGGER do_subscribe_hear INSTEAD OF INSERT ON do_subscribe
WHEN EXISTS (SELECT 1 FROM workstations_unheard WHERE id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO do_hear (workstation_id) VALUES (NEW.workstation_id);
END;

--- do_unsubscribe_hear
CREATE TRIGGER do_unsubscribe_hear INSTEAD OF INSERT ON do_unsubscribe
WHEN EXISTS (SELECT 1 FROM workstations_unheard WHERE id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO do_hear (workstation_id) VALUES (NEW.workstation_id);
END;

--- sessions_renewed_hear
-- Whoever renews a session speaks for the workstation that holds it.
CREATE TRIGGER sessions_renewed_hear AFTER UPDATE OF renewed_at ON sessions
WHEN EXISTS (SELECT 1 FROM workstations_unheard WHERE id = NEW.workstation_id)
BEGIN
    INSERT INTO do_hear (workstation_id) VALUES (NEW.workstation_id);
END;
