//! How long a past is.

/// How much has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// Sessions, all of them over.
    pub sessions: u32,
    /// Events.
    pub events: u32,
    /// Rows of the audit log.
    pub audit: u32,
}

impl Sizes {
    /// Nothing has happened.
    pub const NOTHING: Self = Self { sessions: 0, events: 0, audit: 0 };
}
