//! Channels as streams of the component model.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc::Receiver;
use wasmtime::StoreContextMut;
use wasmtime::component::{Destination, StreamProducer, StreamResult};

/// How many items wait in a channel before its sender has to, as in Spin.
pub const CAPACITY: usize = 4;

/// A stream of what comes out of a channel, which ends with it.
pub struct ChannelStream<T>(pub Receiver<T>);

impl<D, T: Send + Sync + 'static> StreamProducer<D> for ChannelStream<T> {
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
        match self.get_mut().0.poll_recv(context) {
            Poll::Ready(Some(item)) => {
                destination.set_buffer(Some(item));
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(None) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}
