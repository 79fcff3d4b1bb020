//! Which faults there are when. The same seed gives the same plan.

use std::time::Duration;

use fastrand::Rng;

/// What goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A host is killed, and started again.
    Killed,
    /// A host stands still for longer than a lease.
    Paused,
    /// Redis is killed, and comes back without anything in it.
    RedisGone,
    /// Many connections of clients break in the middle.
    Cut,
    /// There is no room on the disk.
    DiskFull,
    /// The clock of the database goes forward or back by minutes, and then is right again.
    ClockJumps,
    /// The database that hosts share is killed, and started again.
    DatabaseKilled,
    /// The database that hosts share stands still.
    DatabasePaused,
    /// Connections between hosts and the database that they share break in the middle.
    DatabaseCut,
}

/// A fault of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// How long all is well before it.
    pub rest: Duration,
    /// What goes wrong.
    pub fault: Fault,
    /// Where, if it concerns a host.
    pub host: usize,
    /// How long it lasts, if it isn't one moment.
    pub lasts: Duration,
    /// The seconds by which a clock jumps.
    pub jump: i64,
}

/// An endless plan, in rounds in which each fault comes once.
pub struct Plan {
    rng: Rng,
    faults: Vec<Fault>,
    hosts: usize,
    round: Vec<Fault>,
}

impl Plan {
    /// Of these faults, on so many hosts.
    pub fn new(seed: u64, faults: Vec<Fault>, hosts: usize) -> Self {
        Self { rng: Rng::with_seed(seed), faults, hosts, round: Vec::new() }
    }
}

impl Iterator for Plan {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.round.is_empty() {
            self.round.clone_from(&self.faults);
            self.rng.shuffle(&mut self.round);
        }
        let fault = self.round.pop()?;
        let millis = |range| Duration::from_millis(range);
        let lasts = match fault {
            // Leases begin at two seconds.
            Fault::Paused | Fault::DatabasePaused => self.rng.u64(2_200..4_000),
            Fault::Killed | Fault::DatabaseKilled => self.rng.u64(0..500),
            _ => self.rng.u64(800..2_500),
        };
        let jump = if self.rng.bool() { self.rng.i64(1..600) } else { -self.rng.i64(1..300) };
        let (rest, host) = (self.rng.u64(300..1_200), self.rng.usize(..self.hosts));
        Some(Step { rest: millis(rest), fault, host, lasts: millis(lasts), jump })
    }
}

#[test]
fn a_seed_repeats_its_plan_and_each_fault_comes_in_each_round() {
    let faults = vec![Fault::Killed, Fault::Paused, Fault::Cut];
    let plan = |seed| Plan::new(seed, faults.clone(), 2).take(30).collect::<Vec<_>>();
    assert_eq!(plan(7), plan(7));
    assert_ne!(plan(7), plan(8));
    for round in plan(7).chunks(3) {
        let mut kinds: Vec<Fault> = round.iter().map(|step| step.fault).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, faults);
    }
}
