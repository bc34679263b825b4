//! The service, over a real socket.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

mod service;

use serde_json::json;
use service::Service;

#[test]
fn changes_are_asked_for_watched_and_cancelled_until_the_service_has_drained() {
    let mut service = Service::start();

    // A change is made, reviewed and landed while somebody watches.
    let greeting = json!({ "title": "Add a greeting", "description": "Hello." });
    let (status, made) = service.post("/changes", &greeting);
    assert_eq!(
        (status, made["id"].as_str(), made["state"].as_str()),
        (201, Some("task-1"), Some("incoming"))
    );
    let events = service.watch("/changes/task-1/events").rest();
    // How much there was to see depends on how soon the watching began; how it is comes first and last.
    assert!(events.starts_with("event: state\ndata: {"), "{events}");
    assert!(events.ends_with("\"state\":\"done\",\"title\":\"Add a greeting\"}\n"), "{events}");
    let (status, done) = service.get("/changes/task-1");
    assert_eq!((status, done["state"].as_str(), done["commit"].is_string()), (200, Some("done"), true));

    // One is cancelled while its agent is at work.
    let endless = json!({ "title": "Find the question", "description": "Please think about it." });
    service.post("/changes", &endless);
    let mut watching = service.watch("/changes/task-2/events");
    watching.until_it_is_at_work();
    let (status, cancelled) = service.post("/changes/task-2/cancel", &json!({ "reason": "it is 42" }));
    assert_eq!((status, cancelled["state"].as_str()), (200, Some("failed")));
    assert!(watching.rest().contains("cancelled by service: it is 42"));

    // What is wrong is said.
    let (status, error) = service.get("/changes/task-9");
    assert_eq!((status, error["error"].as_str()), (404, Some("there is no task task-9")));
    assert_eq!(service.post("/changes/task-9/cancel", &json!({ "reason": "" })).0, 404);
    assert_eq!(service.post("/changes/task-1/cancel", &json!({ "reason": "" })).0, 409);
    assert_eq!(service.post("/changes", &json!({ "title": "Nothing", "description": " " })).0, 422);

    // Told to end, it takes nothing new, and can be watched and steered until all is finished.
    service.post("/changes", &endless);
    let mut watching = service.watch("/changes/task-3/events");
    watching.until_it_is_at_work();
    service.terminate();
    assert_eq!(service.line(), "closing: what is under way is finished");
    assert_eq!(service.post("/changes", &greeting).0, 503);
    assert_eq!(service.post("/changes/task-3/cancel", &json!({ "reason": "we close" })).0, 200);
    assert!(watching.rest().contains("cancelled by service: we close"));
    assert_eq!(service.end(), "ended; on main:\n  Add a greeting\n  Initial commit\n");
}
