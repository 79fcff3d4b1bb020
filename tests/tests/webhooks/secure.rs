//! A receiver with TLS, of the shop's own authority.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use baton_tests::{Json, Mode, Process, Scratch, Setup, eventually, free_port, on_own_app, on_spin, skipped, unique};
use serde_json::{Value, json};

use crate::{newest, webhook};

on_own_app!(its_authority_is_trusted_where_the_operator_says_so);

/// What answers every request by 200.
const SERVER: &str = "
import http.server, ssl, sys
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['content-length']))
        self.send_response(200)
        self.send_header('content-length', '0')
        self.end_headers()
server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Hook)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('leaf.pem', 'leaf.key')
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
";

/// An authority, and a certificate of it for `localhost`.
const CERTIFICATES: [&str; 3] = [
    "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=shop -addext basicConstraints=critical,CA:TRUE",
    "req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=localhost",
    "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 -extfile leaf.ext",
];

/// The server, its port and the file of its authority.
fn receiver(directory: &Path) -> Option<(Process, u16, PathBuf)> {
    std::fs::write(directory.join("leaf.ext"), "subjectAltName=DNS:localhost\n").ok()?;
    for arguments in CERTIFICATES {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments.split(' ')).current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null());
        openssl.status().ok().filter(std::process::ExitStatus::success)?;
    }
    let port = free_port();
    let mut python = Command::new("python3");
    python.args(["-c", SERVER, &port.to_string()]).current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null());
    let process = Process::spawn(&mut python).ok()?;
    eventually("the receiver listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    Some((process, port, directory.join("ca.pem")))
}

fn its_authority_is_trusted_where_the_operator_says_so(mode: Mode) {
    if on_spin() {
        return skipped(
            "webhooks to an authority of the shop's own",
            "Spin is told of it by its runtime configuration",
        );
    }
    let directory = Scratch::new();
    let Some((_process, port, authority)) = receiver(directory.path()) else {
        return skipped("webhooks to an authority of the shop's own", "there is no openssl, or no Python");
    };
    let host = format!("localhost:{port}");
    let tried = |setup: Setup| -> Value {
        let app = setup.variable("webhook_hosts", &host).start();
        let admin = app.user("admin");
        let (made, _) = webhook(&admin, &json!({ "url": format!("https://{host}/") }));
        app.seat().acquire(&unique::part());
        newest(&admin, &made, "it is tried", |newest| !newest.list("attempts").is_empty())["attempts"][0].clone()
    };
    let unknown = tried(Setup::new(mode));
    assert!(unknown["status"].is_null() && unknown.text("answer").contains("certificate"), "{unknown}");
    let known = tried(Setup::new(mode).argument("--ca-roots", authority.to_str().expect("a path")));
    assert_eq!(known["status"], 200, "{known}");
}
