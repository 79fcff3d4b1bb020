//! The Redis trigger: calls components with the messages of channels.

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use futures::StreamExt;
use futures::future::join_all;
use redis::aio::{PubSub, PubSubSink};
use redis::{Client, Msg};

use crate::app::Runnable;
use crate::engine;
use crate::host::bindings::SandboxPre;
use crate::host::{REDIS_CONNECT_TIMEOUT, State};
use crate::manifest::Manifest;
use crate::variables::Variables;

/// The pause after the first failed attempt to connect; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// How often Redis is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// A Redis to listen to.
pub struct Listener {
    client: Client,
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
/// Errors: a template without a value.
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
        subscriptions.push(Subscription { address, channel, component: trigger.component.text.clone() });
    }
    Ok(subscriptions)
}

/// What listens for the subscriptions: one listener for each address.
///
/// Errors: an address that is none, or a component that hears no messages.
pub fn listeners(subscriptions: Vec<Subscription>, components: &[Runnable]) -> Result<Vec<Listener>> {
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
                ensure!(
                    !entry.key().starts_with("rediss:"),
                    "a Redis trigger has an address with TLS (rediss://), which `baton up` doesn't speak"
                );
                // The error would show the address, and with it a password.
                let client = Client::open(entry.key().as_str())
                    .map_err(|error| anyhow!("the address of a Redis trigger is not valid: {}", error.category()))?;
                entry.insert(Listener { client, channels: HashMap::new() })
            }
        };
        listener.channels.entry(subscription.channel).or_default().push(subscriber);
    }
    Ok(listeners.into_values().collect())
}

impl Listener {
    /// Listens for ever, and connects again whenever Redis has been away.
    pub async fn run(self) {
        let mut pause = FIRST_PAUSE;
        let mut is_away = false;
        loop {
            let problem = match self.subscribe().await {
                Ok(messages) => {
                    eprintln!("Listening to {}", self.describe());
                    (pause, is_away) = (FIRST_PAUSE, false);
                    self.hear(messages).await;
                    anyhow!("the connection is closed")
                }
                Err(error) => error,
            };
            if !is_away {
                eprintln!("Redis is away, trying again: {}: {problem:#}", self.describe());
                is_away = true;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    async fn subscribe(&self) -> Result<PubSub> {
        let connecting = self.client.get_async_pubsub();
        let mut subscription =
            tokio::time::timeout(REDIS_CONNECT_TIMEOUT, connecting).await.context("it doesn't answer")??;
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
                    Some(message) => self.pass_on(&message).await,
                    None => return,
                },
                () = &mut silence => return,
            }
        }
    }

    async fn pass_on(&self, message: &Msg) {
        let subscribers = self.channels.get(message.get_channel_name());
        let calls = subscribers.into_iter().flatten().map(|subscriber| subscriber.call(message));
        join_all(calls).await;
    }

    fn describe(&self) -> String {
        let mut channels: Vec<_> = self.channels.keys().map(String::as_str).collect();
        channels.sort_unstable();
        let address = self.client.get_connection_info().addr();
        format!("{address} {}", channels.join(", "))
    }
}

/// Ends when Redis doesn't answer any more, which a connection that only listens wouldn't notice otherwise.
async fn silence(mut sink: PubSubSink) {
    loop {
        tokio::time::sleep(PING_INTERVAL).await;
        let answer = tokio::time::timeout(REDIS_CONNECT_TIMEOUT, sink.ping::<redis::Value>()).await;
        if !matches!(answer, Ok(Ok(_))) {
            return;
        }
    }
}

impl Subscriber {
    /// Calls the component with a message, in an instance of its own.
    async fn call(&self, message: &Msg) {
        let payload = message.get_payload_bytes().to_vec();
        if let Err(error) = self.try_call(payload).await {
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
