//! The load generator: HTTP/1.1 over kept connections, one thread, as little work for a request as
//! possible, so that the machine is left to the server. It reads no more of an answer than its
//! status and its length.

use crate::Failure;
use memchr::memmem;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use uuid::Uuid;

/// A request in which ids can be replaced by others, in place.
#[derive(Debug, Clone)]
pub struct Request {
    bytes: Vec<u8>,
    slots: Vec<usize>,
}

/// Stands in a request where an id will be.
pub const SLOT: &str = "????????-????-????-????-????????????";

impl Request {
    pub fn new(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let mut text = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let slots = text.match_indices(SLOT).map(|(at, _)| at).collect();
        Request { bytes: text.into_bytes(), slots }
    }

    fn fill(&mut self, ids: &[Uuid]) {
        for (at, id) in self.slots.iter().zip(ids) {
            if let Some(slot) = self.bytes.get_mut(*at..at + SLOT.len()) {
                id.hyphenated().encode_lower(slot);
            }
        }
    }
}

/// Which ids the n-th request carries; `None` ends the run.
pub type Ids = Arc<dyn Fn(u64) -> Option<[Uuid; 2]> + Send + Sync>;

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Run {
    pub per_second: f64,
    /// Microseconds, sorted.
    latencies: Vec<u32>,
}

impl Run {
    pub fn count(&self) -> usize {
        self.latencies.len()
    }

    /// The latency that so many in a hundred don't exceed, in milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let at = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

/// Sends requests from so many connections for so long. Any other status than `wanted` ends it.
///
/// # Errors
/// The first answer that wasn't as wanted, or a connection that broke.
pub async fn load(
    address: SocketAddr,
    connections: u16,
    length: Duration,
    request: &Request,
    wanted: u16,
    ids: &Ids,
) -> Result<Run, Failure> {
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks: JoinSet<Result<Vec<u32>, Failure>> = JoinSet::new();
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let start = Instant::now();
    for mut connection in open {
        let (mut request, next, ids) = (request.clone(), Arc::clone(&next), Arc::clone(ids));
        tasks.spawn(async move {
            let mut latencies = Vec::with_capacity(4096);
            let mut sent = start;
            while sent.duration_since(start) < length {
                let Some(ids) = ids(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                request.fill(&ids);
                let status = connection.exchange(&request.bytes).await?;
                if status != wanted {
                    return Err(connection.complaint(status).into());
                }
                let done = Instant::now();
                latencies.push(u32::try_from((done - sent).as_micros()).unwrap_or(u32::MAX));
                sent = done;
            }
            Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = tasks.join_next().await {
        latencies.append(&mut done??);
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Ok(Run { per_second: latencies.len() as f64 / seconds, latencies })
}

/// The same request again and again from one connection, `times` times or for `length`.
pub async fn one_by_one(
    address: SocketAddr,
    request: &Request,
    wanted: u16,
    times: u64,
    length: Duration,
) -> Result<Run, Failure> {
    let ids: Ids = Arc::new(move |n| (n < times).then_some([Uuid::nil(); 2]));
    load(address, 1, length, request, wanted, &ids).await
}

/// One request, and its answer's body.
pub async fn ask(address: SocketAddr, request: &Request) -> Result<(u16, Vec<u8>), Failure> {
    let mut connection = Connection::open(address).await?;
    let status = connection.exchange(&request.bytes).await?;
    Ok((status, connection.body().to_vec()))
}

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    head: usize,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, buffer: vec![0; 16 * 1024], filled: 0, head: 0 })
    }

    pub async fn exchange(&mut self, request: &[u8]) -> Result<u16, Failure> {
        self.stream.write_all(request).await?;
        (self.filled, self.head) = (0, 0);
        let mut whole = None;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 4, 0);
            }
            let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.stream.read(free).await? {
                0 => return Err("the server hung up".into()),
                count => self.filled += count,
            }
            let seen = self.buffer.get(..self.filled).unwrap_or_default();
            if whole.is_none()
                && let Some(end) = memmem::find(seen, b"\r\n\r\n")
            {
                self.head = end + 4;
                whole = Some(self.head + body_length(seen.get(..end).unwrap_or_default())?);
            }
            if whole.is_some_and(|whole| self.filled >= whole) {
                let status = seen.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
                return Ok(status.and_then(|digits| digits.parse().ok()).unwrap_or(0));
            }
        }
    }

    fn body(&self) -> &[u8] {
        self.buffer.get(self.head..self.filled).unwrap_or_default()
    }

    fn complaint(&self, status: u16) -> String {
        format!("the server answered {status}: {}", String::from_utf8_lossy(self.body()))
    }
}

/// The length of a body, from the answer's head; lengths in chunks are not known here.
fn body_length(head: &[u8]) -> Result<usize, Failure> {
    let Some(at) = memmem::find(head, b"content-length: ") else {
        return match memmem::find(head, b"transfer-encoding") {
            Some(_) => Err("an answer in chunks, which this client doesn't read".into()),
            None => Ok(0),
        };
    };
    let digits = head.get(at + 16..).unwrap_or_default().split(|byte| *byte == b'\r').next().unwrap_or_default();
    Ok(std::str::from_utf8(digits)?.parse()?)
}
