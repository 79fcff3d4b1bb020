//! Names that no other test uses, so that tests share a server without seeing each other's data.

use uuid::Uuid;

/// `prefix` and twelve characters that occur once.
pub fn name(prefix: &str) -> String {
    let id = Uuid::new_v4().simple().to_string();
    format!("{prefix}-{}", &id[..12])
}

/// A part number that no other test uses.
pub fn part() -> String {
    name("F01")
}

/// A UUID that the server has never seen.
pub fn uuid() -> String {
    Uuid::new_v4().to_string()
}
