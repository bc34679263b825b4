//! Listing issues: page by page, and for nothing where nothing changed.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use octopoid_core::orchestrator::{GithubError, GithubIssues, GithubSettings};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// What the listing does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    ThreePages,
    Endless,
    Elsewhere,
}

#[derive(Debug, Clone)]
struct Listing {
    way: Way,
    url: String,
    /// Each call, with whether it was answered by `304`.
    calls: Arc<Mutex<Vec<bool>>>,
}

async fn answer(State(listing): State<Listing>, uri: Uri, headers: HeaderMap) -> Response {
    let query: HashMap<_, _> =
        uri.query().unwrap().split('&').filter_map(|part| part.split_once('=')).collect();
    assert_eq!((query["state"], query["labels"]), ("open", "help+wanted"));
    let page: usize = query.get("page").map_or(1, |page| page.parse().unwrap());
    let version = format!("\"{page}\"");
    let known = headers.get("if-none-match").is_some_and(|known| known.to_str().unwrap() == version);
    listing.calls.lock().unwrap().push(known);
    if known {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let issue = json!([{ "number": page, "title": "One", "html_url": "u", "body": null, "user": null }]);
    let host = if listing.way == Way::Elsewhere { "http://127.0.0.1:1" } else { listing.url.as_str() };
    let next = format!("<{host}/x?state=open&labels=help+wanted&page={}>; rel=\"next\"", page + 1);
    let last = page == 3 && listing.way == Way::ThreePages;
    let link = if last { next.replace("next", "first") } else { next };
    ([("etag", version), ("link", link)], issue.to_string()).into_response()
}

async fn begin(way: Way) -> (GithubIssues, Arc<Mutex<Vec<bool>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::default();
    let listing = Listing { way, url: url.clone(), calls: Arc::clone(&calls) };
    let router = Router::new().fallback(answer).with_state(listing);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut settings = GithubSettings::new("secret-token");
    settings.api_url = url;
    (GithubIssues::new(&settings, Some("git@github.com:acme/tool.git")).unwrap(), calls)
}

#[tokio::test]
async fn every_page_is_read_and_asking_again_costs_nothing() {
    let (issues, calls) = begin(Way::ThreePages).await;
    assert_eq!(issues.repository(), "acme/tool");
    let first = issues.open_with("help wanted").await.unwrap();
    assert_eq!(first.iter().map(|issue| issue.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(issues.open_with("help wanted").await.unwrap(), first);
    assert_eq!(*calls.lock().unwrap(), [false, false, false, true, true, true]);
}

#[tokio::test]
async fn i15_a_listing_without_an_end_is_refused_and_no_other_host_is_asked() {
    for (way, most) in [(Way::Endless, 200), (Way::Elsewhere, 200)] {
        let (issues, calls) = begin(way).await;
        let error = issues.open_with("help wanted").await.unwrap_err();
        assert!(matches!(error, GithubError::Unavailable { .. }), "{way:?}: {error}");
        assert_eq!(calls.lock().unwrap().len(), most, "{way:?}");
    }
}
