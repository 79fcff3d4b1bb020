//! Noting the roles of those who poll.

use std::collections::HashMap;

use super::*;
use crate::store;

#[test]
fn the_roles_of_many_are_noted_at_once() {
    let log = Log::new();
    let roles = [("even", vec!["lead"]), ("odd", vec![]), ("gone", vec!["lead"])];
    let roles: HashMap<_, _> = roles
        .into_iter()
        .map(|(name, roles)| (name.to_owned(), roles.into_iter().map(str::to_owned).collect::<Vec<_>>()))
        .collect();
    block_on(store::note_roles(&log.database, &roles)).expect("the roles can be noted");
    let noted = |name| {
        let look = block_on(store::look(&log.database, None, name, None, 1)).expect("the log can be read");
        look.expect("the workstation is there").roles
    };
    assert_eq!((noted("even"), noted("odd")), (vec!["lead".to_owned()], Vec::new()));
}
