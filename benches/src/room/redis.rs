//! Waiting in a blocking pop, each client on a connection and on a list of its own, and the push that ends it: the least
//! that waking somebody through Redis takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow, ensure};
use tokio::time::sleep;

use super::api::{Arrival, Counts, Pair, Waiter, WaitingRoom};
use super::pace::Pace;
use crate::client::Hosts;
use crate::pending::Pending;
use crate::redis::Redis;

/// How long the one who is woken waits at most, in seconds.
const WAIT: u32 = 20;

/// For ever.
const WITHOUT_END: u32 = 0;

/// Waits in `BLPOP`.
pub struct BlockingPop;

impl WaitingRoom for BlockingPop {
    fn others(&self, hosts: &Hosts, count: u32, _: &Arc<Counts>) -> Pending<'_, Result<Vec<Arrival>>> {
        let coming = (0..count).map(|number| Box::pin(come(hosts.clone(), number)) as Arrival).collect();
        Box::pin(async { Ok(coming) })
    }

    fn pair(&self, hosts: &Hosts, name: &str) -> Pending<'_, Result<Box<dyn Pair>>> {
        let (hosts, list) = (hosts.clone(), name.to_owned());
        Box::pin(async move {
            let (popper, pusher) = (Redis::open(&hosts).await?, Redis::open(&hosts).await?);
            Ok(Box::new(Lists { popper, pusher, list, pace: Pace::default() }) as Box<dyn Pair>)
        })
    }
}

async fn come(hosts: Hosts, number: u32) -> Result<Waiter> {
    let redis = Redis::open(&hosts).await?;
    Ok(Box::pin(wait(redis, format!("bystander-{number}"))))
}

async fn wait(mut redis: Redis, list: String) -> Error {
    match redis.pop(&list, WITHOUT_END).await {
        Ok(_) => anyhow!("nobody pushes to {list}"),
        Err(error) => error,
    }
}

struct Lists {
    popper: Redis,
    pusher: Redis,
    list: String,
    pace: Pace,
}

impl Lists {
    async fn pop_and_push(&mut self) -> Result<Duration> {
        let pause = self.pace.next();
        let popping = async {
            let popped = self.popper.pop(&self.list, WAIT).await?;
            Ok::<_, Error>((popped, Instant::now()))
        };
        let pushing = async {
            sleep(pause).await;
            let begun = Instant::now();
            self.pusher.push(&self.list).await.map(|()| begun)
        };
        let ((popped, heard), begun) = tokio::try_join!(popping, pushing)?;
        ensure!(popped && heard > begun, "the pop did not wait for the push");
        Ok(heard - begun)
    }
}

impl Pair for Lists {
    fn wake(&mut self) -> Pending<'_, Result<Duration>> {
        Box::pin(self.pop_and_push())
    }
}
