//! The SQL. The change is one statement: an INSERT into a command view of the schema, whose trigger does the rest, and whose
//! RETURNING tells the outcome.

use baton_core::access::{May, subject, unknown_item};
use baton_core::auth::Caller;
use baton_core::db::{Database, Outcome, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::page::{Page, Paged};
use baton_core::text::PartNumber;
use baton_core::{Problem, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::Relative;

/// What saying what an item is made of came to.
#[derive(Debug, Deserialize)]
pub struct Linked {
    /// What the caller may, if that isn't this.
    pub may: Option<May>,
    /// Those of the children by which it would be made of itself.
    pub cycles: Vec<String>,
    /// The sessions that would come under a tree session, and in which child.
    pub holders: Vec<Value>,
    /// What it is made of now.
    pub children: Vec<Relative>,
}

/// Says what an item is made of.
pub async fn set_children(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    children: &[&PartNumber],
) -> Result<Linked> {
    let children: Vec<_> = children.iter().map(|child| json!([child, new_id()])).collect();
    let cause = caller.cause();
    let outcome: Outcome<Linked> = database
        .change(
            "INSERT INTO do_set_children (item_id, part_number, children, cause) VALUES (?, ?, ?, ?)
             RETURNING json_object(
                 'may', (SELECT b.may FROM barred_children b
                         WHERE b.want = json_array(json_array(iif(do_set_children.cause ->> '$.admin', NULL,
                                                                  do_set_children.cause ->> '$.actor'),
                                                              do_set_children.part_number, json(do_set_children.children)))),
                 'cycles', json((SELECT json_group_array(part_number)
                                 FROM (SELECT c.part_number FROM cycles c
                                       WHERE c.want = json_array(json_array(do_set_children.part_number,
                                                                            json(do_set_children.children))) LIMIT 100))),
                 'holders', json((SELECT json_group_array(json_object('part_number', part_number, 'holder', json(document)))
                                  FROM (SELECT u.part_number,
                                               (SELECT h.document FROM shown_holders h
                                                WHERE h.want = json_array(json_array(
                                                    iif(do_set_children.cause ->> '$.admin', NULL,
                                                        do_set_children.cause ->> '$.actor'), json(u.document)))) AS document, min(u.seq) FROM sessions_put_under u
                                        WHERE u.want = json_array(json_array(do_set_children.part_number,
                                                                             json(do_set_children.children)))
                                        GROUP BY u.seq ORDER BY u.seq LIMIT 100))),
                 'children', json((SELECT json_group_array(json_object('part_number', part_number, 'depth', 1))
                                   FROM (SELECT i.part_number FROM items p CROSS JOIN item_children c ON c.parent = p.id
                                         CROSS JOIN items i ON i.id = c.child
                                         WHERE p.part_number = do_set_children.part_number
                                           AND (NOT EXISTS (SELECT 1 FROM access_settings)
                                                OR NOT EXISTS (SELECT 1 FROM hidden h
                                                               WHERE h.want = json_array(json_array(
                                                                   iif(do_set_children.cause ->> '$.admin', NULL,
                                                                       do_set_children.cause ->> '$.actor'), i.part_number))))
                                         ORDER BY i.seq)))),
                 (SELECT announcement FROM announcements WHERE change_id = do_set_children.cause ->> '$.change')",
            params![new_id().to_string(), part_number, json!(children).to_string(), cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    outcome.state.ok_or_else(|| Problem::unavailable("setting children had no outcome"))
}

/// Which way to look.
#[derive(Clone, Copy, Debug)]
pub enum Direction {
    /// At what an item is made of.
    Down,
    /// At what it is a part of.
    Up,
}

/// What is above or below an item, up to a depth, of what the caller may see: 404 if nobody has seen it.
pub async fn relatives(
    database: &Database,
    caller: &Caller,
    part_number: &str,
    direction: Direction,
    depth: u32,
    page: Page,
) -> Result<Paged<Relative>> {
    let (from, to) = match direction {
        Direction::Down => ("parent", "child"),
        Direction::Up => ("child", "parent"),
    };
    let item = database.row("SELECT id FROM items WHERE part_number = ?", params![part_number]).await?;
    let id = item.as_ref().and_then(|row| row.get::<&str>(0));
    let id = id.ok_or_else(unknown_item)?;
    // By depth, then as the items came into being: both in one number.
    let statement = format!(
        "SELECT json_object('part_number', i.part_number, 'depth', near.depth), near.depth * 10000000000000 + i.seq
         FROM (WITH RECURSIVE near (id, depth) AS (
                   SELECT {to}, 1 FROM item_children WHERE {from} = ?
                   UNION
                   SELECT c.{to}, near.depth + 1 FROM near CROSS JOIN item_children c ON c.{from} = near.id
                   WHERE near.depth < ?)
               SELECT id, min(depth) AS depth FROM near GROUP BY id) near
         JOIN items i ON i.id = near.id
         WHERE NOT EXISTS (SELECT 1 FROM hidden WHERE want = json_array(json_array(?, i.part_number)))
           AND near.depth * 10000000000000 + i.seq > ?
         ORDER BY near.depth, i.seq LIMIT ?"
    );
    page.read(database, &statement, params![id, i64::from(depth), subject(caller)]).await
}
