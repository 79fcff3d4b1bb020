//! What components write to stdout and stderr: kept in files, as Spin does, and shown on the console.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// How much of a line is kept, in bytes: what a client sends may stand in one.
const MAX_LINE_BYTES: usize = 2 * 1024;

/// How large a log file becomes, in bytes, before it becomes the old one, in place of the one before.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// What a guest may write at once, in bytes.
const MAX_WRITE_BYTES: usize = 64 * 1024;

/// The log of one stream of a component, shared by all its instances.
#[derive(Clone, Debug)]
pub struct Log {
    file: Arc<Mutex<LogFile>>,
    console: bool,
}

/// A file that doesn't grow for ever.
#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
}

impl LogFile {
    fn open(path: PathBuf, bytes_max: u64) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path, file, bytes, bytes_max })
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.bytes >= self.bytes_max {
            std::fs::rename(&self.path, self.path.with_extension("old.txt"))?;
            *self = Self::open(std::mem::take(&mut self.path), self.bytes_max)?;
        }
        self.bytes += lines.len() as u64;
        self.file.write_all(lines)
    }
}

impl Log {
    /// Opens the log file of a component's stream, `stdout` or `stderr`; `console` shows it too.
    ///
    /// Errors: the file can't be opened.
    pub fn open(directory: &Path, component: &str, stream: &str, console: bool) -> io::Result<Self> {
        let file = LogFile::open(directory.join(format!("{component}_{stream}.txt")), MAX_FILE_BYTES)?;
        Ok(Self { file: Arc::new(Mutex::new(file)), console })
    }

    fn write(&self, lines: &[u8]) {
        // A full disk is no reason to stop serving; the console is the place that is left.
        if let Err(error) = self.file.lock().unwrap_or_else(PoisonError::into_inner).write(lines) {
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

/// Passes whole lines on, as instances that write at once would mix theirs otherwise. Of a line that is too long the
/// beginning is kept.
struct LineWriter {
    log: Log,
    unfinished: Vec<u8>,
    /// How much of the unfinished line is left out, in bytes.
    left_out: usize,
}

impl LineWriter {
    fn new(log: Log) -> Self {
        Self { log, unfinished: Vec::new(), left_out: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        let mut finished = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            let kept = text.len().min(MAX_LINE_BYTES - self.unfinished.len());
            self.unfinished.extend_from_slice(&text[..kept]);
            self.left_out += text.len() - kept;
            if ends {
                self.finish(&mut finished);
            }
        }
        if !finished.is_empty() {
            self.log.write(&finished);
        }
    }

    fn finish(&mut self, lines: &mut Vec<u8>) {
        lines.append(&mut self.unfinished);
        match std::mem::take(&mut self.left_out) {
            0 => lines.push(b'\n'),
            left_out => lines.extend_from_slice(format!(" (and {left_out} bytes more)\n").as_bytes()),
        }
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        if !self.unfinished.is_empty() {
            let mut line = Vec::new();
            self.finish(&mut line);
            self.log.write(&line);
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

    #[test]
    fn a_long_line_is_cut() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = LineWriter::new(Log::open(directory.path(), "events", "stdout", false).unwrap());
        for piece in [&[b'a'; 1_500][..], &[b'a'; 1_000], b"b\nshort\n"] {
            writer.push(piece);
        }
        let written = std::fs::read_to_string(directory.path().join("events_stdout.txt")).unwrap();
        assert_eq!(written, format!("{} (and 453 bytes more)\nshort\n", "a".repeat(MAX_LINE_BYTES)));
    }

    #[test]
    fn a_log_keeps_no_more_than_two_files() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events_stdout.txt");
        let mut log = LogFile::open(path.clone(), 10).unwrap();
        for line in ["first line\n", "second line\n", "third line\n"] {
            log.write(line.as_bytes()).unwrap();
        }
        let read = |path| std::fs::read_to_string(path).unwrap();
        assert_eq!(read(path), "third line\n");
        assert_eq!(read(directory.path().join("events_stdout.old.txt")), "second line\n");
        assert_eq!(directory.path().read_dir().unwrap().count(), 2);
    }
}
