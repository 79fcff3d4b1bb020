//! What a system prints, kept in a file.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much of it an error shows, in bytes.
const TAIL: usize = 2_000;

/// The file that a system prints to.
pub struct Log(PathBuf);

impl Log {
    /// Begins a new log in this directory, and lets a command print to it.
    pub fn begin(home: &Path, command: &mut Command) -> io::Result<Self> {
        fs::create_dir_all(home)?;
        let path = home.join("server.log");
        let output = File::create(&path)?;
        command.stdout(output.try_clone()?).stderr(output);
        Ok(Self(path))
    }

    /// Where the application says that it serves; none as long as it doesn't.
    pub fn address(&self) -> Option<SocketAddr> {
        address_in(&self.text())
    }

    /// How it ends.
    pub fn tail(&self) -> String {
        let text = fs::read(&self.0).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(TAIL)..]).into_owned()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.0).unwrap_or_default()).into_owned()
    }
}

fn address_in(text: &str) -> Option<SocketAddr> {
    let (_, rest) = text.split_once("Serving http://")?;
    // Only a whole line: the port may still be on its way.
    let (address, _) = rest.split_once('\n')?;
    address.trim().trim_end_matches('/').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn an_address_counts_when_its_line_is_whole() {
        assert_eq!(address_in("Serving http://127.0.0.1:30"), None);
        assert_eq!(address_in("Compiled\nServing http://127.0.0.1:3000\n"), "127.0.0.1:3000".parse().ok());
    }
}
