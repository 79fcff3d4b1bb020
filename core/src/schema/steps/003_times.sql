
--- clock_steps
-- Where the clock was set back while the log went on: the first entry after that with its time (`low`), and the time of
-- the entry before it (`high`). Between two of them the times of the log don't decrease.
CREATE TABLE IF NOT EXISTS clock_steps (seq INTEGER PRIMARY KEY, high TEXT NOT NULL, low TEXT NOT NULL);

--- audit_by_time
CREATE INDEX IF NOT EXISTS audit_by_time ON audit (time);

--- clock_steps_so_far
INSERT OR IGNORE INTO clock_steps (seq, high, low)
SELECT seq, before, time FROM (SELECT seq, time, lag(time) OVER (ORDER BY seq) AS before FROM audit)
WHERE time < before;
