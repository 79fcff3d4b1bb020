//! The Redis trigger: calls components with the messages of channels.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use futures::StreamExt;
use futures::future::join_all;
use redis::Client;
use redis::aio::{PubSub, PubSubSink};
use tokio::sync::broadcast;

use crate::app::Runnable;
use crate::engine;
use crate::host::State;
use crate::host::bindings::SandboxPre;
use crate::manifest::Manifest;
use crate::own_redis;
use crate::redis_client::{CONNECT_TIMEOUT, Target};
use crate::variables::Variables;

/// The pause after the first failed attempt to connect; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// How often Redis is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// A Redis to listen to.
pub struct Listener {
    target: Target,
    channels: HashMap<String, Vec<Subscriber>>,
}

/// A channel of a Redis, and the component that hears it.
pub struct Subscription {
    /// The address, which may hold a password.
    pub address: String,
    /// The channel.
    pub channel: String,
    /// The component's name.
    pub component: String,
}

struct Subscriber {
    component: Runnable,
    pre: SandboxPre<State>,
}

/// The subscriptions of a manifest; none without a Redis.
///
/// Errors: a template without a value, or an address that is none.
pub fn subscriptions(manifest: &Manifest, variables: &Variables) -> Result<Vec<Subscription>> {
    let shared_address = &manifest.application.trigger.redis.address;
    let mut subscriptions = Vec::new();
    for trigger in &manifest.trigger.redis {
        let template = trigger.address.as_ref().or(shared_address.as_ref());
        let address = match template {
            Some(template) => variables.render(template)?,
            None => String::new(),
        };
        let channel = variables.render(&trigger.channel)?;
        if address.is_empty() {
            eprintln!("No Redis is given, so the Redis trigger for channel {channel:?} is not served");
            continue;
        }
        // Before anything is compiled for it.
        target(&address, None)?;
        subscriptions.push(Subscription { address, channel, component: trigger.component.text.clone() });
    }
    Ok(subscriptions)
}

/// The Redis at the address of a trigger. Errors don't show it, as it may hold a password.
fn target(address: &str, own: Option<&Arc<own_redis::Server>>) -> Result<Target> {
    ensure!(
        !address.starts_with("rediss:"),
        "a Redis trigger has an address with TLS (rediss://), which `baton up` doesn't speak"
    );
    Target::new(address, own)
        .map_err(|error| anyhow!("the address of a Redis trigger is not valid: {}", error.category()))
}

/// What listens for the subscriptions: one listener for each address; `own` is the Redis in this process.
///
/// Errors: a component that hears no messages.
pub fn listeners(
    subscriptions: Vec<Subscription>,
    components: &[Runnable],
    own: Option<&Arc<own_redis::Server>>,
) -> Result<Vec<Listener>> {
    let mut listeners: HashMap<String, Listener> = HashMap::new();
    for subscription in subscriptions {
        let component = components
            .iter()
            .find(|component| component.name == subscription.component)
            .context("a Redis trigger names an unknown component")?;
        let subscriber = Subscriber { pre: component.as_subscriber()?, component: component.clone() };
        let listener = match listeners.entry(subscription.address) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let target = target(entry.key(), own)?;
                entry.insert(Listener { target, channels: HashMap::new() })
            }
        };
        listener.channels.entry(subscription.channel).or_default().push(subscriber);
    }
    Ok(listeners.into_values().collect())
}

impl Listener {
    /// Listens for ever.
    pub async fn run(self) {
        match &self.target {
            Target::Server(client) => self.listen_to(client).await,
            Target::Own(server) => self.listen_within(server).await,
        }
    }

    /// Passes on what is published in this process, one message of a channel after another.
    async fn listen_within(&self, server: &own_redis::Server) {
        let channels = self.channels.keys().map(|channel| (channel, server.subscribe(channel.as_bytes())));
        join_all(channels.map(async |(channel, mut messages)| {
            loop {
                match messages.recv().await {
                    Ok(message) => self.pass_on(channel, &message).await,
                    Err(broadcast::error::RecvError::Lagged(missed)) => {
                        eprintln!("{missed} messages of {channel} came too fast and are lost");
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        }))
        .await;
    }

    /// Listens to a server, and connects again whenever it has been away.
    async fn listen_to(&self, client: &Client) {
        let mut pause = FIRST_PAUSE;
        let mut is_away = false;
        loop {
            let problem = match self.subscribe(client).await {
                Ok(messages) => {
                    eprintln!("Listening to {}", self.describe(client));
                    (pause, is_away) = (FIRST_PAUSE, false);
                    self.hear(messages).await;
                    anyhow!("the connection is closed")
                }
                Err(error) => error,
            };
            if !is_away {
                eprintln!("Redis is away, trying again: {}: {problem:#}", self.describe(client));
                is_away = true;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    async fn subscribe(&self, client: &Client) -> Result<PubSub> {
        let connecting = client.get_async_pubsub();
        let mut subscription =
            tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.context("it doesn't answer")??;
        for channel in self.channels.keys() {
            subscription.subscribe(channel).await?;
        }
        Ok(subscription)
    }

    /// Passes on one message after another until the connection is lost.
    async fn hear(&self, subscription: PubSub) {
        let (sink, mut messages) = subscription.split();
        let mut silence = pin!(silence(sink));
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    Some(message) => self.pass_on(message.get_channel_name(), message.get_payload_bytes()).await,
                    None => return,
                },
                () = &mut silence => return,
            }
        }
    }

    async fn pass_on(&self, channel: &str, message: &[u8]) {
        let subscribers = self.channels.get(channel);
        let calls = subscribers.into_iter().flatten().map(|subscriber| subscriber.call(message));
        join_all(calls).await;
    }

    fn describe(&self, client: &Client) -> String {
        let mut channels: Vec<_> = self.channels.keys().map(String::as_str).collect();
        channels.sort_unstable();
        let address = client.get_connection_info().addr();
        format!("{address} {}", channels.join(", "))
    }
}

/// Ends when Redis doesn't answer any more, which a connection that only listens wouldn't notice otherwise.
async fn silence(mut sink: PubSubSink) {
    loop {
        tokio::time::sleep(PING_INTERVAL).await;
        let answer = tokio::time::timeout(CONNECT_TIMEOUT, sink.ping::<redis::Value>()).await;
        if !matches!(answer, Ok(Ok(_))) {
            return;
        }
    }
}

impl Subscriber {
    /// Calls the component with a message, in an instance of its own.
    async fn call(&self, message: &[u8]) {
        if let Err(error) = self.try_call(message.to_vec()).await {
            eprintln!("Component {} failed at a Redis message: {error:#}", self.component.name);
        }
    }

    async fn try_call(&self, payload: Vec<u8>) -> wasmtime::Result<()> {
        let state = State::new(self.component.grants.clone())?;
        let mut store = engine::store(&self.component.engine, state);
        let instance = self.pre.instantiate_async(&mut store).await?;
        let handled = store
            .run_concurrent(async |accessor| {
                let handler = instance.spin_redis_inbound_redis();
                handler.call_handle_message(accessor, payload).await
            })
            .await??;
        handled.map_err(|error| wasmtime::format_err!("it answered {error:?}"))
    }
}
