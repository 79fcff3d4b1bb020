//! The statements of the commands, read from the components' sources: what is tested is what runs.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

const COMPONENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../components");

/// The one statement in the components, or in core, that begins with `INSERT INTO target `.
pub fn insert_into(target: &str) -> String {
    static FOUND: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);
    let mut found = FOUND.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let found = found.get_or_insert_default();
    found.entry(target.to_owned()).or_insert_with(|| find(target)).clone()
}

fn find(target: &str) -> String {
    let beginning = format!("\"INSERT INTO {target} ");
    let found = sources().iter().flat_map(|source| source.match_indices(&beginning).map(move |at| (source, at.0)));
    let literals = found.map(|(source, at)| literal(&source[at + 1..]));
    match literals.collect::<Vec<_>>().as_slice() {
        [only] => only.clone(),
        several => panic!("{} statements insert into {target}, not one", several.len()),
    }
}

/// The text of a literal whose opening quote has been read.
fn literal(source: &str) -> String {
    let end = source.match_indices('"').find(|(at, _)| !source[..*at].ends_with('\\'));
    end.map_or(source, |(at, _)| &source[..at]).replace("\\\"", "\"")
}

fn sources() -> &'static [String] {
    static SOURCES: OnceLock<Vec<String>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let components = std::fs::read_dir(COMPONENTS).expect("the components are beside core");
        let folders = components.map(|component| component.expect("a component").path().join("src"));
        let folders = folders.chain([Path::new(env!("CARGO_MANIFEST_DIR")).join("src")]);
        folders.filter(|folder| folder.is_dir()).flat_map(|folder| files(&folder)).collect()
    })
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a component's sources");
    let (folders, files): (Vec<_>, Vec<_>) =
        entries.map(|entry| entry.expect("a source file").path()).partition(|path| path.is_dir());
    let folders = folders.iter().filter(|folder| !folder.ends_with("tests"));
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let here = files.map(|file| what_runs(&std::fs::read_to_string(file).expect("a source file is text")));
    here.chain(folders.flat_map(|folder| self::files(folder))).collect()
}

/// A source file without its tests, which may have statements of their own.
fn what_runs(source: &str) -> String {
    source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}
