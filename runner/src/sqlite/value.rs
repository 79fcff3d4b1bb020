//! What goes into statements and comes out of them.

/// A value of a parameter or a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Nothing.
    Null,
}

/// A row: the values of its columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<Value>);

/// All that a statement returned.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Why a statement failed, in SQLite's words where they are its.
#[derive(Clone, Debug, PartialEq)]
pub struct Error(pub String);

impl Error {
    /// An error in words.
    pub fn new(reason: impl std::fmt::Display) -> Self {
        Self(reason.to_string())
    }

    /// Somebody else writes, and has done so for longer than anybody waits.
    pub fn locked() -> Self {
        Self::new("database is locked")
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(error)
    }
}
