//! Commands for sorted sets.

use redis::Value;

use super::arguments::{Arguments, float};
use crate::own_redis::reply::{Reply, list, number};
use crate::own_redis::store::{Sorted, Store};

pub fn add(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    store.check_room(key.len() + 2 * arguments.bytes())?;
    let mut scored = Vec::new();
    while !arguments.is_empty() || scored.is_empty() {
        let score = float(arguments.next()?)?;
        scored.push((score, arguments.next()?));
    }
    number(
        store.edit(key, |set: &mut Sorted| {
            scored.into_iter().filter(|(score, member)| set.add(member, *score)).count()
        })?,
    )
}

pub fn remove(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    let members = arguments.rest()?;
    number(store.edit(key, |set: &mut Sorted| members.iter().filter(|member| set.remove(member)).count())?)
}

pub fn len(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let key = arguments.next()?;
    arguments.end()?;
    number(store.read(key, Sorted::len)?.unwrap_or(0))
}

pub fn score(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let (key, member) = (arguments.next()?, arguments.next()?);
    arguments.end()?;
    let score = store.read(key, |set: &Sorted| set.score(member))?.flatten();
    Ok(score.map_or(Value::Nil, |score| Value::BulkString(score.to_string().into_bytes())))
}

/// An end of a range of scores.
struct Bound {
    score: f64,
    is_excluded: bool,
}

impl Bound {
    fn read(word: &[u8]) -> Result<Self, String> {
        let (number, is_excluded) = match word.strip_prefix(b"(") {
            Some(number) => (number, true),
            None => (word, false),
        };
        let score = float(number).map_err(|_| "ERR min or max is not a float".to_owned())?;
        Ok(Self { score, is_excluded })
    }
}

fn between(set: &Sorted, least: &Bound, most: &Bound) -> Vec<Vec<u8>> {
    set.scored_from(least.score)
        .skip_while(|(_, score)| least.is_excluded && *score <= least.score)
        .take_while(|(_, score)| if most.is_excluded { *score < most.score } else { *score <= most.score })
        .map(|(member, _)| member.to_vec())
        .collect()
}

pub fn range(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let (key, least, most) = (arguments.next()?, Bound::read(arguments.next()?)?, Bound::read(arguments.next()?)?);
    if !arguments.is_empty() {
        return Err("ERR syntax error".to_owned());
    }
    let members = store.read(key, |set: &Sorted| list(between(set, &least, &most)))?;
    Ok(members.unwrap_or(Value::Array(Vec::new())))
}

pub fn remove_range(store: &mut Store, arguments: &mut Arguments<'_>) -> Reply {
    let (key, least, most) = (arguments.next()?, Bound::read(arguments.next()?)?, Bound::read(arguments.next()?)?);
    arguments.end()?;
    number(store.edit(key, |set: &mut Sorted| {
        let members = between(set, &least, &most);
        members.iter().filter(|member| set.remove(member)).count()
    })?)
}
