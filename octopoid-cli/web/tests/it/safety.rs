//! What is refused.

use crate::place::{HOST, Place};
use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use octopoid_core::model::{MessageDraft, MessageKind, Queue, Scope};
use octopoid_core::store::{MessageStore as _, Result};
use octopoid_web::{Hosts, KeyHolder, Keys, SignIn, Viewer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Pages that need no more than their address.
const PAGES: [&str; 12] = [
    "/",
    "/needs-you",
    "/done",
    "/tasks/new",
    "/tasks/task-1",
    "/tasks/task-1/changes",
    "/tasks/task-1/log",
    "/projects",
    "/drafts",
    "/machines",
    "/costs",
    "/flows",
];

#[tokio::test]
async fn nobody_sees_anything_without_a_session() {
    let place = Place::new();
    place.task("A secret title").await;
    for page in PAGES {
        let answer = place.get(page).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{page}");
        assert!(answer.to().starts_with("/sign-in?next=%2F"), "{page}: {}", answer.to());
        answer.lacks("A secret title");
    }
    for path in ["/bulk", "/tasks", "/tasks/task-1/decide", "/links", "/sign-out", "/drafts"] {
        assert_eq!(place.post_as_is(path, &[]).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let feed = place.request(Method::GET, "/events").header(header::ACCEPT, "text/event-stream");
    let feed = place.send(feed.body(Body::empty()).unwrap()).await;
    assert!(feed.status.is_redirection() || feed.status == StatusCode::UNAUTHORIZED, "{}", feed.status);
}

#[tokio::test]
async fn a_page_that_loads_itself_again_does_not_take_what_is_said_to_somebody() {
    let mut place = Place::signed_in().await;
    let task = place.task("Some work").await;
    let adas = place.clone_cookie();
    place.sign_in(Viewer::new("Ada", Scope::single())).await;
    let adas_other = place.clone_cookie();
    place.use_cookie(adas);
    let answer = place.post(&format!("/tasks/{task}/decide"), &[("do", "cancel")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    for page in PAGES {
        let refresh = place.request(Method::GET, page).header("octopoid-refresh", "1");
        place.send(refresh.body(Body::empty()).unwrap()).await.lacks("class=\"said\"");
    }
    let adas = place.clone_cookie();
    place.use_cookie(adas_other);
    place.page("/").await.lacks("class=\"said\"");
    place.use_cookie(adas);
    place.page("/").await.has("class=\"said\"").has(&format!("{task}: "));
    place.page("/").await.lacks("class=\"said\"");
}

#[tokio::test]
async fn a_one_time_link_works_once() {
    let place = Place::new();
    let link = place.dashboard.one_time_link(Viewer::new("Ada", Scope::single()));
    let first = place.get(&link).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let cookie = first.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["octopoid-8788=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let again = place.get(&link).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    assert!(!again.headers.contains_key(header::SET_COOKIE));
    again.has("this link has been used");
}

#[tokio::test]
async fn other_hosts_and_other_origins_are_refused() {
    let place = Place::signed_in().await;
    for host in ["evil.example", "localhost.evil.example:8788", "10.1.2.3:8788"] {
        let mut request = place.request(Method::GET, "/").body(Body::empty()).unwrap();
        request.headers_mut().insert(header::HOST, host.parse().unwrap());
        let answer = place.send(request).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    let id = place.task("Stays").await;
    let csrf = place.page("/").await.csrf();
    let sent = async |headers: &[(&str, &str)]| {
        let body = format!("csrf={csrf}&do=cancel");
        let mut request = place.request(Method::POST, &format!("/tasks/{id}/decide"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        place.send(request.body(Body::from(body)).unwrap()).await.status
    };
    for origin in ["http://evil.example", "http://localhost:9999", "null"] {
        assert_eq!(sent(&[("origin", origin)]).await, StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(sent(&[("sec-fetch-site", "cross-site")]).await, StatusCode::FORBIDDEN);
    assert_eq!(place.read(&id).await.queue(), Queue::Incoming);
    assert_eq!(sent(&[("origin", &format!("http://{HOST}"))]).await, StatusCode::SEE_OTHER);
    assert_eq!(place.read(&id).await.queue(), Queue::Failed);
}

#[tokio::test]
async fn a_form_without_the_token_of_its_session_changes_nothing() {
    let mut place = Place::signed_in().await;
    let id = place.task("Stays").await;
    let of_ada = place.page("/").await.csrf();
    let path = format!("/tasks/{id}/decide");
    for fields in
        [&[("do", "cancel")][..], &[("do", "cancel"), ("csrf", "")], &[("do", "cancel"), ("csrf", "0000")]]
    {
        assert_eq!(place.post_as_is(&path, fields).await.status, StatusCode::FORBIDDEN);
    }
    place.sign_in(Viewer::new("Bob", Scope::single())).await;
    let stolen = place.post_as_is(&path, &[("do", "cancel"), ("csrf", &of_ada)]).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    assert_eq!(place.read(&id).await.queue(), Queue::Incoming);
}

#[tokio::test]
async fn every_answer_has_a_policy_that_lets_nothing_run_but_our_files() {
    let place = Place::signed_in().await;
    place.task("A title").await;
    for page in PAGES.into_iter().chain(["/nothing", "/sign-in"]) {
        let answer = place.get(page).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{page}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{page}: {policy}");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{page}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{page}");
        answer.lacks(" style=").lacks("onclick").lacks("<script>");
        for script in answer.text.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/assets/"), "{page}: {script}");
        }
    }
}

#[tokio::test]
async fn what_agents_write_is_text() {
    let place = Place::signed_in().await;
    let evil = "<script>alert(1)</script>\u{202e}\x1b[31m\"><img src=x onerror=alert(1)>";
    place
        .repository
        .write("src/<script>alert(1)<!--.rs", "fn f() {} // <script>alert(2)</script> \u{202e}\n");
    place.repository.commit("<script>alert(3)</script>");
    let id = place.submitted("<script>alert(4)</script> in a title", "HEAD~1").await;
    let scope = Scope::single();
    place.store.post_message(&scope, &id, MessageDraft::new(MessageKind::Comment, evil, evil)).await.unwrap();
    let paths = ["", "/changes", "/changes?view=split", "/log", "/history", "/edit"]
        .map(|tab| format!("/tasks/{id}{tab}"));
    for page in paths.iter().map(String::as_str).chain([
        "/",
        "/needs-you",
        "/?q=%3Cscript%3E&role=%22%3E%3Cscript%3E",
    ]) {
        let answer = place.page(page).await;
        answer.lacks("<script>alert").lacks("<img src=x").lacks("\u{202e}").lacks("\x1b").lacks("<!--.rs");
    }
    place.page(&paths[0]).await.has("⟨U+202E⟩").has("␛[31m");
    place.page(&paths[1]).await.has("&lt;script&gt;alert(2)&lt;/script&gt;").has("⟨U+202E⟩");
}

#[tokio::test]
async fn a_read_only_viewer_sees_and_cannot_decide() {
    let mut place = Place::signed_in().await;
    let id = place.submitted("Some work", "HEAD").await;
    place.sign_in(Viewer::new("Eve", Scope::single()).read_only()).await;
    place.page(&format!("/tasks/{id}")).await.has("Some work").has("change nothing").lacks("do-approve");
    place.page("/").await.has("data-read-only");
    place.page("/needs-you").await.lacks(">Approve<");
    let forms = [
        (format!("/tasks/{id}/decide"), ("do", "approve")),
        (format!("/tasks/{id}/comments"), ("text", "x")),
        ("/bulk".to_owned(), ("do", "approve")),
        ("/tasks".to_owned(), ("title", "x")),
        ("/drafts".to_owned(), ("title", "x")),
    ];
    for (path, field) in forms {
        let answer = place.post(&path, &[field, ("task", id.as_str())]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(place.read(&id).await.queue(), Queue::Provisional);
}

#[tokio::test]
async fn a_viewer_of_one_scope_sees_no_other() {
    let mut place = Place::signed_in().await;
    let id = place.task("Of the default scope").await;
    place.sign_in(Viewer::new("Mallory", Scope::new("other").unwrap())).await;
    place.page("/").await.lacks("Of the default scope");
    assert_eq!(place.get(&format!("/tasks/{id}")).await.status, StatusCode::NOT_FOUND);
}

/// One key, which can be revoked.
#[derive(Debug, Default)]
struct OneKey(AtomicBool);

#[async_trait]
impl Keys for OneKey {
    async fn holder(&self, key: &str) -> Result<Option<KeyHolder>> {
        Ok((key == "oct_right").then(|| KeyHolder::new("key-1", Scope::single())))
    }

    async fn is_valid(&self, _: &str) -> bool {
        !self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_key_and_a_name_open_a_session_that_ends_with_the_key() {
    let keys = Arc::new(OneKey::default());
    let given = keys.clone();
    let place = Place::with(|builder| builder.sign_in(SignIn::Keys(given)));
    place.page("/sign-in").await.has("API key");
    let wrong = place.post_as_is("/sign-in", &[("name", "Ada"), ("key", "oct_wrong")]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    wrong.has("unknown or was revoked").has("value=\"Ada\"").lacks("oct_wrong");
    let nameless = place.post_as_is("/sign-in", &[("name", " "), ("key", "oct_right")]).await;
    assert_eq!(nameless.status, StatusCode::FORBIDDEN);
    let right =
        place.post_as_is("/sign-in", &[("name", "Ada"), ("key", "oct_right"), ("next", "/costs")]).await;
    assert_eq!((right.status, right.to()), (StatusCode::SEE_OTHER, "/costs"));
    let cookie = right.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let visit = async || {
        let request = place.request(Method::GET, "/").header(header::COOKIE, &cookie);
        place.send(request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(visit().await, StatusCode::OK);
    keys.0.store(true, Ordering::SeqCst);
    assert_eq!(visit().await, StatusCode::SEE_OTHER);
    keys.0.store(false, Ordering::SeqCst);
    assert_eq!(visit().await, StatusCode::SEE_OTHER, "a session does not come back");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let place = Place::with(|builder| builder.sign_in(SignIn::Keys(Arc::new(OneKey::default()))));
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "/\r\nx: y"] {
        let fields = [("name", "Ada"), ("key", "oct_right"), ("next", elsewhere)];
        assert_eq!(place.post_as_is("/sign-in", &fields).await.to(), "/", "{elsewhere}");
    }
}

#[tokio::test]
async fn a_session_can_be_ended() {
    let place = Place::signed_in().await;
    let out = place.post("/sign-out", &[]).await;
    assert_eq!((out.status, out.to()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(place.get("/").await.status, StatusCode::SEE_OTHER, "the cookie opens nothing any more");
}

#[tokio::test]
async fn a_link_for_another_browser_is_of_the_same_person() {
    let mut place = Place::signed_in().await;
    let answer = place.post("/links", &[]).await;
    let link = answer
        .text
        .split("value=\"http://localhost:8788")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    place.sign_out();
    let entered = place.get(&link).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guesses_are_bounded() {
    let place = Place::new();
    let mut last = StatusCode::OK;
    for _ in 0..30 {
        last = place.get("/enter?token=guess").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_program_that_embeds_it_says_who_is_there() {
    let place = Place::with(|builder| builder.sign_in(SignIn::Embedder).hosts(Hosts::Any).nested_at("/desk"));
    let refused = place.get("/").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let mut request = place.request(Method::GET, "/desk");
    request = request.extension(Viewer::new("Grace", Scope::single()));
    let nested = axum::Router::new().nest("/desk", place.dashboard.router());
    let response = tower::ServiceExt::oneshot(nested, request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("Grace") && text.contains("href=\"/desk/needs-you\""), "{text}");
    assert!(!text.contains("Sign out"));
}
