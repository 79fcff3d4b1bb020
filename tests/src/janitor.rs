//! Cleaning up after the tests, however they end.
//!
//! What lives in a `static` is never dropped, and a test binary can be interrupted or killed. So a small shell waits
//! at the other end of a pipe: when the pipe closes, because this process is gone, it ends what is left.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{LazyLock, Mutex};

/// `watch` and `forget` name a process group, `remove` a directory, `unmount` a file system.
const SCRIPT: &str = r#"
groups=' '
mounts=
while read -r verb what; do
    case "$verb" in
        watch) groups="$groups$what " ;;
        forget) groups="${groups%% $what *} ${groups#* $what }" ;;
        unmount) mounts="$mounts $what" ;;
        remove) set -- "$@" "$what" ;;
    esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
for mount in $mounts; do umount --lazy "$mount" 2>/dev/null; done
for directory in "$@"; do rm -rf "$directory"; done
"#;

#[expect(clippy::zombie_processes, reason = "it outlives this process")]
static JANITOR: LazyLock<Mutex<ChildStdin>> = LazyLock::new(|| {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A group of its own, so that it outlives the Ctrl-C that ends the tests.
    let mut shell = shell.process_group(0).spawn().expect("`sh` is there");
    Mutex::new(shell.stdin.take().expect("its input is a pipe"))
});

/// Ends this process group with the tests.
pub fn watch(group: u32) {
    tell(&format!("watch {group}"));
}

/// The process group has ended; another may get its number.
pub fn forget(group: u32) {
    tell(&format!("forget {group}"));
}

/// Removes this directory after the tests.
pub fn remove(directory: &Path) {
    tell(&format!("remove {}", directory.display()));
}

/// Unmounts what is mounted here after the tests.
pub fn unmount(mount: &Path) {
    tell(&format!("unmount {}", mount.display()));
}

fn tell(line: &str) {
    let mut input = JANITOR.lock().expect("nobody panics while writing");
    writeln!(input, "{line}").expect("the janitor listens");
}
