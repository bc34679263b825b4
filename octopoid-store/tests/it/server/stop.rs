//! How a server ends.

use super::client::Client;
use super::setting::Server;
use std::time::Duration;
use tokio::net::TcpStream;

/// So long that a test which waits for it has failed.
const NEVER: Duration = Duration::from_secs(3600);

async fn patient() -> Server {
    Server::with(|it| it, |it| it.with_shutdown_timeout(NEVER).with_header_timeout(NEVER)).await
}

async fn begin(client: &mut Client, path: &str) {
    client.send(format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
}

/// Waits until the server works on so many requests.
async fn until_in_flight(server: &Server, count: usize) {
    while !server.metrics.text().contains(&format!("octopoid_http_requests_in_flight {count}\n")) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_that_was_taken_in_is_answered() {
    let server = patient().await;
    let mut client = server.client().await;
    begin(&mut client, "/late").await;
    until_in_flight(&server, 1).await;
    let address = server.address;
    let (answer, ()) = tokio::join!(client.answer(), server.stop());
    assert_eq!(answer.body, "finished");
    assert_eq!(client.rest().await, "");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_server_that_stops_takes_nobody_in() {
    let server = patient().await;
    let mut client = server.client().await;
    begin(&mut client, "/never").await;
    until_in_flight(&server, 1).await;
    let address = server.address;
    let stopping = tokio::spawn(server.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    stopping.abort();
}

#[tokio::test]
async fn a_stream_of_events_ends_as_a_whole() {
    let server = patient().await;
    let mut client = server.client().await;
    begin(&mut client, "/events").await;
    assert_eq!(client.head().await.0, 200);
    assert_eq!(client.chunk().await.unwrap(), b"data: first\n\n");
    server.stop().await;
    assert_eq!(client.chunk().await, None);
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn connections_that_want_nothing_do_not_delay_the_end() {
    let server = patient().await;
    let mut silent = server.client().await;
    let mut half = server.client().await;
    half.send("GET / HT").await;
    let mut idle = server.client().await;
    assert_eq!(idle.get("/").await.status, 200);
    server.stop().await;
    for client in [&mut silent, &mut half, &mut idle] {
        assert_eq!(client.rest().await, "");
    }
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cut_off() {
    let server = Server::with(|it| it, |it| it.with_shutdown_timeout(Duration::from_millis(50))).await;
    let mut client = server.client().await;
    begin(&mut client, "/never").await;
    until_in_flight(&server, 1).await;
    server.stop().await;
    assert_eq!(client.rest().await, "");
}
