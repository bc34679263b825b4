//! Lists are read page by page, and what is added or removed meanwhile moves nothing.

use super::setting::Setting;
use serde_json::{Value, json};

/// Everything of a list by its cursor, two at a time; gives each one's id.
async fn read_all(s: &Setting, list: &str, meanwhile: impl AsyncFn()) -> Vec<String> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = s.get(&format!("/api/v1/{list}limit=2{after}")).await.with(200);
        let name = list.split(['?', '/']).next().unwrap();
        let id = |one: &Value| one["id"].as_str().map_or_else(|| one["id"].to_string(), str::to_owned);
        found.extend(page[name].as_array().unwrap().iter().map(id));
        meanwhile().await;
        match &page["next"] {
            Value::Null => return found,
            Value::String(next) => after = format!("&after={next}"),
            next => after = format!("&after={next}"),
        }
        assert!(found.len() < 20, "it never ends: {found:?}");
    }
}

#[tokio::test]
async fn every_list_can_be_read_on_after_its_last_entry() {
    let s = Setting::new().await;
    for number in 1..=5 {
        let title = format!("Number {number}");
        s.post("/api/v1/projects", json!({ "title": title, "scope": "a" })).await.with(201);
        s.post("/api/v1/drafts", json!({ "title": title, "author": "ada", "scope": "a" })).await.with(201);
        let action = json!({ "entity_type": "task", "entity_id": "1", "label": title, "proposed_by": "ada", "scope": "a" });
        s.post("/api/v1/actions", action).await.with(201);
    }
    s.post("/api/v1/tasks", json!({ "id": "T1", "title": "T1", "scope": "a" })).await.with(201);
    let say = async || {
        let message =
            json!({ "task_id": "T1", "from_actor": "ada", "type": "comment", "content": "hi", "scope": "a" });
        s.post("/api/v1/messages", message).await.with(201);
    };
    for _ in 0..5 {
        say().await;
    }
    let projects = read_all(&s, "projects?scope=a&", async || {
        // A newer one does not come into what is read on.
        s.post("/api/v1/projects", json!({ "title": "Later", "scope": "a" })).await.with(201);
    });
    assert_eq!(projects.await, ["number-5", "number-4", "number-3", "number-2", "number-1"]);
    let drafts = read_all(&s, "drafts?scope=a&", async || {
        // Where the list was left may be gone.
        s.delete("/api/v1/drafts/4?scope=a").await;
    });
    assert_eq!(drafts.await, ["5", "4", "3", "2", "1"]);
    let actions = read_all(&s, "actions?scope=a&", async || {}).await;
    assert_eq!(actions, ["act-5", "act-4", "act-3", "act-2", "act-1"]);
    for list in ["messages?scope=a&", "messages?scope=a&task_id=T1&"] {
        let messages = read_all(&s, list, async || {}).await;
        let whole = s.get(&format!("/api/v1/{list}limit=500")).await.with(200);
        let whole: Vec<_> =
            whole["messages"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(json!(messages), json!(whole), "{list}");
        assert_eq!(messages.len(), 5, "{list}");
    }
    let thread = s.get("/api/v1/tasks/T1/messages?scope=a&limit=3").await.with(200);
    let next = thread["next"].as_u64().unwrap();
    let rest = s.get(&format!("/api/v1/tasks/T1/messages?scope=a&after={next}")).await.with(200);
    assert_eq!((rest["messages"].as_array().unwrap().len(), rest["total"].as_u64()), (2, Some(2)));
    assert!(rest.get("next").is_none());
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let s = Setting::new().await;
    for list in ["projects", "drafts", "actions", "messages"] {
        for after in ["%00", "-1", "nowhere%20at%20all"] {
            s.get(&format!("/api/v1/{list}?scope=a&after={after}")).await.with(400);
        }
    }
}
