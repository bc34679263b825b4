//! The numbers.

use super::setting::Server;

#[tokio::test]
async fn requests_are_counted_by_what_they_matched() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for path in ["/tasks/1", "/tasks/2?secret=x", "/tasks/seven", "/a", "/b"] {
        client.get(path).await;
    }
    client.ask("BREW /a", &[]).await;
    let text = server.metrics.text();
    for line in [
        r#"octopoid_http_requests_total{method="GET",route="/tasks/{id}",status="200"} 2"#,
        r#"octopoid_http_requests_total{method="GET",route="/tasks/{id}",status="400"} 1"#,
        r#"octopoid_http_requests_total{method="GET",route="none",status="404"} 2"#,
        r#"octopoid_http_requests_total{method="other",route="none",status="404"} 1"#,
        r#"octopoid_http_request_duration_seconds_count{route="/tasks/{id}"} 3"#,
        "octopoid_http_connections_open 1",
        "octopoid_http_requests_in_flight 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} is missing in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[tokio::test]
async fn a_connection_that_ended_is_not_counted() {
    let server = Server::start().await;
    let metrics = server.metrics.clone();
    let client = server.client().await;
    let mut other = server.client().await;
    other.get("/").await;
    assert!(metrics.text().contains("octopoid_http_connections_open 2\n"));
    drop((client, other));
    server.stop().await;
    assert!(metrics.text().contains("octopoid_http_connections_open 0\n"));
}
