//! As much of HTTP/1.1 as the program needs: one request on each connection.

use serde_json::{Value, json};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request that was read to its end.
#[derive(Debug)]
pub(super) struct Request {
    head: String,
    pub(super) body: Value,
}

impl Request {
    pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        loop {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let request =
                Self { head: String::from_utf8_lossy(&bytes[..end]).into_owned(), body: Value::Null };
            let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>);
            let length = length.map_err(io::Error::other)?;
            let mut body = bytes.split_off(end + 4);
            while body.len() < length {
                if stream.read_buf(&mut body).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
            return Ok(Self { body, ..request });
        }
    }

    /// Returns the method and the path.
    pub(super) fn target(&self) -> (&str, &str) {
        let mut words = self.head.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        (method, path.split('?').next().unwrap_or_default())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Answers with JSON.
pub(super) async fn answer(
    stream: &mut TcpStream,
    status: &str,
    headers: &[(&str, String)],
    body: &Value,
) -> io::Result<()> {
    let body = body.to_string();
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await?;
    stream.shutdown().await
}

/// Answers with a stream of events, of which only the first `most` come before the connection is reset.
pub(super) async fn answer_events(
    stream: &mut TcpStream,
    events: &[(&str, Value)],
    most: Option<usize>,
) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    for (name, data) in events.iter().take(most.unwrap_or(usize::MAX)) {
        let mut data = data.clone();
        data["type"] = json!(name);
        let event = format!("event: {name}\ndata: {data}\n\n");
        stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await?;
    }
    if most.is_none() {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    // Without the last chunk, the end of the connection is an error to who reads.
    stream.shutdown().await
}

/// Waits until the other side has gone.
pub(super) async fn gone(stream: &mut TcpStream) {
    let mut bytes = [0; 64];
    while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
}

/// Answers a request for nothing but the head.
pub(super) async fn answer_head(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
    stream.shutdown().await
}
