//! A small HTTP server that says back what it was told.

use super::message::Head;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};

/// The server: what it was told, and what its endless answers say.
#[derive(Debug, Clone)]
pub(super) struct Echo {
    pub(super) address: SocketAddr,
    seen: watch::Sender<Vec<String>>,
    stream: broadcast::Sender<String>,
}

impl Echo {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let echo = Self { address, seen: watch::Sender::default(), stream: broadcast::Sender::new(16) };
        let serving = echo.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(client));
            }
        });
        echo
    }

    /// The bodies of the requests that arrived whole.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.borrow().clone()
    }

    /// Completes once so many requests arrived.
    pub(super) async fn saw(&self, number: usize) {
        self.seen.subscribe().wait_for(|seen| seen.len() >= number).await.unwrap();
    }

    /// Says something on every endless answer, once there is one.
    pub(super) async fn say(&self, text: &str) {
        while self.stream.send(text.to_owned()).is_err() {
            tokio::task::yield_now().await;
        }
    }

    /// Completes once nobody listens to an endless answer.
    pub(super) async fn left_alone(&self) {
        while self.stream.receiver_count() > 0 {
            let _ = self.stream.send("still there?".to_owned());
            tokio::task::yield_now().await;
        }
    }

    async fn serve(self, mut client: TcpStream) {
        let mut bytes = Vec::new();
        loop {
            let Some(head) = Head::read(&bytes) else {
                match client.read_buf(&mut bytes).await {
                    Ok(read) if read > 0 => continue,
                    _ => return,
                }
            };
            let mut body = head.request_body();
            let length = head.length + body.take(&bytes[head.length..]);
            if !body.is_done() {
                match client.read_buf(&mut bytes).await {
                    Ok(read) if read > 0 => continue,
                    _ => return,
                }
            }
            let text = String::from_utf8_lossy(&bytes[head.length..length]).into_owned();
            bytes.drain(..length);
            self.seen.send_modify(|seen| seen.push(text.clone()));
            let answer = match head.text.split(' ').nth(1) {
                Some("/stream") => return self.stream_to(client).await,
                Some("/chunked") => {
                    let size = text.len();
                    format!(
                        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{size:x}\r\n{text}\r\n0\r\n\r\n"
                    )
                }
                _ => {
                    let early = "HTTP/1.1 100 Continue\r\n\r\n";
                    format!("{early}HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len())
                }
            };
            if client.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    async fn stream_to(&self, mut client: TcpStream) {
        let mut stream = self.stream.subscribe();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        let _ = client.write_all(head.as_bytes()).await;
        while let Ok(text) = stream.recv().await {
            let chunk = format!("{:x}\r\n{text}\r\n", text.len());
            if client.write_all(chunk.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}
