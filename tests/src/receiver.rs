//! A receiver of webhooks, that a test plays.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its path, with the query.
    pub path: String,
    /// Its headers, by their names in lower case.
    pub headers: HashMap<String, String>,
    /// Its body.
    pub body: String,
    /// When it had come.
    pub at: Instant,
}

impl Received {
    /// The body as a document.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// A header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What a receiver does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Answers with a status and a body.
    Status(u16, String),
    /// Answers after a while.
    Late(Duration, u16),
    /// Sends these bytes, and then nothing more for a minute.
    Hang(Vec<u8>),
    /// Sends these bytes again and again, with a pause between them, as long as anybody reads.
    Drip(Vec<u8>, Vec<u8>, Duration),
    /// Breaks the connection off.
    BreakOff,
}

impl Reply {
    /// 204.
    pub fn ok() -> Self {
        Self::Status(204, String::new())
    }
}

type Behaviour = dyn Fn(&Received, usize) -> Reply + Send + Sync;

/// What has come to a receiver.
#[derive(Default)]
struct Kept {
    requests: Vec<Received>,
    count: usize,
    forgets: bool,
}

impl Kept {
    /// Notes a request; how many came before it.
    fn note(&mut self, request: &Received) -> usize {
        if !self.forgets {
            self.requests.push(request.clone());
        }
        self.count += 1;
        self.count - 1
    }
}

/// A server that keeps what it is sent.
pub struct Receiver {
    address: String,
    received: Arc<Mutex<Kept>>,
    connections: Arc<Mutex<usize>>,
    behaviour: Arc<Mutex<Arc<Behaviour>>>,
}

impl Receiver {
    /// One that takes everything.
    pub fn start() -> Self {
        Self::that(|_, _| Reply::ok())
    }

    /// The same as [`Receiver::that`], without keeping anything: `behaviour` does, for as long as it lasts.
    pub fn forgetting(behaviour: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        let receiver = Self::that(behaviour);
        receiver.received.lock().expect("nobody panics here").forgets = true;
        receiver
    }

    /// One that does with each request, of which so many have come before it, what `behaviour` says.
    pub fn that(behaviour: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let receiver = Self {
            address: listener.local_addr().expect("an address").to_string(),
            received: Arc::default(),
            connections: Arc::default(),
            behaviour: Arc::new(Mutex::new(Arc::new(behaviour))),
        };
        let (received, connections) = (Arc::clone(&receiver.received), Arc::clone(&receiver.connections));
        let behaviour = Arc::clone(&receiver.behaviour);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                *connections.lock().expect("nobody panics here") += 1;
                let (received, behaviour) = (Arc::clone(&received), Arc::clone(&behaviour));
                thread::spawn(move || serve(stream, &received, &behaviour));
            }
        });
        receiver
    }

    /// From now on it does this.
    pub fn does(&self, behaviour: impl Fn(&Received, usize) -> Reply + Send + Sync + 'static) {
        *self.behaviour.lock().expect("nobody panics here") = Arc::new(behaviour);
    }

    /// `127.0.0.1:PORT`
    pub fn host(&self) -> &str {
        &self.address
    }

    /// Its port.
    pub fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap_or_default()
    }

    /// `http://127.0.0.1:PORT` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What has come so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("nobody panics here").requests.clone()
    }

    /// How often somebody has connected.
    pub fn connections(&self) -> usize {
        *self.connections.lock().expect("nobody panics here")
    }
}

/// Serves one connection, one request after the other.
fn serve(stream: TcpStream, received: &Mutex<Kept>, behaviour: &Mutex<Arc<Behaviour>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let before = received.lock().expect("nobody panics here").note(&request);
        let behaviour = Arc::clone(&behaviour.lock().expect("nobody panics here"));
        if answer(reader.get_mut(), behaviour(&request, before)).is_none() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => _ = headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        }
    }
    let body = if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        chunks(reader)?
    } else {
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        body
    };
    Some(Received { path, headers, body: String::from_utf8(body).ok()?, at: Instant::now() })
}

fn chunks(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let (mut body, mut line) = (Vec::new(), String::new());
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut chunk = vec![0; length + 2];
        reader.read_exact(&mut chunk).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

/// None where the connection is over.
fn answer(stream: &mut TcpStream, reply: Reply) -> Option<()> {
    match reply {
        Reply::Status(status, body) => whole(stream, status, &body),
        Reply::Late(pause, status) => {
            thread::sleep(pause);
            whole(stream, status, "")
        }
        Reply::Hang(bytes) => {
            stream.write_all(&bytes).ok()?;
            thread::sleep(Duration::from_secs(60));
            None
        }
        Reply::Drip(first, again, pause) => {
            stream.write_all(&first).ok()?;
            loop {
                stream.write_all(&again).ok()?;
                thread::sleep(pause);
            }
        }
        Reply::BreakOff => None,
    }
}

fn whole(stream: &mut TcpStream, status: u16, body: &str) -> Option<()> {
    let location = if status / 100 == 3 { "location: http://127.0.0.1:1/elsewhere\r\n" } else { "" };
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    write!(stream, "HTTP/1.1 {status} Whatever\r\n{location}{length}\r\n{body}").ok()
}
