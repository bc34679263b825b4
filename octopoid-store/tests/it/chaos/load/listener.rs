//! A reader of the feed as server-sent events, as any program might be: it comes back with the number of the last event
//! that it has as a whole.

use octopoid_core::model::Event;
use reqwest::{Client, Response};
use std::time::Duration;
use tokio::sync::watch;

/// How long the stream may be silent before it is taken for dead.
const SILENCE: Duration = Duration::from_millis(300);

pub(crate) struct Listener {
    client: Client,
    url: String,
    /// Every event that came, in the order in which they came.
    pub(crate) read: Vec<Event>,
    /// How often the stream began.
    pub(crate) beginnings: u64,
    /// Whether it asks for what it does not have yet, as it should.
    pub(crate) remembers: bool,
}

impl Listener {
    /// A reader of the stream at an address.
    pub(crate) fn new(url: String) -> Self {
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        Self { client, url, read: Vec::new(), beginnings: 0, remembers: true }
    }

    /// The number of the last event.
    pub(crate) fn last(&self) -> u64 {
        self.read.last().map_or(0, |event| event.seq)
    }

    /// Reads until it has the event with the number that `end` says, whatever happens to the line.
    pub(crate) async fn follow(mut self, mut end: watch::Receiver<Option<u64>>) -> Self {
        let end = tokio::select! {
            end = end.wait_for(Option::is_some) => end.unwrap().expect("somebody says where the log ends"),
            () = self.listen_until(u64::MAX) => unreachable!("there is no such event"),
        };
        self.listen_until(end).await;
        // A request that was on its way for very long may have arrived after that.
        self.read.retain(|event| event.seq <= end);
        self
    }

    /// Reads until it has the event with this number.
    pub(crate) async fn listen_until(&mut self, end: u64) {
        while self.last() < end {
            match self.connect().await {
                Some(response) => self.read_stream(response, end).await,
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    /// A stream from the last event on, where one can be had.
    pub(crate) async fn connect(&mut self) -> Option<Response> {
        let after = if self.remembers { self.last() } else { 0 };
        let request = self.client.get(&self.url).header("accept", "text/event-stream");
        let request = request.header("last-event-id", after.to_string());
        let response = tokio::time::timeout(SILENCE, request.send()).await.ok()?.ok()?;
        assert_eq!(response.status(), 200);
        self.beginnings += 1;
        Some(response)
    }

    /// Reads until the stream ends, falls silent or has the event with this number. What came of an event that did not
    /// come as a whole is forgotten.
    pub(crate) async fn read_stream(&mut self, mut response: Response, end: u64) {
        let mut rest = Vec::new();
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout(SILENCE, response.chunk()).await {
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

    /// Takes one event as it stands in the stream.
    fn take(&mut self, text: &str) {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        match (field("event: "), field("data: ")) {
            (Some("ready"), Some(data)) => {
                let begins: serde_json::Value = serde_json::from_str(data).unwrap();
                let asked = if self.remembers { self.last() } else { 0 };
                assert_eq!(begins["after"].as_u64(), Some(asked), "{text}");
            }
            (Some(kind), Some(data)) => {
                let event: Event = serde_json::from_str(data).unwrap();
                assert_eq!((field("id: "), kind), (Some(&*event.seq.to_string()), event.kind.as_str()));
                self.read.push(event);
            }
            _ => assert!(text.starts_with(':'), "{text}"),
        }
    }
}
