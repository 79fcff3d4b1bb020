//! What is said: answers on stdout, what happens meanwhile on stderr. Colour only on a terminal.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::sleep;

/// After how long one who waits is told what for.
const PATIENCE: Duration = Duration::from_secs(1);

/// What goes wrong.
pub const BAD: Style = AnsiColor::Red.on_default();

/// What is somebody else's.
pub const THEIRS: Style = AnsiColor::Yellow.on_default();

/// What is one's own.
pub const MINE: Style = AnsiColor::Green.on_default();

/// A text in a style; where it is no terminal the style is left out when it is printed.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints a line of the answer.
///
/// Errors: it can't be written, unless nobody wants to read on.
pub fn print(line: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// Tells of something beside the answer.
pub fn note(line: &str) {
    // Nobody is there to be told that it can't be told.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Tells why the command ends otherwise than well.
pub fn failure(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{BAD}{line}{BAD:#}");
}

/// Waits for something, and says what for once it takes longer than a second.
pub async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = sleep(PATIENCE) => {}
    }
    let turning = turning(what);
    let done = work.await;
    turning.finish_and_clear();
    done
}

fn turning(what: &str) -> ProgressBar {
    // indicatif shows nothing by itself where stderr is no terminal.
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A bar for something whose length is known, in bytes.
pub fn bytes(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bytes}/{total_bytes} {wide_bar} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// How many columns a line of the answer may have; none where it isn't read on a terminal.
pub fn width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
}
