//! A client that may misbehave.

use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A test that waits for this long has failed.
const HOPELESS: Duration = Duration::from_secs(60);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// Asserts that it is an error in our form.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert!(body["error"].is_string(), "{self:?}");
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"), "{self:?}");
    }
}

/// A connection, in the hands of the test.
#[derive(Debug)]
pub(crate) struct Client<S = TcpStream> {
    pub(crate) stream: BufReader<S>,
    pub(crate) host: String,
}

impl Client {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap(), address.to_string())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn over(stream: S, host: String) -> Self {
        Self { stream: BufReader::new(stream), host }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends for as long as the other end wants it.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends a request with this line, these headers and no body.
    pub(crate) async fn ask(&mut self, line: &str, headers: &[(&str, &str)]) -> Answer {
        let mut head = format!("{line} HTTP/1.1\r\nhost: {}\r\n", self.host);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        self.send(head + "\r\n").await;
        self.answer().await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[]).await
    }

    /// The next answer. One without a length goes on to the end of the connection.
    pub(crate) async fn answer(&mut self) -> Answer {
        tokio::time::timeout(HOPELESS, self.read_answer()).await.expect("no answer")
    }

    async fn read_answer(&mut self) -> Answer {
        let (status, head) = self.head().await;
        let of = |name: &str| head.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone());
        let mut body = Vec::new();
        if of("transfer-encoding").is_some() {
            while let Some(chunk) = self.chunk().await {
                body.extend(chunk);
            }
        } else if let Some(length) = of("content-length") {
            body.resize(length.parse().unwrap(), 0);
            self.stream.read_exact(&mut body).await.unwrap();
        } else if status != 204 {
            self.stream.read_to_end(&mut body).await.unwrap();
        }
        Answer { status, head, body: String::from_utf8(body).unwrap() }
    }

    pub(crate) async fn head(&mut self) -> (u16, Vec<(String, String)>) {
        let first = self.line().await;
        let status = first.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {first:?}"));
        let mut head = Vec::new();
        loop {
            let line = self.line().await;
            let Some((name, value)) = line.split_once(": ") else { break };
            head.push((name.to_owned(), value.to_owned()));
        }
        (status.parse().unwrap(), head)
    }

    /// The next part of a body without a length; none at its end.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(&self.line().await, 16).unwrap();
        let mut chunk = vec![0; length + 2];
        self.stream.read_exact(&mut chunk).await.unwrap();
        chunk.truncate(length);
        (length > 0).then_some(chunk)
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line);
        tokio::time::timeout(HOPELESS, read).await.expect("no answer").unwrap();
        line.truncate(line.trim_end().len());
        line
    }

    /// What still comes until the other end closes.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let read = self.stream.read_to_end(&mut rest);
        // A reset is an end as well.
        let _ = tokio::time::timeout(HOPELESS, read).await.expect("the connection stays open");
        String::from_utf8(rest).unwrap()
    }
}
