//! The description of the interface.

use super::setting::Setting;
use octopoid_store::server::openapi_json;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Every call of the contract.
const CONTRACT: &[(&str, &[&str])] = &[
    ("/api/health", &["get"]),
    ("/api/ready", &["get"]),
    ("/api/v1/tasks", &["get", "post"]),
    ("/api/v1/tasks/{id}", &["get", "patch", "delete"]),
    ("/api/v1/tasks/claim", &["post"]),
    ("/api/v1/tasks/{id}/renew", &["post"]),
    ("/api/v1/tasks/{id}/submit", &["post"]),
    ("/api/v1/tasks/{id}/accept", &["post"]),
    ("/api/v1/tasks/{id}/reject", &["post"]),
    ("/api/v1/tasks/{id}/requeue", &["post"]),
    ("/api/v1/tasks/{id}/release", &["post"]),
    ("/api/v1/tasks/{id}/force-queue", &["post"]),
    ("/api/v1/tasks/{id}/hooks/{name}/complete", &["post"]),
    ("/api/v1/tasks/{id}/messages", &["get"]),
    ("/api/v1/tasks/{id}/history", &["get"]),
    ("/api/v1/tasks/{id}/runs", &["get"]),
    ("/api/v1/orchestrators/register", &["post"]),
    ("/api/v1/orchestrators/{id}/heartbeat", &["post"]),
    ("/api/v1/orchestrators", &["get"]),
    ("/api/v1/orchestrators/{id}", &["get", "patch"]),
    ("/api/v1/orchestrators/scopes/{scope}/rotate-key", &["post"]),
    ("/api/v1/projects", &["get", "post"]),
    ("/api/v1/projects/{id}", &["get", "patch", "delete"]),
    ("/api/v1/projects/{id}/tasks", &["get"]),
    ("/api/v1/drafts", &["get", "post"]),
    ("/api/v1/drafts/{id}", &["get", "patch", "delete"]),
    ("/api/v1/messages", &["get", "post"]),
    ("/api/v1/actions", &["get", "post"]),
    ("/api/v1/actions/{id}/execute", &["post"]),
    ("/api/v1/actions/{id}", &["patch"]),
    ("/api/v1/flows", &["get"]),
    ("/api/v1/flows/{name}", &["get", "put", "delete"]),
    ("/api/v1/roles/register", &["post"]),
    ("/api/v1/roles", &["get"]),
    ("/api/v1/roles/{name}", &["get"]),
    ("/api/v1/scheduler/poll", &["get"]),
    ("/api/v1/events", &["get"]),
    ("/api/v1/keys", &["get", "post"]),
    ("/api/v1/keys/{id}", &["delete"]),
];

fn described() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

#[test]
fn the_checked_in_description_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == openapi_json(),
        "openapi.json is not that of the code: `cargo test -p octopoid-store --test it write_the_description -- --ignored` \
         writes it anew"
    );
}

#[test]
#[ignore = "writes openapi.json anew"]
fn write_the_description() {
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json"), openapi_json()).unwrap();
}

#[test]
fn every_call_of_the_contract_is_described() {
    let described = described();
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, methods) in CONTRACT {
        for method in *methods {
            let call = &described["paths"][path][method];
            assert!(call["responses"].is_object(), "{method} {path}");
            assert!(
                !call["summary"].as_str().unwrap_or_default().is_empty(),
                "{method} {path} says what it does"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_call_has_a_name_of_its_own() {
    let described = described();
    let mut names = BTreeSet::new();
    for call in
        described["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values())
    {
        assert!(names.insert(call["operationId"].as_str().unwrap().to_owned()), "{}", call["operationId"]);
    }
    let mut open = vec![&described];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(described.pointer(pointer).is_some(), "{reference}");
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_description_and_the_page_are_served() {
    let s = Setting::new().await;
    assert_eq!(s.get("/api/openapi.json").await.with(200), described());
    for path in ["/", "/api/docs"] {
        let response =
            s.request(reqwest::Method::GET, path).header("accept", "text/html").send().await.unwrap();
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        let page = response.text().await.unwrap();
        assert!(
            page.contains("/api/openapi.json") && !page.contains("https://") && !page.contains("http://")
        );
    }
    assert_eq!(s.get("/").await.with(200)["name"], "Octopoid Server");
}
