//! Sealing.

use std::thread;

use super::*;

#[test]
fn what_a_hash_is_can_be_recomputed_elsewhere() {
    let log = Log::with_rows(0);
    log.run(
        "INSERT INTO audit (time, actor, action, resource_type, resource_id, part_number, details, request_id, ip)
         VALUES ('2026-11-21T01:02:03.004Z', 'ädä \"x\"' || char(9, 31, 127), 'item.created', 'item', 'i1', NULL,
                 '{\"n\":1,\"s\":\"a/b\"}', 'r', '::1')",
    );
    log.write_rows(1);
    log.seal();
    // Python: hashlib.sha256(json.dumps(["0" * 64, 1, "2026-…"], ensure_ascii=False, separators=(",", ":")).encode())
    let expected = "769b4c1b66ef4ff9d55f5a7583f058815ed65374010f4ed9bd4e4c47d7c8d830";
    assert_eq!(log.hashes()[0].as_deref(), Some(expected));
}

#[test]
fn any_number_of_rows_is_sealed_whole() {
    for count in [0, 1, 499, 500, 501, 1_203] {
        let log = Log::with_rows(count).sealed();
        assert!(log.hashes().iter().all(Option::is_some), "of {count} rows some are not sealed");
        assert_eq!(i64::try_from(log.hashes().len()), Ok(count));
    }
}

#[test]
fn in_how_many_steps_does_not_matter() {
    let (at_once, in_steps) = (Log::with_rows(0), Log::with_rows(0));
    at_once.write_rows(1_000);
    at_once.seal();
    in_steps.raw.execute("ATTACH ? AS other", [at_once.directory.path().join("log.db").to_str()]).expect("attached");
    for step in ["seq <= 3", "seq = 4", "seq BETWEEN 5 AND 700", "seq > 700"] {
        in_steps.run(&format!(
            "INSERT INTO audit SELECT seq, time, actor, action, resource_type, resource_id, part_number, details,
                                      request_id, ip, NULL FROM other.audit WHERE {step}"
        ));
        in_steps.seal();
        in_steps.seal();
    }
    assert_eq!(in_steps.hashes(), at_once.hashes());
}

#[test]
fn many_may_seal_at_once_while_rows_come_in() {
    let log = Log::with_rows(700);
    let file = log.directory.path().join("log.db");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                use_file(file.clone());
                let database = block_on(Database::open()).expect("the schema stands");
                for _ in 0..30 {
                    block_on(seal(&database)).expect("the rows can be sealed");
                }
            });
        }
        scope.spawn(|| {
            let raw = rusqlite::Connection::open(&file).expect("the file can be opened");
            for count in 1..=60 {
                write_rows(&raw, count);
            }
        });
    });
    let verdict = log.verify();
    let hashes = log.hashes();
    assert_eq!(hashes.len(), 700 + 60 * 61 / 2);
    assert_eq!(verdict, whole(hashes.len(), hashes.last().and_then(Option::as_deref).expect("a sealed row")));
}

#[test]
fn a_sealed_row_stays_as_it_is() {
    let log = Log::with_rows(2).sealed();
    let hashes = log.hashes();
    for forgery in [
        "UPDATE audit SET actor = 'eve' WHERE seq = 1",
        "UPDATE audit SET hash = NULL WHERE seq = 1",
        "UPDATE audit SET hash = 'x' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 1",
    ] {
        assert!(log.raw.execute(forgery, []).is_err(), "{forgery}");
    }
    log.seal();
    assert_eq!(log.hashes(), hashes);
}
