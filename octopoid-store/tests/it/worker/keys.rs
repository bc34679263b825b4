//! Keys and scopes, which have an object of their own.

use super::deployment::{ADMIN, Deployment};
use octopoid_store::conformance::SteppedClock;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

/// A deployment where keys are required.
struct Place {
    url: String,
    client: Client,
}

impl Place {
    async fn open() -> Option<Self> {
        let opened = Deployment::Keys.open(Arc::new(SteppedClock::new())).await;
        if opened.is_none() {
            println!("left out: there is no Worker");
        }
        Some(Self { url: opened?, client: Client::builder().no_proxy().build().unwrap() })
    }

    async fn ask(&self, key: &str, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{}/api/v1/{path}", self.url)).bearer_auth(key);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap())
    }

    async fn get(&self, key: &str, path: &str) -> (StatusCode, Value) {
        self.ask(key, Method::GET, path, None).await
    }

    async fn key(&self, scope: &str) -> (String, String) {
        let made = self.ask(ADMIN, Method::POST, "keys", Some(json!({ "scope": scope }))).await.1;
        (made["api_key"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_all_objects_within_seconds() {
    let Some(place) = Place::open().await else { return };
    let (key, id) = place.key("mine").await;
    assert_eq!(place.get(&key, "tasks").await.0, 200);
    place.ask(ADMIN, Method::DELETE, &format!("keys/{id}"), Some(json!({}))).await;
    while place.get(&key, "tasks").await.0 != 401 {}
    assert_eq!(place.get(&key, "keys").await.0, 401);
    assert_eq!(place.get(ADMIN, "keys").await.0, 200);
}

#[tokio::test]
async fn scopes_are_known_from_their_first_record_to_their_last() {
    let Some(place) = Place::open().await else { return };
    let scopes = async || place.get(ADMIN, "scopes").await.1["scopes"].clone();
    assert_eq!(place.get(ADMIN, "tasks?scope=mine").await.0, 200);
    assert_eq!(scopes().await, json!([]));
    let task = json!({ "id": "task-1", "title": "A task", "content": "Do it.", "scope": "mine" });
    assert_eq!(place.ask(ADMIN, Method::POST, "tasks", Some(task)).await.0, 201);
    assert_eq!(scopes().await, json!(["mine"]));
    // The operator reaches it by its name: in the parameters, or in the body.
    assert_eq!(place.get(ADMIN, "tasks/task-1?scope=mine").await.0, 200);
    assert_eq!(place.get(ADMIN, "tasks/task-1").await.0, 404);
    let patch = json!({ "title": "Another", "scope": "mine" });
    assert_eq!(place.ask(ADMIN, Method::PATCH, "tasks/task-1", Some(patch)).await.0, 200);
    assert_eq!(place.ask(ADMIN, Method::DELETE, "tasks/task-1?scope=mine", Some(json!({}))).await.0, 200);
    assert_eq!(scopes().await, json!([]));
    // A key is a record of its scope too.
    let (key, _) = place.key("theirs").await;
    assert_eq!(scopes().await, json!(["theirs"]));
    assert_eq!(place.get(&key, "scopes").await.1["scopes"], json!(["theirs"]));
}

#[tokio::test]
async fn there_is_no_way_from_outside_to_the_calls_between_objects() {
    let Some(place) = Place::open().await else { return };
    for path in ["/internal/keys", "//internal/keys", "/api/v1/../../internal/keys", "/internal/%6beys"] {
        let request = place.client.post(format!("{}{path}", place.url)).bearer_auth(ADMIN);
        let response = request.json(&json!({ "List": null })).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_feed_of_all_scopes_is_refused_with_what_to_do() {
    let Some(place) = Place::open().await else { return };
    let (status, body) = place.get(ADMIN, "events?scope=*").await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("OCTOPOID_OBJECTS"), "{body}");
}
