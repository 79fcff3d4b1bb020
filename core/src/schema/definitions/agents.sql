-- Agents (contract, "Agents (Model Context Protocol)"): what a tool does is one of the other commands, given at the workstation
-- that stands for the agent.

--- agents
-- The workstations of agents that aren't being removed.
CREATE VIEW agents AS SELECT id AS workstation_id, user, agent FROM workstations WHERE agent IS NOT NULL AND NOT leaving;

--- do_stand_for_agent
-- The workstation of an agent, which comes into being as needed (with this id) and counts as there. Its fingerprint is nobody's to
-- guess: it can't be taken beforehand.
CREATE VIEW do_stand_for_agent AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS agent, NULL AS cause WHERE 0;

--- do_stand_for_agent_insert
CREATE TRIGGER do_stand_for_agent_insert INSTEAD OF INSERT ON do_stand_for_agent
BEGIN
    INSERT INTO workstations (id, user, name, fingerprint, agent, last_seen, created_at, cause)
    SELECT NEW.workstation_id, NEW.user, 'agent:' || NEW.agent,
           'agent:' || NEW.agent || ':' || (SELECT uuid FROM fresh), NEW.agent, now, now, NEW.cause
    FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM workstations WHERE user = NEW.user AND agent = NEW.agent);

    INSERT INTO do_hear_again (workstation_id)
    VALUES ((SELECT workstation_id FROM agents WHERE user = NEW.user AND agent = NEW.agent));
END;

--- do_agent_acquire
-- Acquires all of the parts or none, for the agent. `parts` is a JSON array of [part_number, session_id, item_id, repository, path,
-- request_id], each part once; the ids are those that come of it if they are new. With a `message` the agent stands in line for
-- what is held, with requests that last as long as `request_ttl_seconds` says.
CREATE VIEW do_agent_acquire AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS agent, NULL AS parts, NULL AS ttl_seconds, NULL AS note,
       NULL AS message, NULL AS request_ttl_seconds, NULL AS cause WHERE 0;

--- do_agent_acquire_insert
CREATE TRIGGER do_agent_acquire_insert INSTEAD OF INSERT ON do_agent_acquire
WHEN NOT EXISTS (SELECT 1 FROM json_each(NEW.parts) part
                 WHERE EXISTS (SELECT 1 FROM barred
                               WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), part.value ->> 0,
                                                                  (part.value ->> 3) || '/' || (part.value ->> 4)))))
BEGIN
    INSERT INTO do_stand_for_agent (workstation_id, user, agent, cause)
    VALUES (NEW.workstation_id, NEW.user, NEW.agent, NEW.cause);

    INSERT INTO do_place (item_id, part_number, repository, path, cause)
    SELECT value ->> 2, value ->> 0, value ->> 3, value ->> 4, NEW.cause FROM json_each(NEW.parts)
    WHERE value ->> 3 IS NOT NULL;

    INSERT INTO do_acquire_batch (workstation_id, user, parts, is_atomic, ttl_seconds, note, cause)
    SELECT workstation_id, NEW.user, NEW.parts, 1, NEW.ttl_seconds, NEW.note, NEW.cause
    FROM agents WHERE user = NEW.user AND agent = NEW.agent;

    INSERT INTO do_request_handoff (id, session_id, part_number, requester, workstation_id, message, auto_acquire,
                                    whole_item, ttl_seconds, cause)
    SELECT part.value ->> 5,
           (SELECT s.id FROM sessions s
            WHERE s.seq = (SELECT min(w.seq) FROM sessions_in_the_way w
                           WHERE w.want = json_array(json_array(i.id, a.workstation_id, NULL))
                             AND w.workstation_id <> a.workstation_id)),
           i.part_number, NEW.user, a.workstation_id, NEW.message, 1, 1, NEW.request_ttl_seconds, NEW.cause
    FROM agents a CROSS JOIN json_each(NEW.parts) part CROSS JOIN items i ON i.part_number = part.value ->> 0
    WHERE NEW.message IS NOT NULL AND a.user = NEW.user AND a.agent = NEW.agent
      AND NOT EXISTS (SELECT 1 FROM handoff_requests r
                      WHERE r.item_id = i.id AND r.place IS NOT NULL AND r.workstation_id = a.workstation_id)
    ORDER BY part.key;
END;

--- do_agent_renew
-- Renews sessions of the user's, a JSON array of their ids.
CREATE VIEW do_agent_renew AS
SELECT NULL AS user, NULL AS session_ids, NULL AS ttl_seconds, NULL AS note, NULL AS cause WHERE 0;

