-- Who hears of what happens on an item: who watches it, and who watches all items whose names begin in a certain way, those to
-- come included.

--- pattern_lengths
-- How long the beginnings are that anybody watches, each length found by one look into the index.
CREATE VIEW pattern_lengths AS
WITH RECURSIVE lengths (length) AS (
    SELECT min(length) FROM watch_patterns
    UNION ALL
    SELECT (SELECT min(p.length) FROM watch_patterns p WHERE p.length > lengths.length)
    FROM lengths WHERE lengths.length IS NOT NULL)
SELECT length FROM lengths WHERE length IS NOT NULL;

--- pattern_watchers
-- Who watches an item by a pattern: for each length there is one beginning to look for. (`CROSS JOIN` keeps that order.) What
-- lies in a repository goes by its path there.
CREATE VIEW pattern_watchers AS
SELECT i.id AS item_id, p.workstation_id
FROM items i CROSS JOIN pattern_lengths l
CROSS JOIN watch_patterns p
    ON p.length = l.length
   AND p.beginning = substr(coalesce(i.repository || '/' || i.path, i.part_number), 1, l.length);

--- audiences
-- How many hear of what happens on an item, at most: some may watch it in more than one way.
CREATE VIEW audiences AS
SELECT i.id AS item_id, (SELECT count(*) FROM subscriptions s WHERE s.item_id = i.id)
                        + (SELECT count(*) FROM pattern_watchers p WHERE p.item_id = i.id)
                        + (SELECT count(*) FROM tree_watchers t WHERE t.item_id = i.id) AS size
FROM items i;

--- do_tell_patterns
-- An event on an item to those who watch it by a pattern. If it isn't for watchers, it is for those of them whose users it is
-- addressed to at other workstations: who looks at everything in one place learns there what is asked of them at another.
CREATE VIEW do_tell_patterns AS SELECT NULL AS item_id, NULL AS watchers, NULL AS seq WHERE 0;

--- do_tell_patterns_insert
-- Where nobody watches by a pattern, an event costs no more than this condition.
CREATE TRIGGER do_tell_patterns_insert INSTEAD OF INSERT ON do_tell_patterns
WHEN NEW.item_id IS NOT NULL AND EXISTS (SELECT 1 FROM watch_patterns)
BEGIN
    INSERT INTO deliveries (workstation_id, seq)
    SELECT DISTINCT p.workstation_id, NEW.seq FROM pattern_watchers p
    WHERE NEW.watchers AND p.item_id = NEW.item_id
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.workstation_id = p.workstation_id AND d.seq = NEW.seq);

    INSERT INTO deliveries (workstation_id, seq)
    SELECT DISTINCT p.workstation_id, NEW.seq
    FROM deliveries d JOIN workstations addressed ON addressed.id = d.workstation_id
    JOIN workstations other ON other.user = addressed.user
    CROSS JOIN pattern_watchers p ON p.item_id = NEW.item_id AND p.workstation_id = other.id
    WHERE NOT NEW.watchers AND d.seq = NEW.seq
      AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.workstation_id = p.workstation_id AND o.seq = NEW.seq);
END;

--- subscription_documents
-- What a workstation watches: items in the order of its asking, then trees, then patterns. `place` is one order for all.
CREATE VIEW subscription_documents AS
SELECT s.workstation_id, 'item' AS scope, s.seq AS place, i.part_number,
       json_object('item_id', s.item_id, 'part_number', i.part_number, 'scope', 'item', 'created_at', s.created_at) AS document
FROM subscriptions s JOIN items i ON i.id = s.item_id
UNION ALL
SELECT t.workstation_id, 'tree', 100000000000000000 + t.seq, i.part_number,
       json_object('item_id', t.item_id, 'part_number', i.part_number, 'scope', 'tree', 'created_at', t.created_at)
FROM tree_watches t JOIN items i ON i.id = t.item_id
UNION ALL
SELECT p.workstation_id, 'item', 200000000000000000 + p.seq, NULL,
       json_object('item_id', NULL, 'part_number', p.beginning || '*', 'scope', 'item', 'created_at', p.created_at)
FROM watch_patterns p;

--- do_watch_pattern
CREATE VIEW do_watch_pattern AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS beginning, NULL AS cause WHERE 0;

--- do_watch_pattern_insert
CREATE TRIGGER do_watch_pattern_insert INSTEAD OF INSERT ON do_watch_pattern
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO watch_patterns (workstation_id, beginning, length, created_at, cause)
    SELECT NEW.workstation_id, NEW.beginning, length(NEW.beginning), now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM watch_patterns
                      WHERE workstation_id = NEW.workstation_id AND beginning = NEW.beginning);
