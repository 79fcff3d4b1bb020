//! Commands to workstations.

use http::Method;
use serde_json::json;

use super::{Api, encode};
use crate::error::Result;

/// What a workstation says of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obeyed {
    /// It has heard it.
    Acknowledged,
    /// It has done it.
    Done,
    /// It couldn't.
    Failed,
}

impl Obeyed {
    fn verb(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledge",
            Self::Done => "done",
            Self::Failed => "fail",
        }
    }
}

impl Api {
    /// Says what has become of a command to a workstation of one's own.
    ///
    /// Errors: `command_over` where it has ended already.
    pub async fn obeyed(&mut self, command: &str, how: Obeyed, message: Option<&str>) -> Result<()> {
        let path = format!("/api/commands/{}/{}", encode(command), how.verb());
        let body = message.map_or_else(|| json!({}), |message| json!({ "message": message }));
        self.call(&Method::POST, &path, Some(&body)).await.map(drop)
    }
}
