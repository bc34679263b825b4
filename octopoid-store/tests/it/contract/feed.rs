//! The feed of events.

use super::keys::key;
use super::setting::Setting;
use crate::chaos::proxy::{Cut, Proxy};
use octopoid_core::model::{NewTask, Scope};
use octopoid_core::store::{KeyStore, TaskStore};
use octopoid_store::server::Access;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::Duration;

async fn listen(s: &Setting, query: &str, after: Option<u64>) -> Response {
    let mut request =
        s.request(Method::GET, &format!("/api/v1/events{query}")).header("accept", "text/event-stream");
    if let Some(after) = after {
        request = request.header("last-event-id", after.to_string());
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

/// Reads until so many events came.
async fn events(response: &mut Response, many: usize) -> Vec<Value> {
    let mut text = String::new();
    loop {
        let found: Vec<Value> = text
            .split_inclusive("\n\n")
            .filter(|event| event.ends_with("\n\n"))
            .filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")))
            .map(|data| serde_json::from_str(data).unwrap())
            .filter(|event: &Value| event["seq"].is_u64())
            .collect();
        if found.len() >= many {
            return found;
        }
        let chunk = response.chunk().await.unwrap().expect("more to come");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

async fn create(s: &Setting, many: usize) {
    for number in 0..many {
        s.post("/api/v1/tasks", json!({ "title": format!("Number {number}") })).await.with(201);
    }
}

fn numbers(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn whoever_was_away_misses_nothing() {
    let s = Setting::new().await;
    create(&s, 1).await;
    let mut first = listen(&s, "", Some(0)).await;
    assert_eq!(numbers(&events(&mut first, 1).await), [1]);
    create(&s, 2).await;
    assert_eq!(numbers(&events(&mut first, 2).await), [2, 3]);
    drop(first);
    create(&s, 3).await;
    let mut again = listen(&s, "", Some(3)).await;
    assert_eq!(numbers(&events(&mut again, 3).await), [4, 5, 6]);
    create(&s, 1).await;
    assert_eq!(numbers(&events(&mut again, 1).await), [7]);
    let page = s.get("/api/v1/events?after=2&limit=3").await.with(200);
    assert_eq!((numbers(page["events"].as_array().unwrap()), &page["last"]), (vec![3, 4, 5], &json!(7)));
}

/// The numbers of the events that come, until the line breaks or there are so many in all.
async fn follow(response: &mut Response, numbers: &mut Vec<u64>, many: usize) {
    let mut rest = Vec::new();
    while numbers.len() < many {
        let Ok(Some(chunk)) = response.chunk().await else { return };
        rest.extend_from_slice(&chunk);
        // An event counts when it is whole.
        while let Some(end) = rest.windows(2).position(|bytes| bytes == b"\n\n") {
            let event: Vec<u8> = rest.drain(..end + 2).collect();
            let text = String::from_utf8(event).unwrap();
            let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or("{}");
            let event: Value = serde_json::from_str(data).unwrap();
            if let Some(seq) = event["seq"].as_u64() {
                assert!(text.starts_with(&format!("id: {seq}\n")), "{text}");
                numbers.push(seq);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_away_for_thousands_of_events_misses_none_while_more_come() {
    const BEFORE: usize = 6000;
    const MEANWHILE: usize = 500;
    let s = Setting::new().await;
    // The server begins to keep events with its first listener, and keeps fewer than that.
    let early = listen(&s, "", Some(0)).await;
    let create = async |many: usize| {
        for number in 0..many {
            s.store.create_task(NewTask::new(format!("Number {number}"), "Do it.")).await.unwrap();
        }
    };
    create(BEFORE).await;
    let mut late = listen(&s, "", Some(0)).await;
    let mut numbers = Vec::new();
    tokio::join!(follow(&mut late, &mut numbers, BEFORE + MEANWHILE), create(MEANWHILE));
    assert!(numbers.iter().copied().eq(1..=(BEFORE + MEANWHILE) as u64), "{}", numbers.len());
    drop(early);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_over_a_line_that_breaks_has_every_event_once() {
    const EVENTS: usize = 2000;
    let s = Setting::new().await;
    let server = s.url.strip_prefix("http://").unwrap().to_owned();
    let proxy = Proxy::start(server.parse().unwrap(), 11);
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let reading = async {
        let (mut numbers, mut connections) = (Vec::new(), 0);
        while numbers.len() < EVENTS {
            let request = client
                .get(format!("http://{}/api/v1/events", proxy.address()))
                .header("host", &server)
                .header("accept", "text/event-stream")
                .header("last-event-id", numbers.last().copied().unwrap_or(0_u64).to_string());
            let Ok(mut response) = request.send().await else { continue };
            connections += 1;
            follow(&mut response, &mut numbers, EVENTS).await;
        }
        (numbers, connections)
    };
    let writing = async {
        for number in 0..EVENTS {
            s.store.create_task(NewTask::new(format!("Number {number}"), "Do it.")).await.unwrap();
            // In the middle of what is sent, and between it.
            if number % 100 == 50 {
                proxy.cut(Cut::Refuse).await;
                proxy.heal();
            }
            tokio::task::yield_now().await;
        }
    };
    let ((numbers, connections), ()) = tokio::join!(reading, writing);
    assert!(numbers.iter().copied().eq(1..=EVENTS as u64), "{numbers:?}");
    assert!(connections > 1, "{connections}");
}

#[tokio::test]
async fn a_feed_may_be_of_one_task_or_scope() {
    let s = Setting::new().await;
    let mut one = listen(&s, "?task_id=task-2", Some(0)).await;
    let mut other = listen(&s, "?scope=other", Some(0)).await;
    let mut all = listen(&s, "?scope=*", Some(0)).await;
    create(&s, 3).await;
    s.post("/api/v1/tasks", json!({ "title": "Elsewhere", "scope": "other" })).await.with(201);
    assert_eq!(numbers(&events(&mut one, 1).await), [2]);
    assert_eq!(numbers(&events(&mut other, 1).await), [4]);
    assert_eq!(numbers(&events(&mut all, 4).await), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_feed_ends_with_the_key_that_opened_it() {
    let s = Setting::with(|server| server.with_access(Access::Keys)).await;
    let scope = Scope::single();
    let (mine, other) = (key(&s, "default").await, key(&s, "default").await);
    let mut feeds = Vec::new();
    for key in [&mine, &other] {
        let request = s.request(Method::GET, "/api/v1/events").header("accept", "text/event-stream");
        let mut feed = request.bearer_auth(key).header("last-event-id", "0").send().await.unwrap();
        assert!(feed.chunk().await.unwrap().is_some());
        feeds.push(feed);
    }
    let create = async |title: &str| s.store.create_task(NewTask::new(title, "Do it.")).await.unwrap();
    create("Seen by both").await;
    for feed in &mut feeds {
        assert_eq!(numbers(&events(feed, 1).await), [1]);
    }
    s.store.revoke_key("key-1").await.unwrap();
    s.clock.advance(Duration::from_secs(2));
    create("Seen by one").await;
    assert_eq!(numbers(&events(&mut feeds[1], 1).await), [2]);
    let mut rest = Vec::new();
    while let Ok(Some(chunk)) = feeds[0].chunk().await {
        rest.extend_from_slice(&chunk);
    }
    assert_eq!(String::from_utf8(rest).unwrap(), "", "nothing is sent any more");
    // Whoever came in without a key stays only as long as nobody needs one.
    let s = Setting::new().await;
    let mut feed = listen(&s, "", Some(0)).await;
    assert!(feed.chunk().await.unwrap().is_some());
    key(&s, "default").await;
    s.clock.advance(Duration::from_secs(2));
    s.store.create_task(NewTask::new("Not for anybody", "Do it.").with_scope(scope)).await.unwrap();
    while let Ok(Some(chunk)) = feed.chunk().await {
        assert!(!chunk.starts_with(b"id:"), "{}", chunk.escape_ascii());
    }
}

#[tokio::test]
async fn a_feed_ends_when_the_server_stops() {
    let s = Setting::new().await;
    let mut feed = listen(&s, "", None).await;
    let first = feed.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"retry: 1000\nevent: ready\ndata: {\"after\":0}\n\n"));
    s.shutdown.trigger();
    while let Ok(Some(_)) = feed.chunk().await {}
}
