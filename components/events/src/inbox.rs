//! Reading the instance's inbox: who starts to wait enlists it under the workstation; who makes a change, the notifier or the
//! watchman takes all inboxes that are enlisted there and writes to each. One blocking read serves everyone who waits in the
//! instance.

use std::cell::RefCell;
use std::time::Duration;

use baton_core::redis::Connection;
use baton_core::{log, task};
use futures::channel::oneshot;

use crate::mailbox::{self, Message, Read};
use crate::{enlisting, waiting};

/// How often Redis is tried again while it is away.
const RETRY: Duration = Duration::from_secs(1);

/// For how long those who wait are enlisted when the connection comes back: the longest wait.
const ENLISTED: Duration = Duration::from_secs(60);

/// Whether somebody reads the inbox, and who wants to know when that ends.
#[derive(Default)]
struct Reading {
    runs: bool,
    is_connected: bool,
    on_loss: Option<oneshot::Sender<()>>,
}

thread_local! {
    static READING: RefCell<Reading> = RefCell::default();
}

/// Has the inbox read for as long as anybody waits.
pub fn start() {
    if !READING.with_borrow_mut(|reading| std::mem::replace(&mut reading.runs, true)) {
        task::spawn(run());
    }
}

/// Whether the inbox is read.
pub fn is_connected() -> bool {
    READING.with_borrow(|reading| reading.is_connected)
}

/// Resolves when the inbox isn't read any more; none if it isn't now.
pub fn lost() -> Option<oneshot::Receiver<()>> {
    READING.with_borrow_mut(|reading| {
        let (sender, receiver) = oneshot::channel();
        reading.on_loss = Some(sender);
        reading.is_connected.then_some(receiver)
    })
}

async fn run() {
    while !waiting::is_empty() {
        if let Some(connection) = mailbox::connect().await {
            READING.with_borrow_mut(|reading| reading.is_connected = true);
            // Who waits already is not enlisted yet, or no longer.
            enlisting::want_all(waiting::workstations().into_iter().map(|workstation| (workstation, ENLISTED))).await;
            read_until_lost(&connection).await;
            READING.with_borrow_mut(|reading| (reading.is_connected, reading.on_loss) = (false, None));
        }
        if !waiting::is_empty() {
            task::sleep(RETRY).await;
        }
    }
    READING.take();
}

/// Wakes whoever the inbox names, until nobody waits any more or the connection is lost.
async fn read_until_lost(connection: &Connection) {
    while !waiting::is_empty() {
        match mailbox::read(connection).await {
            Read::Message(message) => pass_on(message).await,
            Read::Nothing => {}
            Read::Lost => {
                log::line("redis is away: waiting requests look at the log instead");
                return;
            }
        }
    }
}

/// Wakes those who are named. Those who wait on have been struck off too, and are enlisted again.
async fn pass_on(message: Message) {
    let Message { through, workstations } = message;
    let passed_over = workstations.into_iter().filter(|workstation| waiting::wake(workstation, through));
    enlisting::want_all(passed_over.map(|workstation| (workstation, ENLISTED))).await;
}
