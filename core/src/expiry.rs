//! What time brings about is recorded by whoever looks first, reads included (contract, "Edit sessions"). A read stays a read
//! as long as nothing is due.

use serde::de::IgnoredAny;

use crate::Result;
use crate::db::{Database, Outcome, params};
use crate::events::announce;
use crate::request::RequestContext;

/// Records what is due on an item.
pub async fn record(database: &Database, request: &RequestContext, item_id: &str) -> Result<()> {
    let cause = request.cause("system");
    let outcome: Outcome<IgnoredAny> = database
        .change(
            "INSERT INTO do_expire (item_id, cause) VALUES (?, ?)
             RETURNING NULL, (SELECT announcement FROM announcements WHERE change_id = do_expire.cause ->> '$.change')",
            params![item_id, cause.json.as_str()],
        )
        .await?;
    announce(outcome.announcement);
    Ok(())
}

/// Records what is due anywhere, as much as goes down in one short statement; true if there was anything.
pub async fn record_due(database: &Database, request: &RequestContext) -> Result<bool> {
    let is_due = database.row("SELECT 1 FROM due LIMIT 1", params![]).await?.is_some();
    if is_due {
        let cause = request.cause("system");
        let outcome: Outcome<IgnoredAny> = database
            .change(
                "INSERT INTO do_expire_all (cause) VALUES (?)
                 RETURNING NULL, (SELECT announcement FROM announcements WHERE change_id = do_expire_all.cause ->> '$.change')",
                params![cause.json.as_str()],
            )
            .await?;
        announce(outcome.announcement);
    }
    Ok(is_due)
}
