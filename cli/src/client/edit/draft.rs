//! Keeping a file as the draft of a session whenever it changes.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use baton_client::{Api, Error, Session};
use tokio::fs::{File, metadata};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::super::say;
use super::super::show::plain;
use super::lost::Lost;
use super::obey::SaveNow;

/// How often one looks at the file. Not by the system's notifications: they don't tell of files on a network.
const LOOK: Duration = Duration::from_millis(500);

/// A file that is written to without a rest is kept once in this time, all the same.
const RESTLESS: Duration = Duration::from_secs(30);

/// When a draft that wasn't taken is sent again.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { inode: metadata.ino(), size: metadata.len(), modified: (metadata.mtime(), metadata.mtime_nsec()) }
    }
}

/// What came of keeping a file.
enum Kept {
    /// As it was then.
    Yes(Stamp),
    /// Not as it is now: it is of no use to try before it changes.
    Never(String),
    /// Not now.
    NotYet(String),
}

/// A file that is to be kept, and as what everybody has it.
pub struct Draft {
    file: PathBuf,
    known: Option<Stamp>,
    /// Where it is to be kept at once, changed or not.
    now: mpsc::Receiver<SaveNow>,
}

impl Draft {
    /// Of this file: what it is now, before the part is held, isn't to be kept. Whoever has the sender may ask for it to be kept
    /// at once.
    pub async fn of(file: &Path) -> (Self, mpsc::Sender<SaveNow>) {
        let (ask, now) = mpsc::channel(1);
        (Self { file: file.to_owned(), known: look(file).await, now }, ask)
    }
}

/// Keeps a file for as long as it can be kept; without a file there is nothing to do. It ends with the session's loss only.
pub async fn keep(mut api: Api, session: &Session, draft: Option<Draft>) -> Lost {
    let Some(Draft { file, known: mut kept, mut now }) = draft else {
        return std::future::pending().await;
    };
    let mut last = kept;
    let mut changed_at = None;
    let mut told = String::new();
    loop {
        match timeout(LOOK, now.recv()).await {
            Ok(Some(asked)) => match keep_now(&mut api, session, &file, asked).await {
                Ok(stamp) => {
                    kept = stamp.or(kept);
                    continue;
                }
                Err(lost) => return lost,
            },
            // Nobody can ask any more.
            Ok(None) => sleep(LOOK).await,
            Err(_) => {}
        }
        let seen = look(&file).await;
        let rests = std::mem::replace(&mut last, seen) == seen;
        let Some(stamp) = seen.filter(|_| seen != kept) else {
            changed_at = None;
            continue;
        };
        let since = *changed_at.get_or_insert_with(Instant::now);
        if !rests && since.elapsed() < RESTLESS {
            continue;
        }
        changed_at = None;
        let trouble = match send(&mut api, session, &file).await {
            Ok(Kept::Yes(stamp)) => {
                kept = Some(stamp);
                if !std::mem::take(&mut told).is_empty() {
                    say::note(&format!("The draft of {} is kept again", session.part_number));
                }
                continue;
            }
            Ok(Kept::Never(why)) => {
                kept = Some(stamp);
                why
            }
            Ok(Kept::NotYet(why)) => {
                sleep(TRY_AGAIN).await;
                why
            }
            Err(lost) => return lost,
        };
        if told != trouble {
            say::failure(&format!("{} isn't kept as the draft: {trouble}", file.display()));
            told = trouble;
        }
    }
}

/// Keeps the file for somebody who asks for that, changed or not: as what it was kept.
async fn keep_now(api: &mut Api, session: &Session, file: &Path, asked: SaveNow) -> Result<Option<Stamp>, Lost> {
    let (stamp, said) = match send(api, session, file).await? {
        Kept::Yes(stamp) => (Some(stamp), Ok(())),
        Kept::Never(why) | Kept::NotYet(why) => (None, Err(why)),
    };
    // Who has asked may have gone.
    let _ = asked.send(said);
    Ok(stamp)
}

/// The file as it is; none while it isn't there, as when an editor replaces it.
async fn look(file: &Path) -> Option<Stamp> {
    metadata(file).await.ok().filter(Metadata::is_file).map(|metadata| Stamp::of(&metadata))
}

async fn send(api: &mut Api, session: &Session, file: &Path) -> Result<Kept, Lost> {
    let opened = async {
        let opened = File::open(file).await?;
        let stamp = Stamp::of(&opened.metadata().await?);
        Ok::<_, std::io::Error>((opened, stamp))
    };
    let (opened, stamp) = match opened.await {
        Ok(opened) => opened,
        Err(error) => return Ok(Kept::Never(error.to_string())),
    };
    match api.draft(session, opened, stamp.size).await {
        Ok(()) => Ok(Kept::Yes(stamp)),
        Err(Error::Refused(refused)) if matches!(refused.status, 404 | 410) => Err(Lost::as_of(&refused)),
        Err(Error::Refused(refused)) if matches!(refused.status, 401 | 429) => {
            Ok(Kept::NotYet(plain(&refused.to_string())))
        }
        // Too large, or more than one may have.
        Err(Error::Refused(refused)) => Ok(Kept::Never(plain(&refused.to_string()))),
        Err(error) => Ok(Kept::NotYet(plain(&error.to_string()))),
    }
}
