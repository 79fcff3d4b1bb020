-- Teams, and who may what on which item (contract, "Teams and access"). All that shows, changes, grants or tells asks the views
-- below, and nothing else says it once more (docs/rights.md).
--
-- They take an argument as in `conflicts.sql`: `want`, a JSON array with one member, [user, part_number, path]. The user is null
-- for an admin, who may all. `path` is for what may not have come into being yet, and lies in a repository: its `repository/path`.
-- There is no row where nothing is kept from that user: as long as access was never set they cost no more than to see that.

--- rights
-- What a user may: 0 nothing, 1 view, 2 edit, 3 lead. (`CROSS JOIN` keeps the order: without settings the argument isn't even made.)
CREATE VIEW rights AS
SELECT want,
       coalesce((SELECT coalesce((SELECT max(min(r.may, 2 + m.lead))
                                  FROM access_rules r CROSS JOIN team_members m ON m.user = named.user AND m.team = r.team
                                  WHERE r.prefix = decisive.prefix), 0)
                 FROM (SELECT r.prefix FROM access_lengths l
                       CROSS JOIN access_rules r ON r.prefix = substr(named.name, 1, l.length)
                       ORDER BY l.length DESC LIMIT 1) AS decisive),
                default_may) AS may
FROM (SELECT want.json AS want, want.value ->> 0 AS user, s.default_may,
             coalesce(i.repository || '/' || i.path, want.value ->> 2, want.value ->> 1) AS name
      FROM access_settings s CROSS JOIN json_each want LEFT JOIN items i ON i.part_number = want.value ->> 1
      WHERE want.value ->> 0 IS NOT NULL AND want.value ->> 1 IS NOT NULL) AS named;

--- hidden
-- A row if the item is hidden from that user.
CREATE VIEW hidden AS SELECT want FROM rights WHERE may < 1;

--- barred
-- A row if that user may not edit it.
CREATE VIEW barred AS SELECT want, may FROM rights WHERE may < 2;

--- led
-- A row if that user is a lead there.
CREATE VIEW led AS SELECT want FROM rights WHERE may = 3;

--- users_of_workstations
-- Who is meant by a workstation where nobody has shown a token: its user, or null where an admin has polled for it last, or
-- registered it.
CREATE VIEW users_of_workstations AS
SELECT id, iif(EXISTS (SELECT 1 FROM json_each(roles) WHERE value = 'admin'), NULL, user) AS user FROM workstations;

--- team_documents
CREATE VIEW team_documents AS
SELECT seq, id, name, json_object('name', name, 'members', json((
           SELECT json_group_array(json_object('user', user, 'lead', json(iif(lead, 'true', 'false'))))
           FROM (SELECT user, lead FROM team_members m WHERE m.team = t.name ORDER BY place))),
       'created_at', created_at, 'updated_at', updated_at) AS document
FROM teams t;

--- do_put_team
-- Sets a team up, or anew. `members` is a JSON array of [key of the name, name, lead], each user once: who hasn't been seen yet is
-- known by this spelling from now on. `id` is the team's if it is a new one.
CREATE VIEW do_put_team AS SELECT NULL AS id, NULL AS name, NULL AS members, NULL AS cause WHERE 0;

--- do_put_team_insert
CREATE TRIGGER do_put_team_insert INSTEAD OF INSERT ON do_put_team
BEGIN
    INSERT INTO user_names (key, name)
    SELECT value ->> 0, value ->> 1 FROM json_each(NEW.members)
    WHERE NOT EXISTS (SELECT 1 FROM user_names WHERE key = value ->> 0);

    INSERT INTO do_record_team (action, name, members, cause)
    VALUES (iif(EXISTS (SELECT 1 FROM teams WHERE name = NEW.name), 'team.updated', 'team.created'), NEW.name, NEW.members,
            NEW.cause);

    UPDATE teams SET updated_at = (SELECT now FROM clock), cause = NEW.cause WHERE name = NEW.name;

    INSERT INTO teams (id, name, created_at, updated_at, cause)
    SELECT NEW.id, NEW.name, now, now, NEW.cause FROM clock WHERE NOT EXISTS (SELECT 1 FROM teams WHERE name = NEW.name);

    DELETE FROM team_members WHERE team = NEW.name;

    INSERT INTO team_members (user, team, lead, place)
    SELECT n.name, NEW.name, member.value ->> 2, member.key
    FROM json_each(NEW.members) member CROSS JOIN user_names n ON n.key = member.value ->> 0;
END;

--- do_delete_team
-- Nothing is done as long as a rule names the team.
CREATE VIEW do_delete_team AS SELECT NULL AS name, NULL AS cause WHERE 0;

--- do_delete_team_insert
CREATE TRIGGER do_delete_team_insert INSTEAD OF INSERT ON do_delete_team
WHEN EXISTS (SELECT 1 FROM teams WHERE name = NEW.name) AND NOT EXISTS (SELECT 1 FROM access_rules WHERE team = NEW.name)
BEGIN
    INSERT INTO do_record_team (action, name, members, cause) VALUES ('team.deleted', NEW.name, '[]', NEW.cause);

    DELETE FROM team_members WHERE team = NEW.name;
    DELETE FROM teams WHERE name = NEW.name;
END;

--- do_record_team
CREATE VIEW do_record_team AS SELECT NULL AS action, NULL AS name, NULL AS members, NULL AS cause WHERE 0;

--- do_record_team_insert
CREATE TRIGGER do_record_team_insert INSTEAD OF INSERT ON do_record_team
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES (NEW.action, 'team', NEW.name,
            json_object('members', json((SELECT json_group_array(json_object('user', n.name, 'lead',
                                                                             json(iif(member.value ->> 2, 'true', 'false'))))
                                         FROM json_each(NEW.members) member CROSS JOIN user_names n
                                         ON n.key = member.value ->> 0)),
                        'old_members', json((SELECT document -> '$.members' FROM team_documents WHERE name = NEW.name))),
            NEW.cause);
END;

--- words_of_access
-- What is said in JSON of each right.
CREATE VIEW words_of_access AS
SELECT column1 AS may, column2 AS word FROM (VALUES (0, 'none'), (1, 'view'), (2, 'edit'), (3, 'lead'));

--- access_document
-- The rules in the order in which they were sent; what holds as long as access was never set.
CREATE VIEW access_document AS
SELECT json_object('default', coalesce((SELECT word FROM access_settings JOIN words_of_access ON may = default_may), 'edit'),
                   'rules', json((
           SELECT json_group_array(json_object('prefix', prefix, 'team', team, 'may', word))
           FROM (SELECT prefix, team, word FROM access_rules r JOIN words_of_access w ON w.may = r.may ORDER BY place)))) AS document;

--- do_set_access
-- Sets all rules anew. `rules` is a JSON array of [prefix, team, may]. Nothing is done where a team isn't there.
CREATE VIEW do_set_access AS SELECT NULL AS default_may, NULL AS rules, NULL AS cause WHERE 0;

--- do_set_access_insert
CREATE TRIGGER do_set_access_insert INSTEAD OF INSERT ON do_set_access
WHEN NOT EXISTS (SELECT 1 FROM json_each(NEW.rules) WHERE value ->> 1 NOT IN (SELECT name FROM teams))
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    SELECT 'access.set', 'access', 'access',
           json_object('default', NEW.default_may,
                       'rules', json((SELECT json_group_array(json_object('prefix', value ->> 0, 'team', value ->> 1,
                                                                          'may', value ->> 2)) FROM json_each(NEW.rules))),
                       'old', json(document)), NEW.cause
    FROM access_document;

    DELETE FROM access_rules;
    DELETE FROM access_lengths;
    DELETE FROM access_settings;

    INSERT INTO access_rules (prefix, team, may, place)
    SELECT value ->> 0, value ->> 1, (SELECT may FROM words_of_access WHERE word = value ->> 2), key FROM json_each(NEW.rules);
    INSERT INTO access_lengths (length) SELECT DISTINCT length(prefix) FROM access_rules;
    INSERT INTO access_settings (id, default_may, cause) SELECT 1, may, NEW.cause FROM words_of_access WHERE word = NEW.default_may;
END;

--- barred_requests
-- The requests for a workstation whose user may not edit there: nothing is handed over or granted to them.
CREATE VIEW barred_requests AS
SELECT r.id AS request_id FROM handoff_requests r
WHERE EXISTS (SELECT 1 FROM barred
              WHERE want = (SELECT json_array(json_array(u.user, i.part_number))
                            FROM users_of_workstations u, items i WHERE u.id = r.workstation_id AND i.id = r.item_id))
   OR r.scope = 'tree'
      AND EXISTS (SELECT 1 FROM barred_trees
                  WHERE want = (SELECT json_array(json_array(u.user, i.part_number))
                                FROM users_of_workstations u, items i WHERE u.id = r.workstation_id AND i.id = r.item_id));
