//! Logs that somebody has forged.

use super::*;

/// Says where a log of 1,203 sealed rows breaks after a forgery.
fn broken_by(forgery: &[&str]) -> (i64, String) {
    let log = Log::with_rows(1_203).sealed().without_guards();
    forgery.iter().for_each(|statement| log.run(statement));
    match log.verify() {
        Verdict::Broken { valid: false, broken_at, detail } => (broken_at.parse().expect("an id"), detail),
        other => panic!("{forgery:?} goes unnoticed: {other:?}"),
    }
}

fn place(forgery: &[&str]) -> i64 {
    broken_by(forgery).0
}

#[test]
fn an_altered_column_is_noticed() {
    for column in ["time", "actor", "action", "resource_type", "resource_id", "details", "request_id", "ip"] {
        let forgery = format!("UPDATE audit SET {column} = {column} || ' ' WHERE seq = 700");
        assert_eq!(place(&[&forgery]), 700, "{column}");
    }
    for (column, value) in [("ip", "NULL"), ("part_number", "'F01'"), ("actor", "CAST(actor AS BLOB)")] {
        assert_eq!(place(&[&format!("UPDATE audit SET {column} = {value} WHERE seq = 700")]), 700, "{column}");
    }
    // Null in the row, and what could be taken for it.
    assert_eq!(place(&["UPDATE audit SET part_number = x'00' WHERE seq = 700"]), 700);
}

#[test]
fn columns_that_change_places_are_noticed() {
    assert_eq!(place(&["UPDATE audit SET request_id = ip, ip = request_id WHERE seq = 1"]), 1);
    assert_eq!(place(&["UPDATE audit SET details = (SELECT details FROM audit WHERE seq = 8) WHERE seq = 9"]), 9);
}

#[test]
fn an_altered_hash_is_noticed() {
    let other = "UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 4) WHERE seq = 1203";
    assert_eq!(place(&[other]), 1_203);
    assert_eq!(place(&["UPDATE audit SET hash = upper(hash) WHERE seq = 5"]), 5);
}

/// The next sealing would make it fit again; what comes after tells.
#[test]
fn a_row_that_is_altered_and_unsealed_is_noticed_at_the_next_one() {
    assert_eq!(place(&["UPDATE audit SET actor = 'eve', hash = NULL WHERE seq = 700"]), 701);
}

#[test]
fn a_missing_row_is_noticed() {
    for (seq, detail) in [(1, "the entry is missing"), (500, "the entry is missing"), (501, "the entry is missing")] {
        assert_eq!(broken_by(&[&format!("DELETE FROM audit WHERE seq = {seq}")]), (seq, detail.to_owned()));
    }
    let range = broken_by(&["DELETE FROM audit WHERE seq BETWEEN 10 AND 20"]);
    assert_eq!(range, (10, "the entries from 10 to 20 are missing".to_owned()));
}

#[test]
fn an_end_that_is_cut_off_is_noticed() {
    assert_eq!(place(&["DELETE FROM audit WHERE seq = 1203"]), 1_203);
    assert_eq!(place(&["DELETE FROM audit WHERE seq > 1000"]), 1_001);
    assert_eq!(place(&["DELETE FROM audit"]), 1);
}

#[test]
fn a_count_that_is_set_back_is_noticed() {
    assert_eq!(place(&["UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'audit'"]), 1_001);
    assert_eq!(place(&["DELETE FROM sqlite_sequence WHERE name = 'audit'"]), 1);
}

#[test]
fn a_row_that_is_slipped_in_is_noticed() {
    let copy = |seq: &str| {
        format!(
            "INSERT INTO audit SELECT {seq}, time, actor, action, resource_type, resource_id, part_number, details,
                                      request_id, ip, hash FROM audit WHERE seq = 1"
        )
    };
    assert_eq!(place(&[&copy("0")]), 0);
    assert_eq!(place(&[&copy("-7")]), -7);
    let shift = "UPDATE audit SET seq = -seq - 1 WHERE seq > 5";
    assert_eq!(place(&[shift, "UPDATE audit SET seq = -seq WHERE seq < 0", &copy("6")]), 6);
}
