-- What assemblies are made of, and what follows from it for sessions on whole trees (docs/structure.md).

--- parts_below
-- All that an item is made of, on any path, each once and without itself. `want` is an argument as in `conflicts.sql`: a JSON
-- array of item ids.
CREATE VIEW parts_below AS
SELECT want.json AS want, i.id AS item_id
FROM json_each want
CROSS JOIN items i
    ON i.id IN (WITH RECURSIVE below (id) AS (
                    SELECT child FROM item_children WHERE parent = want.value
                    UNION
                    SELECT c.child FROM below CROSS JOIN item_children c ON c.parent = below.id)
                SELECT id FROM below);

--- assemblies_above
-- All that an item is a part of, on any path, without itself; for a tree, all that anything in it is a part of. `want` is an
-- argument: a JSON array with one member, [item_id, scope].
CREATE VIEW assemblies_above AS
SELECT want.json AS want, i.id AS item_id
FROM json_each want
CROSS JOIN items i
    ON i.id IN (WITH RECURSIVE reach (id, is_above) AS (
                    SELECT want.value ->> 0, 0
                    UNION
                    SELECT c.child, 0 FROM reach CROSS JOIN item_children c ON c.parent = reach.id
                    WHERE NOT reach.is_above AND want.value ->> 1 = 'tree'
                    UNION
                    SELECT c.parent, 1 FROM reach CROSS JOIN item_children c ON c.child = reach.id)
                SELECT id FROM reach WHERE is_above);

--- sessions_covering
-- A tree session holds all that its item is made of. Whoever held one of these before has a lower fence, as one or as part of a tree.
CREATE TRIGGER sessions_covering AFTER INSERT ON sessions WHEN NEW.scope = 'tree'
BEGIN
    INSERT INTO tree_holds (item_id, session_seq)
    SELECT item_id, NEW.seq FROM parts_below WHERE want = json_array(NEW.item_id);

    UPDATE items SET fence = NEW.fence WHERE id IN (SELECT item_id FROM tree_holds WHERE session_seq = NEW.seq);
END;

--- sessions_uncovering
CREATE TRIGGER sessions_uncovering AFTER UPDATE OF consequences ON sessions
WHEN NEW.scope = 'tree' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
    DELETE FROM tree_holds WHERE session_seq = NEW.seq;
END;

--- trees_at
-- The tree sessions on each item, and on the trees of which it is a part.
CREATE VIEW trees_at AS
SELECT i.id AS item_id, s.seq, s.item_id AS root, s.workstation_id, s.expires_at
FROM items i
CROSS JOIN sessions s
    ON s.seq IN (SELECT session_seq FROM tree_holds WHERE item_id = i.id
                 UNION ALL
                 SELECT seq FROM sessions WHERE item_id = i.id AND ended_at IS NULL AND scope = 'tree');

--- barred_trees
-- A row if there is anything in the tree of an item that a user may not edit: `want` as in `access.sql`, [user, part_number].
CREATE VIEW barred_trees AS
SELECT want.json AS want
FROM access_settings CROSS JOIN json_each want
CROSS JOIN items root ON root.part_number = want.value ->> 1
CROSS JOIN parts_below p ON p.want = json_array(root.id)
CROSS JOIN items i ON i.id = p.item_id
WHERE EXISTS (SELECT 1 FROM barred b WHERE b.want = json_array(json_array(want.value ->> 0, i.part_number)));

