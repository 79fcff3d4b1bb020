//! Components as machine code, which is kept in the state directory for the next start.

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::state_dir::StateDir;

/// How long machine code is kept without being used.
const KEEP_UNUSED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many components are compiled at once: the compiler itself uses all processors for one, but for its beginning and end.
/// Each takes its memory.
const AT_ONCE: usize = 2;

/// Compiles components, or finds them compiled.
pub struct Compiler<'a> {
    engine: &'a Engine,
    state: &'a StateDir,
    directory: Option<PathBuf>,
}

impl<'a> Compiler<'a> {
    /// A compiler for an engine.
    ///
    /// Errors: the state directory can't hold what is compiled.
    pub fn new(engine: &'a Engine, state: &'a StateDir) -> Result<Self> {
        Ok(Self { engine, state, directory: state.compiled()? })
    }

    /// The components in files, each with the name that the operator is told.
    ///
    /// Errors: no such file, or no valid component.
    pub fn components(&self, sources: &[(&str, PathBuf)]) -> Result<Vec<Component>> {
        let next = AtomicUsize::new(0);
        let compiled: Vec<OnceLock<Result<Component>>> = sources.iter().map(|_| OnceLock::new()).collect();
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(sources.len()) {
                scope.spawn(|| {
                    while let Some(index) =
                        Some(next.fetch_add(1, Ordering::Relaxed)).filter(|next| *next < sources.len())
                    {
                        let (name, source) = &sources[index];
                        let label = format!("component {} of {}, {name}", index + 1, sources.len());
                        let component = self.component(source, &label).with_context(|| format!("component {name:?}"));
                        _ = compiled[index].set(component);
                    }
                });
            }
        });
        give_memory_back();
        compiled.into_iter().map(|component| component.into_inner().context("a compiler thread ended early")?).collect()
    }

    fn component(&self, source: &Path, label: &str) -> Result<Component> {
        let wasm =
            std::fs::read(source).with_context(|| format!("can't read {} (`--build` builds it)", source.display()))?;
        let kept = self.kept_path(&wasm);
        if let Some(component) = kept.as_deref().and_then(|path| self.load(path)) {
            return Ok(component);
        }
        eprintln!("Compiling {label}");
        let start = Instant::now();
        let component = Component::new(self.engine, &wasm)
            .map_err(|error| anyhow!("{} is no valid component: {error:#}", source.display()))?;
        eprintln!("Compiled {label} in {:.1} s", start.elapsed().as_secs_f64());
        if let Some(path) = kept
            && let Err(error) = self.keep(&component, &path)
        {
            eprintln!("The next start has to compile {label} again: {error:#}");
        }
        Ok(component)
    }

    /// Removes machine code that no start has had a use for in [`KEEP_UNUSED`], as every build leaves some behind.
    pub fn remove_unused(&self) {
        let entries = self.directory.as_ref().and_then(|directory| directory.read_dir().ok());
        for path in entries.into_iter().flatten().flatten().map(|entry| entry.path()) {
            let last_used = path.metadata().and_then(|metadata| metadata.modified());
            if last_used.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > KEEP_UNUSED)) {
                // It is but lost space if it stays.
                _ = std::fs::remove_file(path);
            }
        }
    }

    /// Where machine code for this component, engine and processor is kept.
    fn kept_path(&self, wasm: &[u8]) -> Option<PathBuf> {
        let directory = self.directory.as_ref()?;
        let mut digest = DigestHasher(Sha256::new_with_prefix(wasm));
        self.engine.precompile_compatibility_hash().hash(&mut digest);
        let name: String = digest.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(directory.join(format!("{name}.cwasm")))
    }

    /// What is kept in a file; none if it isn't there, or can't be trusted.
    fn load(&self, path: &Path) -> Option<Component> {
        let mut file = File::open(path).ok()?;
        if !self.state.is_ours(&file).ok()? {
            return None;
        }
        // That it was used, for `remove_unused`; without it, it is compiled again some day.
        _ = file.set_modified(SystemTime::now());
        let mut code = Vec::new();
        file.read_to_end(&mut code).ok()?;
        deserialize(self.engine, &code)
    }

    /// Keeps what was compiled, so that either all of it is there or nothing.
    fn keep(&self, component: &Component, path: &Path) -> Result<()> {
        let directory = path.parent().context("no directory")?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(&component.serialize()?)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}

/// Gives the system what the compiler has used: the allocator would keep it for the next one, which there won't be.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "a function of the C library")]
fn give_memory_back() {
    // SAFETY: it may be called at any time.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn give_memory_back() {}

/// Machine code back as a component; none if it is of another version.
#[expect(unsafe_code, reason = "machine code is run as it is")]
fn deserialize(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: the code comes from `Compiler::load`: a file that belongs to this user, that nobody else may write to,
    // that only `Compiler::keep` writes, whole, and whose name is a hash of its source and of this engine's settings.
    unsafe { Component::deserialize(engine, code) }.ok()
}

/// A hasher for values whose hash has to be the same in the next process, and no other's.
struct DigestHasher(Sha256);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }
}
