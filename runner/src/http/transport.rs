//! A connection's bytes: who takes none for too long is cut off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::problem;

/// How a response of hyper's own begins, which has no document: it was no request that it could read.
const REFUSALS: [(&[u8], &str); 3] = [
    (b"HTTP/1.1 400 ", "the request can't be read"),
    (b"HTTP/1.1 414 ", "the URL is too long"),
    (b"HTTP/1.1 431 ", "the head of the request is too large"),
];

/// A client's connection.
pub struct Transport<S> {
    stream: S,
    patience: Duration,
    /// Runs while the client takes nothing of what is to be written.
    stalled: Option<Pin<Box<Sleep>>>,
    /// What is written in place of a response that has no document.
    replacement: Vec<u8>,
}

impl<S: AsyncWrite + Unpin> Transport<S> {
    /// A connection whose client may take nothing for as long as `patience`.
    pub fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, stalled: None, replacement: Vec::new() }
    }

    /// Bounds how long a write may wait.
    fn bounded<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Writes what is to be written in place of something else.
    fn poll_replacement(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.replacement.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(context, &self.replacement);
            match self.bounded(context, written) {
                Poll::Ready(Ok(count)) => _ = self.replacement.drain(..count),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A document for a response that hyper makes by itself: with a head alone, and then the end of the connection. Responses of
/// this server's own all name their request.
fn replacement(bytes: &[u8]) -> Option<Vec<u8>> {
    let (start, detail) = REFUSALS.iter().find(|(start, _)| bytes.starts_with(start))?;
    let head = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let is_bare = head.ends_with("\r\n\r\n") && head.contains("content-length: 0") && !head.contains("x-request-id");
    let status = str::from_utf8(&start[9..12]).ok()?.parse().ok()?;
    is_bare.then(|| problem::raw(status, detail))
}

impl<S: AsyncRead + Unpin> AsyncRead for Transport<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Transport<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        std::task::ready!(self.poll_replacement(context))?;
        if let Some(replacement) = replacement(bytes) {
            self.replacement = replacement;
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bounded(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = parts {
            return self.poll_write(context, only);
        }
        std::task::ready!(self.poll_replacement(context))?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.bounded(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.poll_replacement(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.poll_replacement(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
