-- Agents: programs that edit on a user's behalf, each at a workstation of its own.

--- workstations_agent
-- The agent that the workstation stands for, by its name, if it stands for one.
ALTER TABLE workstations ADD COLUMN agent TEXT;

--- workstations_by_agent
CREATE UNIQUE INDEX workstations_by_agent ON workstations (user, agent) WHERE agent IS NOT NULL;

--- handoff_requests_granted
-- What an agent was granted while it waited.
CREATE INDEX handoff_requests_granted ON handoff_requests (granted_session_id) WHERE granted_session_id IS NOT NULL;
