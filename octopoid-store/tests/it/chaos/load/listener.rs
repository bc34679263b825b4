//! A reader of the feed as server-sent events, as any program might be: it comes back with the number of the last event
//! that it has as a whole.

use octopoid_core::model::Event;
use reqwest::{Client, Response};
use std::time::Duration;
use tokio::sync::watch;

/// How long the stream may be silent before it is taken for dead, at first and at most. It is given twice as long each time
/// until something comes: a server that is slow has its turn, however slow it is.
const SILENCE: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(10));
/// How often in a row a stream may bring nothing new where there is something.
const TRIES: usize = 20;

pub(crate) struct Listener {
    client: Client,
    url: String,
    /// Every event that came, in the order in which they came.
    pub(crate) read: Vec<Event>,
    /// How often the stream began.
    pub(crate) beginnings: u64,
    /// How long the stream may be silent at present.
    silence: Duration,
}

impl Listener {
    /// A reader of the stream at an address.
    pub(crate) fn new(url: String) -> Self {
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { client, url, read: Vec::new(), beginnings: 0, silence: SILENCE.0 }
    }

    /// The number of the last event.
    pub(crate) fn last(&self) -> u64 {
        self.read.last().map_or(0, |event| event.seq)
    }

    /// Reads until it has the event with the number that `end` says, whatever happens to the line.
    pub(crate) async fn follow(mut self, mut end: watch::Receiver<Option<u64>>) -> Self {
        let end = tokio::select! {
            end = end.wait_for(Option::is_some) => end.unwrap().expect("somebody says where the log ends"),
            () = self.listen() => unreachable!("it listens for ever"),
        };
        self.listen_until(end).await;
        // A request that was on its way for very long may have arrived after that.
        self.read.retain(|event| event.seq <= end);
        self
    }

    /// Reads for as long as it is let.
    async fn listen(&mut self) {
        loop {
            self.come_back(u64::MAX).await;
        }
    }

    /// Reads until it has the event with this number, which is there by now.
    pub(crate) async fn listen_until(&mut self, end: u64) {
        let (mut had, mut tries) = (self.last(), 0);
        while self.last() < end {
            assert!(tries < TRIES, "{}: nothing after {}, {tries} times", self.url, self.last());
            self.come_back(end).await;
            tries = if self.last() > had { 0 } else { tries + 1 };
            had = had.max(self.last());
        }
    }

    /// Asks for a stream once, and reads it.
    async fn come_back(&mut self, end: u64) {
        match self.connect().await {
            Some(response) => self.read_stream(response, end).await,
            None => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }

    /// A stream from a server that is there.
    pub(crate) async fn begin(&mut self) -> Response {
        for _ in 0..TRIES {
            if let Some(response) = self.connect().await {
                return response;
            }
        }
        panic!("{}: no stream begins", self.url);
    }

    /// A stream from the last event on, where one can be had.
    async fn connect(&mut self) -> Option<Response> {
        let request = self.client.get(&self.url).header("accept", "text/event-stream");
        let request = request.header("last-event-id", self.last().to_string());
        let response = self.unless_silent(request.send()).await?;
        assert_eq!(response.status(), 200);
        self.beginnings += 1;
        Some(response)
    }

    /// Reads until the stream ends, falls silent or has the event with this number. What came of an event that did not
    /// come as a whole is forgotten.
    pub(crate) async fn read_stream(&mut self, mut response: Response, end: u64) {
        let mut rest = Vec::new();
        while let Some(Some(chunk)) = self.unless_silent(response.chunk()).await {
            rest.extend_from_slice(&chunk);
            while let Some(length) = rest.windows(2).position(|two| two == b"\n\n") {
                let text: Vec<u8> = rest.drain(..length + 2).collect();
                self.take(std::str::from_utf8(&text).unwrap());
            }
            if self.last() >= end {
                return;
            }
        }
    }

    /// What comes, unless the line breaks or is silent for too long.
    async fn unless_silent<T>(&mut self, comes: impl Future<Output = reqwest::Result<T>>) -> Option<T> {
        let came = tokio::time::timeout(self.silence, comes).await;
        if came.is_err() {
            self.silence = (2 * self.silence).min(SILENCE.1);
        }
        came.ok()?.ok()
    }

    /// Takes one event as it stands in the stream.
    fn take(&mut self, text: &str) {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        match (field("event: "), field("data: ")) {
            (Some("ready"), Some(data)) => {
                let begins: serde_json::Value = serde_json::from_str(data).unwrap();
                assert_eq!(begins["after"].as_u64(), Some(self.last()), "{text}");
            }
            (Some(kind), Some(data)) => {
                let event: Event = serde_json::from_str(data).unwrap();
                assert_eq!((field("id: "), kind), (Some(&*event.seq.to_string()), event.kind.as_str()));
                self.read.push(event);
                self.silence = SILENCE.0;
            }
            _ => assert!(text.starts_with(':'), "{text}"),
        }
    }
}
