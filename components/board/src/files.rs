//! The files of the page, as they stand in `page/`.

use std::fmt::Write;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file that a browser is given.
#[derive(Debug)]
pub struct File {
    name: &'static str,
    /// What it is, with its encoding.
    pub content_type: &'static str,
    /// What it holds.
    pub text: &'static str,
    /// A strong validator: another content has another one (RFC 9110, section 8.8.3).
    pub etag: String,
}

impl File {
    fn new(name: &'static str, content_type: &'static str, text: &'static str) -> Self {
        let mut etag = String::from("\"");
        for byte in Sha256::digest(text) {
            let _ = write!(etag, "{byte:02x}");
        }
        Self { name, content_type, text, etag: etag + "\"" }
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page itself.
pub static PAGE: LazyLock<File> =
    LazyLock::new(|| File::new("index.html", "text/html; charset=utf-8", include_str!("../page/index.html")));

/// What the page is made of.
macro_rules! files {
    ($($name:literal: $content_type:expr),+ $(,)?) => {
        static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
            vec![$(File::new($name, $content_type, include_str!(concat!("../page/", $name)))),+]
        });
    };
}

files! {
    "actions.js": SCRIPT,
    "api.js": SCRIPT,
    "board.css": "text/css; charset=utf-8",
    "dialogs.js": SCRIPT,
    "dom.js": SCRIPT,
    "icon.svg": "image/svg+xml",
    "identity.js": SCRIPT,
    "inbox.js": SCRIPT,
    "live.js": SCRIPT,
    "main.js": SCRIPT,
    "news.js": SCRIPT,
    "reservations.js": SCRIPT,
    "sections.js": SCRIPT,
    "signin.js": SCRIPT,
    "sse.js": SCRIPT,
    "state.js": SCRIPT,
    "sync.js": SCRIPT,
    "table.js": SCRIPT,
    "webhooks.js": SCRIPT,
    "words.js": SCRIPT,
}

/// The file of this name.
pub fn named(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_is_served_and_asked_for() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let there = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let served = FILES.iter().chain([&*PAGE]).map(|file| file.name.to_owned());
        assert_eq!(served.collect::<BTreeSet<_>>(), there.collect());
        let texts: Vec<_> = FILES.iter().chain([&*PAGE]).map(|file| file.text).collect();
        let is_named = |name: &str| texts.iter().any(|text| text.contains(&format!("/{name}\"")));
        let idle: Vec<_> = FILES.iter().map(|file| file.name).filter(|name| !is_named(name)).collect();
        assert!(idle.is_empty(), "nobody asks for {idle:?}");
    }

    #[test]
    fn a_validator_tells_one_content_from_another() {
        assert_ne!(PAGE.etag, named("main.js").unwrap().etag);
        assert_eq!(PAGE.etag.len(), 66);
    }
}
