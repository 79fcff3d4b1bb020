//! What goes in and out of the locking API (git-lfs, `docs/api/locking.md`).

use baton_core::git_lfs::MEDIA_TYPE;
use baton_core::number::whole_if_given;
use baton_core::repository::{FilePath, RepositoryName};
use baton_core::written::Written;
use baton_core::{Problem, Result, page};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{IntoParams, ToSchema};

/// The largest page, and the one that is given where no limit is asked for: git-lfs asks for none and gathers all pages.
const PAGE_MAX: i64 = 20_000;
const PAGE_DEFAULT: i64 = 5_000;

/// What to lock.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LockRequest {
    /// Its path in the repository, byte for byte.
    pub path: FilePath,
    /// The branch; it says nothing to Baton.
    #[serde(default, rename = "ref")]
    pub _ref: Option<Ref>,
}

/// A branch, as git-lfs names it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Ref {
    /// Its full name.
    #[serde(rename = "name")]
    pub _name: Option<String>,
}

/// How to unlock. The body may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct UnlockRequest {
    /// Whether also what somebody else holds, by who may override.
    pub force: Option<bool>,
}

/// Which page of the locks to verify. The body may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct VerifyRequest {
    /// The `next_cursor` of the page before.
    #[schema(pattern = "^[0-9]{1,18}$")]
    pub cursor: Option<String>,
    /// How many at most; more than 20,000 are never given, and 5,000 if absent or 0.
    #[serde(default, deserialize_with = "limit")]
    #[schema(minimum = 0, maximum = 4294967295_i64)]
    pub limit: Option<i64>,
}

/// A number of locks: 0 or more, as much as 32 bits hold.
fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match whole_if_given(deserializer)? {
        Some(limit) if u32::try_from(limit).is_err() => Err(de::Error::custom("must be between 0 and 4294967295")),
        limit => Ok(limit),
    }
}

/// Which locks to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LocksQuery {
    /// Of this path alone.
    #[param(max_length = 1024, pattern = r"^(?!(.*/)?\.{0,2}(/|$))[^\\\u0000-\u001f\u007f-\u009f]+$")]
    pub path: Option<String>,
    /// The one with this id.
    pub id: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    pub cursor: Option<String>,
    /// How many at most; more than 20,000 are never given, and 5,000 if absent or 0.
    #[param(minimum = 0, maximum = 4294967295_i64)]
    pub limit: Option<u32>,
}

/// A page of locks.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The place after which it begins; 0 for the beginning.
    pub after: i64,
    /// How many at most.
    pub limit: i64,
}

impl Page {
    /// Of a cursor and a limit: 400 for a cursor that is none.
    pub fn new(cursor: Option<&str>, limit: Option<i64>) -> Result<Self> {
        let after = cursor.map_or(Ok(0), page::cursor)?;
        let limit = limit.filter(|limit| *limit > 0).unwrap_or(PAGE_DEFAULT).min(PAGE_MAX);
        Ok(Self { after, limit })
    }
}

impl LocksQuery {
    /// Its page: 400 for a cursor that is none.
    pub fn page(&self) -> Result<Page> {
        Page::new(self.cursor.as_deref(), self.limit.map(i64::from))
    }
}

/// A lock: an edit session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lock {
    /// The session's id.
    pub id: String,
    /// The path, byte for byte.
    pub path: String,
    /// Since when.
    #[schema(format = DateTime)]
    pub locked_at: String,
    /// Who holds it.
    pub owner: Owner,
}

/// Who holds a lock.
#[derive(Debug, Serialize, ToSchema)]
pub struct Owner {
    /// The user's name.
    pub name: String,
}

/// One lock.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneLock {
    /// The lock.
    #[schema(value_type = Lock)]
    pub lock: Written<Lock>,
}

/// A page of a repository's locks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Locks {
    /// The locks, oldest first.
    #[schema(value_type = Vec<Lock>)]
    pub locks: Written<Vec<Lock>>,
    /// Where the next page begins; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A page of a repository's locks, sorted by whose they are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LfsVerified)]
pub struct Verified {
    /// The caller's own.
    #[schema(value_type = Vec<Lock>)]
    pub ours: Written<Vec<Lock>>,
    /// Those of others: a push that changes them is refused by git-lfs.
    #[schema(value_type = Vec<Lock>)]
    pub theirs: Written<Vec<Lock>>,
    /// Where the next page begins; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What else is said: a refusal, or that something has to be awaited. git-lfs shows the message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LfsMessage)]
pub struct Message {
    /// In words.
    pub message: String,
    /// The request's id.
    pub request_id: String,
}

/// The name of the repository in a path: 422 if it is none.
pub fn repository(path: &baton_core::extract::Path) -> Result<RepositoryName> {
    RepositoryName::parse(path.text("repository")).map_err(|detail| Problem::invalid("repository", detail))
}

/// The media type, for the description.
pub const LFS: &str = MEDIA_TYPE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_large_and_have_an_end() {
        let limit = |limit| Page::new(None, limit).unwrap().limit;
        assert_eq!([limit(None), limit(Some(0)), limit(Some(7)), limit(Some(i64::MAX))], [5_000, 5_000, 7, 20_000]);
        assert_eq!(Page::new(Some("12"), None).unwrap().after, 12);
        assert_eq!(Page::new(Some("x"), None).unwrap_err().code(), "invalid_cursor");
    }
}
