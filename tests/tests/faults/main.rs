//! The fault test: 32 clients edit and listen while things go wrong, and afterwards what they saw has to fit together.
//!
//! `BATON_FAULTS_SECONDS` says how long each of the two parts goes on, without Redis and with it (25 s each unless told);
//! `BATON_FAULTS_SEED` repeats the plan of a run, which it prints. What runs when still depends on the machine.

mod afterwards;
mod auditor;
mod editor;
mod hook;
mod inflict;
mod listener;
mod notes;
mod plan;
mod scene;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, thread};

use baton_tests::Mode;
use baton_tests::history::Head;

use editor::Editor;
use listener::Listened;
use notes::Notes;
use plan::Plan;
use scene::Scene;

/// The parts take turns, so that each has the machine for itself.
static TURN: Mutex<()> = Mutex::new(());

#[test]
fn nothing_is_lost_without_redis() {
    run(Mode::Embedded);
}

#[test]
fn nothing_is_lost_with_redis() {
    run(Mode::Redis);
}

fn run(mode: Mode) {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (seed, span) = (setting("BATON_FAULTS_SEED").unwrap_or_else(chance), Duration::from_secs(length()));
    say(&format!("faults, {mode:?}: BATON_FAULTS_SEED={seed}, {span:?}"));
    let scene = Scene::set(mode, seed, span);
    let plan = Plan::new(seed, scene.faults(), scene.app.hosts().len());
    let seen = act(&scene, seed, || inflict::all(&scene, plan, span));
    let (defects, counts) = afterwards::check(&scene, &seen);
    say(&format!("faults, {mode:?}: {}; {counts}", scene.told()));
    let listed: Vec<String> = defects.iter().take(20).map(ToString::to_string).collect();
    assert!(
        defects.is_empty(),
        "{} defects with BATON_FAULTS_SEED={seed}:\n{}\n{}",
        defects.len(),
        listed.join("\n"),
        scene.end_of_log()
    );
}

/// What all of them have seen.
#[derive(Default)]
struct Seen {
    notes: Notes,
    /// What each listener heard.
    heard: Vec<Listened>,
    /// What the auditor noted.
    heads: Vec<Head>,
}

/// Lets everybody work and listen until the trouble is over.
fn act(scene: &Scene, seed: u64, trouble: impl FnOnce()) -> Seen {
    let (over, quiet) = (&AtomicBool::new(false), &AtomicBool::new(false));
    let (began, mut seen) = (scene.began, Seen::default());
    thread::scope(|scope| {
        let edit =
            |(desk, number): (_, u64)| scope.spawn(move || Editor::new(began, desk, seed ^ (number << 8)).work(over));
        let editors: Vec<_> = scene.editors.iter().zip(0..).map(edit).collect();
        let listeners = scene.listeners.iter().map(|listener| scope.spawn(move || listener.listen(began, quiet)));
        let listeners: Vec<_> = listeners.collect();
        let auditor = scope.spawn(move || auditor::follow(&scene.auditor, began, over));
        // Also when it fails: nobody waits for those who don't know that it is over.
        let trouble = catch_unwind(AssertUnwindSafe(trouble));
        scene.calm();
        over.store(true, Ordering::Relaxed);
        let mut editors: Vec<Editor> = editors.into_iter().map(joined).collect();
        editors.iter_mut().for_each(Editor::leave_the_line);
        editors.iter_mut().for_each(Editor::release_all);
        editors.into_iter().for_each(|editor| seen.notes.add(editor.into_notes()));
        quiet.store(true, Ordering::Relaxed);
        for (listened, notes) in listeners.into_iter().map(joined) {
            seen.heard.push(listened);
            seen.notes.add(notes);
        }
        let (heads, notes) = joined(auditor);
        seen.heads = heads;
        seen.notes.add(notes);
        trouble.unwrap_or_else(|panic| resume_unwind(panic));
    });
    seen
}

fn joined<T>(client: ScopedJoinHandle<'_, T>) -> T {
    client.join().expect("a client notes what is wrong, and goes on")
}

fn length() -> u64 {
    setting("BATON_FAULTS_SECONDS").unwrap_or(25)
}

fn setting(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}: a number")))
}

fn chance() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    u64::from(now.subsec_nanos())
}

/// Says something on the terminal, where the test framework holds back what a passing test prints.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// How much time has passed since everything began.
fn since(began: Instant) -> Duration {
    began.elapsed()
}
