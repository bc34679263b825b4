//! Many connections, each with one request at a time: as lean as a client can be, so that the server is measured.

use crate::Measured;
use crate::operation::{Held, Operation, lives};
use crate::server;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The whole life of some tasks, request by request.
pub(crate) fn life(connections: usize, tasks: usize) -> Vec<Measured> {
    let server = server::start();
    life_at(server.address, connections, tasks)
}

/// The same, on a server that has no tasks yet.
pub(crate) fn life_at(address: SocketAddr, connections: usize, tasks: usize) -> Vec<Measured> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (warm_up, measured, held) = lives(tasks);
    let held: Arc<Held> = held.into();
    let life = |tasks: Range<usize>| {
        let run = |operation| runtime.block_on(run(operation, address, connections, tasks.clone(), &held));
        Operation::ALL.into_iter().map(run).collect()
    };
    let _: Vec<Measured> = life(warm_up);
    life(measured)
}

pub(crate) async fn run(
    operation: Operation,
    address: SocketAddr,
    connections: usize,
    tasks: Range<usize>,
    held: &Arc<Held>,
) -> Measured {
    let next = Arc::new(AtomicUsize::new(tasks.start));
    let mut open = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await.expect("connected");
        stream.set_nodelay(true).expect("without delay");
        open.push(stream);
    }
    let start = Instant::now();
    let callers: Vec<_> = open
        .into_iter()
        .map(|stream| tokio::spawn(call(operation, stream, Arc::clone(&next), tasks.end, Arc::clone(held))))
        .collect();
    let mut times = Vec::with_capacity(tasks.len());
    for caller in callers {
        times.extend(caller.await.expect("a caller"));
    }
    Measured { rate: tasks.len() as f64 / start.elapsed().as_secs_f64(), times }
}

async fn call(
    operation: Operation,
    mut stream: TcpStream,
    next: Arc<AtomicUsize>,
    end: usize,
    held: Arc<Held>,
) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut buffer = Vec::with_capacity(8192);
    let port = stream.peer_addr().expect("an address").port();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return times;
        }
        let (path, body) = operation.request(number, &held);
        let name = operation.name();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\nIdempotency-Key: {name}-{number}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("sent");
        let status = answer(&mut stream, &mut buffer).await;
        times.push(began.elapsed());
        if matches!(operation, Operation::Claim) {
            held[number].set(id_in(&buffer).to_owned()).expect("claimed once");
        }
        assert!(status == 200 || status == 201, "{name}: {status}: {}", String::from_utf8_lossy(&buffer));
    }
}

/// Reads a path once for each time it is to be measured; returns how long each took, and the bytes of the last answer.
pub(crate) async fn reads(address: SocketAddr, path: &str, times: usize) -> (Vec<Duration>, usize) {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.set_nodelay(true).expect("without delay");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", address.port());
    let (mut taken, mut buffer) = (Vec::with_capacity(times), Vec::new());
    for _ in 0..times {
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("sent");
        let status = answer(&mut stream, &mut buffer).await;
        taken.push(began.elapsed());
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&buffer));
    }
    (taken, buffer.len())
}

/// The task in an answer: its id comes first.
fn id_in(answer: &[u8]) -> &str {
    let text = std::str::from_utf8(answer).expect("text");
    let start = text.find(r#"{"id":""#).expect("a task") + 7;
    text[start..].split('"').next().expect("an id")
}

/// Reads one answer and gives its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        let came = stream.read_buf(buffer).await.expect("answered");
        assert!(came > 0, "the server closed the connection");
        let text = str::from_utf8(buffer).expect("text");
        let Some(head) = text.find("\r\n\r\n") else { continue };
        let text = &text[..head];
        let mut fields = text.lines().filter_map(|line| line.split_once(": "));
        let length = fields
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, length)| length.parse().ok());
        let length: usize = length.unwrap_or(0);
        let status = text[9..12].parse().expect("a status");
        while buffer.len() < head + 4 + length {
            let came = stream.read_buf(buffer).await.expect("answered");
            assert!(came > 0, "the server closed the connection");
        }
        return status;
    }
}
