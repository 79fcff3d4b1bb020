//! Which workstations are there: kept in the key-value store, because it may be lost. Then a workstation was last seen
//! when it registered.

use baton_core::{Problem, Result};
use send_wrapper::SendWrapper;
use spin_sdk::key_value::{Error, Store};

use crate::model::Workstation;

/// Notes that a workstation is there at `time`, in RFC 3339.
pub async fn note(workstation_id: &str, time: &str) -> Result<()> {
    let noting = async { Store::open_default().await?.set(key(workstation_id), time.as_bytes()).await };
    SendWrapper::new(noting).await.map_err(unavailable)
}

/// Adds to workstations when they were noted last. Without the store they stand as they are.
pub async fn complete(workstations: &mut [Workstation]) {
    let completing = async {
        let store = Store::open_default().await?;
        for workstation in workstations {
            let noted = store.get(key(&workstation.id.to_string())).await?;
            let noted = noted.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            // Times in one format compare as text.
            if noted > workstation.last_seen {
                workstation.last_seen = noted;
            }
        }
        Ok::<_, Error>(())
    };
    log(SendWrapper::new(completing).await);
}

/// Forgets a workstation. What stays behind does no harm: its id never comes again.
pub async fn forget(workstation_id: &str) {
    let forgetting = async { Store::open_default().await?.delete(key(workstation_id)).await };
    log(SendWrapper::new(forgetting).await);
}

fn log(outcome: std::result::Result<(), Error>) {
    if let Err(error) = outcome {
        eprintln!("presence: {error:?}");
    }
}

fn unavailable(error: Error) -> Problem {
    Problem::unavailable(format!("key-value store: {error:?}"))
}

fn key(workstation_id: &str) -> String {
    format!("present:{workstation_id}")
}
