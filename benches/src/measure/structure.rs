//! Assemblies, and many parts at once: on files of their own in each round, because a structure stays.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use baton_tests::Scratch;
use http::Method;
use serde_json::{Value, json};

use super::progress::Progress;
use super::side::{Side, turns};
use crate::client::{Connection, Hosts, Seat, request};
use crate::figures::{AT_ONCE, Structure, Structured, stats};
use crate::options::Options;
use crate::system::Many;
use crate::work::Exchange;

/// How many trees there are, how deep they are, and how many parts each level has: 100,000 in all.
const TREES: usize = 100;
const DEPTH: usize = 10;
const WIDTH: usize = 100;

/// How often a single part, and how often many are taken in a round.
const SINGLES: usize = 300;
const TAKES: usize = 10;

/// How many keys a transaction of etcd's may have.
const KEYS: usize = 128;

/// Goes over all sides that can take many things at once.
pub async fn measure(sides: &[Side], options: &Options, progress: &mut Progress) -> Vec<Structure> {
    let sides: Vec<_> = sides.iter().filter(|side| side.system.many().is_some()).collect();
    let named = |side: &&Side| Structure { side: side.name().to_owned(), ..Structure::default() };
    let mut found: Vec<_> = sides.iter().map(named).collect();
    for round in 0..options.rounds {
        for turn in turns(sides.len(), round) {
            if progress.leaves_out() {
                continue;
            }
            let place = format!("structure, {}", sides[turn].name());
            progress.next(&place);
            let outcome = one(sides[turn], &mut found[turn], round).await;
            progress.note(&place, outcome);
        }
    }
    found
}

async fn one(side: &Side, found: &mut Structure, round: u32) -> Result<()> {
    let home = Scratch::new();
    side.system.share_machine_code(side.home.path(), home.path())?;
    let mut server = side.system.start(home.path()).await?;
    let outcome = match side.system.many() {
        Some(Many::Sessions) => sessions(&server.hosts).await.map(|figures| found.rounds.push((round, figures))),
        Some(Many::Transactions) => {
            transactions(&server.hosts).await.map(|took| found.transactions.push((round, took)))
        }
        None => Ok(()),
    };
    let outcome = outcome.map_err(|error| server.explain(error));
    server.stop();
    outcome
}

async fn sessions(hosts: &Hosts) -> Result<Structured> {
    let mut seat = Seat::take(hosts, "structure").await?;
    let apart: Vec<_> = (0..SINGLES).map(|number| format!("apart-{number}")).collect();
    let single_before = each(&mut seat, &apart).await?;
    for tree in 0..TREES {
        build(&mut seat, tree).await.context("building a tree")?;
    }
    let parts: Vec<_> =
        (0..SINGLES).map(|number| part(2 + number % (TREES - 2), number % DEPTH, 1 + number / DEPTH)).collect();
    let single = each(&mut seat, &parts).await?;
    let (mut trees, mut batches) = (Vec::new(), Vec::new());
    let all: Vec<_> = (0..DEPTH).flat_map(|level| (0..WIDTH).map(move |number| part(1, level, number))).collect();
    for _ in 0..TAKES {
        let (session, took) = Exchange::of(tree(&mut seat, &root(0))).await?;
        trees.push(took.milliseconds());
        seat.call(&Method::DELETE, &session, None).await?.expect(&[204])?;
        let ((), took) = Exchange::of(batch(&mut seat, &all)).await?;
        batches.push(took.milliseconds());
        let workstation = seat.identity().workstation.clone();
        let released = json!({ "workstation_id": workstation });
        seat.call(&Method::POST, "/api/edit-sessions/release", Some(&released)).await?.expect(&[200])?;
    }
    let median = |times: &[f64]| stats::median(times).context("no figures");
    Ok(Structured { single_before, single, tree: median(&trees)?, batch: median(&batches)? })
}

/// What acquiring each of these takes, in the middle, in milliseconds. They are given back.
async fn each(seat: &mut Seat, parts: &[String]) -> Result<f64> {
    let mut times = Vec::new();
    // Once beforehand, so that each is known.
    for is_measured in [false, true] {
        for part in parts {
            let (session, took) = Exchange::of(seat.acquire(part)).await?;
            times.extend(is_measured.then(|| took.milliseconds()));
            seat.call(&Method::DELETE, &session, None).await?.expect(&[204])?;
        }
    }
    stats::median(&times).context("no figures")
}

fn root(tree: usize) -> String {
    format!("tree-{tree}")
}

fn part(tree: usize, level: usize, number: usize) -> String {
    format!("tree-{tree}-{level}-{number}")
}

/// On each level but the last the first part is an assembly.
async fn build(seat: &mut Seat, tree: usize) -> Result<()> {
    let mut assembly = root(tree);
    for level in 0..DEPTH {
        let children: Vec<_> = (0..WIDTH).map(|number| part(tree, level, number)).collect();
        let path = format!("/api/items/{assembly}/children");
        seat.call(&Method::PUT, &path, Some(&json!({ "children": children }))).await?.expect(&[200])?;
        assembly = part(tree, level, 0);
    }
    Ok(())
}

/// Acquires a tree, and returns the path of the session.
async fn tree(seat: &mut Seat, root: &str) -> Result<String> {
    let path = format!("/api/items/{root}/edit-sessions");
    let body = json!({ "workstation_id": seat.identity().workstation, "scope": "tree" });
    let session = seat.call(&Method::POST, &path, Some(&body)).await?.expect(&[201])?.json()?;
    Ok(format!("{path}/{}", crate::client::text(&session, "id")?))
}

async fn batch(seat: &mut Seat, parts: &[String]) -> Result<()> {
    let body = json!({ "workstation_id": seat.identity().workstation, "part_numbers": parts });
    seat.call(&Method::POST, "/api/edit-sessions/batch", Some(&body)).await?.expect(&[201])?;
    Ok(())
}

/// As many keys as parts are taken at once, in transactions as large as they may be: none may be there.
async fn transactions(hosts: &Hosts) -> Result<f64> {
    let mut connection = Connection::open(hosts).await?;
    let keys: Vec<_> = (0..AT_ONCE).map(|number| BASE64_STANDARD.encode(format!("locks/tree-{number}"))).collect();
    let mut times = Vec::new();
    for _ in 0..TAKES {
        let ((), took) = Exchange::of(transact(&mut connection, &keys, creation)).await?;
        times.push(took.milliseconds());
        transact(&mut connection, &keys, deletion).await?;
    }
    stats::median(&times).context("no figures")
}

async fn transact(connection: &mut Connection, keys: &[String], make: fn(&[String]) -> Value) -> Result<()> {
    for keys in keys.chunks(KEYS) {
        let request = request(&Method::POST, "/v3/kv/txn", None, Some(&make(keys)))?;
        let answer = connection.call(request).await?.expect(&[200])?.json()?;
        ensure!(answer["succeeded"] == true, "the keys are not as they should be: {answer}");
    }
    Ok(())
}

fn creation(keys: &[String]) -> Value {
    let owner = BASE64_STANDARD.encode("structure");
    let absent = |key| json!({ "key": key, "target": "CREATE", "result": "EQUAL", "create_revision": "0" });
    let put = |key| json!({ "request_put": { "key": key, "value": owner } });
    let (compare, success): (Vec<_>, Vec<_>) = keys.iter().map(|key| (absent(key), put(key))).unzip();
    json!({ "compare": compare, "success": success })
}

fn deletion(keys: &[String]) -> Value {
    let deleted = keys.iter().map(|key| json!({ "request_delete_range": { "key": key } }));
    json!({ "success": deleted.collect::<Vec<_>>() })
}
