//! The SQL. Each change is one statement; audit rows and what else follows come from the schema's triggers.

use baton_core::Result;
use baton_core::access::{subject, visible};
use baton_core::auth::Caller;
use baton_core::db::{Batched, Database, Outcome, params};
use baton_core::events::announce;
use baton_core::id::new_id;
use baton_core::limits::Quota;
use baton_core::page::{Page, Paged};
use baton_core::reach::Reach;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::model::{Register, Subscription, Workstation};

/// What a subscription came to.
#[derive(Debug, Deserialize)]
pub struct Subscribed {
    /// Whether it is new.
    pub created: bool,
    /// The subscription.
    pub subscription: Subscription,
}

const HEARTBEAT: Batched = Batched::new(
    "INSERT INTO do_heartbeat (id, user, cause) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)
     RETURNING (SELECT document FROM workstation_documents w WHERE w.id = do_heartbeat.id AND w.user = do_heartbeat.user),
               NULL, do_heartbeat.cause ->> '$.change'",
);

/// Registers a fingerprint, or renames it; none if it is another user's. `id` is the workstation's if it is a new one.
pub async fn register(
    database: &Database,
    caller: &Caller,
    id: Uuid,
    wanted: &Register,
) -> Result<Option<Workstation>> {
    let cause = caller.cause_within(Quota::Workstations).await?;
    let registered = database
        .document(
            "INSERT INTO workstations (id, user, name, fingerprint, last_seen, created_at, cause, roles)
             SELECT ?, ?, ?, ?, now, now, ?, ? FROM clock WHERE true
             ON CONFLICT (fingerprint) DO UPDATE
             SET name = excluded.name, last_seen = excluded.last_seen, cause = excluded.cause, roles = excluded.roles,
                 leaving = 0
             WHERE user = excluded.user
             RETURNING json_object('id', id, 'user', user, 'name', name, 'fingerprint', fingerprint,
                                   'last_seen', last_seen, 'created_at', created_at)",
            params![
                id.to_string(),
                caller.user.as_str(),
                wanted.name.as_str(),
                wanted.fingerprint.as_str(),
                cause.json,
                json!(caller.gate_roles()).to_string(),
            ],
        )
        .await;
    Quota::Workstations.explain(database, caller, registered).await
}

/// One workstation.
pub async fn workstation(database: &Database, id: &str) -> Result<Option<Workstation>> {
    database.document("SELECT document FROM workstation_documents WHERE id = ?", params![id]).await
}

/// The workstations of one user, or everybody's.
pub async fn of_user(database: &Database, user: Option<&str>, page: Page) -> Result<Paged<Workstation>> {
    match user {
        Some(user) => {
            let statement =
                "SELECT document, seq FROM workstation_documents WHERE user = ? AND seq > ? ORDER BY seq LIMIT ?";
            page.read(database, statement, params![user]).await
        }
        None => {
            let statement = "SELECT document, seq FROM workstation_documents WHERE seq > ? ORDER BY seq LIMIT ?";
            page.read(database, statement, params![]).await
        }
    }
}

/// Notes that a workstation of the caller's own is there; none if it isn't the caller's.
pub async fn heartbeat(database: &Database, caller: &Caller, id: &str) -> Result<Option<Workstation>> {
    let arguments = vec![json!(id), json!(caller.user)];
    Ok(database.change_together(HEARTBEAT, &caller.cause(), arguments).await?.state)
}

/// What a step of removing a workstation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// Nothing is left of it.
    Gone,
    /// There is more to be done.
    GoesOn,
    /// It is somebody else's and holds sessions: nothing was done.
    InUse,
}

