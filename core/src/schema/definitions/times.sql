-- From when and until when: what lets the audit log be read from a time on, and not from its beginning.

--- audit_clock_set_back
CREATE TRIGGER audit_clock_set_back AFTER INSERT ON audit
WHEN NEW.time < (SELECT time FROM audit WHERE seq < NEW.seq ORDER BY seq DESC LIMIT 1)
BEGIN
    INSERT INTO clock_steps (seq, high, low)
    SELECT NEW.seq, time, NEW.time FROM audit WHERE seq < NEW.seq ORDER BY seq DESC LIMIT 1;
END;
