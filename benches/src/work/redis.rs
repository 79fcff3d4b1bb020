//! Setting a key that isn't there and deleting it again: what somebody would do who keeps edit locks in Redis.

use anyhow::Result;

use super::api::{Client, Exchange, Work};
use crate::client::Hosts;
use crate::pending::Pending;
use crate::redis::Redis;

/// How many keys a client goes through, as many as one of Baton's has parts.
const KEYS: u32 = 16;

/// Sets a key and deletes it.
pub struct SetDelete;

impl Work for SetDelete {
    fn client(&self, hosts: &Hosts, number: u32) -> Pending<'static, Result<Box<dyn Client>>> {
        let hosts = hosts.of(number);
        Box::pin(async move {
            let redis = Redis::open(&hosts).await?;
            Ok(Box::new(Locker { redis, number, turn: 0 }) as Box<dyn Client>)
        })
    }
}

struct Locker {
    redis: Redis,
    number: u32,
    turn: u32,
}

impl Client for Locker {
    fn operate(&mut self) -> Pending<'_, Result<Vec<Exchange>>> {
        Box::pin(async {
            self.turn = (self.turn + 1) % KEYS;
            let key = format!("locks:EDIT-{}-{}", self.number, self.turn);
            let owner = format!("editor-{}", self.number);
            let ((), locked) = Exchange::of(self.redis.lock(&key, &owner)).await?;
            let ((), unlocked) = Exchange::of(self.redis.unlock(&key)).await?;
            Ok(vec![locked, unlocked])
        })
    }
}
