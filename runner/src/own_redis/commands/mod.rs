//! The commands, as they behave in Redis 7.

mod arguments;
mod keys;
mod lists;
mod sets;
mod sorted;
mod strings;

use redis::Value;

use super::channels::Channels;
use super::reply::{self, Reply};
use super::store::Store;
use arguments::Arguments;

/// Runs a command that neither waits nor runs others. `words` begins with its name.
///
/// Errors: those of Redis, and that there is no such command here.
pub fn run(store: &mut Store, channels: &Channels, words: &[Vec<u8>]) -> Reply {
    let Some((name, words)) = words.split_first() else { return Err("ERR empty command".to_owned()) };
    let name = String::from_utf8_lossy(name).to_ascii_uppercase();
    let arguments = &mut Arguments::new(&name, words);
    match &*name {
        "DEL" => keys::del(store, arguments),
        "EXISTS" => keys::exists(store, arguments),
        "EXPIRE" => keys::expire(store, arguments, 1000),
        "PEXPIRE" => keys::expire(store, arguments, 1),
        "PERSIST" => keys::persist(store, arguments),
        "TTL" => keys::ttl(store, arguments, 1000),
        "PTTL" => keys::ttl(store, arguments, 1),
        "GET" => strings::get(store, arguments),
        "SET" => strings::set(store, arguments),
        "INCR" => strings::add(store, arguments, 1),
        "INCRBY" => strings::add_given(store, arguments),
        "LPUSH" => lists::push(store, arguments, super::store::End::Left),
        "RPUSH" => lists::push(store, arguments, super::store::End::Right),
        "LPOP" => lists::pop(store, arguments, super::store::End::Left),
        "RPOP" => lists::pop(store, arguments, super::store::End::Right),
        "LLEN" => lists::len(store, arguments),
        "LRANGE" => lists::range(store, arguments),
        "SADD" => sets::add(store, arguments),
        "SREM" => sets::remove(store, arguments),
        "SMEMBERS" => sets::members(store, arguments),
        "ZADD" => sorted::add(store, arguments),
        "ZREM" => sorted::remove(store, arguments),
        "ZCARD" => sorted::len(store, arguments),
        "ZSCORE" => sorted::score(store, arguments),
        "ZRANGEBYSCORE" => sorted::range(store, arguments),
        "ZREMRANGEBYSCORE" => sorted::remove_range(store, arguments),
        "PUBLISH" => publish(channels, arguments),
        "TIME" => time(store, arguments),
        "PING" => arguments.end().map(|()| Value::SimpleString("PONG".to_owned())),
        _ => Err(unknown(&name)),
    }
}

/// What Redis says of a command that it doesn't know.
pub fn unknown(name: &str) -> String {
    let shown: String = name.chars().take(64).filter(|letter| !letter.is_control()).collect();
    format!("ERR unknown command '{shown}'")
}

/// The seconds that a blocking command may wait: none, for ever.
///
/// Errors: it is no number of seconds.
pub fn timeout(word: &[u8]) -> Result<Option<std::time::Duration>, String> {
    let seconds = arguments::float(word).map_err(|_| "ERR timeout is not a float or out of range".to_owned())?;
    if seconds < 0.0 {
        return Err("ERR timeout is negative".to_owned());
    }
    let duration = std::time::Duration::try_from_secs_f64(seconds);
    let duration = duration.map_err(|_| "ERR timeout is out of range".to_owned())?;
    Ok((!duration.is_zero()).then_some(duration))
}

fn publish(channels: &Channels, arguments: &mut Arguments<'_>) -> Reply {
    let (channel, message) = (arguments.next()?, arguments.next()?);
    arguments.end()?;
    reply::number(channels.publish(channel, message))
}

/// Seconds since 1970, and microseconds.
fn time(store: &Store, arguments: &mut Arguments<'_>) -> Reply {
    arguments.end()?;
    let parts = [store.now() / 1_000_000, store.now() % 1_000_000];
    Ok(reply::list(parts.map(|part| part.to_string().into_bytes())))
}
