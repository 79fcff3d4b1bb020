//! `baton audit verify`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use url::{Position, Url};

use crate::cli::{AuditVerifyArgs, Role, TokenArgs};
use crate::token;

/// The user in a token that is made for one check.
const USER: &str = "baton";

/// How long such a token holds.
const TOKEN_TTL: Duration = Duration::from_secs(60);

/// What the service says of its audit log.
#[derive(Debug, Deserialize)]
struct Verdict {
    valid: bool,
    rows: Option<i64>,
    head: Option<Head>,
    anchor: Option<Head>,
    broken_at: Option<String>,
    detail: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Head {
    id: String,
    hash: String,
}

/// Asks the service whether its audit log holds, and says so: success if it does, 1 if it doesn't.
///
/// Errors: the service can't be asked.
pub fn verify(args: AuditVerifyArgs) -> Result<ExitCode> {
    let url = target(&args.url)?;
    let token = match args.token {
        Some(token) => token,
        None => {
            let (user, also_roles) = (USER.to_owned(), Vec::new());
            token::make(&TokenArgs { app: args.app, user, role: Role::Admin, also_roles, ttl: TOKEN_TTL })?
        }
    };
    let runtime = Runtime::new().context("can't start the runtime")?;
    let (status, body) = runtime.block_on(get(&url, &token)).with_context(|| format!("can't ask {url}"))?;
    let verdict = read(status, &body).with_context(|| format!("from {url}"))?;
    println!("{}", describe(&verdict));
    Ok(if verdict.valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn target(base: &str) -> Result<Url> {
    let url = Url::parse(&format!("{}/api/audit/verify", base.trim_end_matches('/')))
        .with_context(|| format!("--url {base:?} is no URL"))?;
    ensure!(url.scheme() == "http", "--url {base:?}: only http:// is spoken here");
    Ok(url)
}

/// There is no limit to how long the answer may take: the whole log is read for it.
async fn get(url: &Url, token: &str) -> Result<(StatusCode, Bytes)> {
    let addresses = url.socket_addrs(|| None)?;
    let stream = TcpStream::connect(&*addresses).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(url.path())
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    Ok((response.status(), response.into_body().collect().await?.to_bytes()))
}

fn read(status: StatusCode, body: &[u8]) -> Result<Verdict> {
    if status == StatusCode::OK {
        return serde_json::from_slice(body).context("the answer can't be read");
    }
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    match problem["detail"].as_str() {
        Some(detail) => bail!("{status}: {detail}"),
        None => bail!("{status}"),
    }
}

fn describe(verdict: &Verdict) -> String {
    match verdict {
        Verdict { valid: true, rows, head: Some(Head { id, hash }), anchor, .. } => {
            let after = anchor.as_ref().map(|Head { id, hash }| format!(" after {id} {hash}"));
            let (rows, after) = (rows.unwrap_or_default(), after.unwrap_or_default());
            format!("The audit log holds: {rows} entries{after}. Its head is {id} {hash}")
        }
        Verdict { valid: true, .. } => "The audit log holds: it has no entries".to_owned(),
        Verdict { broken_at, detail, .. } => {
            let [place, detail] = [broken_at, detail].map(|text| text.as_deref().unwrap_or("unknown"));
            format!("The audit log is broken at entry {place}: {detail}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_follows_the_url() {
        for (base, url) in [
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api/audit/verify"),
            ("http://[::1]:3000/", "http://[::1]:3000/api/audit/verify"),
            ("http://host/baton", "http://host/baton/api/audit/verify"),
        ] {
            assert_eq!(target(base).unwrap().as_str(), url);
        }
        for bad in ["", "127.0.0.1:3000", "https://host", "ftp://host"] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_problem_is_told_with_its_detail() {
        let told = |body: &[u8]| read(StatusCode::FORBIDDEN, body).unwrap_err().to_string();
        assert_eq!(told(br#"{"detail": "no"}"#), "403 Forbidden: no");
        assert_eq!(told(b"<html>"), "403 Forbidden");
        assert!(read(StatusCode::OK, b"<html>").is_err());
    }

    #[test]
    fn what_is_said_of_a_log() {
        let said = |body: &str| describe(&serde_json::from_str(body).unwrap());
        let whole = said(r#"{"valid": true, "rows": 2, "head": {"id": "2", "hash": "ab"}}"#);
        assert_eq!(whole, "The audit log holds: 2 entries. Its head is 2 ab");
        let head = r#""head": {"id": "9", "hash": "ab"}, "anchor": {"id": "7", "hash": "cd"}"#;
        let rest = said(&format!(r#"{{"valid": true, "rows": 2, {head}}}"#));
        assert_eq!(rest, "The audit log holds: 2 entries after 7 cd. Its head is 9 ab");
        let broken = said(r#"{"valid": false, "broken_at": "7", "detail": "missing"}"#);
        assert_eq!(broken, "The audit log is broken at entry 7: missing");
    }
}
