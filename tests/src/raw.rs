//! Clients that misbehave: a connection on which anything can be said, at any speed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

use crate::App;

/// A connection to the server.
pub struct Raw {
    stream: TcpStream,
}

impl Raw {
    /// Connects.
    pub fn connect(app: &App) -> Self {
        let url = app.url();
        let address = url.strip_prefix("http://").expect("the URL is plain HTTP");
        let stream = TcpStream::connect(address).expect("the server accepts connections");
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a TCP socket");
        Self { stream }
    }

    /// Sends these bytes. The server may have closed the connection.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Sends the head of a request that asks to close the connection after the answer.
    pub fn head(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> bool {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: baton\r\nconnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.send(head.as_bytes())
    }

    /// Sends these bytes one by one, with a pause after each.
    pub fn trickle(&mut self, bytes: &[u8], pause: Duration) {
        for byte in bytes {
            assert!(self.send(&[*byte]), "the server did not wait for the slow client");
            thread::sleep(pause);
        }
    }

    /// Sends these bytes while reading what comes, and returns what came: a server may answer before it has read all.
    pub fn send_and_read(self, bytes: Vec<u8>) -> (u16, String) {
        let mut writer = self.stream.try_clone().expect("a TCP socket");
        let sending = thread::spawn(move || drop(writer.write_all(&bytes)));
        let answer = self.read();
        sending.join().expect("the sender does not panic");
        answer
    }

    /// Says that nothing more will be sent.
    pub fn end(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads until the server closes the connection: the status (0 without an answer) and all that came.
    pub fn read(mut self) -> (u16, String) {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        // An error, such as a reset after the answer, ends the answer like its end does.
        while let Ok(length @ 1..) = self.stream.read(&mut chunk) {
            bytes.extend_from_slice(&chunk[..length]);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, text)
    }
}
