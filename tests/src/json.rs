//! Reading JSON with failures that show the document.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// Short readers for answers of the API. Each fails the test, showing the document, when the member isn't there.
pub trait Json {
    /// A member that is text.
    fn text(&self, key: &str) -> &str;
    /// A member that is a whole number.
    fn int(&self, key: &str) -> i64;
    /// A member that is a list.
    fn list(&self, key: &str) -> &[Value];
    /// A member that is a time.
    fn time(&self, key: &str) -> DateTime<Utc>;
    /// The `id`, owned.
    fn id(&self) -> String;
}

impl Json for Value {
    fn text(&self, key: &str) -> &str {
        self[key].as_str().unwrap_or_else(|| panic!("no text {key:?} in {self}"))
    }

    fn int(&self, key: &str) -> i64 {
        self[key].as_i64().unwrap_or_else(|| panic!("no whole number {key:?} in {self}"))
    }

    fn list(&self, key: &str) -> &[Value] {
        self[key].as_array().unwrap_or_else(|| panic!("no list {key:?} in {self}"))
    }

    fn time(&self, key: &str) -> DateTime<Utc> {
        let text = self.text(key);
        let time = DateTime::parse_from_rfc3339(text).unwrap_or_else(|e| panic!("{key:?} of {self}: {e}"));
        time.with_timezone(&Utc)
    }

    fn id(&self) -> String {
        self.text("id").to_owned()
    }
}