--- do_agent_renew_insert
CREATE TRIGGER do_agent_renew_insert INSTEAD OF INSERT ON do_agent_renew
BEGIN
    INSERT INTO do_renew (session_id, part_number, user, ttl_seconds, note, cause)
    SELECT s.id, i.part_number, NEW.user, NEW.ttl_seconds, NEW.note, NEW.cause
    FROM json_each(NEW.session_ids) named CROSS JOIN sessions s ON s.id = named.value JOIN items i ON i.id = s.item_id
    ORDER BY named.key;
END;

--- do_agent_release
-- Releases sessions of the user's, a JSON array of their ids.
CREATE VIEW do_agent_release AS SELECT NULL AS user, NULL AS session_ids, NULL AS cause WHERE 0;

--- do_agent_release_insert
CREATE TRIGGER do_agent_release_insert INSTEAD OF INSERT ON do_agent_release
BEGIN
    INSERT INTO do_release_batch (session_ids, user, cause) VALUES (NEW.session_ids, NEW.user, NEW.cause);
END;

--- do_agent_ask
-- Asks the holder of a session for it, for the agent; or stands in line for it.
CREATE VIEW do_agent_ask AS
SELECT NULL AS id, NULL AS session_id, NULL AS workstation_id, NULL AS user, NULL AS agent, NULL AS message,
       NULL AS auto_acquire, NULL AS ttl_seconds, NULL AS cause WHERE 0;

--- do_agent_ask_insert
CREATE TRIGGER do_agent_ask_insert INSTEAD OF INSERT ON do_agent_ask
BEGIN
    INSERT INTO do_stand_for_agent (workstation_id, user, agent, cause)
    VALUES (NEW.workstation_id, NEW.user, NEW.agent, NEW.cause);

    INSERT INTO do_request_handoff (id, session_id, part_number, requester, workstation_id, message, auto_acquire,
                                    ttl_seconds, cause)
    SELECT NEW.id, s.id, i.part_number, NEW.user, a.workstation_id, NEW.message, NEW.auto_acquire, NEW.ttl_seconds,
           NEW.cause
    FROM agents a CROSS JOIN sessions s ON s.id = NEW.session_id JOIN items i ON i.id = s.item_id
    WHERE a.user = NEW.user AND a.agent = NEW.agent;
END;

--- do_agent_answer
-- Answers a request that the user holds the session of.
CREATE VIEW do_agent_answer AS
SELECT NULL AS request_id, NULL AS user, NULL AS status, NULL AS answer, NULL AS session_id, NULL AS cause WHERE 0;

--- do_agent_answer_insert
CREATE TRIGGER do_agent_answer_insert INSTEAD OF INSERT ON do_agent_answer
BEGIN
    INSERT INTO do_answer_handoff (request_id, user, status, answer, session_id, cause)
    VALUES (NEW.request_id, NEW.user, NEW.status, NEW.answer, NEW.session_id, NEW.cause);
END;

--- held_documents
-- A session as a tool tells of it.
CREATE VIEW held_documents AS
SELECT s.seq, s.id, s.item_id, s.part_number, s.user, s.workstation_id, s.object_id, w.agent, s.ended_at, s.reason,
       json_object('session_id', s.id, 'path', coalesce(s.path, s.part_number), 'repository', s.repository,
                   'part_number', s.part_number, 'user', s.user, 'agent', w.agent, 'fence', s.fence,
                   'note', s.document ->> '$.note', 'object_id', s.object_id, 'acquired_at', s.acquired_at,
                   'expires_at', s.expires_at) AS document
FROM session_documents s LEFT JOIN workstations w ON w.id = s.workstation_id;

--- asked_documents
-- A request as a tool tells of it: `ahead` is how many stand before it in line. With the session that came of it, if one did.
CREATE VIEW asked_documents AS
SELECT r.seq, r.id, r.item_id, r.session_id, r.requester, r.holder, r.workstation_id, r.status, r.granted_session_id, w.agent,
       (SELECT h.document FROM held_documents h
        WHERE h.id = r.granted_session_id AND h.reason IS NULL) AS granted,
       json_object('request_id', r.id, 'session_id', r.session_id, 'path', coalesce(i.path, i.part_number),
                   'repository', i.repository, 'part_number', i.part_number, 'requester', r.requester, 'agent', w.agent,
                   'holder', r.holder, 'message', r.message, 'status', r.status, 'answer', r.answer,
                   'in_line', json(iif(r.place IS NULL, 'false', 'true')),
                   'ahead', iif(r.place IS NULL, NULL,
                                (SELECT count(*) FROM handoff_requests o
                                 WHERE o.item_id = r.item_id AND o.place < r.place)),
                   'created_at', r.created_at) AS document
FROM handoff_requests r JOIN items i ON i.id = r.item_id LEFT JOIN workstations w ON w.id = r.workstation_id;
