//! Every event at every webhook ("Webhooks" of the contract): at least once, first in order for each item.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::{Defect, Heard, Rule};

/// A request that came to a receiver of webhooks.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Stands for its `webhook-id`.
    pub delivery: u64,
    /// The event.
    pub event: Heard,
    /// When it came.
    pub at: Instant,
    /// Whether it was answered by 2xx.
    pub acknowledged: bool,
}

/// A time in which things went wrong, so that a sender may not have heard what it was answered.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    /// When it began.
    pub from: Instant,
    /// When it was over.
    pub until: Instant,
}

/// What came to a receiver is what the log tells of items: `log` is what a workstation heard that watches all of them.
pub fn check_arrivals(arrivals: &[Arrival], log: &[Heard], troubles: &[Trouble]) -> Vec<Defect> {
    let defects = [missing(arrivals, log), out_of_order(arrivals, log), of_two_names(arrivals)];
    defects.into_iter().flatten().chain(again(arrivals, troubles)).collect()
}

fn missing(arrivals: &[Arrival], log: &[Heard]) -> Option<Defect> {
    let acknowledged: HashSet<u64> = arrivals.iter().filter(|it| it.acknowledged).map(|it| it.event.id).collect();
    let told: Vec<&Heard> = log.iter().filter(|event| event.told.is_some()).collect();
    let missing: Vec<_> = told.iter().filter(|event| !acknowledged.contains(&event.id)).collect();
    let first = missing.first()?;
    let detail = format!("{} of {} events were never taken, the first: {:?}", missing.len(), told.len(), first.told);
    Some(Defect::new(Rule::Delivered, detail))
}

/// By when each event came for the first time.
fn out_of_order(arrivals: &[Arrival], log: &[Heard]) -> Option<Defect> {
    let mut seen = HashSet::new();
    let came = by_part(arrivals.iter().map(|arrival| &arrival.event).filter(|event| seen.insert(event.id)));
    let told = by_part(log.iter());
    came.into_iter().find_map(|(part, ids)| {
        let seen: HashSet<u64> = ids.iter().copied().collect();
        let happened: Vec<u64> = told.get(part).into_iter().flatten().copied().filter(|id| seen.contains(id)).collect();
        let known: HashSet<u64> = happened.iter().copied().collect();
        let ids: Vec<u64> = ids.into_iter().filter(|id| known.contains(id)).collect();
        let place = ids.iter().zip(&happened).position(|(came, happened)| came != happened)?;
        let detail = format!("{part}: of {} events another one than the next came after {place}", ids.len());
        Some(Defect::new(Rule::Delivered, detail))
    })
}

fn by_part<'a>(events: impl Iterator<Item = &'a Heard>) -> HashMap<&'a str, Vec<u64>> {
    let mut parts: HashMap<&str, Vec<u64>> = HashMap::new();
    for event in events {
        if let Some((part, ..)) = &event.told {
            parts.entry(part).or_default().push(event.id);
        }
    }
    parts
}

/// An event is one delivery for a webhook, however often it is sent.
fn of_two_names(arrivals: &[Arrival]) -> Option<Defect> {
    let mut names = HashMap::new();
    let doubled = |it: &&Arrival| *names.entry(it.event.id).or_insert(it.delivery) != it.delivery;
    let doubled = arrivals.iter().filter(doubled).count();
    (doubled > 0).then(|| Defect::new(Rule::Delivered, format!("{doubled} events came under another webhook-id")))
}

/// What came again although it had been acknowledged, and nothing had gone wrong since.
fn again(arrivals: &[Arrival], troubles: &[Trouble]) -> Option<Defect> {
    let mut acknowledged: HashMap<u64, Instant> = HashMap::new();
    let mut doubled = 0;
    for arrival in arrivals {
        if let Some(before) = acknowledged.get(&arrival.delivery) {
            let excused = troubles.iter().any(|trouble| trouble.from <= arrival.at && trouble.until >= *before);
            doubled += u32::from(!excused);
        }
        if arrival.acknowledged {
            acknowledged.entry(arrival.delivery).or_insert(arrival.at);
        }
    }
    (doubled > 0).then(|| Defect::new(Rule::Delivered, format!("{doubled} came again that had been acknowledged")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::defect::rules;
    use super::*;

    fn event(id: u64, part: &str) -> Heard {
        Heard { id, told: Some((part.to_owned(), "edit.session_acquired", id.to_string())) }
    }

    fn log() -> Vec<Heard> {
        vec![event(1, "a"), event(2, "a"), event(3, "b")]
    }

    /// The arrival of an event at a second, under a name of its own.
    fn arrival(begin: Instant, second: u64, id: u64) -> Arrival {
        let event = log().into_iter().find(|event| event.id == id).unwrap_or(Heard { id, told: None });
        Arrival { delivery: 100 + id, event, at: begin + Duration::from_secs(second), acknowledged: true }
    }

    #[test]
    fn all_in_order_for_each_item_is_right() {
        let begin = Instant::now();
        for ids in [[1, 2, 3, 9], [3, 9, 1, 2], [1, 3, 9, 2]] {
            let arrivals: Vec<_> = (0..).zip(ids).map(|(second, id)| arrival(begin, second, id)).collect();
            assert_eq!(check_arrivals(&arrivals, &log(), &[]), [], "{ids:?}");
        }
    }

    #[test]
    fn what_is_missing_or_out_of_order_is_found() {
        let begin = Instant::now();
        for ids in [&[1, 2][..], &[2, 1, 3], &[]] {
            let arrivals: Vec<_> = (0..).zip(ids).map(|(second, id)| arrival(begin, second, *id)).collect();
            assert_eq!(rules(&check_arrivals(&arrivals, &log(), &[])), [Rule::Delivered], "{ids:?}");
        }
        let mut arrivals = [1, 2, 3].map(|id| arrival(begin, id, id));
        arrivals[1].acknowledged = false;
        assert_eq!(rules(&check_arrivals(&arrivals, &log(), &[])), [Rule::Delivered], "nobody took it");
    }

    #[test]
    fn it_may_come_again_where_nobody_heard_that_it_came() {
        let begin = Instant::now();
        let second = |second| begin + Duration::from_secs(second);
        let mut arrivals = [1, 2, 1, 3].map(|id| arrival(begin, 0, id));
        (0..).zip(&mut arrivals).for_each(|(number, arrival)| arrival.at = second(number * 10));
        assert_eq!(rules(&check_arrivals(&arrivals, &log(), &[])), [Rule::Delivered]);
        for (from, until, excused) in [(5, 6, true), (0, 0, true), (20, 30, true), (21, 30, false)] {
            let trouble = Trouble { from: second(from), until: second(until) };
            let defects = check_arrivals(&arrivals, &log(), &[trouble]);
            assert_eq!(defects.is_empty(), excused, "{from} to {until}: {defects:?}");
        }
        arrivals[0].acknowledged = false;
        assert_eq!(check_arrivals(&arrivals, &log(), &[]), []);
        arrivals[2].delivery = 7;
        assert_eq!(rules(&check_arrivals(&arrivals, &log(), &[])), [Rule::Delivered], "under another name");
    }
}
