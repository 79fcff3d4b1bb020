//! What clients are answered: never a 500, and when to come back where there is nothing to be had.

use std::collections::BTreeMap;

use super::{Defect, Rule};

/// How often there was which answer; 0 stands for none.
pub type Answers = BTreeMap<u16, u64>;

/// Whether a status can be an answer to a request that the contract allows, in trouble too.
///
/// `expected` is what the request may come to, `says_when` whether there is a `Retry-After`.
pub fn check_answer(what: &str, status: u16, says_when: bool, expected: &[u16]) -> Option<Defect> {
    match status {
        503 | 429 if says_when => None,
        503 | 429 => Some(Defect::new(Rule::Answers, format!("{what} -> {status} without Retry-After"))),
        status if expected.contains(&status) => None,
        status => Some(Defect::new(Rule::Answers, format!("{what} -> {status}, not one of {expected:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_expected_will_do() {
        for (status, says_when) in [(200, false), (409, false), (503, true), (429, true)] {
            assert_eq!(check_answer("GET /", status, says_when, &[200, 409]), None);
        }
        for (status, says_when) in [(500, false), (500, true), (502, true), (503, false), (404, false), (401, false)] {
            let defect = check_answer("GET /", status, says_when, &[200, 409]);
            assert_eq!(defect.map(|defect| defect.rule), Some(Rule::Answers), "{status}");
        }
    }
}
