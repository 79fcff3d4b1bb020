-- From when and until when: what lets the audit log be read from a time on, and not from its beginning.

--- clock_steps
-- Where the clock was set back while the log went on: the first entry after that with its time (`low`), and the time of
-- the entry before it (`high`). Between two of them the times of the log don't decrease.
CREATE TABLE IF NOT EXISTS clock_steps (seq INTEGER PRIMARY KEY, high TEXT NOT NULL, low TEXT NOT NULL);

--- audit_clock_set_back
CREATE TRIGGER IF NOT EXISTS audit_clock_set_back AFTER INSERT ON audit
WHEN NEW.time < (SELECT time FROM audit WHERE seq < NEW.seq ORDER BY seq DESC LIMIT 1)
BEGIN
    INSERT INTO clock_steps (seq, high, low)
    SELECT NEW.seq, time, NEW.time FROM audit WHERE seq < NEW.seq ORDER BY seq DESC LIMIT 1;
END;

--- audit_by_time
CREATE INDEX IF NOT EXISTS audit_by_time ON audit (time);

--- clock_steps_so_far
INSERT OR IGNORE INTO clock_steps (seq, high, low)
SELECT seq, before, time FROM (SELECT seq, time, lag(time) OVER (ORDER BY seq) AS before FROM audit)
WHERE time < before;
