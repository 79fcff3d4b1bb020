//! Ids.

use uuid::Uuid;

/// An id for something that comes into being: a UUID of version 7 (RFC 9562, section 5.7), which begins with the time.
/// What comes into being together so stands together in the database's indexes, and a change writes fewer of their pages.
/// Nobody may conclude anything from an id: not even when something began, which is the host's clock here.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
