//! Pages of other sites.

use super::client::{Answer, Client};
use super::setting::Server;
use axum::Router;
use axum::routing::get;
use octopoid_store::server::http::{MiddlewareOptions, with_middleware};
use std::net::SocketAddr;

/// The answer to a request that names this host.
async fn named(server: &Server, host: &str) -> Answer {
    let mut client = server.client().await;
    client.host = host.to_owned();
    client.get("/").await
}

async fn from(client: &mut Client, origin: &str) -> Answer {
    client.ask("GET /", &[("origin", origin)]).await
}

#[tokio::test]
async fn a_local_server_answers_for_this_machine_only() {
    let server = Server::start().await;
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "LOCALHOST", "localhost.", "[::1]"] {
        assert_eq!(named(&server, &format!("{host}:{port}")).await.status, 200, "{host}");
    }
    let wrong_port = format!("localhost:{}", port.wrapping_add(1));
    for host in ["evil.example", &format!("evil.example:{port}"), "localhost", &wrong_port, "10.0.0.1"] {
        named(&server, host).await.is_problem(421, "misdirected");
    }
}

#[tokio::test]
async fn a_host_that_is_none_is_refused() {
    let server = Server::start().await;
    for host in ["", "a b", "user@127.0.0.1", "127.0.0.1:port", "127.0.0.1:70000", "127.0.0.1/", "::1"] {
        named(&server, host).await.is_problem(400, "invalid");
    }
    let mut client = server.client().await;
    client.send("GET / HTTP/1.1\r\n\r\n").await;
    client.answer().await.is_problem(400, "invalid");
    let host = client.host.clone();
    client.ask("GET /", &[("host", &host)]).await.is_problem(400, "invalid");
}

#[tokio::test]
async fn the_host_in_the_request_line_counts_too() {
    let server = Server::start().await;
    let mut client = server.client().await;
    client.ask("GET http://evil.example/", &[]).await.is_problem(421, "misdirected");
    let ours = format!("GET http://{}/", client.host);
    assert_eq!(client.ask(&ours, &[]).await.status, 200);
}

#[tokio::test]
async fn other_hosts_are_answered_for_once_they_are_allowed() {
    let allow = |it: MiddlewareOptions| {
        it.allow_host("octopoid.example").unwrap().allow_host("other.example:8080").unwrap()
    };
    let server = Server::with(allow, |it| it).await;
    for host in ["octopoid.example", "octopoid.example:1", "OctoPoid.example", "other.example:8080"] {
        assert_eq!(named(&server, host).await.status, 200, "{host}");
    }
    for host in ["other.example", "x.octopoid.example", "example"] {
        named(&server, host).await.is_problem(421, "misdirected");
    }
    let server = Server::with(|it| it.allow_host("*").unwrap(), |it| it).await;
    assert_eq!(named(&server, "any.example").await.status, 200);
}

#[test]
fn what_is_not_a_name_cannot_be_allowed() {
    let options = || MiddlewareOptions::new("127.0.0.1:80".parse().unwrap());
    for host in ["", "a b", "http://a", "a:b", "*.example"] {
        let refused = options().allow_host(host).map(|_| ());
        assert_eq!(refused.is_err(), host != "*.example", "{host}");
    }
    for origin in ["*", "null", "example", "https://", "https://a/b", "https://a b"] {
        let error = options().allow_origin(origin).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`{origin}` is not an origin")), "{error}");
    }
}

#[tokio::test]
async fn a_public_server_answers_for_addresses_but_not_for_names() {
    // Not bound: only what it believes to listen at matters.
    let public: SocketAddr = "0.0.0.0:80".parse().unwrap();
    let router = with_middleware(Router::new().route("/", get(|| async {})), MiddlewareOptions::new(public));
    let status = async |host: &str| {
        let request = hyper::Request::get("/").header("host", host).body(axum::body::Body::empty()).unwrap();
        let mut router = router.clone();
        hyper::service::Service::call(
            &hyper_util::service::TowerToHyperService::new(std::mem::take(&mut router)),
            request,
        )
        .await
        .unwrap()
        .status()
        .as_u16()
    };
    for host in ["10.0.0.7", "10.0.0.7:8080", "[2001:db8::1]:80", "localhost:9000", "127.0.0.1"] {
        assert_eq!(status(host).await, 200, "{host}");
    }
    for host in ["evil.example", "10.0.0.7.evil.example", "0x7f.1", "2130706433"] {
        assert_eq!(status(host).await, 421, "{host}");
    }
}

#[tokio::test]
async fn our_own_pages_may() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let origin = format!("http://{}", client.host);
    let answer = from(&mut client, &origin).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn pages_of_others_may_not() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let port = server.address.port();
    let other_port = format!("http://127.0.0.1:{}", port.wrapping_add(1));
    let (other_scheme, other_name) =
        (format!("https://127.0.0.1:{port}"), format!("http://localhost:{port}"));
    for origin in ["http://evil.example", "null", "", "file://", &other_port, &other_scheme, &other_name] {
        let answer = from(&mut client, origin).await;
        answer.is_problem(403, "forbidden");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let ours = format!("http://{}", client.host);
    client
        .ask("GET /", &[("origin", &ours), ("origin", "http://evil.example")])
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test]
async fn pages_that_are_allowed_may() {
    let server = Server::with(|it| it.allow_origin("https://Board.example/").unwrap(), |it| it).await;
    let mut client = server.client().await;
    for origin in ["https://board.example", "https://board.example:443"] {
        let answer = from(&mut client, origin).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("vary"), Some("origin"));
    }
    for origin in ["http://board.example", "https://board.example:444", "https://x.board.example"] {
        let answer = from(&mut client, origin).await;
        answer.is_problem(403, "forbidden");
        assert_eq!(answer.header("vary"), Some("origin"));
    }
    // An error is for the page to read, too.
    let answer = client.ask("GET /panic", &[("origin", "https://board.example")]).await;
    answer.is_problem(500, "internal");
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://board.example"));
}

#[tokio::test]
async fn a_browser_may_ask_beforehand() {
    let server = Server::with(|it| it.allow_origin("https://board.example").unwrap(), |it| it).await;
    let mut client = server.client().await;
    let ask = |origin| [("origin", origin), ("access-control-request-method", "PATCH")];
    let answer = client.ask("OPTIONS /bytes", &ask("https://board.example")).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://board.example"));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("PATCH"));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("authorization"));
    let answer = client.ask("OPTIONS /bytes", &ask("https://evil.example")).await;
    answer.is_problem(403, "forbidden");
    assert_eq!(answer.header("access-control-allow-methods"), None);
}

#[tokio::test]
async fn a_page_that_does_not_say_who_it_is_may_only_link() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let across = ("sec-fetch-site", "cross-site");
    let (navigate, document) = (("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"));
    client.ask("GET /", &[across]).await.is_problem(403, "forbidden");
    client.ask("GET /", &[across, ("sec-fetch-mode", "no-cors")]).await.is_problem(403, "forbidden");
    client.ask("GET /", &[across, navigate, ("sec-fetch-dest", "iframe")]).await.is_problem(403, "forbidden");
    client.ask("POST /bytes", &[across, navigate, document]).await.is_problem(403, "forbidden");
    assert_eq!(client.ask("GET /", &[across, navigate, document]).await.status, 200);
    assert_eq!(client.ask("GET /", &[("sec-fetch-site", "same-origin")]).await.status, 200);
    assert_eq!(client.ask("GET /", &[("sec-fetch-site", "none")]).await.status, 200);
}
