//! Clients in both versions of HTTP, on connections in memory.

use std::any::Any;

use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::client::conn::{http1, http2};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::*;
use crate::http::body;
use crate::http::pace::PacedBody;

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(3600);

/// How long a test waits for what is to happen.
const PATIENCE: Duration = Duration::from_secs(60);

const NONE: Timeouts = Timeouts { head: LONG, idle: LONG, write: LONG, ping: LONG, goodbye: SHORT };

/// The beginning of a connection in HTTP/2: the preface and settings (RFC 9113, section 3.4).
const BEGINNING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The beginning of a head in HTTP/2, `:method GET`, that isn't its end.
const HALF_A_HEAD: &[u8] = b"\0\0\x01\x01\0\0\0\0\x01\x82";

/// A body without end, of parts that come one after the other with a pause before each.
fn endless(pause: Duration) -> ResponseBody {
    let parts = stream::unfold((), move |()| async move {
        match pause.is_zero() {
            true => tokio::task::yield_now().await,
            false => sleep(pause).await,
        }
        Some((Ok(Frame::data(Bytes::from_static(&[0; 400]))), ()))
    });
    StreamBody::new(parts).boxed_unsync()
}

/// The response that a path asks for.
async fn answer(request: Request<Incoming>) -> Response<ResponseBody> {
    match request.uri().path() {
        "/endless" => Response::new(endless(Duration::ZERO)),
        "/slow" => Response::new(endless(SHORT * 4)),
        "/body" => {
            let read = PacedBody::new(request.into_body(), SHORT).collect().await;
            let mut response = Response::new(body::text(""));
            *response.status_mut() = if read.is_ok() { StatusCode::OK } else { StatusCode::REQUEST_TIMEOUT };
            response
        }
        _ => Response::new(body::text("short")),
    }
}

/// A connection, and what serves it.
fn connect(timeouts: Timeouts) -> (DuplexStream, JoinHandle<()>) {
    let (client, server) = duplex(4096);
    let stopping = Stopping::on_signals().expect("signals can be listened for");
    (client, tokio::spawn(serve(server, timeouts, answer, stopping)))
}

async fn ends(served: JoinHandle<()>) -> bool {
    timeout(PATIENCE, served).await.is_ok()
}

async fn ends_after(timeouts: Timeouts, said: &[u8]) -> bool {
    let (mut client, served) = connect(timeouts);
    client.write_all(said).await.expect("the server listens");
    ends(served).await
}

fn get(path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://baton{path}")).header("host", "baton").body(Empty::new()).expect("a request")
}

/// Sends a request in HTTP/1.1 or 2, and gives the response with what keeps the connection.
async fn ask(client: DuplexStream, version: u8, path: &str) -> (Response<Incoming>, Box<dyn Any>) {
    if version == 1 {
        let (mut sender, connection) = http1::handshake(TokioIo::new(client)).await.expect("a connection");
        tokio::spawn(async { _ = connection.await });
        return (sender.send_request(get(path)).await.expect("a response"), Box::new(sender));
    }
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(client));
    let (mut sender, connection) = handshake.await.expect("a connection");
    tokio::spawn(async { _ = connection.await });
    (sender.send_request(get(path)).await.expect("a response"), Box::new(sender))
}

#[tokio::test]
async fn a_head_has_its_time() {
    let timeouts = Timeouts { head: SHORT, ..NONE };
    for said in [&b""[..], b"GET / HTTP/1.1\r\nhost: ba", BEGINNING, &[BEGINNING, HALF_A_HEAD].concat()] {
        assert!(ends_after(timeouts, said).await, "{:?}", String::from_utf8_lossy(said));
    }
}

#[tokio::test]
async fn a_connection_without_a_request_has_its_time() {
    for version in [1, 2] {
        let (client, served) = connect(Timeouts { idle: SHORT, ..NONE });
        let (response, _connection) = ask(client, version, "/").await;
        assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), "short");
        assert!(ends(served).await, "HTTP/{version}");
    }
}

#[tokio::test]
async fn a_body_has_its_time() {
    let head = b"POST /body HTTP/1.1\r\nhost: baton\r\ncontent-length: 9\r\n\r\nx";
    let (mut client, _served) = connect(NONE);
    client.write_all(head).await.expect("the server listens");
    let mut answer = [0; 12];
    timeout(PATIENCE, client.read_exact(&mut answer)).await.expect("an answer in time").expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 408");

    let (client, _served) = connect(NONE);
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(client)).await.expect("a connection");
    tokio::spawn(async { _ = connection.await });
    let never = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let request = Request::post("http://baton/body").body(never).expect("a request");
    let response = timeout(PATIENCE, sender.send_request(request)).await.expect("an answer in time");
    assert_eq!(response.expect("an answer").status(), StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off() {
    for version in [1, 2] {
        let (client, served) = connect(Timeouts { write: SHORT, ..NONE });
        let (_response, _connection) = ask(client, version, "/endless").await;
        assert!(ends(served).await, "HTTP/{version}");
    }
    // One that doesn't even read from its connection.
    assert!(ends_after(Timeouts { write: SHORT, ..NONE }, b"GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await);
}

#[tokio::test]
async fn a_client_that_waits_for_more_is_not_cut_off() {
    for version in [1, 2] {
        let (client, served) = connect(Timeouts { write: SHORT, ..NONE });
        let (mut response, _connection) = ask(client, version, "/slow").await;
        for _ in 0..3 {
            response.body_mut().frame().await.expect("more").expect("a frame");
        }
        assert!(!served.is_finished(), "HTTP/{version}");
    }
}
