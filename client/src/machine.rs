//! The machine that a user works at, as Baton knows it: a workstation for each Baton and user.

use anyhow::Result;
use uuid::Uuid;

use crate::folder::Folder;

/// The file in the configuration folder with the fingerprint, and what is locked while a workstation is registered.
const FILE: &str = "fingerprint";
const LOCK: &str = "registering";

/// What a workstation is called where nobody knows the machine's name.
const NAMELESS: &str = "workstation";

/// This machine, as this user's configuration knows it.
#[derive(Debug)]
pub struct Machine {
    folder: Folder,
    fingerprint: String,
}

impl Machine {
    /// The machine's fingerprint, made the first time.
    ///
    /// Errors: the configuration folder can't be read or written.
    pub fn load(folder: &Folder) -> Result<Self> {
        let lock = folder.lock_file(LOCK)?;
        lock.lock()?;
        let kept = folder.read(FILE)?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let fingerprint = match kept {
            Some(fingerprint) => fingerprint,
            None => {
                let fingerprint = Uuid::new_v4().simple().to_string();
                folder.write(FILE, fingerprint.as_bytes())?;
                fingerprint
            }
        };
        Ok(Self { folder: folder.clone(), fingerprint })
    }

    /// Whether a workstation of this fingerprint is this machine.
    pub fn is(&self, fingerprint: &str) -> bool {
        fingerprint.split_once('/').is_some_and(|(machine, _)| machine == self.fingerprint)
    }

    /// A fingerprint for another user of this machine: a Baton knows each fingerprint once.
    pub fn new_fingerprint(&self) -> String {
        format!("{}/{}", self.fingerprint, Uuid::new_v4().simple())
    }

    /// Keeps other commands from registering it at the same time, until this is dropped.
    ///
    /// Errors: the configuration folder can't be written.
    pub fn lock(&self) -> Result<std::fs::File> {
        let lock = self.folder.lock_file(LOCK)?;
        lock.lock()?;
        Ok(lock)
    }

    /// What people call it.
    pub fn name() -> String {
        let name = gethostname::gethostname().to_string_lossy().into_owned();
        if name.is_empty() { NAMELESS.to_owned() } else { name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_again_by_each_of_its_users() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::at(directory.path().to_owned());
        let (first, second) = (Machine::load(&folder).unwrap(), Machine::load(&folder).unwrap());
        let [ann, bob] = [first.new_fingerprint(), first.new_fingerprint()];
        assert!(ann != bob && second.is(&ann) && second.is(&bob));
        let other = tempfile::tempdir().unwrap();
        assert!(!Machine::load(&Folder::at(other.path().to_owned())).unwrap().is(&ann));
    }
}
