//! The feed of what changes.

use crate::place::Place;
use axum::body::{Body, BodyDataStream};
use axum::http::{Method, StatusCode};
use futures_util::StreamExt as _;
use octopoid_core::model::TaskId;
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt as _;

/// Feed that is read event by event.
pub(crate) struct Feed {
    body: BodyDataStream,
    text: String,
}

impl Feed {
    pub(crate) async fn open(place: &Place, path: &str, last: Option<&str>) -> Self {
        let mut request = place.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = place.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// Returns the next event: its id and its data.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                    return (id, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let part = tokio::time::timeout(Duration::from_secs(10), self.body.next())
                .await
                .expect("an event in time");
            self.text.push_str(std::str::from_utf8(&part.unwrap().unwrap()).unwrap());
        }
    }
}

fn ids(news: &Value) -> Vec<&str> {
    news["cards"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap()).collect()
}

pub(crate) fn revision(page: &str) -> String {
    page.split("since=").nth(1).unwrap().split(['"', '&']).next().unwrap().to_owned()
}

#[tokio::test]
async fn a_change_is_sent_once_to_a_board_that_has_the_rest() {
    let place = Place::signed_in().await;
    place.task("Old").await;
    let page = place.page("/").await;
    let mut feed = Feed::open(&place, &format!("/events?since={}", revision(&page.text)), None).await;
    let new = place.task("New").await;
    let (_, news) = feed.next().await;
    assert_eq!(ids(&news), [new.as_str()]);
    assert_eq!(news["counts"]["waiting"], 2);
    assert!(news["cards"][0]["html"].as_str().unwrap().contains("New"));
    place.post(&format!("/tasks/{new}/decide"), &[("do", "cancel")]).await;
    let (_, news) = feed.next().await;
    assert_eq!((ids(&news), news["cards"][0]["column"].as_str()), (vec![new.as_str()], Some("done")));
}

#[tokio::test]
async fn a_feed_that_was_cut_goes_on_without_gap_or_repeat() {
    let place = Place::signed_in().await;
    let first = place.task("First").await;
    let mut feed = Feed::open(&place, "/events", None).await;
    let (seen, news) = feed.next().await;
    assert_eq!((ids(&news), news["all"].as_bool()), (vec![first.as_str()], Some(true)));
    drop(feed);
    let (second, third) = (place.task("Second").await, place.task("Third").await);
    place.post("/bulk", &[("task", second.as_str()), ("do", "P0")]).await;
    let mut feed = Feed::open(&place, "/events", Some(&seen)).await;
    let (seen, news) = feed.next().await;
    assert_eq!((ids(&news), news["all"].as_bool()), (vec![second.as_str(), third.as_str()], Some(false)));
    drop(feed);
    let mut feed = Feed::open(&place, "/events", Some(&seen)).await;
    let fourth = place.task("Fourth").await;
    let (_, news) = feed.next().await;
    assert_eq!(ids(&news), [fourth.as_str()]);
}

#[tokio::test]
async fn a_board_of_another_process_gets_everything() {
    let place = Place::signed_in().await;
    place.task("One").await;
    for unknown in ["ffffffff.7", "nonsense", "0.0"] {
        let (_, news) = Feed::open(&place, "/events", Some(unknown)).await.next().await;
        assert_eq!((ids(&news).len(), news["all"].as_bool()), (1, Some(true)), "{unknown}");
    }
}

#[tokio::test]
async fn a_filtered_board_hears_of_what_it_shows_and_of_what_it_loses() {
    let place = Place::signed_in().await;
    let shown = place.task("Shown").await;
    place.task("Other").await;
    let mut feed = Feed::open(&place, "/events?q=shown", None).await;
    assert_eq!(ids(&feed.next().await.1), [shown.as_str()]);
    let csrf = place.page("/").await.csrf();
    let version = place.read(&shown).await.version.to_string();
    let edit = [
        ("csrf", csrf.as_str()),
        ("title", "Renamed"),
        ("description", "It."),
        ("role", "implement"),
        ("version", &version),
    ];
    place.post_as_is(&format!("/tasks/{shown}/edit"), &edit).await;
    let (_, news) = feed.next().await;
    assert_eq!((ids(&news), news["gone"][0].as_str()), (vec![], Some(shown.as_str())));
}

#[tokio::test]
async fn a_tasks_page_is_told_of_its_own_changes_alone() {
    let place = Place::signed_in().await;
    let (own, other) = (place.task("Own").await, place.task("Other").await);
    let since = revision(&place.page(&format!("/tasks/{own}")).await.text);
    let mut feed = Feed::open(&place, &format!("/events?task={own}&since={since}"), None).await;
    place.post(&format!("/tasks/{other}/decide"), &[("do", "cancel")]).await;
    assert_eq!(feed.next().await.1["page"], false);
    place.post(&format!("/tasks/{own}/comments"), &[("text", "Hello")]).await;
    let (_, news) = feed.next().await;
    assert_eq!((news["page"].as_bool(), news["needed"].as_u64()), (Some(true), Some(0)));
    let _: TaskId = own;
}
