//! Pub/sub: who listens to a channel gets what is published from then on.

use std::collections::HashMap;

use tokio::sync::broadcast;

/// Messages that wait for a listener; who is slower than that misses the oldest.
const CAPACITY: usize = 1024;

/// The channels that somebody has listened to.
#[derive(Default)]
pub struct Channels {
    channels: HashMap<Vec<u8>, broadcast::Sender<Vec<u8>>>,
}

impl Channels {
    /// What is published on a channel from now on.
    pub fn subscribe(&mut self, channel: &[u8]) -> broadcast::Receiver<Vec<u8>> {
        let sender = self.channels.entry(channel.to_vec()).or_insert_with(|| broadcast::channel(CAPACITY).0);
        sender.subscribe()
    }

    /// Publishes a message; how many it reaches.
    pub fn publish(&self, channel: &[u8], message: &[u8]) -> usize {
        self.channels.get(channel).map_or(0, |sender| sender.send(message.to_vec()).unwrap_or(0))
    }
}
