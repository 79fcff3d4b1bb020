//! The application, the network in front of it, and who works with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use baton_tests::history::Trouble;
use baton_tests::{
    App, Client, Endpoint, FalseClock, Mode, Proxy, Scratch, Seat, Setup, SmallDisk, on_cluster, skipped, token, unique,
};
use serde_json::json;

use crate::hook::Hook;
use crate::listener::{Listener, Way};
use crate::plan::Fault;

/// Who edits.
const EDITORS: usize = 32;

/// What they edit, and how much of it each of them knows.
const PARTS: usize = 16;
const PARTS_OF_EACH: usize = 4;

/// How long a client waits for an answer. No fault lasts so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many of a thousand pieces are cut while all is well.
const CUTS_OF_THOUSAND: u32 = 1;

/// A user at a desk, with the parts that they edit.
pub struct Desk {
    /// Who, and where.
    pub seat: Seat,
    /// The same user as an admin, for those who may override.
    pub admin: Option<Client>,
    /// What they edit.
    pub parts: Vec<String>,
}

/// All that takes part.
pub struct Scene {
    /// The application.
    pub app: App,
    /// A network for each host.
    pub networks: Vec<Proxy>,
    /// The clock of the database, where it can be set.
    pub clock: Option<FalseClock>,
    /// When it began.
    pub began: Instant,
    /// Who edits.
    pub editors: Vec<Desk>,
    /// Who listens: each editor's workstation, and two that watch everything, the first of all.
    pub listeners: Vec<Listener>,
    /// Who follows the audit log.
    pub auditor: Client,
    /// Who is told of everything.
    pub hook: Hook,
    /// What went wrong when.
    pub inflicted: Mutex<Vec<(Fault, Trouble)>>,
}

impl Scene {
    /// Sets it up; nothing goes wrong yet.
    pub fn set(mode: Mode, seed: u64, span: Duration) -> Self {
        let clock = FalseClock::new();
        let mut setup = Setup::new(mode);
        match &clock {
            Some(clock) => setup = setup.clock(clock),
            None => skipped("a clock that jumps", "there is no `libfaketime` (apt-get install faketime)"),
        }
        match SmallDisk::mount(Scratch::new().path()) {
            Ok(_) => setup = setup.small_disk(),
            Err(error) => skipped("a disk that is full", &error),
        }
        if on_cluster() {
            setup = setup.frail_way(seed);
        }
        let hook = Hook::start();
        let app = setup.variable("webhook_hosts", hook.host()).start();
        hook.register(&app.user("admin"));
        let network = |host: &baton_tests::Host| Proxy::start(&host.url(), seed);
        let networks: Vec<Proxy> = app.hosts().iter().map(network).collect();
        let endpoint = Arc::new(Endpoint::patient(PATIENCE));
        endpoint.moved_to(&networks.iter().map(Proxy::url).collect::<Vec<_>>());
        let user = |role: &str| lasting(Client::new(Arc::clone(&endpoint), &unique::name(role), role), role, span);
        let parts: Vec<String> = (0..PARTS).map(|_| unique::part()).collect();
        let editors: Vec<Desk> = (0..EDITORS).map(|number| desk(number, user("editor"), &parts, span)).collect();
        let watchers = [Way::Polls, Way::Streams].map(|way| {
            let seat = Seat::new(user("viewer"));
            parts.iter().for_each(|part| seat.watch(part));
            Listener::new(&seat, &parts, way)
        });
        let ways = [Way::Polls, Way::Streams].into_iter().cycle();
        let own = editors.iter().zip(ways).map(|(desk, way)| Listener::new(&desk.seat, &desk.parts, way));
        let listeners = watchers.into_iter().chain(own).collect();
        networks.iter().for_each(|network| network.cut_of_thousand(CUTS_OF_THOUSAND));
        let (began, auditor, inflicted) = (Instant::now(), user("admin"), Mutex::default());
        Self { app, networks, clock, began, editors, listeners, auditor, hook, inflicted }
    }

    /// What can go wrong here.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = vec![Fault::Killed, Fault::Paused, Fault::Cut];
        faults.extend((self.app.mode() == Mode::Redis).then_some(Fault::RedisGone));
        faults.extend(self.app.disk().map(|_| Fault::DiskFull));
        faults.extend(self.clock.as_ref().map(|_| Fault::ClockJumps));
        if self.app.database().is_some() {
            faults.extend([Fault::DatabaseKilled, Fault::DatabasePaused, Fault::DatabaseCut]);
        }
        faults
    }

    /// From now on connections hold.
    pub fn calm(&self) {
        self.networks.iter().for_each(|network| network.cut_of_thousand(0));
    }

    /// What went wrong, in words.
    pub fn told(&self) -> String {
        let mut counts: BTreeMap<Fault, u32> = BTreeMap::new();
        for (fault, _) in self.inflicted.lock().expect("nobody panics here").iter() {
            *counts.entry(*fault).or_default() += 1;
        }
        let faults: Vec<String> = counts.iter().map(|(fault, count)| format!("{fault:?} {count}")).collect();
        let cuts: u64 = self.networks.iter().map(Proxy::cuts).sum();
        format!("{}, {cuts} connections of clients cut", faults.join(", "))
    }

    /// The last that the servers have logged.
    pub fn end_of_log(&self) -> String {
        let log = self.app.log();
        let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with("request_id=")).collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

fn desk(number: usize, client: Client, parts: &[String], span: Duration) -> Desk {
    let admin = number.is_multiple_of(8).then(|| lasting(client.as_role("admin"), "admin", span));
    let seat = Seat::new(client);
    // Neighbours share half of their parts.
    let from = number * PARTS_OF_EACH / 2;
    let parts: Vec<String> = parts.iter().cycle().skip(from % PARTS).take(PARTS_OF_EACH).cloned().collect();
    parts.iter().for_each(|part| seat.watch(part));
    Desk { seat, admin, parts }
}

/// With a token that outlives the test, jumps of the clock included.
fn lasting(client: Client, role: &str, span: Duration) -> Client {
    let span = i64::try_from(span.as_secs()).expect("less than an age");
    let claims = json!({ "sub": client.user, "role": role, "exp": token::now() + span + 3600 });
    client.with_token(&token::sign(&claims))
}
