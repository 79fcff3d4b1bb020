//! A small Git LFS server for objects (git-lfs, `docs/api/batch.md`), which notes who shows it what.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// What it wants to be shown: `Basic` of `upstream:its-own-secret`.
pub const USER: &str = "upstream";
pub const PASSWORD: &str = "its-own-secret";
const CREDENTIALS: &str = "Basic dXBzdHJlYW06aXRzLW93bi1zZWNyZXQ=";

/// A server on a port of its own, which goes on until the tests end.
#[derive(Clone)]
pub struct Upstream {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: HashMap<String, Vec<u8>>,
    /// All headers of all requests.
    shown: Vec<String>,
    batches: usize,
}

struct Request {
    method: String,
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Upstream {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, state: Arc::default() };
        let serving = server.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.answer(connection));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/store", self.port)
    }

    /// The objects that have been uploaded.
    pub fn objects(&self) -> usize {
        self.state.lock().expect("nobody panics here").objects.len()
    }

    /// How many batches were asked for with its own credentials.
    pub fn batches(&self) -> usize {
        self.state.lock().expect("nobody panics here").batches
    }

    /// All headers that anybody has sent.
    pub fn shown(&self) -> String {
        self.state.lock().expect("nobody panics here").shown.join("\n")
    }

    fn answer(&self, mut connection: TcpStream) {
        let Some(request) = read(&connection) else { return };
        let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        self.state.lock().expect("nobody panics here").shown.extend(headers);
        let (status, body) = self.reply(&request);
        let challenge = if status == 401 { "WWW-Authenticate: Basic realm=\"upstream\"\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 {status} -\r\nContent-Type: application/vnd.git-lfs+json\r\nContent-Length: {}\r\n{challenge}\
             Connection: close\r\n\r\n",
            body.len()
        );
        // Whoever has gone doesn't want it any more.
        let _ = connection.write_all(&[head.into_bytes(), body].concat());
    }

    fn reply(&self, request: &Request) -> (u16, Vec<u8>) {
        let mut state = self.state.lock().expect("nobody panics here");
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/store/objects/batch") => {
                if request.headers.get("authorization").map(String::as_str) != Some(CREDENTIALS) {
                    return (401, json!({ "message": "whose?" }).to_string().into_bytes());
                }
                state.batches += 1;
                (200, self.batch(&request.body, &state).to_string().into_bytes())
            }
            ("PUT", path) => {
                state.objects.insert(path.to_owned(), request.body.clone());
                (200, Vec::new())
            }
            ("GET", path) => match state.objects.get(path) {
                Some(object) => (200, object.clone()),
                None => (404, Vec::new()),
            },
            _ => (404, Vec::new()),
        }
    }

    fn batch(&self, body: &[u8], state: &State) -> Value {
        let wanted: Value = serde_json::from_slice(body).expect("the body of the first request comes along");
        let operation = wanted["operation"].as_str().expect("an operation").to_owned();
        let objects = wanted["objects"].as_array().expect("objects").iter().map(|object| {
            let path = format!("/objects/{}", object["oid"].as_str().expect("an id"));
            let is_done = operation == "upload" && state.objects.contains_key(&path);
            let href = format!("http://127.0.0.1:{}{path}", self.port);
            let actions = if is_done { json!({}) } else { json!({ operation.as_str(): { "href": href } }) };
            json!({ "oid": object["oid"], "size": object["size"], "authenticated": true, "actions": actions })
        });
        json!({ "transfer": "basic", "objects": objects.collect::<Vec<_>>() })
    }
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(connection);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0).map(|_| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = HashMap::new();
    while let Some((name, value)) = line()?.split_once(": ") {
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}
