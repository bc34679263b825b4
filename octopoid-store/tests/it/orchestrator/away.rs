//! A server that says nothing of use: it no longer takes the key, is broken, or something else answers in its place.

use super::setting::{NEVER, Setting, UNTROUBLED, settled, wait_for, warns};
use octopoid_core::model::Queue;
use octopoid_core::store::ErrorKind;
use octopoid_store::HttpStore;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[tokio::test(flavor = "multi_thread")]
async fn i09_a_result_waits_for_the_key_that_replaces_a_rotated_one() {
    let s = Setting::new().await;
    let key = s.key().await;
    let present = Arc::new(Mutex::new(key.clone()));
    let source = Arc::clone(&present);
    let options = s.options(&key).with_key_source(move || Some(source.lock().unwrap().clone()));
    let orchestrator = s.orchestrator(options).await;
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let id = s.enqueue("Patience").await;
    let running = tokio::spawn(orchestrator.run());
    s.gate.somebody().await;
    let other = s.key().await;
    // The loop learns of it, says so and goes on; so does the run when its agent has finished.
    wait_for(&mut events, |notice| warns(notice, "the queue is away")).await;
    s.gate.open();
    let status = s.repository.path().join(".octopoid/runtime/status.json");
    tokio::time::timeout(NEVER, async {
        while !std::fs::read_to_string(&status)
            .is_ok_and(|text| text.contains("waits for the queue: Invalid API key"))
        {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("status says what the result waits for");
    assert!(!running.is_finished());
    *present.lock().unwrap() = other;
    wait_for(&mut events, |notice| settled(notice, Queue::Done)).await;
    assert_eq!((s.history(&id).await, s.implemented()), (UNTROUBLED.to_vec(), 1));
    handle.drain();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_a_result_that_waited_is_handed_in_by_the_next_start() {
    let s = Setting::new().await;
    let key = s.key().await;
    let orchestrator = s.orchestrator(s.options(&key)).await;
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let id = s.enqueue("Patience").await;
    let running = tokio::spawn(orchestrator.run());
    s.gate.somebody().await;
    let other = s.key().await;
    wait_for(&mut events, |notice| warns(notice, "the queue is away")).await;
    s.gate.open();
    wait_for(&mut events, |notice| matches!(notice, octopoid_core::orchestrator::Notice::Step { .. })).await;
    // Stopping does not wait for a queue that may never come back.
    handle.stop();
    tokio::time::timeout(NEVER, running).await.expect("it ends").unwrap().unwrap();
    assert_eq!(s.task(&id).await.queue(), Queue::Claimed);
    let again = s.orchestrator(s.options(&other)).await;
    again.run_until_idle().await.unwrap();
    assert_eq!((s.history(&id).await, s.implemented()), (UNTROUBLED.to_vec(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_a_result_waits_while_something_else_answers() {
    let page = "<html><body>This site cannot be reached</body></html>";
    let broken = r#"{"error":"something went wrong","code":"internal","details":null,"request_id":"1"}"#;
    for (status, kind, body) in [
        ("404 Not Found", "text/html", page),
        ("403 Forbidden", "text/html", page),
        ("302 Found", "text/html", page),
        ("200 OK", "text/html", page),
        ("500 Internal Server Error", "application/json", broken),
    ] {
        let s = Setting::new().await;
        let key = s.key().await;
        let orchestrator = s.orchestrator(s.options(&key)).await;
        let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
        let id = s.enqueue("Patience").await;
        let running = tokio::spawn(orchestrator.run());
        s.gate.somebody().await;
        let stranger = Stranger::start(status, kind, body).await;
        s.redirect(stranger.address).await;
        s.gate.open();
        tokio::time::timeout(NEVER, stranger.asked.notified()).await.expect("the result is handed in");
        wait_for(&mut events, |notice| warns(notice, "the queue is away")).await;
        assert!(!running.is_finished(), "{status}");
        s.redirect(s.server).await;
        wait_for(&mut events, |notice| settled(notice, Queue::Done)).await;
        assert_eq!((s.history(&id).await, s.implemented()), (UNTROUBLED.to_vec(), 1), "{status}");
        handle.drain();
        running.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_said_at_once_when_it_starts() {
    let s = Setting::new().await;
    let key = s.key().await;
    let orchestrator = s.orchestrator(s.options(&key)).await;
    let other = s.key().await;
    // The server looks for keys that others changed now and then.
    let refused = async {
        loop {
            match HttpStore::connect(s.options(&key)).await {
                Err(error) => return error,
                Ok(_) => tokio::task::yield_now().await,
            }
        }
    };
    let refused = tokio::time::timeout(NEVER, refused).await.unwrap();
    assert_eq!(*refused.kind(), ErrorKind::Unauthorized);
    let ended = tokio::time::timeout(NEVER, orchestrator.run()).await.expect("it ends at once");
    let error = ended.unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("Invalid API key"), "{why}");
    s.orchestrator(s.options(&other)).await;
}

/// Something that answers every request alike, and remembers when a command on a task came.
struct Stranger {
    address: SocketAddr,
    asked: Arc<Notify>,
}

impl Stranger {
    async fn start(status: &'static str, kind: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Notify::new());
        let notify = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let notify = Arc::clone(&notify);
                tokio::spawn(async move {
                    let mut head = [0; 16 * 1024];
                    let read = stream.read(&mut head).await.unwrap_or_default();
                    if head[..read].windows(9).any(|part| part == b"/commands") {
                        notify.notify_one();
                    }
                    let length = body.len();
                    let answer = format!(
                        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, asked }
    }
}
