//! Items that somebody asks about.

use crate::Result;
use crate::access::unknown_item;
use crate::db::{Database, params};

/// Refuses what is asked about an item that has never come into being (contract, "Items and subscriptions").
///
/// # Errors
/// 404 where nobody has acquired or watched the part.
pub async fn must_be_known(database: &Database, part_number: &str) -> Result<()> {
    let row = database.row("SELECT 1 FROM items WHERE part_number = ?", params![part_number]).await?;
    row.map(drop).ok_or_else(unknown_item)
}
