-- What goes out after a change.

--- announcements
-- The newest change as a message: its name, its newest event, and whom its events are for; null instead of more than
-- 100 workstations; and whether any webhook is on. Like `latest_event`, it tells of a change right after it and in its own statement: its events are
-- the last ones then, without a gap.
CREATE VIEW announcements AS
SELECT latest.change_id, json_object('change', latest.change_id, 'through', latest.seq,
       'webhooks', json(iif(EXISTS (SELECT 1 FROM webhooks WHERE enabled), 'true', 'false')), 'workstations', json((
           WITH RECURSIVE own (seq) AS (
               SELECT latest.seq
               UNION ALL
               SELECT e.seq FROM own JOIN events e ON e.seq = own.seq - 1 WHERE e.change_id = latest.change_id)
           SELECT iif(count(*) <= 100, json_group_array(workstation_id), NULL)
           FROM (SELECT DISTINCT d.workstation_id FROM own CROSS JOIN deliveries d ON d.seq = own.seq LIMIT 101))))
       AS announcement
FROM latest_event latest;