--- cycles
-- Those of an item's children to be that it is a part of itself. `want` is an argument: a JSON array with one member,
-- [part_number, [[child's part_number, …], …]].
CREATE VIEW cycles AS
SELECT want.json AS want, i.part_number
FROM json_each want
CROSS JOIN items parent ON parent.part_number = want.value ->> 0
CROSS JOIN items i
    ON i.id IN (SELECT known.id FROM json_each(want.value -> 1) child CROSS JOIN items known ON known.part_number = child.value ->> 0
                INTERSECT
                SELECT item_id FROM assemblies_above WHERE want = json_array(json_array(parent.id, 'item')));

--- sessions_put_under
-- The sessions of others that come under a tree session by an item's children to be: `want` as above, `part_number` the child.
CREATE VIEW sessions_put_under AS
SELECT want.json AS want, i.part_number, w.seq, w.document
FROM json_each want
CROSS JOIN items parent ON parent.part_number = want.value ->> 0
CROSS JOIN trees_at t ON t.item_id = parent.id AND t.expires_at > (SELECT now FROM clock)
CROSS JOIN json_each(want.value -> 1) child
CROSS JOIN items i ON i.part_number = child.value ->> 0
CROSS JOIN sessions_in_the_way w
    ON w.want = json_array(json_array(i.id, t.workstation_id, NULL, NULL, 'tree')) AND w.workstation_id <> t.workstation_id
WHERE NOT EXISTS (SELECT 1 FROM item_children WHERE parent = parent.id AND child = i.id);

--- barred_children
-- What a user may, if they may not say that an item is made of these: 0 if the item, or a child, is hidden from them, 1 if they may
-- only look at the item; else null. `want` is an argument: a JSON array with one member, [user, part_number, [[child's part_number,
-- …], …]]. (`named` takes it apart once, and not for each child: it may be long.)
CREATE VIEW barred_children AS
SELECT want.json AS want,
       CASE WHEN EXISTS (SELECT 1 FROM (SELECT want.value ->> 0 AS user, want.value -> 2 AS children) named
                         CROSS JOIN json_each(named.children) child
                         WHERE EXISTS (SELECT 1 FROM hidden h
                                       WHERE h.want = json_array(json_array(named.user, child.value ->> 0)))) THEN 0
            ELSE (SELECT b.may FROM barred b WHERE b.want = json_array(json_array(want.value ->> 0, want.value ->> 1)))
       END AS may
FROM access_settings CROSS JOIN json_each want;

--- do_set_children
-- What an item is made of from now on: `children` is a JSON array of [part_number, item_id], each part once; the ids are those
-- that items get that nobody has seen before, as `item_id` is. Nothing is done where the item would be made of itself, or a
-- session of somebody else's would come under a tree session. What is hidden from who says so stays a part.
CREATE VIEW do_set_children AS
SELECT NULL AS item_id, NULL AS part_number, NULL AS children, NULL AS cause WHERE 0;

--- do_set_children_insert
CREATE TRIGGER do_set_children_insert INSTEAD OF INSERT ON do_set_children
WHEN NOT EXISTS (SELECT 1 FROM json_each(NEW.children) child WHERE child.value ->> 0 = NEW.part_number)
 AND NOT EXISTS (SELECT 1 FROM barred_children
                 WHERE want = json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.cause ->> '$.actor'), NEW.part_number,
                                                    json(NEW.children))) AND may IS NOT NULL)
 AND NOT EXISTS (SELECT 1 FROM cycles WHERE want = json_array(json_array(NEW.part_number, json(NEW.children))))
 AND NOT EXISTS (SELECT 1 FROM sessions_put_under WHERE want = json_array(json_array(NEW.part_number, json(NEW.children))))
BEGIN
    INSERT INTO items (id, part_number, created_at, cause)
    SELECT named.id, named.part_number, now, NEW.cause
    FROM (SELECT NEW.item_id AS id, NEW.part_number AS part_number
          UNION ALL
          SELECT value ->> 1, value ->> 0 FROM json_each(NEW.children)) named, clock
    WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.part_number = named.part_number);

    INSERT INTO do_link (parent, children, cause)
    SELECT p.id, (SELECT json_group_array(id)
                  FROM (SELECT i.id FROM json_each(NEW.children) child CROSS JOIN items i ON i.part_number = child.value ->> 0
                        UNION ALL
                        SELECT i.id
                        FROM access_settings CROSS JOIN item_children c ON c.parent = p.id CROSS JOIN items i ON i.id = c.child
                        WHERE EXISTS (SELECT 1 FROM hidden h
                                      WHERE h.want = json_array(json_array(
                                          iif(NEW.cause ->> '$.admin', NULL, NEW.cause ->> '$.actor'), i.part_number))))), NEW.cause
    FROM items p WHERE p.part_number = NEW.part_number;
END;

--- children_changes
-- What changes if an item is made of others from now on. `want` is an argument: a JSON array with one member, [item_id,
-- [item_id, …]].
CREATE VIEW children_changes AS
SELECT want.json AS want, i.seq, i.part_number,
       NOT EXISTS (SELECT 1 FROM item_children c WHERE c.parent = parent.id AND c.child = i.id) AS is_new
