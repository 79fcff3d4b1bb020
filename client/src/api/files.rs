//! Files of git repositories.

use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use super::{Api, document, encode, session_path};
use crate::error::{Error, Result};
use crate::repository::part_number;

/// What Git LFS speaks (git-lfs, `docs/api/locking.md`).
const MEDIA: HeaderValue = HeaderValue::from_static("application/vnd.git-lfs+json");

impl Api {
    /// Has the server know a file that nobody has held yet: only by a lock does it learn which file a part number stands for. The lock is
    /// given back at once; whoever comes in between holds the file as ever.
    ///
    /// Errors: the repository or the path can't be one, or the user may not.
    pub async fn make_known(&mut self, repository: &str, path: &str) -> Result<()> {
        let number = part_number(repository, path);
        match self.get(&format!("/api/items/{}", encode(&number))).await {
            Err(error) if error.status() == Some(404) => {}
            known => return known.map(drop),
        }
        let lock = match self.lock(repository, path).await {
            // Somebody was faster, so it is known by now.
            Err(error) if error.status() == Some(409) => return Ok(()),
            lock => lock?,
        };
        let id = lock["lock"]["id"].as_str();
        let id = id.ok_or_else(|| Error::Strange("there is no lock in the answer".to_owned()))?;
        self.call(&Method::DELETE, &session_path(&number, id), None).await?;
        Ok(())
    }

    async fn lock(&mut self, repository: &str, path: &str) -> Result<Value> {
        let locks = format!("/lfs/{}/locks", encode(repository));
        let mut request = self.request(&Method::POST, &locks, Some(&json!({ "path": path })))?;
        request.headers_mut().insert(header::CONTENT_TYPE, MEDIA);
        request.headers_mut().insert(header::ACCEPT, MEDIA);
        document(&self.answer(None, request).await?)
    }
}
