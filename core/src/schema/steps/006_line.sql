-- The line, drafts that survive, and workstations that go step by step.

--- handoff_requests_place
-- The place in line, lower ones first; null for a request that isn't in line. It is given when somebody joins.
ALTER TABLE handoff_requests ADD COLUMN place INTEGER;

--- handoff_requests_is_absent
-- Whether the workstation of a request in line was found not to be there: the line passes over it.
ALTER TABLE handoff_requests ADD COLUMN is_absent INTEGER NOT NULL DEFAULT 0;

--- handoff_requests_places_so_far
UPDATE handoff_requests SET place = seq WHERE auto_acquire AND status = 'pending';

--- handoff_requests_line
CREATE INDEX handoff_requests_line ON handoff_requests (item_id, place) WHERE place IS NOT NULL;

--- handoff_requests_places
CREATE INDEX handoff_requests_places ON handoff_requests (place) WHERE place IS NOT NULL;

--- handoff_requests_pending_dropped
-- Who stands in line may come to wait on a session that the same user asked for, too.
DROP INDEX handoff_requests_pending;

--- handoff_requests_pending
CREATE INDEX handoff_requests_pending ON handoff_requests (session_id, requester) WHERE status = 'pending';

--- drafts_ttl_hours
-- How the checkpoint is kept that a draft becomes, as the settings were when it was saved; null in those saved before.
ALTER TABLE drafts ADD COLUMN ttl_hours INTEGER;

--- drafts_max_per_item
ALTER TABLE drafts ADD COLUMN max_per_item INTEGER;

--- workstations_leaving
-- Whether the workstation is being removed: the line grants it nothing any more.
ALTER TABLE workstations ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0;