FROM json_each want
CROSS JOIN items parent ON parent.id = want.value ->> 0
CROSS JOIN items i
    ON i.id IN (SELECT id
                FROM (SELECT value AS id FROM json_each(want.value -> 1)
                      UNION ALL
                      SELECT child FROM item_children WHERE parent = parent.id)
                GROUP BY id HAVING count(*) = 1);

--- do_link
-- An item is made of these from now on: a JSON array of item ids.
CREATE VIEW do_link AS SELECT NULL AS parent, NULL AS children, NULL AS cause WHERE 0;

--- do_link_insert
-- The audit log tells of 500 parts in an entry at most.
CREATE TRIGGER do_link_insert INSTEAD OF INSERT ON do_link
WHEN EXISTS (SELECT 1 FROM children_changes WHERE want = json_array(json_array(NEW.parent, json(NEW.children))))
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT 'item.children_changed', 'item', NEW.parent, NEW.parent,
           json_object('added', json_group_array(part_number) FILTER (WHERE is_new),
                       'removed', json_group_array(part_number) FILTER (WHERE NOT is_new)), NEW.cause
    FROM (SELECT part_number, is_new, (row_number() OVER (ORDER BY seq) - 1) / 500 AS portion FROM children_changes
          WHERE want = json_array(json_array(NEW.parent, json(NEW.children))))
    GROUP BY portion;

    DELETE FROM item_children
    WHERE parent = NEW.parent AND child NOT IN (SELECT value FROM json_each(NEW.children));

    INSERT INTO item_children (parent, child)
    SELECT NEW.parent, value FROM json_each(NEW.children)
    WHERE NOT EXISTS (SELECT 1 FROM item_children WHERE parent = NEW.parent AND child = value);

    INSERT INTO do_cover_again (item_id, cause) VALUES (NEW.parent, NEW.cause);
END;

--- do_cover_again
-- What an item is made of has changed: the tree sessions on it hold what has come, and let go what has left, unless that is a part
-- by another path.
CREATE VIEW do_cover_again AS SELECT NULL AS item_id, NULL AS cause WHERE 0;

--- do_cover_again_insert
CREATE TRIGGER do_cover_again_insert INSTEAD OF INSERT ON do_cover_again
WHEN EXISTS (SELECT 1 FROM trees_at WHERE item_id = NEW.item_id)
BEGIN
    INSERT INTO tree_holds (item_id, session_seq)
    SELECT p.item_id, t.seq FROM trees_at t CROSS JOIN parts_below p ON p.want = json_array(t.root)
    WHERE t.item_id = NEW.item_id
      AND NOT EXISTS (SELECT 1 FROM tree_holds h WHERE h.item_id = p.item_id AND h.session_seq = t.seq);

    UPDATE items SET fence = covered.fence
    FROM (SELECT h.item_id, max(s.fence) AS fence
          FROM trees_at t CROSS JOIN tree_holds h ON h.session_seq = t.seq CROSS JOIN sessions s ON s.seq = t.seq
          WHERE t.item_id = NEW.item_id GROUP BY h.item_id) AS covered
    WHERE items.id = covered.item_id AND items.fence < covered.fence;

    INSERT INTO do_let_go (item_id, session_seq, cause)
    SELECT item_id, session_seq, NEW.cause
    FROM (SELECT h.item_id, h.session_seq FROM trees_at t CROSS JOIN tree_holds h ON h.session_seq = t.seq
          WHERE t.item_id = NEW.item_id
          EXCEPT
          SELECT p.item_id, t.seq FROM trees_at t CROSS JOIN parts_below p ON p.want = json_array(t.root)
          WHERE t.item_id = NEW.item_id);
END;

--- do_let_go
-- A tree session no longer holds an item: who waits for that may get it.
CREATE VIEW do_let_go AS SELECT NULL AS item_id, NULL AS session_seq, NULL AS cause WHERE 0;

--- do_let_go_insert
CREATE TRIGGER do_let_go_insert INSTEAD OF INSERT ON do_let_go
BEGIN
    DELETE FROM tree_holds WHERE item_id = NEW.item_id AND session_seq = NEW.session_seq;

    INSERT INTO do_advance_line (item_id, scope, cause) VALUES (NEW.item_id, 'item', NEW.cause);
END;
