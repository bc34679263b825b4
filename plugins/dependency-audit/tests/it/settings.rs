//! Settings that make no sense.

use crate::scene::Scene;
use octopoid_plugin::ErrorKind;
use octopoid_plugin::serde_json::json;

#[test]
fn they_are_refused() {
    for settings in [
        json!({ "tool": ["cargo-deny"] }),
        json!({ "tools": ["cargo-audit"] }),
        json!({ "tools": [] }),
        json!({ "report": { "path": "x" } }),
        json!({ "minimum_severity": "terrible" }),
        json!({ "folders": [] }),
        json!({ "folders": ["../x"] }),
        json!({ "folders": ["/"] }),
        json!({ "timeout_seconds": 0 }),
    ] {
        let error = Scene::new().run(settings.clone()).outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Settings, "{settings}: {error}");
    }
}
