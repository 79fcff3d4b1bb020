//! The one place where all commands come together, and connections to it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::Value;
use tokio::sync::{broadcast, oneshot};

use super::channels::Channels;
use super::commands;
use super::reply::{self, Reply};
use super::script::Scripts;
use super::store::{End, List, Store};

/// The address by which components know this Redis. Nobody else can have it: `internal` is reserved for private use, and
/// what is connected to is never looked up.
pub const ADDRESS: &str = "redis://embedded.baton.internal";

/// A Redis.
pub struct Server {
    state: Mutex<State>,
}

struct State {
    store: Store,
    channels: Channels,
    scripts: Scripts,
    blocked: Blocked,
}

/// Who waits for an item of a list, in the order of their coming.
#[derive(Default)]
struct Blocked {
    by_key: HashMap<Vec<u8>, VecDeque<Waiter>>,
    last_id: u64,
}

struct Waiter {
    id: u64,
    item: Arc<Mutex<Option<oneshot::Sender<Popped>>>>,
}

/// An item, and the list that it was in.
type Popped = (Vec<u8>, Vec<u8>);

/// Somebody's place among those who wait, which is given up when this goes.
struct Place<'a> {
    server: &'a Server,
    keys: &'a [Vec<u8>],
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.server.state();
        for key in self.keys {
            if let Some(waiters) = state.blocked.by_key.get_mut(key) {
                waiters.retain(|waiter| waiter.id != self.id);
                if waiters.is_empty() {
                    state.blocked.by_key.remove(key);
                }
            }
        }
    }
}

impl Server {
    /// An empty Redis.
    pub fn new() -> Arc<Self> {
        let scripts = Scripts::default();
        let (store, channels, blocked) = (Store::default(), Channels::default(), Blocked::default());
        Arc::new(Self { state: Mutex::new(State { store, channels, scripts, blocked }) })
    }

    /// What is published on a channel from now on.
    pub fn subscribe(&self, channel: &[u8]) -> broadcast::Receiver<Vec<u8>> {
        self.state().channels.subscribe(channel)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the first item of one of several lists.
    async fn pop(&self, words: &[Vec<u8>]) -> Reply {
        let wrong_number = || "ERR wrong number of arguments for 'blpop' command".to_owned();
        let (timeout, keys) = words.split_last().ok_or_else(wrong_number)?;
        if keys.is_empty() {
            return Err(wrong_number());
        }
        let timeout = commands::timeout(timeout)?;
        let (item, id) = match self.state().pop_or_wait(keys)? {
            Ok(popped) => return Ok(reply::list(<[_; 2]>::from(popped))),
            Err(waiting) => waiting,
        };
        let _place = Place { server: self, keys, id };
        let popped = match timeout {
            Some(timeout) => tokio::time::timeout(timeout, item).await.ok().and_then(Result::ok),
            None => item.await.ok(),
        };
        Ok(popped.map_or(Value::Nil, |popped| reply::list(<[_; 2]>::from(popped))))
    }
}

impl State {
    /// Runs a command that doesn't wait, and gives those who wait what it has left for them.
    fn run(&mut self, words: &[Vec<u8>]) -> Reply {
        self.store.begin();
        let reply = match words.first() {
            Some(name) if name.eq_ignore_ascii_case(b"EVAL") => self.eval(&words[1..]),
            _ => commands::run(&mut self.store, &self.channels, words),
        };
        for key in self.store.take_filled() {
            self.serve(&key);
        }
        reply
    }

    fn eval(&mut self, words: &[Vec<u8>]) -> Reply {
        let [script, count, words @ ..] = words else {
            return Err("ERR wrong number of arguments for 'eval' command".to_owned());
        };
        let count: i64 = str::from_utf8(count)
            .ok()
            .and_then(|count| count.parse().ok())
            .ok_or_else(|| "ERR value is not an integer or out of range".to_owned())?;
        let count = usize::try_from(count).map_err(|_| "ERR Number of keys can't be negative".to_owned())?;
        let (keys, arguments) = words
            .split_at_checked(count)
            .ok_or_else(|| "ERR Number of keys can't be greater than number of args".to_owned())?;
        let (store, channels) = (&mut self.store, &self.channels);
        self.scripts.run(script, keys, arguments, |words| commands::run(store, channels, words))
    }

