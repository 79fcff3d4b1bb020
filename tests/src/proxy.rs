//! A network between clients and a server, on which connections break.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;

use fastrand::Rng;

/// Passes bytes on, and cuts connections in the middle when it is told to.
pub struct Proxy {
    address: SocketAddr,
    ways: Arc<Ways>,
}

#[derive(Default)]
struct Ways {
    server: RwLock<String>,
    connections: Mutex<HashMap<u64, [TcpStream; 2]>>,
    /// Of a thousand pieces that pass, how many are the last of their connection, and only in part.
    cuts_of_thousand: AtomicU32,
    /// How many answers are to be lost from now on.
    replies_to_lose: AtomicU32,
    cut: AtomicU64,
    is_over: AtomicBool,
}

impl Proxy {
    /// Leads to the server at this address. The seed decides where connections are cut.
    pub fn start(server: &str, seed: u64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let ways = Arc::new(Ways::default());
        let proxy = Self { address, ways: Arc::clone(&ways) };
        proxy.leads_to(server);
        thread::spawn(move || accept(&listener, &ways, seed));
        proxy
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on connections lead to this address, or URL.
    pub fn leads_to(&self, server: &str) {
        let address = server.strip_prefix("http://").unwrap_or(server);
        address.clone_into(&mut self.ways.server.write().expect("no writer panics"));
    }

    /// Cuts every connection that there is.
    pub fn cut_all(&self) {
        let cut = std::mem::take(&mut *self.ways.connections.lock().expect("nobody panics here"));
        self.ways.cut.fetch_add(cut.len() as u64, Ordering::Relaxed);
        cut.into_values().for_each(hang_up);
    }

    /// From now on so many of a thousand pieces that pass are cut in the middle, and their connections with them.
    pub fn cut_of_thousand(&self, pieces: u32) {
        self.ways.cuts_of_thousand.store(pieces, Ordering::Relaxed);
    }

    /// The next answer is lost: the server has given it, and the client doesn't get any of it.
    pub fn lose_a_reply(&self) {
        self.ways.replies_to_lose.fetch_add(1, Ordering::Relaxed);
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> u64 {
        self.ways.cut.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ways.is_over.store(true, Ordering::Relaxed);
        // Wakes the one that accepts, so that it sees that.
        let _ = TcpStream::connect(self.address);
        self.cut_all();
    }
}

fn accept(listener: &TcpListener, ways: &Arc<Ways>, seed: u64) {
    for (number, client) in (0..).zip(listener.incoming()) {
        if ways.is_over.load(Ordering::Relaxed) {
            return;
        }
        let Ok(client) = client else { continue };
        let server = ways.server.read().expect("no writer panics").clone();
        // Where nobody listens the client is hung up on: it might have been refused as well.
        let Ok(server) = TcpStream::connect(server) else { continue };
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("a TCP socket");
        }
        let ends = [&client, &server].map(|stream| stream.try_clone().expect("a descriptor"));
        ways.connections.lock().expect("nobody panics here").insert(number, ends);
        for direction in [Direction::Asks, Direction::Answers] {
            let [client, server] = [&client, &server].map(|stream| stream.try_clone().expect("a descriptor"));
            let (from, to) = if direction == Direction::Asks { (client, server) } else { (server, client) };
            let rng = Rng::with_seed(seed ^ (number << 1) ^ u64::from(direction == Direction::Asks));
            let ways = Arc::clone(ways);
            thread::spawn(move || ways.pass(number, direction, from, to, rng));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Asks,
    Answers,
}

impl Ways {
    fn pass(&self, number: u64, direction: Direction, mut from: TcpStream, mut to: TcpStream, mut rng: Rng) {
        let mut piece = [0; 16 << 10];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let passes = self.how_much_passes(direction, length, &mut rng);
            if to.write_all(&piece[..passes]).is_err() {
                break;
            }
            if passes < length {
                self.cut.fetch_add(1, Ordering::Relaxed);
                break;
            }
        }
        // One direction that has ended ends the other: clients and servers here close both at once.
        if let Some(ends) = self.connections.lock().expect("nobody panics here").remove(&number) {
            hang_up(ends);
        }
    }

    fn how_much_passes(&self, direction: Direction, length: usize, rng: &mut Rng) -> usize {
        let one_less = |left: u32| left.checked_sub(1);
        let order = Ordering::Relaxed;
        if direction == Direction::Answers && self.replies_to_lose.fetch_update(order, order, one_less).is_ok() {
            return 0;
        }
        let is_cut = rng.u32(..1000) < self.cuts_of_thousand.load(Ordering::Relaxed);
        if is_cut { rng.usize(..length) } else { length }
    }
}

fn hang_up(ends: [TcpStream; 2]) {
    for end in ends {
        let _ = end.shutdown(Shutdown::Both);
    }
}
