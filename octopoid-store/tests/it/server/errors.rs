//! Everything that goes wrong has one form.

use super::setting::Server;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn an_unknown_address_is_404() {
    let server = Server::start().await;
    server.get("/nowhere").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn an_error_without_a_body_leaves_the_connection_in_order() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.send(format!("HEAD /nowhere HTTP/1.1\r\nhost: {}\r\n\r\n", client.host)).await;
    assert_eq!(client.head().await.0, 404);
    assert_eq!(client.get("/").await.body, "hello");
}

#[tokio::test]
async fn a_wrong_method_is_405_and_says_which_are_right() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let answer = client.ask("DELETE /bytes", &[]).await;
    answer.is_problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    client.ask("BREW /", &[]).await.is_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn what_an_extractor_refuses_is_a_sentence() {
    let server = Server::start().await;
    let answer = server.get("/tasks/seven").await;
    answer.is_problem(400, "invalid");
    assert!(answer.json()["error"].as_str().unwrap().contains("seven"), "{answer:?}");
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_connection_goes_on() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let answer = client.get("/panic").await;
    answer.is_problem(500, "internal");
    assert!(!answer.body.contains("too bad"), "{answer:?}");
    assert_eq!(client.get("/").await.status, 200);
}

#[tokio::test]
async fn a_handler_that_never_answers_is_given_up() {
    let server = Server::with(|it| it.with_timeout(Duration::from_millis(50)), |it| it).await;
    let mut client = server.client().await;
    let answer = client.get("/never").await;
    answer.is_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_stream_may_be_longer_than_the_patience() {
    let server = Server::with(|it| it.with_timeout(Duration::from_millis(50)), |it| it).await;
    let mut stream = server.client().await;
    stream.send(format!("GET /events HTTP/1.1\r\nhost: {}\r\n\r\n", stream.host)).await;
    assert_eq!(stream.head().await.0, 200);
    assert_eq!(stream.chunk().await.unwrap(), b"data: first\n\n");
    // The patience with another request, which began later, is over: so would be that with the stream.
    server.get("/never").await.is_problem(503, "unavailable");
    server.stop().await;
    assert_eq!(stream.chunk().await, None);
}

#[tokio::test]
async fn a_problem_has_what_its_author_gave_it() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let answer = client.ask("GET /refused", &[("x-request-id", "r-1")]).await;
    assert_eq!(answer.status, 409);
    let expected = json!({
        "error": "Failed to submit task", "code": "conflict", "details": ["it is done"],
        "task_id": "task-1", "request_id": "r-1",
    });
    assert_eq!(answer.json(), expected);
    let bare = client.get("/bare").await;
    assert_eq!((bare.status, bare.json()), (404, json!({"message": "No"})));
    assert_eq!(client.get("/busy").await.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn what_broke_inside_is_not_told() {
    let server = Server::start().await;
    let answer = server.get("/broken").await;
    answer.is_problem(500, "internal");
    assert!(!answer.body.contains("1234"), "{answer:?}");
}

#[tokio::test]
async fn a_page_stays_a_page() {
    let server = Server::start().await;
    let answer = server.get("/page").await;
    assert_eq!((answer.status, answer.body.as_str()), (404, "<p>Not here"));
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_it() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for path in ["/", "/nowhere", "/panic", "/page"] {
        let answer = client.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
    }
    assert_eq!(client.get("/cached").await.header("cache-control"), Some("max-age=60"));
}

#[tokio::test]
async fn a_request_keeps_its_id_if_it_can_be_one() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let longest = "x".repeat(64);
    for id in ["a", "client-1:7", &longest] {
        let answer = client.ask("GET /", &[("x-request-id", id)]).await;
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
    let too_long = "x".repeat(65);
    for id in ["", "two words", "tab\there", &too_long] {
        let answer = client.ask("GET /", &[("x-request-id", id)]).await;
        let given = answer.header("x-request-id").unwrap();
        assert!(uuid::Uuid::parse_str(given).is_ok(), "{id:?} became {given}");
    }
}
