//! `baton checkpoints`

use std::io::Write;
use std::path::{Path, PathBuf};

use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::args::CheckpointsArgs;
use super::desk::Desk;
use super::failure::{Code, Failure};
use super::parts::{self, Part};
use super::{pick, say, show, time};

/// Which one is meant where none is named.
const NEWEST: &str = "newest";

/// Shows what is kept of a part, or fetches one of it.
///
/// Errors: there is none, or the file is there already.
pub async fn checkpoints(mut desk: Desk, args: CheckpointsArgs) -> Result<(), Failure> {
    let Part { name, number, .. } = parts::resolve_one(desk.api.url(), &args.part)?;
    let checkpoints = say::patiently("Looking", desk.api.checkpoints(&number)).await?;
    let Some(named) = args.download else {
        let mut lines: Vec<_> = checkpoints.iter().map(line).collect();
        if lines.is_empty() {
            lines.push(format!("Nothing is kept of {name}"));
        }
        return desk.answer(&json!({ "checkpoints": checkpoints }), lines);
    };
    let candidates = if named == NEWEST { &checkpoints[..checkpoints.len().min(1)] } else { &checkpoints[..] };
    let named = (named != NEWEST).then_some(named.as_str());
    let id = pick::one("checkpoint", candidates, named, |one| [show::text(one, "label")], line)?;
    let known = checkpoints.iter().find(|one| one["id"] == id.as_str());
    let file = args.output.unwrap_or_else(|| PathBuf::from(format!("{number}-{}", &id[id.len() - id.len().min(6)..])));
    download(&mut desk, &number, &id, &file).await?;
    let document = known.cloned().unwrap_or_else(|| json!({ "id": id }));
    desk.answer(&document, [format!("{}", file.display())])
}

/// Nothing that is there is replaced, and what comes to half a file is no file.
async fn download(desk: &mut Desk, part: &str, id: &str, file: &Path) -> Result<(), Failure> {
    let there = || Failure::failed(format!("{} is there already", file.display()));
    if file.exists() {
        return Err(there());
    }
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| Failure::failed(format!("Can't write {}: {error}", file.display()));
    let mut copy = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    let (response, _line) = desk.api.checkpoint_content(part, id).await?;
    let length = http_body::Body::size_hint(response.body()).exact().unwrap_or(0);
    let bar = say::bytes(length);
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::new(Code::Unreachable, format!("It broke off: {error}")))?;
        if let Ok(data) = frame.into_data() {
            copy.write_all(&data).map_err(failed)?;
            bar.inc(data.len() as u64);
        }
    }
    bar.finish_and_clear();
    copy.as_file().sync_all().map_err(failed)?;
    copy.persist_noclobber(file).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => there(),
        _ => failed(error.error),
    })?;
    Ok(())
}

fn line(checkpoint: &Value) -> String {
    let [user, kind, label] = ["user", "kind", "label"].map(|member| show::text(checkpoint, member));
    let since = time::since(checkpoint["created_at"].as_str().unwrap_or_default());
    let size = indicatif::HumanBytes(checkpoint["size"].as_u64().unwrap_or(0));
    format!("{}  {user}, {since} ago, {size}, {kind} {label}", pick::short(checkpoint)).trim_end().to_owned()
}
