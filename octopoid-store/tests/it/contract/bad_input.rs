//! Every route with everything that it must not choke on. The routes come from the description, so that none is
//! forgotten.

use super::setting::{Answer, Setting, answer};
use octopoid_store::server::openapi_json;
use reqwest::Method;
use serde_json::{Map, Value, json};

/// A call, with its path filled in.
struct Call {
    method: Method,
    path: String,
    /// The names of the body's fields.
    fields: Vec<String>,
    has_body: bool,
}

fn calls() -> Vec<Call> {
    let described: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut calls = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let schema = &call["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let shape = schema.as_str().and_then(|name| described.pointer(name.strip_prefix('#')?));
            let fields = shape.and_then(|shape| shape["properties"].as_object());
            calls.push(Call {
                method: method.to_uppercase().parse().unwrap(),
                path: path
                    .replace("{id}", "task-1")
                    .replace("{name}", "default")
                    .replace("{scope}", "default"),
                fields: fields.map(|fields| fields.keys().cloned().collect()).unwrap_or_default(),
                // What is no JSON is bytes, of which none are wrong.
                has_body: !call["requestBody"]["content"]["application/json"].is_null(),
            });
        }
    }
    assert!(calls.len() > 60, "{}", calls.len());
    calls
}

/// A refusal, or an answer that is fine all the same; never a defect.
#[track_caller]
fn sane(call: &Call, what: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    assert!(
        status < 500 && status != 422,
        "{} {} with {what}: {status} {}",
        call.method,
        call.path,
        answer.body
    );
    if status >= 400 {
        let bare = answer.body["message"] == "No tasks available";
        let whole = answer.body["error"].is_string()
            && answer.body["code"].is_string()
            && answer.body["request_id"].is_string();
        assert!(bare || whole, "{} {} with {what}: {}", call.method, call.path, answer.body);
    }
}

/// The same for what cannot be fine.
#[track_caller]
fn refused(call: &Call, what: &str, answer: &Answer) {
    sane(call, what, answer);
    assert!(answer.status.is_client_error(), "{} {} with {what}: {}", call.method, call.path, answer.body);
}

async fn raw(s: &Setting, call: &Call, body: impl Into<reqwest::Body>) -> Answer {
    let request = s.request(call.method.clone(), &call.path).header("content-type", "application/json");
    answer(request.body(body)).await
}

async fn seeded() -> Setting {
    let s = Setting::new().await;
    s.post("/api/v1/tasks", json!({ "title": "A task" })).await.with(201);
    s
}

#[tokio::test]
async fn bodies_that_are_no_requests_are_refused() {
    let s = seeded().await;
    for call in calls().iter().filter(|call| call.has_body) {
        for bad in
            ["null", "[]", "7", "\"text\"", "{", "{\"a\":}", "{}{}", "\u{0}", "{\"title\":\"\\ud800\"}"]
        {
            refused(call, bad, &raw(&s, call, bad).await);
        }
        refused(call, "invalid UTF-8", &raw(&s, call, b"{\"title\":\"\xff\"}".to_vec()).await);
        let deep = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        refused(call, "a deep nesting", &raw(&s, call, deep).await);
        let answer = answer(
            s.request(call.method.clone(), &call.path).header("content-type", "text/plain").body("{}"),
        );
        let answer = answer.await;
        assert_eq!(answer.status, 415, "{}: {}", call.path, answer.body);
        sane(call, "no body", &raw(&s, call, "").await);
    }
}

