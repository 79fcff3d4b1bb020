//! What components write to stdout and stderr: kept in files, as Spin does, and shown on the console.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// A line longer than this is written in pieces, in bytes.
const MAX_LINE_BYTES: usize = 64 * 1024;

/// What a guest may write at once, in bytes.
const MAX_WRITE_BYTES: usize = 64 * 1024;

/// The log of one stream of a component, shared by all its instances.
#[derive(Clone, Debug)]
pub struct Log {
    file: Arc<File>,
    console: bool,
}

impl Log {
    /// Opens the log file of a component's stream, `stdout` or `stderr`; `console` shows it too.
    ///
    /// Errors: the file can't be opened.
    pub fn open(directory: &Path, component: &str, stream: &str, console: bool) -> io::Result<Self> {
        let file =
            File::options().create(true).append(true).open(directory.join(format!("{component}_{stream}.txt")))?;
        Ok(Self { file: Arc::new(file), console })
    }

    fn write(&self, lines: &[u8]) {
        // A full disk is no reason to stop serving; the console is the place that is left.
        if let Err(error) = (&*self.file).write_all(lines) {
            eprintln!("can't write to a component's log: {error}");
        }
        if self.console {
            _ = io::stderr().write_all(lines);
        }
    }
}

impl IsTerminal for Log {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Log {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(LineWriter::new(self.clone()))
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(LineWriter::new(self.clone()))
    }
}

/// Passes whole lines on, as instances that write at once would mix theirs otherwise.
struct LineWriter {
    log: Log,
    unfinished: Vec<u8>,
}

impl LineWriter {
    fn new(log: Log) -> Self {
        Self { log, unfinished: Vec::new() }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.unfinished.extend_from_slice(bytes);
        let whole = match self.unfinished.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.unfinished.len() >= MAX_LINE_BYTES => self.unfinished.len(),
            None => return,
        };
        self.log.write(&self.unfinished[..whole]);
        self.unfinished.drain(..whole);
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        if !self.unfinished.is_empty() {
            self.unfinished.push(b'\n');
            self.log.write(&self.unfinished);
        }
    }
}

impl AsyncWrite for LineWriter {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LineWriter {
    async fn ready(&mut self) {}
}

impl OutputStream for LineWriter {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole() {
        let directory = tempfile::tempdir().unwrap();
        let log = Log::open(directory.path(), "events", "stdout", false).unwrap();
        let (mut one, mut two) = (LineWriter::new(log.clone()), LineWriter::new(log));
        one.push(b"first ");
        two.push(b"second\nthi");
        one.push(b"line\n");
        drop(two);
        let written = std::fs::read_to_string(directory.path().join("events_stdout.txt")).unwrap();
        assert_eq!(written, "second\nfirst line\nthi\n");
    }
}
