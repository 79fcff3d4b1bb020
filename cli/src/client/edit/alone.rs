//! One `baton edit` for one part on one machine: to the server both would be the same workstation, and the first one to end would
//! release the part for both.

use std::fs::{File, TryLockError};
use std::time::Duration;

use baton_client::Folder;
use tokio::time::sleep;

use super::super::failure::{Code, Failure};
use super::super::parts::Part;
use super::super::say;

/// How often one who waits looks.
const LOOK: Duration = Duration::from_millis(300);

/// Kept for as long as this is.
pub struct Alone {
    _file: File,
}

impl Alone {
    /// Makes sure that nobody else edits the part here; waits for it where `wait` says so.
    ///
    /// Errors: somebody does, or it can't be found out.
    pub async fn with(workstation: &str, part: &Part, wait: bool) -> Result<Self, Failure> {
        let file = Folder::state()?.lock_file(&format!("edit-{workstation}-{}", part.number))?;
        let mut is_told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if wait => {
                    if !std::mem::replace(&mut is_told, true) {
                        say::note(&format!("{} is edited on this machine already. Waiting", part.name));
                    }
                    sleep(LOOK).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let told = format!("{} is edited on this machine already, by another `baton edit`", part.name);
                    return Err(Failure::new(Code::Held, told));
                }
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }
}
