//! The audit log is whole (docs/audit.md).

use std::collections::HashMap;

use super::{Defect, Entry, Rule};

/// An entry that was noted while there was trouble, as docs/audit.md asks operators to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The entry.
    pub id: u64,
    /// What sealed it then.
    pub hash: String,
}

/// Ids have no gaps, what was noted is as it was, and the service itself finds nothing (`detail` says what it found).
pub fn check_chain(audit: &[Entry], noted: &[Head], detail: Option<&str>) -> Vec<Defect> {
    let mut defects: Vec<Defect> = detail.map(|detail| Defect::new(Rule::AuditChain, detail)).into_iter().collect();
    let gap = audit.iter().zip(1..).find(|(entry, place)| entry.id != *place);
    defects.extend(
        gap.map(|(entry, place)| Defect::new(Rule::AuditChain, format!("entry {} stands at place {place}", entry.id))),
    );
    let hashes: HashMap<u64, Option<&str>> = audit.iter().map(|entry| (entry.id, entry.hash.as_deref())).collect();
    let altered = noted.iter().filter(|head| hashes.get(&head.id).copied().flatten() != Some(&head.hash));
    defects.extend(altered.map(|head| Defect::new(Rule::AuditChain, format!("{head:?} was noted"))));
    defects
}

#[cfg(test)]
mod tests {
    use super::super::defect::rules;
    use super::super::samples::entry;
    use super::*;

    fn audit(ids: &[u64]) -> Vec<Entry> {
        ids.iter().map(|id| entry(*id, "edit.session_renewed", "a")).collect()
    }

    fn head(id: u64, hash: &str) -> Head {
        Head { id, hash: hash.to_owned() }
    }

    #[test]
    fn a_whole_log_is_right() {
        assert_eq!(check_chain(&audit(&[1, 2, 3]), &[head(2, "hash 2")], None), []);
    }

    #[test]
    fn a_log_that_is_not_whole_is_found() {
        for ids in [&[2, 3][..], &[1, 3], &[1, 1, 2], &[1, 3, 2]] {
            assert_eq!(rules(&check_chain(&audit(ids), &[], None)), [Rule::AuditChain], "{ids:?}");
        }
        for noted in [head(1, "another hash"), head(3, "hash 3")] {
            assert_eq!(rules(&check_chain(&audit(&[1, 2]), &[noted], None)), [Rule::AuditChain]);
        }
        assert_eq!(rules(&check_chain(&audit(&[1]), &[], Some("broken at 1"))), [Rule::AuditChain]);
    }
}
