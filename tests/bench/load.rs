//! The load: connections that stay open and ask again as soon as they are answered.
//!
//! It shares the machine with the server, so it does little: requests are made of prepared bytes,
//! and of an answer only the status and the length are looked at.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Makes the bytes of the next request.
pub(crate) trait Requests: Clone + Send + 'static {
    /// Writes a whole request into an empty buffer.
    fn next(&mut self, request: &mut Vec<u8>);
    /// The status that every answer must have.
    fn expected_status(&self) -> u16;
    /// Whether there is another one.
    fn has_more(&self) -> bool {
        true
    }
    /// Whether every request gets a connection of its own.
    fn reconnects(&self) -> bool {
        false
    }
}

/// Requests made ahead, one after the other, and then from the beginning again.
#[derive(Clone)]
pub(crate) struct Prepared {
    requests: Arc<[Vec<u8>]>,
    next: usize,
    status: u16,
    reconnects: bool,
}

impl Prepared {
    /// For so many connections, each of which begins at another place.
    pub(crate) fn on(
        connections: usize,
        requests: impl Into<Arc<[Vec<u8>]>>,
        status: u16,
    ) -> Vec<Self> {
        let requests = requests.into();
        let apart = (requests.len() / connections).max(1);
        (0..connections)
            .map(|number| Self {
                requests: requests.clone(),
                next: number * apart % requests.len(),
                status,
                reconnects: false,
            })
            .collect()
    }

    /// Every request on a connection of its own.
    pub(crate) fn reconnecting(self) -> Self {
        Self {
            reconnects: true,
            ..self
        }
    }
}

impl Requests for Prepared {
    fn next(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(&self.requests[self.next]);
        self.next = (self.next + 1) % self.requests.len();
    }

    fn expected_status(&self) -> u16 {
        self.status
    }

    fn reconnects(&self) -> bool {
        self.reconnects
    }
}

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Asks until there is no more to ask; how long that took.
pub(crate) async fn finish<R: Requests>(origin: &str, each: Vec<R>) -> Result<Duration> {
    let started = Instant::now();
    run(origin, each, Duration::from_hours(1)).await?;
    Ok(started.elapsed())
}

/// What a round of load measured.
pub(crate) struct Measured {
    /// Answers per second.
    pub(crate) per_second: f64,
    /// The time that half of the answers, and 99 % of them, took at most.
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// Asks on so many connections at once for so long. Each gets the requests of one element.
pub(crate) async fn run<R: Requests>(
    origin: &str,
    each: Vec<R>,
    length: Duration,
) -> Result<Measured> {
    let address = origin.trim_start_matches("http://").to_owned();
    let mut streams = Vec::new();
    for requests in each {
        let stream = TcpStream::connect(&address).await?;
        stream.set_nodelay(true)?;
        streams.push((stream, requests));
    }
    let started = Instant::now();
    let mut connections = JoinSet::new();
    for (stream, requests) in streams {
        connections.spawn(ask(stream, requests, started + length));
    }
    let mut times = Vec::new();
    while let Some(connection) = connections.join_next().await {
        times.extend(connection??);
    }
    let elapsed = started.elapsed();
    ensure!(!times.is_empty(), "nothing was answered in {elapsed:?}");
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Ok(Measured {
        per_second: times.len() as f64 / elapsed.as_secs_f64(),
        p50: at(0.5),
        p99: at(0.99),
    })
}

/// One connection until the deadline: how long each answer took.
async fn ask<R: Requests>(
    mut stream: TcpStream,
    mut requests: R,
    deadline: Instant,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    let mut request = Vec::new();
    let mut answer = Vec::new();
    let status = requests.expected_status();
    let address = stream.peer_addr()?;
    while Instant::now() < deadline && requests.has_more() {
        request.clear();
        requests.next(&mut request);
        let asked = Instant::now();
        if requests.reconnects() {
            stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
        }
        stream.write_all(&request).await?;
        let found = read_answer(&mut stream, &mut answer).await?;
        times.push(asked.elapsed());
        if found != status {
            bail!(
                "answered {found} to {}: {}",
                first_line(&request),
                String::from_utf8_lossy(&answer)
            );
        }
    }
    Ok(times)
}

/// Reads one answer with a `Content-Length`: its status.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<u16> {
    answer.clear();
    let head = loop {
        if let Some(head) = find(answer, b"\r\n\r\n") {
            break head;
        }
        ensure!(stream.read_buf(answer).await? > 0, "the server hung up");
    };
    let text = std::str::from_utf8(&answer[..head])?;
    let status = text.get(9..12).context("a status line")?.parse()?;
    let length: usize = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        // A 204 has none.
        .map_or(Ok(0), |(_, length)| length.parse())?;
    while answer.len() < head + 4 + length {
        ensure!(stream.read_buf(answer).await? > 0, "the server hung up");
    }
    Ok(status)
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn first_line(request: &[u8]) -> String {
    String::from_utf8_lossy(request)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
