//! The description of the interface.

use super::setting::{Setting, answer};
use octopoid_store::server::openapi_json;
use serde_json::{Value, json};
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

/// The calls of the contract, with what their paths name filled in, as method, path and description.
fn operations() -> Vec<(reqwest::Method, String, Value)> {
    let described = described();
    let mut all = Vec::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "task-1").replace("{name}", "default").replace("{scope}", "prod");
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase().parse().unwrap(), path.clone(), operation.clone()));
        }
    }
    all.retain(|(_, path, _)| path.starts_with("/api/v1/"));
    assert!(all.len() > 60, "{}", all.len());
    all
}

#[tokio::test]
async fn every_call_without_its_key_or_with_that_of_another_scope_is_refused_as_described() {
    let s = Setting::with(|server| server.with_admin_token("an-admin-token-of-some-length")).await;
    let made = s
        .request(reqwest::Method::POST, "/api/v1/keys")
        .bearer_auth("an-admin-token-of-some-length")
        .json(&json!({ "scope": "prod", "label": "a test" }));
    let key = answer(made).await.with(201)["api_key"].as_str().unwrap().to_owned();
    for (method, path, operation) in operations() {
        let body = if operation["requestBody"].is_null() { Value::Null } else { json!({}) };
        let bare = answer(s.request(method.clone(), &path).json(&body)).await;
        assert_eq!(bare.status, 401, "{method} {path}: {}", bare.body);
        let scoped = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|one| one["name"] == "scope" && one["in"] == "query");
        if scoped {
            // `answer` looks whether what comes is described; what it is depends on what is wrong first.
            let other = s.request(method.clone(), &format!("{path}?scope=dev")).bearer_auth(&key).json(&body);
            assert!(answer(other).await.status.is_client_error(), "{method} {path}");
            let empty = s.request(method.clone(), &format!("{path}?scope=")).bearer_auth(&key).json(&body);
            assert!(answer(empty).await.status.is_client_error(), "{method} {path}");
        }
        for status in ["429", "503"] {
            assert!(operation["responses"].get(status).is_some(), "{method} {path} {status}");
        }
    }
}

#[tokio::test]
async fn described_bounds_of_parameters_are_those_that_are_enforced() {
    let s = Setting::new().await;
    s.post("/api/v1/tasks", json!({ "title": "A task" })).await.with(201);
    let mut checked = 0;
    for (method, path, operation) in operations() {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let ask = async |value: String| {
                answer(s.request(method.clone(), &format!("{path}?{name}={value}"))).await.status.as_u16()
            };
            if name == "scope" && parameter["in"] == "query" {
                assert_eq!((&schema["minLength"], &schema["maxLength"]), (&json!(1), &json!(128)), "{path}");
                assert_eq!(ask(String::new()).await, 400, "{method} {path}?scope=");
                assert_eq!(ask("a".repeat(129)).await, 400, "{method} {path}?scope=aaa…");
            }
            if schema["type"] == "integer"
                && path != "/api/v1/orchestrators"
                && method == reqwest::Method::GET
            {
                let least = schema["minimum"].as_i64().unwrap();
                assert_eq!(ask((least - 1).to_string()).await, 400, "{path}?{name}={}", least - 1);
                assert_ne!(ask(least.to_string()).await, 400, "{path}?{name}={least}");
                if let Some(most) = schema["maximum"].as_i64() {
                    assert_ne!(ask(most.to_string()).await, 400, "{path}?{name}={most}");
                    assert_eq!(ask((most + 1).to_string()).await, 400, "{path}?{name}={}", most + 1);
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 15, "{checked}");
}

#[tokio::test]
async fn described_bounds_of_leases_are_those_that_are_enforced() {
    let s = Setting::new().await;
    let described = described();
    for (path, schema, field) in [
        ("/api/v1/tasks/claim", "ClaimTask", "lease_duration_seconds"),
        ("/api/v1/tasks/claim", "ClaimTask", "lease_duration_ms"),
        ("/api/v1/tasks/claim", "ClaimTask", "wait_seconds"),
    ] {
        let bounds = &described["components"]["schemas"][schema]["properties"][field];
        let (least, most) = (bounds["minimum"].as_i64().unwrap(), bounds["maximum"].as_i64().unwrap());
        let ask = async |value: i64| {
            // There is something to claim each time, so that nothing is waited for.
            s.post("/api/v1/tasks", json!({ "title": "A task" })).await.with(201);
            let body = json!({ "orchestrator_id": "machine-1", "agent_name": "a", field: value });
            s.post(path, body).await
        };
        for (value, fine) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            let answer = ask(value).await;
            assert_eq!(answer.status == 200, fine, "{field}: {value}: {}", answer.body);
            assert!(fine || answer.status == 400, "{field}: {value}: {}", answer.body);
        }
    }
}