#[tokio::test]
async fn a_field_of_the_wrong_kind_is_named() {
    let s = seeded().await;
    for call in &calls() {
        for field in &call.fields {
            let wrong = json!({ field: { "no": ["field", "is", "like", "this"] } });
            let answer = raw(&s, call, wrong.to_string()).await;
            sane(call, field, &answer);
            // What is any JSON, or is an object of its own, says so by itself.
            let free = ["evidence", "capabilities", "attributes", "submission", "command", "commands", "run"]
                .contains(&field.as_str());
            if !free {
                let words = answer.body["error"].as_str().unwrap_or_default().to_owned();
                let missing = words.starts_with("Missing");
                let gone = answer.status == 404;
                assert!(
                    missing || gone || words.contains(field.as_str()),
                    "{} {}: {field}: {}",
                    call.method,
                    call.path,
                    answer.body
                );
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_field_or_parameter_is_refused_by_name() {
    let s = seeded().await;
    for call in &calls() {
        if call.has_body {
            let answer = raw(&s, call, r#"{"colour":"red"}"#).await;
            refused(call, "an unknown field", &answer);
            let words = answer.body["error"].as_str().unwrap();
            assert!(
                words.contains("colour") || words.starts_with("Missing") || words.contains("missing field"),
                "{words}"
            );
        }
        if call.path.starts_with("/api/v1/") {
            let path = format!("{}?colour=red", call.path);
            let answer = answer(s.request(call.method.clone(), &path).json(&json!({}))).await;
            refused(call, "an unknown parameter", &answer);
            let words = answer.body["error"].as_str().unwrap();
            assert!(words.contains("parameter: colour"), "{} {}: {words}", call.method, call.path);
        }
    }
}

#[tokio::test]
async fn strange_values_do_no_harm() {
    let s = seeded().await;
    let long = "x".repeat(300_000);
    let values = [
        json!(null),
        json!(""),
        json!("../../etc/passwd"),
        json!("nul\u{0}"),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(["a", ""]),
        json!(long),
    ];
    for call in calls().iter().filter(|call| call.has_body) {
        for value in &values {
            let all: Map<String, Value> =
                call.fields.iter().map(|field| (field.clone(), value.clone())).collect();
            sane(
                call,
                &value.to_string().chars().take(40).collect::<String>(),
                &raw(&s, call, json!(all).to_string()).await,
            );
            for field in &call.fields {
                let body = json!({ field: value }).to_string();
                sane(call, field, &raw(&s, call, body).await);
            }
        }
    }
}

#[tokio::test]
async fn ten_megabytes_are_too_many() {
    let s = seeded().await;
    let body = format!("{{\"title\":\"{}\"}}", "x".repeat(10 << 20));
    for call in calls().iter().filter(|call| call.has_body) {
        let answer = raw(&s, call, body.clone()).await;
        assert_eq!(answer.status, 413, "{}: {}", call.path, answer.body);
        sane(call, "10 MB", &answer);
    }
}

#[tokio::test]
async fn ids_and_parameters_that_cannot_be_do_no_harm() {
    let s = seeded().await;
    // Two of them in one path still fit into the head of a request.
    let long = "a".repeat(7_000);
    for call in &calls() {
        for id in ["..%2f..%2fx", "%ff", "%00", "a%20b", &long, "%E6%97%A5"] {
            let path = call.path.replace("task-1", id).replace("/default", &format!("/{id}"));
            if path != call.path {
                sane(call, id, &answer(s.request(call.method.clone(), &path).json(&json!({}))).await);
            }
        }
        if call.method == Method::GET {
            for query in [
                "limit=abc",
                "limit=-1",
                "limit=99999999",
                "offset=-1",
                "after=x",
                "queue=%ff",
                "scope=..",
                "a=%",
            ] {
                sane(call, query, &s.get(&format!("{}?{query}", call.path)).await);
            }
        }
    }
}

#[tokio::test]
async fn another_method_is_405_and_another_path_404() {
    let s = seeded().await;
    for call in &calls() {
        let answer = answer(s.request(Method::from_bytes(b"PURGE").unwrap(), &call.path)).await;
        assert_eq!(answer.status, 405, "{}", call.path);
        assert_eq!(answer.body["code"], "method_not_allowed");
    }
    for path in ["/api/v1/nowhere", "/nowhere", "/api/v1/tasks/task-1/nothing", "/api/v1/tasks/"] {
        assert_eq!(s.get(path).await.with(404)["code"], "not_found");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let s = Setting::new().await;
    for bad in ["", &"k".repeat(256), "ä"] {
        let request = s.request(Method::POST, "/api/v1/tasks").json(&json!({ "title": "A task" }));
        let Ok(value) = reqwest::header::HeaderValue::from_bytes(bad.as_bytes()) else { continue };
        let answer = answer(request.header("idempotency-key", value)).await;
        assert_eq!(answer.with(400)["field"], "Idempotency-Key");
    }
}

#[tokio::test]
async fn a_body_is_called_invalid_json_only_where_it_is() {
    let s = Setting::new().await;
    let deep = format!("{{\"title\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let send = async |body: &str| {
        let request = s.request(Method::POST, "/api/v1/tasks").header("content-type", "application/json");
        answer(request.body(body.to_owned())).await.with(400)["error"].as_str().unwrap().to_owned()
    };
    for body in [
        "{\"title\":1e999}",
        "{\"title\":\"a\",\"priority\":123456789012345678901234567890}",
        "{\"title\":\"\\ud800\"}",
        "{\"title\":[]}",
        "{\"title\":{\"a\":1}}",
        "[]",
        "null",
        "\"text\"",
        &deep,
    ] {
        let words = send(body).await;
        assert!(!words.contains("not valid JSON"), "{body:.60}: {words}");
    }
    for body in
        ["{", "{\"title\":}", "{\"title\":\"a\"}}", "{'title':1}", "{\"title\":01}", "{\"title\":\"\u{1}\"}"]
    {
        let words = send(body).await;
        assert!(words.contains("not valid JSON"), "{body}: {words}");
    }
}
