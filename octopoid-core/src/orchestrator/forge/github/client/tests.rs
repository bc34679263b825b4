//! Tests of the client's errors, on a server with canned responses.

use super::*;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Server that returns responses in order, one per connection, and records the requests.
struct Canned {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    fn new(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = asked.clone();
        std::thread::spawn(move || {
            for text in answers {
                let (mut connection, _) = listener.accept().unwrap();
                log.lock().unwrap().push(request(&connection));
                connection.write_all(text.as_bytes()).unwrap();
            }
        });
        Self { url, asked }
    }

    fn client(&self) -> Client {
        let mut settings = GithubSettings::new("secret-token");
        settings.api_url.clone_from(&self.url);
        Client::new(&settings, "acme/tool").unwrap()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Reads a request and returns its head in lower case.
fn request(connection: &TcpStream) -> String {
    let mut reader = BufReader::new(connection);
    let mut head = String::new();
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap() > 2 {
        head.push_str(&line.to_lowercase());
        line.clear();
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    head
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}")
}

async fn failure(text: String) -> GithubError {
    let server = Canned::new(vec![text]);
    let error = server.client().reviews(1).await.unwrap_err();
    let words = error.to_string();
    assert!(!words.contains("secret-token") && !words.contains('\n'), "{words}");
    error
}

#[tokio::test]
async fn i08_what_does_not_let_us_in_says_what_to_do() {
    for (status, what) in [
        (401, "set GITHUB_TOKEN to a new one, or run `gh auth login`"),
        (403, "it needs write access to contents and pull requests"),
        (404, "see that `github.repository` is right"),
    ] {
        let error = failure(answer(status, "", r#"{"message": "No way"}"#)).await;
        assert!(matches!(error, GithubError::Access { status: said, .. } if said == status), "{error:?}");
        let words = error.to_string();
        assert!(words.contains("/repos/acme/tool/pulls/1/reviews") && words.contains("No way"), "{words}");
        assert!(words.contains(what), "{words}");
    }
    // Also if the message cannot be read.
    let words = failure(answer(403, "", "<html>")).await.to_string();
    assert!(words.contains("no reason given"), "{words}");
}

#[tokio::test]
async fn a_refusal_tells_the_details_too() {
    let said =
        r#"{"message": "Validation Failed", "errors": [{"message": "No commits between main and x"}]}"#;
    let error = failure(answer(422, "", said)).await;
    assert!(matches!(error, GithubError::Refused { status: 422, .. }), "{error:?}");
    assert!(error.to_string().contains("Validation Failed: No commits between main and x"), "{error}");
}

#[tokio::test]
async fn i17_what_passes_is_asked_again_later() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n[{\"id\": 1,".to_owned();
    let elsewhere = answer(302, "location: https://elsewhere.invalid/\r\n", "");
    for (text, what) in [
        (answer(500, "", r#"{"message": "Oops"}"#), "500"),
        (answer(503, "", ""), "503"),
        (answer(200, "", "<html>"), "it is no JSON"),
        (answer(200, "", r#"{"reviews": 7}"#), "it is no such answer"),
        (answer(200, "", ""), "it is no JSON"),
        (cut, "gives no usable answer"),
        (String::new(), "gives no usable answer"),
    ] {
        let error = failure(text).await;
        assert!(matches!(error, GithubError::Unavailable { .. }), "{error:?}");
        let words = error.to_string();
        assert!(words.contains(what) && words.ends_with("it is asked again later"), "{words}");
    }
    // The token is not sent to another host.
    let error = failure(elsewhere).await;
    assert!(matches!(error, GithubError::Refused { status: 302, .. }), "{error:?}");
}

#[tokio::test]
async fn i17_a_limit_is_kept_to_without_asking() {
    let soon = wall_clock().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600;
    let used_up = format!("x-ratelimit-remaining: 0\r\nx-ratelimit-reset: {soon}\r\n");
    for (status, headers, said, least, most) in [
        (429, "retry-after: 7\r\n", "{}", 7, 7),
        (429, "", "{}", 60, 60),
        (429, "retry-after: soon\r\n", "{}", 60, 60),
        (403, "retry-after: 30\r\n", r#"{"message": "abuse"}"#, 30, 30),
        (403, used_up.as_str(), r#"{"message": "API rate limit exceeded"}"#, 590, 600),
        (403, "", r#"{"message": "You have exceeded a secondary rate limit"}"#, 60, 60),
    ] {
        let server = Canned::new(vec![answer(status, headers, said)]);
        let client = server.client();
        for _ in 0..2 {
            let error = client.reviews(1).await.unwrap_err();
            let GithubError::Limited { wait, .. } = &error else { panic!("{status} {headers}: {error:?}") };
            // The second time, part of the pause has passed.
            let seconds = wait.as_secs_f64().ceil() as u64;
            assert!((least..=most).contains(&seconds), "{status} {headers}: {seconds}");
            assert!(error.to_string().starts_with("GitHub asks for a pause of "), "{error}");
        }
        assert_eq!(server.asked().len(), 1, "nothing is asked in the pause");
    }
    // A limit whose reset time has passed causes no pause.
    let server = Canned::new(vec![
        answer(403, "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 7\r\n", "{}"),
        answer(200, "", "[]"),
    ]);
    let client = server.client();
    client.reviews(1).await.unwrap_err();
    assert!(client.reviews(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_page_is_read() {
    let next =
        "link: <https://elsewhere.invalid/?page=9>; rel=\"next\", <https://x.invalid>; rel=\"last\"\r\n";
    let check = |name: &str| {
        format!(r#"{{"check_runs": [{{"name": "{name}", "status": "completed", "conclusion": "failure"}}]}}"#)
    };
    let server = Canned::new(vec![
        answer(200, next, &check("one")),
        answer(200, "link: <https://x.invalid>; rel=\"prev\"\r\n", &check("two")),
        answer(200, next, r#"{"statuses": [{"context": "a", "state": "success"}]}"#),
        answer(200, "", r#"{"statuses": [{"context": "b", "state": "failure"}]}"#),
        answer(200, "", &format!("[{}]", vec![r#"{"event": "x", "created_at": "y"}"#; PAGE].join(","))),
        answer(200, "", "[]"),
    ]);
    let client = server.client();
    let names: Vec<_> = client.check_runs("abc").await.unwrap().into_iter().map(|run| run.name).collect();
    assert_eq!(names, ["one", "two"]);
    let names: Vec<_> = client.statuses("abc").await.unwrap().into_iter().map(|one| one.context).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(client.events(1).await.unwrap().len(), PAGE, "a full page may have a next one");
    let asked = server.asked();
    assert!(
        asked[1].starts_with("get /repos/acme/tool/commits/abc/check-runs?per_page=100&page=2 "),
        "{asked:?}"
    );
    assert_eq!(asked.len(), 6);
}

#[tokio::test]
async fn pages_without_an_end_are_no_answer() {
    let next = "link: <https://x.invalid>; rel=\"next\"\r\n";
    let server = Canned::new(vec![answer(200, next, "[]"); PAGES]);
    let words = server.client().events(1).await.unwrap_err().to_string();
    assert!(words.contains("more than 200 pages"), "{words}");
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again_page_by_page() {
    let next = "etag: \"1\"\r\nlink: <https://x.invalid>; rel=\"next\"\r\n";
    let event = r#"[{"event": "x", "created_at": "y"}]"#;
    let server = Canned::new(vec![
        answer(200, next, event),
        answer(200, "etag: \"2\"\r\n", event),
        answer(304, "", ""),
        answer(304, "", ""),
    ]);
    let client = server.client();
    for _ in 0..2 {
        assert_eq!(client.events(1).await.unwrap().len(), 2);
    }
    let asked = server.asked();
    assert!(!asked[0].contains("if-none-match"), "{asked:?}");
    assert!(
        asked[2].contains("if-none-match: \"1\"") && asked[3].contains("if-none-match: \"2\""),
        "{asked:?}"
    );
    assert!(asked.iter().all(|asked| asked.contains("authorization: bearer secret-token")));
}

#[tokio::test]
async fn i28_a_token_or_an_address_that_cannot_be_is_said_without_showing_it() {
    let error = Client::new(&GithubSettings::new("se\ncret"), "acme/tool").unwrap_err().to_string();
    assert!(error.contains("set GITHUB_TOKEN again") && !error.contains("cret"), "{error}");
    let mut settings = GithubSettings::new("secret-token");
    settings.api_url = "not an address".to_owned();
    let error = Client::new(&settings, "acme/tool").unwrap().reviews(1).await.unwrap_err().to_string();
    assert!(error.contains("`github.api_url` is unusable"), "{error}");
}

#[test]
fn the_next_page_is_the_one_that_is_called_so_and_on_the_same_host() {
    let next =
        |link: &'static str| next_page(&HeaderMap::from_iter([(LINK, HeaderValue::from_static(link))]));
    let link =
        r#"<https://api.github.com/a?page=1>; rel="prev", <https://api.github.com/a?page=3>; rel="next""#;
    assert_eq!(next(link).as_deref(), Some("https://api.github.com/a?page=3"));
    assert_eq!(next(r#"<https://api.github.com/a?page=1>; rel="first""#), None);
    assert!(same_host("https://api.github.com/a?page=3", "https://api.github.com/repos/a/b"));
    assert!(!same_host("https://elsewhere.example/a", "https://api.github.com/repos/a/b"));
    assert!(!same_host("http://api.github.com/a", "https://api.github.com/repos/a/b"));
}
