//! Whether the log is as it was written (docs/audit.md).

use baton_core::Result;
use baton_core::db::{Database, Row, params};
use baton_core::seal::{self, COLUMN_COUNT, COLUMNS};

use crate::model::{Head, Verdict};
use crate::store::{self, Anchor, Extent};

/// Recomputes the chain from the row after the anchor to the one that is the newest at the beginning.
pub async fn verify(database: &Database) -> Result<Verdict> {
    loop {
        let extent = store::extent(database).await?;
        seal::seal(database).await?;
        let anchor = store::anchor(database).await?;
        let verdict = verify_from(database, &anchor, extent).await?;
        // What has been forgotten meanwhile is not missing.
        if matches!(verdict, Verdict::Whole { .. }) || store::anchor(database).await? == anchor {
            return Ok(verdict);
        }
    }
}

async fn verify_from(database: &Database, anchor: &Anchor, extent: Extent) -> Result<Verdict> {
    if !anchor.is_recorded {
        let detail = "the log doesn't tell that it begins here: its anchor has been altered";
        return Ok(broken(Break { at: anchor.seq + 1, detail: detail.to_owned() }));
    }
    let mut chain = Chain { seq: anchor.seq, hash: anchor.hash.clone() };
    Ok(match chain.walk(database, extent).await? {
        Ok(()) => chain.whole(anchor),
        Err(found) => broken(found),
    })
}

fn broken(Break { at, detail }: Break) -> Verdict {
    Verdict::Broken { valid: false, broken_at: at.to_string(), detail }
}

/// The part of the log that holds.
struct Chain {
    /// Its last row.
    seq: i64,
    /// The hash of that row.
    hash: String,
}

/// Where and why the log doesn't hold any more.
struct Break {
    at: i64,
    detail: String,
}

impl Chain {
    async fn walk(&mut self, database: &Database, extent: Extent) -> Result<Result<(), Break>> {
        let statement = format!("SELECT {COLUMNS}, hash FROM audit WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?");
        // A row that somebody put before the first one is looked at too.
        let mut after = i64::MIN;
        loop {
            let rows = database.rows(&statement, params![after, extent.newest, seal::BATCH]).await?;
            if rows.is_empty() {
                return Ok(self.end(extent));
            }
            if let Err(found) = rows.iter().try_for_each(|row| self.follow(row)) {
                return Ok(Err(found));
            }
            after = self.seq;
        }
    }

    /// Goes on by one row, if it is the right one.
    fn follow(&mut self, row: &Row) -> Result<(), Break> {
        let (seq, expected) = (row.get(0).unwrap_or(i64::MIN), self.seq + 1);
        if seq < expected {
            return Err(Break { at: seq, detail: "no entry has this place".to_owned() });
        }
        if seq > expected {
            return Err(missing(expected, seq - 1));
        }
        let hash = seal::hash(&self.hash, row);
        if row.get(COLUMN_COUNT) != Some(hash.as_str()) {
            let detail = "the entry doesn't fit its hash: it, its hash or the entry before it has been altered";
            return Err(Break { at: seq, detail: detail.to_owned() });
        }
        (self.seq, self.hash) = (seq, hash);
        Ok(())
    }

    /// SQLite counts the rows itself: that tells whether the end has been cut off.
    fn end(&self, extent: Extent) -> Result<(), Break> {
        let Extent { counted, .. } = extent;
        if counted > self.seq {
            return Err(missing(self.seq + 1, counted));
        }
        if counted < self.seq {
            let detail = format!("the database has counted {counted} entries: its count has been altered");
            return Err(Break { at: counted + 1, detail });
        }
        Ok(())
    }

    fn whole(self, anchor: &Anchor) -> Verdict {
        let rows = self.seq - anchor.seq;
        let head = (self.seq > 0).then(|| Head { id: self.seq.to_string(), hash: self.hash });
        let anchor = (anchor.seq > 0).then(|| Head { id: anchor.seq.to_string(), hash: anchor.hash.clone() });
        Verdict::Whole { valid: true, rows, head, anchor }
    }
}

fn missing(first: i64, last: i64) -> Break {
    let detail = if first == last {
        "the entry is missing".to_owned()
    } else {
        format!("the entries from {first} to {last} are missing")
    };
    Break { at: first, detail }
}