    /// An item that is there, or a place among those who wait.
    fn pop_or_wait(&mut self, keys: &[Vec<u8>]) -> Result<Result<Popped, (oneshot::Receiver<Popped>, u64)>, String> {
        self.store.begin();
        for key in keys {
            if let Some(item) = self.store.edit(key, |list: &mut List| list.pop(End::Left))? {
                return Ok(Ok((key.clone(), item)));
            }
        }
        let (sender, receiver) = oneshot::channel();
        let item = Arc::new(Mutex::new(Some(sender)));
        self.blocked.last_id += 1;
        let id = self.blocked.last_id;
        for key in keys {
            let waiter = Waiter { id, item: Arc::clone(&item) };
            self.blocked.by_key.entry(key.clone()).or_default().push_back(waiter);
        }
        Ok(Err((receiver, id)))
    }

    /// Gives the items of a list to those who wait for them.
    fn serve(&mut self, key: &[u8]) {
        let Some(waiters) = self.blocked.by_key.get_mut(key) else { return };
        while let Some(waiter) = waiters.front() {
            let sender = waiter.item.lock().unwrap_or_else(PoisonError::into_inner).take();
            // It may have got something from another list, or have gone.
            let Some(sender) = sender.filter(|sender| !sender.is_closed()) else {
                waiters.pop_front();
                continue;
            };
            // It may have been deleted again, or be something else by now.
            let Ok(Some(item)) = self.store.edit(key, |list: &mut List| list.pop(End::Left)) else {
                waiter.item.lock().unwrap_or_else(PoisonError::into_inner).replace(sender);
                return;
            };
            waiters.pop_front();
            if let Err((_, item)) = sender.send((key.to_vec(), item)) {
                // It went just now. The list held this a moment ago.
                _ = self.store.edit(key, |list: &mut List| list.push(End::Left, item));
            }
        }
        self.blocked.by_key.remove(key);
    }
}

/// A connection, on which one command is run after the other.
#[derive(Clone)]
pub struct Connection {
    server: Arc<Server>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Connection {
    /// A connection to a server.
    pub fn new(server: Arc<Server>) -> Self {
        Self { server, turn: Arc::default() }
    }

    /// Runs a command: its name and its arguments.
    ///
    /// Errors: those of Redis, and that there is no such command here.
    pub async fn execute(&self, words: &[Vec<u8>]) -> Reply {
        let _turn = self.turn.lock().await;
        match words.split_first() {
            Some((name, words)) if name.eq_ignore_ascii_case(b"BLPOP") => self.server.pop(words).await,
            _ => self.server.state().run(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn words(text: &str) -> Vec<Vec<u8>> {
        text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    fn server() -> Arc<Server> {
        Server::new()
    }

    fn connection(server: &Arc<Server>) -> Connection {
        Connection::new(Arc::clone(server))
    }

    fn shown(reply: Reply) -> String {
        let item = |value: &Value| match value {
            Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            other => format!("{other:?}"),
        };
        match reply {
            Ok(Value::Array(items)) => items.iter().map(item).collect::<Vec<_>>().join(","),
            Ok(Value::Int(number)) => number.to_string(),
            Ok(Value::Nil) => "nil".to_owned(),
            Ok(value) => item(&value),
            Err(error) => error,
        }
    }

    #[tokio::test]
    async fn commands_answer_as_redis_does() {
        let server = server();
        let connection = connection(&server);
        for (command, answer) in [
            ("PING", "simple-string(\"PONG\")"),
            ("SET a 1 EX 10", "ok"),
            ("GET a", "1"),
            ("TTL a", "10"),
            ("PERSIST a", "1"),
            ("TTL a", "-1"),
            ("SET a 5 NX", "nil"),
            ("incrby a 41", "42"),
            ("INCR a", "43"),
            ("EXPIRE a 0", "1"),
            ("EXISTS a", "0"),
            ("TTL a", "-2"),
            ("RPUSH l x y z", "3"),
            ("LPUSH l w", "4"),
            ("LRANGE l 0 -1", "w,x,y,z"),
            ("LRANGE l -2 -1", "y,z"),
            ("LRANGE l 5 9", ""),
            ("LRANGE l 0 -9", ""),
            ("LPOP l", "w"),
            ("RPOP l", "z"),
            ("LLEN l", "2"),
            ("GET l", "WRONGTYPE Operation against a key holding the wrong kind of value"),
            ("DEL l nothing", "1"),
            ("LPOP l", "nil"),
            ("SADD s a b a", "2"),
            ("SREM s a c", "1"),
            ("SMEMBERS s", "b"),
            ("ZADD z 2 b 1 a 3 c", "3"),
            ("ZADD z 4 a", "0"),
            ("ZRANGEBYSCORE z 3 +inf", "c,a"),
            ("ZRANGEBYSCORE z (3 +inf", "a"),
            ("ZRANGEBYSCORE z -inf (3", "b"),
            ("ZSCORE z a", "4"),
            ("ZREMRANGEBYSCORE z 0 2", "1"),
            ("ZREM z a nobody", "1"),
            ("ZCARD z", "1"),
            ("ZADD z nan x", "ERR value is not a valid float"),
            ("ZADD z 1", "ERR wrong number of arguments for 'zadd' command"),
            ("GET", "ERR wrong number of arguments for 'get' command"),
            ("PUBLISH nobody x", "0"),
            ("FLUSHALL", "ERR unknown command 'FLUSHALL'"),
            ("BLPOP l", "ERR wrong number of arguments for 'blpop' command"),
            ("BLPOP l x", "ERR timeout is not a float or out of range"),
            ("EVAL return -1", "ERR Number of keys can't be negative"),
        ] {
            assert_eq!(shown(connection.execute(&words(command)).await), answer, "{command}");
        }
    }

    #[tokio::test]
    async fn who_waits_is_served_in_order_and_once() {
        let server = server();
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let connection = connection(&server);
            waiting.push(tokio::spawn(async move { shown(connection.execute(&words("BLPOP other l 5")).await) }));
            tokio::task::yield_now().await;
        }
        connection(&server).execute(&words("RPUSH l one two three")).await.unwrap();
        assert_eq!(waiting.remove(0).await.unwrap(), "l,one");
        assert_eq!(waiting.remove(0).await.unwrap(), "l,two");
        assert_eq!(shown(connection(&server).execute(&words("BLPOP l 0")).await), "l,three");
        assert!(server.state().blocked.by_key.is_empty());
    }

    #[tokio::test]
    async fn who_has_gone_gets_nothing() {
        let server = server();
        let gone = connection(&server);
        let waiting = gone.execute(&words("BLPOP l 0")).await_for(Duration::from_millis(5)).await;
        assert!(waiting.is_none());
        let timed_out = connection(&server).execute(&words("BLPOP l 0.005")).await;
        assert_eq!(shown(timed_out), "nil");
        assert!(server.state().blocked.by_key.is_empty());
        connection(&server).execute(&words("RPUSH l one")).await.unwrap();
        assert_eq!(shown(connection(&server).execute(&words("LLEN l")).await), "1");
    }

    trait AwaitFor: Future + Sized {
        async fn await_for(self, time: Duration) -> Option<Self::Output> {
            tokio::time::timeout(time, self).await.ok()
        }
    }

    impl<F: Future> AwaitFor for F {}

    #[tokio::test]
    async fn a_waiting_command_blocks_its_own_connection_alone() {
        let server = server();
        let one = connection(&server);
        let (waiting, same) = (one.clone(), one.clone());
        let waiting = tokio::spawn(async move { shown(waiting.execute(&words("BLPOP l 5")).await) });
        tokio::task::yield_now().await;
        let mut same = tokio::spawn(async move { shown(same.execute(&words("PING")).await) });
        assert!((&mut same).await_for(Duration::from_millis(5)).await.is_none());
        connection(&server).execute(&words("RPUSH l x")).await.unwrap();
        assert_eq!(waiting.await.unwrap(), "l,x");
        assert!(same.await.unwrap().contains("PONG"));
    }

    #[tokio::test]
    async fn a_script_is_one_step_and_its_items_reach_who_waits() {
        let server = server();
        let waiting = connection(&server);
        let waiting = tokio::spawn(async move { shown(waiting.execute(&words("BLPOP inbox 5")).await) });
        tokio::task::yield_now().await;
        let script = "local now = redis.call('TIME')[1]
            redis.call('ZADD', KEYS[1], now + 10, ARGV[1])
            for _, inbox in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf')) do
              redis.call('RPUSH', inbox, 'first')
              redis.call('EXPIRE', inbox, 60)
              redis.call('RPUSH', inbox, 'second')
            end
            return redis.call('LLEN', ARGV[1])";
        let eval = [&b"EVAL"[..], script.as_bytes(), b"1", b"waiting", b"inbox"].map(<[u8]>::to_vec);
        assert_eq!(shown(connection(&server).execute(&eval).await), "2");
        assert_eq!(waiting.await.unwrap(), "inbox,first");
        let rest = connection(&server);
        assert_eq!(shown(rest.execute(&words("LRANGE inbox 0 -1")).await), "second");
        assert_eq!(shown(rest.execute(&words("TTL inbox")).await), "60");
    }

    #[tokio::test]
    async fn what_is_published_reaches_who_listens() {
        let server = server();
        let mut listening = server.subscribe(b"news");
        assert_eq!(shown(connection(&server).execute(&words("PUBLISH news hello")).await), "1");
        assert_eq!(listening.recv().await.unwrap(), b"hello");
    }
}
