//! Noting who is there.

use super::*;
use crate::store;

#[test]
fn who_polls_is_unheard_until_it_is_noted() {
    let log = Log::new();
    let is_unheard = |name| {
        let look = block_on(store::look(&log.database, None, name, None, 1)).expect("the log can be read");
        look.expect("the workstation is there").is_unheard
    };
    log.run("UPDATE workstations SET last_seen = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hours')");
    assert!(is_unheard("even") && is_unheard("odd"));
    let present = ["even", "gone"].map(str::to_owned);
    block_on(store::note_presence(&log.database, &present)).expect("presence can be noted");
    assert!(!is_unheard("even") && is_unheard("odd"));
}
