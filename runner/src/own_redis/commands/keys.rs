//! Commands for keys of any kind.

use redis::Value;

use super::arguments::Arguments;
use crate::own_redis::reply::{Reply, number};
use crate::own_redis::store::Store;

pub fn del(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let keys = arguments.rest()?;
    number(keys.iter().filter(|key| store.remove(key)).count())
}

pub fn exists(store: &Store, arguments: &mut Arguments<'_>) -> Reply {
    let keys = arguments.rest()?;
    number(keys.iter().filter(|key| store.contains(key)).count())
}

/// `unit` is how many milliseconds the number stands for.
pub fn expire(store: &mut Store, arguments: &mut Arguments<'_>, unit: i64) -> Reply {
    let (key, time) = (arguments.next()?, arguments.integer()?);
    arguments.end()?;
    let invalid = || "ERR invalid expire time".to_owned();
    let now = i64::try_from(store.now_millis()).map_err(|_| invalid())?;
    let at = time.checked_mul(unit).and_then(|time| now.checked_add(time)).ok_or_else(invalid)?;
    let was_there = match u64::try_from(at) {
        Ok(at) if at > store.now_millis() => store.set_expiry(key, Some(at)),
        _ => store.remove(key),
    };
    number(was_there.into())
}

pub fn persist(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    let had_expiry = matches!(store.expiry(key), Some(Some(_)));
    number((had_expiry && store.set_expiry(key, None)).into())
}

/// `unit` is how many milliseconds the number stands for.
pub fn ttl(store: &Store, arguments: &mut Arguments<'_>, unit: u64) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    Ok(Value::Int(match store.expiry(key) {
        None => -2,
        Some(None) => -1,
        Some(Some(at)) => {
            let left = at.saturating_sub(store.now_millis());
            i64::try_from((left + unit / 2) / unit).unwrap_or(i64::MAX)
        }
    }))
}