/// Makes a step of removing a workstation: requests are cancelled, sessions released and subscriptions forgotten, no more at
/// once than a short statement can.
pub async fn remove(database: &Database, caller: &Caller, id: &str) -> Result<Removal> {
    let cause = caller.cause();
    let outcome: Outcome<Removal> = database
        .change(
            "INSERT INTO do_remove_workstation (id, cause) VALUES (?, ?)
             RETURNING json_quote((SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM workstations w
                                                                WHERE w.id = do_remove_workstation.id) THEN 'gone'
                                               WHEN EXISTS (SELECT 1 FROM workstations w
                                                            WHERE w.id = do_remove_workstation.id
                                                              AND w.user <> do_remove_workstation.cause ->> '$.actor')
                                                AND EXISTS (SELECT 1 FROM active_sessions s
                                                            WHERE s.workstation_id = do_remove_workstation.id) THEN 'in_use'
                                               ELSE 'goes_on' END)),
                       (SELECT announcement FROM announcements WHERE change_id = do_remove_workstation.cause ->> '$.change')",
            params![id, cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(outcome.state.unwrap_or(Removal::Gone))
}

/// Lets a workstation of the caller's own watch an item, or all that it is made of; none if it isn't the caller's, or the item is
/// hidden from them.
pub async fn subscribe(
    database: &Database,
    caller: &Caller,
    id: &str,
    part_number: &str,
    scope: Reach,
) -> Result<Option<Subscribed>> {
    let cause = caller.cause_within(Quota::Subscriptions).await?;
    let outcome = database
        .change(
            "INSERT INTO do_subscribe (workstation_id, user, item_id, part_number, scope, cause) VALUES (?, ?, ?, ?, ?, ?)
             RETURNING (SELECT json_object('created', json(iif(coalesce(s.cause, t.cause) = do_subscribe.cause, 'true', 'false')),
                                           'subscription', json_object('item_id', i.id, 'part_number', i.part_number,
                                                                       'scope', do_subscribe.scope,
                                                                       'created_at', coalesce(s.created_at, t.created_at)))
                        FROM items i JOIN workstations w ON w.id = do_subscribe.workstation_id
                        LEFT JOIN subscriptions s ON do_subscribe.scope = 'item' AND s.item_id = i.id AND s.workstation_id = w.id
                        LEFT JOIN tree_watches t ON do_subscribe.scope = 'tree' AND t.item_id = i.id AND t.workstation_id = w.id
                        WHERE i.part_number = do_subscribe.part_number AND w.user = do_subscribe.user
                          AND coalesce(s.item_id, t.item_id) IS NOT NULL
                          AND NOT EXISTS (SELECT 1 FROM hidden
                                          WHERE want = json_array(json_array(
                                              iif(do_subscribe.cause ->> '$.admin', NULL, do_subscribe.user), i.part_number)))),
                       NULL",
            params![
                id,
                caller.user.as_str(),
                new_id().to_string(),
                part_number,
                scope.as_str(),
                cause.json
            ],
        )
        .await;
    Ok(Quota::Subscriptions.explain(database, caller, outcome).await?.state)
}

/// Lets a workstation of the caller's own watch all items whose names begin so; none if it isn't the caller's.
pub async fn subscribe_pattern(
    database: &Database,
    caller: &Caller,
    id: &str,
    beginning: &str,
) -> Result<Option<Subscribed>> {
    let cause = caller.cause_within(Quota::Subscriptions).await?;
    let outcome = database
        .change(
            "INSERT INTO do_watch_pattern (workstation_id, user, beginning, cause) VALUES (?, ?, ?, ?)
             RETURNING (SELECT json_object('created', json(iif(p.cause = do_watch_pattern.cause, 'true', 'false')),
                                           'subscription', json_object('item_id', NULL, 'part_number', p.beginning || '*',
                                                                       'scope', 'item', 'created_at', p.created_at))
                        FROM watch_patterns p JOIN workstations w ON w.id = p.workstation_id
                        WHERE p.beginning = do_watch_pattern.beginning AND w.id = do_watch_pattern.workstation_id
                          AND w.user = do_watch_pattern.user),
                       NULL",
            params![id, caller.user.as_str(), beginning, cause.json],
        )
        .await;
    Ok(Quota::Subscriptions.explain(database, caller, outcome).await?.state)
}

/// What a workstation watches, of what the caller may see; of one scope, if that is given.
pub async fn subscriptions(
    database: &Database,
    caller: &Caller,
    id: &str,
    scope: Option<Reach>,
    page: Page,
) -> Result<Paged<Subscription>> {
    let statement = format!(
        "SELECT document, place FROM subscription_documents
         WHERE workstation_id = ? AND coalesce(scope = ?, 1) AND {} AND place > ? ORDER BY place LIMIT ?",
        visible("?", "part_number")
    );
    page.read(database, &statement, params![id, scope.map(Reach::as_str), subject(caller)]).await
}

/// Lets a workstation of the caller's own watch an item, or all that it is made of, no longer; false if the item is hidden from the
/// caller.
pub async fn unsubscribe(
    database: &Database,
    caller: &Caller,
    id: &str,
    part_number: &str,
    scope: Reach,
) -> Result<bool> {
    let row = database
        .row(
            "INSERT INTO do_unsubscribe (workstation_id, user, part_number, scope, cause) VALUES (?, ?, ?, ?, ?)
             RETURNING NOT EXISTS (SELECT 1 FROM hidden
                                   WHERE want = json_array(json_array(iif(cause ->> '$.admin', NULL, user), part_number)))",
            params![id, caller.user.as_str(), part_number, scope.as_str(), caller.cause().json],
        )
        .await?;
    Ok(row.and_then(|row| row.get(0)).unwrap_or(true))
}

/// Lets a workstation of the caller's own watch the items whose names begin so no longer.
pub async fn unsubscribe_pattern(database: &Database, caller: &Caller, id: &str, beginning: &str) -> Result<()> {
    database
        .rows(
            "INSERT INTO do_unwatch_pattern (workstation_id, user, beginning, cause) VALUES (?, ?, ?, ?)",
            params![id, caller.user.as_str(), beginning, caller.cause().json],
        )
        .await?;
    Ok(())
}
