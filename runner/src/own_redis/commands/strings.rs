//! Commands for strings.

use redis::Value;

use super::arguments::{Arguments, integer};
use crate::own_redis::reply::{Reply, bytes, ok};
use crate::own_redis::store::{Store, Text};

pub fn get(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    store.read(key, |text: &Text| text.0.clone()).map(bytes)
}

/// What stands after the value of `SET`.
#[derive(Default)]
struct Options {
    /// In milliseconds.
    ttl: Option<u64>,
    /// Only if the key is there, or isn't.
    only_if: Option<bool>,
}

impl Options {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, String> {
        let mut options = Self::default();
        while !arguments.is_empty() {
            match &*arguments.next()?.to_ascii_uppercase() {
                b"EX" => options.ttl = Some(milliseconds(arguments.integer()?, 1000)?),
                b"PX" => options.ttl = Some(milliseconds(arguments.integer()?, 1)?),
                b"NX" if options.only_if.is_none() => options.only_if = Some(false),
                b"XX" if options.only_if.is_none() => options.only_if = Some(true),
                _ => return Err("ERR syntax error".to_owned()),
            }
        }
        Ok(options)
    }
}

fn milliseconds(time: i64, unit: u64) -> Result<u64, String> {
    let time = u64::try_from(time).ok().filter(|time| *time > 0).and_then(|time| time.checked_mul(unit));
    time.ok_or_else(|| "ERR invalid expire time in 'set' command".to_owned())
}

pub fn set(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let (key, value) = (arguments.next()?, arguments.next()?);
    let options = Options::read(arguments)?;
    if options.only_if.is_some_and(|there| there != store.contains(key)) {
        return Ok(Value::Nil);
    }
    store.check_room(key.len() + value.len())?;
    // Whatever the key held.
    store.remove(key);
    store.edit(key, |text: &mut Text| text.0 = value.to_vec())?;
    if let Some(ttl) = options.ttl {
        store.set_expiry(key, Some(store.now_millis().saturating_add(ttl)));
    }
    ok()
}

pub fn add_given(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let (key, by) = (arguments.next()?, arguments.integer()?);
    arguments.end()?;
    add_to(store, key, by)
}

pub fn add(store: &mut Store, arguments: &mut Arguments<'_>, by: i64) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    add_to(store, key, by)
}

fn add_to(store: &mut Store, key: &[u8], by: i64) -> Reply {
    store.check_room(key.len())?;
    let before = match store.read(key, |text: &Text| integer(&text.0))? {
        Some(number) => number?,
        None => 0,
    };
    let after = before.checked_add(by).ok_or_else(|| "ERR increment or decrement would overflow".to_owned())?;
    store.edit(key, |text: &mut Text| text.0 = after.to_string().into_bytes())?;
    Ok(Value::Int(after))
}