END;

--- watch_patterns_created
CREATE TRIGGER watch_patterns_created AFTER INSERT ON watch_patterns
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('subscription.created', 'workstation', NEW.workstation_id, json_object('pattern', NEW.beginning || '*'), NEW.cause);
END;

--- do_unwatch_pattern
CREATE VIEW do_unwatch_pattern AS
SELECT NULL AS workstation_id, NULL AS user, NULL AS beginning, NULL AS cause WHERE 0;

--- do_unwatch_pattern_insert
CREATE TRIGGER do_unwatch_pattern_insert INSTEAD OF INSERT ON do_unwatch_pattern
WHEN EXISTS (SELECT 1 FROM workstations WHERE id = NEW.workstation_id AND user = NEW.user)
BEGIN
    INSERT INTO do_hear_again (workstation_id) VALUES (NEW.workstation_id);

    INSERT INTO do_forget_pattern (workstation_id, beginning, cause)
    SELECT workstation_id, beginning, NEW.cause FROM watch_patterns
    WHERE workstation_id = NEW.workstation_id AND beginning = NEW.beginning;
END;

--- do_forget_pattern
-- The one way out of a pattern.
CREATE VIEW do_forget_pattern AS SELECT NULL AS workstation_id, NULL AS beginning, NULL AS cause WHERE 0;

--- do_forget_pattern_insert
CREATE TRIGGER do_forget_pattern_insert INSTEAD OF INSERT ON do_forget_pattern
BEGIN
    INSERT INTO record (action, resource_type, resource_id, details, cause)
    VALUES ('subscription.deleted', 'workstation', NEW.workstation_id, json_object('pattern', NEW.beginning || '*'), NEW.cause);

    DELETE FROM watch_patterns WHERE workstation_id = NEW.workstation_id AND beginning = NEW.beginning;
END;

--- tree_watchers
-- Who watches an item as a part of a tree, or as its root.
CREATE VIEW tree_watchers AS
SELECT i.id AS item_id, t.workstation_id
FROM items i
CROSS JOIN tree_watches t
    ON t.item_id IN (SELECT i.id WHERE EXISTS (SELECT 1 FROM tree_watches)
                     UNION ALL
                     SELECT item_id FROM assemblies_above
                     WHERE EXISTS (SELECT 1 FROM tree_watches) AND want = json_array(json_array(i.id, 'item')));

--- do_tell_trees
-- An event on an item to those who watch it as a part of a tree. `emit` tells nobody where nobody watches one.
CREATE VIEW do_tell_trees AS SELECT NULL AS item_id, NULL AS watchers, NULL AS seq WHERE 0;

--- do_tell_trees_insert
CREATE TRIGGER do_tell_trees_insert INSTEAD OF INSERT ON do_tell_trees
WHEN NEW.watchers AND NEW.item_id IS NOT NULL
BEGIN
    INSERT INTO deliveries (workstation_id, seq)
    SELECT DISTINCT t.workstation_id, NEW.seq FROM tree_watchers t
    WHERE t.item_id = NEW.item_id
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.workstation_id = t.workstation_id AND d.seq = NEW.seq);
END;

--- do_watch_tree
-- The one way to watching a tree; who does already goes on.
CREATE VIEW do_watch_tree AS SELECT NULL AS workstation_id, NULL AS item_id, NULL AS cause WHERE 0;

--- do_watch_tree_insert
CREATE TRIGGER do_watch_tree_insert INSTEAD OF INSERT ON do_watch_tree
BEGIN
    INSERT INTO tree_watches (workstation_id, item_id, created_at, cause)
    SELECT NEW.workstation_id, NEW.item_id, now, NEW.cause FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM tree_watches WHERE workstation_id = NEW.workstation_id AND item_id = NEW.item_id);
END;

--- tree_watches_created
CREATE TRIGGER tree_watches_created AFTER INSERT ON tree_watches
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('subscription.created', 'workstation', NEW.workstation_id, NEW.item_id, json_object('scope', 'tree'), NEW.cause);
END;

--- do_forget_tree
-- The one way out of watching a tree.
CREATE VIEW do_forget_tree AS SELECT NULL AS workstation_id, NULL AS item_id, NULL AS cause WHERE 0;

--- do_forget_tree_insert
CREATE TRIGGER do_forget_tree_insert INSTEAD OF INSERT ON do_forget_tree
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('subscription.deleted', 'workstation', NEW.workstation_id, NEW.item_id, json_object('scope', 'tree'), NEW.cause);

    DELETE FROM tree_watches WHERE workstation_id = NEW.workstation_id AND item_id = NEW.item_id;
END;
