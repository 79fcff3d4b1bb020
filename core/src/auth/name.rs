//! User names. Two that are alike after NFC and case folding name one person (contract, "Who calls"), who is known everywhere
//! by the spelling that came first: it is what the database holds and compares, and what people see.

use std::cell::RefCell;
use std::collections::HashMap;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use crate::db::{Database, params};
use crate::{Problem, Result};

/// Who does what happens by itself. Nobody has this name.
const SYSTEM: &str = "system";

/// How many spellings an instance remembers.
const KNOWN_MAX: usize = 10_000;

thread_local! {
    /// The spellings that have come so far, each with the one that came first. That one never changes.
    static KNOWN: RefCell<HashMap<String, String>> = RefCell::default();
}

/// What all spellings of a name have in common: a canonical caseless match (Unicode, section 3.13, D145).
pub fn key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let decomposed: String = name.nfd().collect();
    UniCase::unicode(decomposed).to_folded_case().nfc().collect()
}

/// Whether this names nobody: it stands for what happens by itself.
pub fn is_nobodys(name: &str) -> bool {
    key(name.trim()) == SYSTEM
}

/// 401 for what is nobody's name: none, one with a NUL, `system`.
pub(super) fn check(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.contains('\0') {
        return Err(Problem::unauthorized("the token names no user"));
    }
    if is_nobodys(name) {
        return Err(Problem::unauthorized("`system` is nobody's name"));
    }
    Ok(())
}

/// The spelling by which a user is known; the given one if none is yet.
pub async fn known(name: &str) -> Result<String> {
    if let Some(known) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
        return Ok(known);
    }
    let row = Database::open().await?.row("SELECT name FROM user_names WHERE key = ?", params![key(name)]).await?;
    match row.as_ref().and_then(|row| row.get::<&str>(0)) {
        Some(known) => Ok(remember(name, known)),
        None => Ok(name.to_owned()),
    }
}

/// The spelling by which a user is known, who is about to change something: the given one from now on if none is yet.
pub(super) async fn settled(name: &str) -> Result<String> {
    if let Some(known) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
        return Ok(known);
    }
    let known = known(name).await?;
    if KNOWN.with_borrow(|all| all.contains_key(name)) {
        return Ok(known);
    }
    // Somebody else may be settling another spelling of it at this moment: one of them comes first.
    let statement = "INSERT INTO user_names (key, name) VALUES (?, ?)
                     ON CONFLICT (key) DO UPDATE SET name = user_names.name RETURNING name";
    let row = Database::open().await?.row(statement, params![key(name), name]).await?;
    let settled = row.as_ref().and_then(|row| row.get::<&str>(0));
    settled.map(|settled| remember(name, settled)).ok_or_else(|| Problem::unavailable("a name could not be kept"))
}

fn remember(name: &str, known: &str) -> String {
    KNOWN.with_borrow_mut(|all| {
        if all.len() >= KNOWN_MAX {
            all.clear();
        }
        all.insert(name.to_owned(), known.to_owned());
    });
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use proptest::prelude::*;

    use super::*;
    use crate::db::use_scratch;

    #[test]
    fn names_that_look_alike_are_one() {
        for alike in [
            ["alice", "ALICE"],
            ["J\u{fc}rgen", "ju\u{308}RGEN"],
            ["stra\u{df}e", "STRASSE"],
            ["\u{3a3}\u{3af}\u{3c3}\u{3c5}\u{3c6}\u{3bf}\u{3c2}", "\u{3c3}\u{3af}\u{3c3}\u{3c5}\u{3c6}\u{3bf}\u{3c3}"],
            ["\u{1fb3}", "\u{1fbc}"],
        ] {
            assert_eq!(key(alike[0]), key(alike[1]), "{alike:?}");
        }
        assert_ne!(key("alice"), key("alice2"));
    }

    #[test]
    fn nobody_is_called_system() {
        for nobody in ["system", "System", " SYSTEM ", "", " ", "a\0b", "\u{17f}ystem"] {
            assert_eq!(check(nobody).unwrap_err().status().as_u16(), 401, "{nobody:?}");
        }
        assert!(check("systems").is_ok());
    }

    #[test]
    fn the_spelling_that_came_first_stays() {
        let _directory = use_scratch();
        assert_eq!(block_on(known("Zo\u{eb}")).unwrap(), "Zo\u{eb}", "nobody knows her yet");
        assert_eq!(block_on(settled("Zo\u{eb}")).unwrap(), "Zo\u{eb}");
        assert_eq!(block_on(settled("ZOE\u{308}")).unwrap(), "Zo\u{eb}");
        KNOWN.take();
        assert_eq!(block_on(known("zo\u{eb}")).unwrap(), "Zo\u{eb}", "another instance");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "\\PC{0,12}") {
            prop_assert_eq!(key(&key(&name)), key(&name));
        }
    }
}
