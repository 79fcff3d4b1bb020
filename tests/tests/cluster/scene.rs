//! Two hosts, and who works at each of them.

use std::sync::Arc;

use baton_tests::{App, Client, Mode, Seat, Setup, on_cluster, skipped};

/// What the README recommends for hosts.
const FLAGS: [(&str, &str); 2] =
    [("--max-instance-reuse-count", "100000"), ("--max-instance-concurrent-reuse-count", "128")];

/// Two hosts as the README recommends them; none where the tests run on one server.
pub fn hosts(mode: Mode) -> Option<Setup> {
    if !on_cluster() {
        skipped("what only shows on two hosts", "BATON_SPIN and BATON_SQLD name no Spin and no server of libSQL");
        return None;
    }
    Some(FLAGS.iter().fold(Setup::new(mode), |setup, (flag, value)| setup.argument(flag, value)))
}

/// An editor at a workstation, whose requests go to one host alone.
pub fn seat_at(app: &App, host: usize) -> Seat {
    Seat::new(app.hosts()[host].user("editor"))
}

/// The same workstation, whose requests go to the other host from now on.
pub fn moved(app: &App, seat: &Seat, host: usize) -> Seat {
    seat.with(Client::new(Arc::clone(app.hosts()[host].endpoint()), &seat.user, "editor"))
}
