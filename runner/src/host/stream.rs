//! Channels as streams of the component model.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc::Receiver;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult};

/// A stream of what comes out of a channel, each as a `T`, which ends with it.
pub struct ChannelStream<S, T> {
    channel: Receiver<S>,
    item: PhantomData<fn() -> T>,
}

impl<S, T> ChannelStream<S, T> {
    /// The stream of a channel.
    pub fn new(channel: Receiver<S>) -> Self {
        Self { channel, item: PhantomData }
    }
}

impl<D, S: Into<T> + Send + 'static, T: Send + Sync + 'static> StreamProducer<D> for ChannelStream<S, T> {
    type Item = T;
    type Buffer = Option<T>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, T, Option<T>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store) == Some(0) {
            // The reader only asks whether there is anything to wait for.
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        match self.get_mut().channel.poll_recv(context) {
            Poll::Ready(Some(item)) => {
                destination.set_buffer(Some(item.into()));
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(None) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}
