//! What comes over a connection.

use super::client::Client;
use super::setting::Server;
use std::time::Duration;

/// Over soon, so that a test need not wait; nothing depends on how soon.
const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_connection_answers_one_request_after_the_other() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for _ in 0..3 {
        let answer = client.get("/").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
    }
}

#[tokio::test]
async fn requests_may_be_sent_before_the_answers_are_read() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let host = &client.host;
    let all: String = (0..20).map(|id| format!("GET /tasks/{id} HTTP/1.1\r\nhost: {host}\r\n\r\n")).collect();
    client.send(all).await;
    for id in 0..20 {
        assert_eq!(client.answer().await.body, id.to_string());
    }
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let request = format!("GET / HTTP/1.0\r\nhost: {}\r\n\r\n", client.host);
    client.send(request).await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\nhello"), "{answer}");
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut_off() {
    let server = Server::with(|it| it, |it| it.with_header_timeout(SOON)).await;
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\nhost: ").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Server::with(|it| it, |it| it.with_header_timeout(SOON)).await;
    let mut silent = server.client().await;
    assert_eq!(silent.rest().await, "");
    let mut used = server.client().await;
    assert_eq!(used.get("/").await.status, 200);
    assert_eq!(used.rest().await, "");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = Server::with(|it| it, |it| it.with_header_limit(4096)).await;
    let mut client = server.client().await;
    client.try_send(format!("GET / HTTP/1.1\r\nhost: {}\r\nx: ", client.host)).await;
    // More than could be kept in buffers on the way.
    for _ in 0..64 {
        client.try_send([b'x'; 1 << 16]).await;
    }
    let answer = client.rest().await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(server.get("/").await.status, 200);
}

#[tokio::test]
async fn a_head_at_the_bound_says_431() {
    let server = Server::with(|it| it, |it| it.with_header_limit(4096)).await;
    let mut client = server.client().await;
    let long = "x".repeat(5000);
    assert_eq!(client.ask("GET /", &[("x", &long)]).await.status, 431);
    let mut client = server.client().await;
    assert_eq!(client.ask("GET /", &[("x", &long[..3000])]).await.status, 200);
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let server = Server::start().await;
    let mut client = server.client().await;
    assert_eq!(client.ask("GET /", &[("x", "y"); 120]).await.status, 431);
}

#[tokio::test]
async fn nonsense_is_refused_and_closed() {
    let server = Server::start().await;
    let nonsense: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello, perhaps\r\n\r\n",
        b"GET / HTTP/1.1\r\nho st: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\x00b\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /bytes HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"POST /bytes HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    ];
    for bytes in nonsense {
        let mut client = server.client().await;
        client.send(bytes).await;
        let answer = client.rest().await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{}: {answer}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn requests_that_only_a_proxy_would_take_are_refused() {
    let server = Server::start().await;
    let host = server.address.to_string();
    for (line, status) in [
        ("OPTIONS *", 404),
        ("CONNECT evil.example:443", 421),
        (&format!("CONNECT {host}"), 404),
        ("GET //", 404),
        ("GET /%ff%00/../..", 404),
        ("GET /tasks/%ff", 400),
    ] {
        let mut client = server.client().await;
        let answer = client.ask(line, &[]).await;
        assert_eq!(answer.status, status, "{line}: {answer:?}");
    }
}

#[tokio::test]
async fn an_offer_to_speak_something_else_is_not_taken() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let answer = client.ask("GET /", &[("connection", "upgrade"), ("upgrade", "h2c")]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
}

#[tokio::test]
async fn bytes_that_are_no_text_in_a_header_are_not_a_failure() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(format!("GET / HTTP/1.1\r\nhost: {}\r\nx-request-id: ", client.host)).await;
    client.send(b"\xff\xfe\r\nauthorization: \x80\r\norigin: \xe9\r\n\r\n").await;
    client.answer().await.is_problem(403, "forbidden");
}

#[tokio::test]
async fn a_length_beside_chunks_cannot_smuggle_a_request() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let head = format!("POST /bytes HTTP/1.1\r\nhost: {}\r\n", client.host);
    client.send(head + "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /").await;
    let answer = client.rest().await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
}

#[tokio::test]
async fn a_connection_beyond_the_bound_waits_for_its_turn() {
    let server = Server::with(|it| it, |it| it.with_connections(1)).await;
    let mut first = server.client().await;
    assert_eq!(first.get("/").await.status, 200);
    let mut second = server.client().await;
    second.send(format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", second.host)).await;
    for _ in 0..20 {
        assert_eq!(first.get("/").await.status, 200);
        assert!(server.metrics.text().contains("octopoid_http_connections_open 1\n"));
    }
    drop(first);
    assert_eq!(second.answer().await.body, "hello");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let server = Server::with(|it| it, |it| it.with_write_timeout(SOON)).await;
    let mut client = server.client().await;
    client.send(format!("GET /flood HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
    server.let_go.notified().await;
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_stream_along() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
    assert_eq!(client.head().await.0, 200);
    drop(client);
    server.let_go.notified().await;
}

#[tokio::test]
async fn routes_know_who_asks() {
    let server = Server::start().await;
    let mut client: Client = server.client().await;
    let answer = client.ask("GET /who", &[("x-request-id", "mine")]).await;
    assert_eq!(answer.body, "127.0.0.1 false mine");
}
