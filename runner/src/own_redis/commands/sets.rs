//! Commands for sets.

use redis::Value;

use super::arguments::Arguments;
use crate::own_redis::reply::{Reply, list, number};
use crate::own_redis::store::{Set, Store};

pub fn add(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    let members = arguments.rest()?;
    store.check_room(key.len() + members.iter().map(Vec::len).sum::<usize>())?;
    number(store.edit(key, |set: &mut Set| members.iter().filter(|member| set.add(member)).count())?)
}

pub fn remove(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    let members = arguments.rest()?;
    number(store.edit(key, |set: &mut Set| members.iter().filter(|member| set.remove(member)).count())?)
}

pub fn members(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    let members = store.read(key, |set: &Set| list(set.members().iter().cloned()))?;
    Ok(members.unwrap_or(Value::Array(Vec::new())))
}
