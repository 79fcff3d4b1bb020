//! A database, and the one connection on which this process makes its single changes.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::file::DatabaseFile;
use super::value::Error;
use super::writer::Writer;

/// A database that connections of this process share.
pub struct Database {
    file: Arc<DatabaseFile>,
    writer: OnceLock<Writer>,
}

impl Database {
    /// The database in a file, which comes into being with the first connection.
    pub fn new(path: PathBuf) -> Self {
        Self { file: Arc::new(DatabaseFile::new(path)), writer: OnceLock::new() }
    }

    /// The file.
    pub fn file(&self) -> &DatabaseFile {
        &self.file
    }

    /// The connection on which single changes are made. Must be called on the runtime.
    ///
    /// Errors: the machine can't have another thread.
    pub fn writer(&self) -> Result<&Writer, Error> {
        match self.writer.get() {
            Some(writer) => Ok(writer),
            None => {
                // Of two that are started at once one is dropped, and its thread ends.
                let started = Writer::start(Arc::clone(&self.file)).map_err(Error::new)?;
                Ok(self.writer.get_or_init(|| started))
            }
        }
    }
}
