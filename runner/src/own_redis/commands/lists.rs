//! Commands for lists.

use redis::Value;

use super::arguments::Arguments;
use crate::own_redis::reply::{Reply, bytes, list, number};
use crate::own_redis::store::{End, List, Store};

pub fn push(store: &mut Store, arguments: &mut Arguments<'_>, end: End) -> Reply {
    let key = arguments.next()?;
    let items = arguments.rest()?;
    store.check_room(key.len() + items.iter().map(Vec::len).sum::<usize>())?;
    let length = store.edit(key, |list: &mut List| {
        items.iter().for_each(|item| list.push(end, item.clone()));
        list.items().len()
    })?;
    store.note_filled(key);
    number(length)
}

pub fn pop(store: &mut Store, arguments: &mut Arguments<'_>, end: End) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    store.edit(key, |list: &mut List| list.pop(end)).map(bytes)
}

pub fn len(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    number(store.read(key, |list: &List| list.items().len())?.unwrap_or(0))
}

/// Both ends are included; negative ones count from the list's end.
pub fn range(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let (key, start, stop) = (arguments.next()?, arguments.integer()?, arguments.integer()?);
    arguments.end()?;
    let items = store.read(key, |list: &List| {
        let length = i64::try_from(list.items().len()).unwrap_or(i64::MAX);
        let index = |at: i64| usize::try_from(if at < 0 { length.saturating_add(at).max(0) } else { at }).unwrap_or(0);
        let is_before = stop < 0 && length.saturating_add(stop) < 0;
        let count = if is_before { 0 } else { (index(stop) + 1).saturating_sub(index(start)) };
        list.items().iter().skip(index(start)).take(count).cloned().collect::<Vec<_>>()
    })?;
    Ok(items.map_or(Value::Array(Vec::new()), list))
}
