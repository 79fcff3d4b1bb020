//! Drafts and checkpoints.

use std::time::Duration;

use http::{Method, Response};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::fs::File;

use super::{Api, Session, encode};
use crate::body::Body;
use crate::connection::Line;
use crate::error::Result;

/// How long a draft may take on its way.
const UPLOAD_MAX: Duration = Duration::from_secs(15 * 60);

impl Api {
    /// Keeps a file as the draft of a session; it is read while it is sent.
    ///
    /// Errors: `session_lost`, or it is larger than what is kept.
    pub async fn draft(&mut self, session: &Session, file: File, length: u64) -> Result<()> {
        let path = format!("{}/draft", session.path());
        self.upload(UPLOAD_MAX, &Method::PUT, &path, Body::file(file, length)).await?;
        Ok(())
    }

    /// The checkpoints of a part, newest first.
    ///
    /// Errors: those of [`Api::list`].
    pub async fn checkpoints(&mut self, part: &str) -> Result<Vec<Value>> {
        self.list(&format!("/api/items/{}/checkpoints", encode(part)), "checkpoints").await
    }

    /// The bytes of a checkpoint, as they come, with the connection that they come by.
    ///
    /// Errors: there is none, or nobody is there.
    pub async fn checkpoint_content(&mut self, part: &str, id: &str) -> Result<(Response<Incoming>, Line)> {
        self.download(&format!("/api/items/{}/checkpoints/{}/content", encode(part), encode(id))).await
    }
}
