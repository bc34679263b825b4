//! Reports of tools that ran elsewhere, and lock files that are wrong.

use crate::scene::{Scene, captured, drafts, nothing, titles};
use octopoid_plugin::serde_json::json;

#[test]
fn a_report_stands_for_its_tool() {
    let scene = Scene::new().with_lock("Cargo.lock").with_program("cargo-deny", "exit 9");
    let report = json!({ "path": captured("cargo-deny.jsonl"), "kind": "cargo-deny" });
    let seen = drafts(scene.run(json!({ "report": report })));
    assert_eq!(seen.len(), 3);
    assert!(seen[0].body.contains("app 0.1.0 → smallvec 1.6.0"), "{}", seen[0].body);
}

#[test]
fn a_report_in_the_workspace_needs_no_lock_file() {
    let text = std::fs::read_to_string(captured("npm-audit.json")).unwrap();
    let scene = Scene::new().with_file("ci/audit.json", &text);
    let seen = titles(scene.run(json!({ "report": { "path": "ci/audit.json", "kind": "npm-audit" } })));
    assert_eq!(seen.len(), 4);
}

#[test]
fn a_report_that_is_missing_or_of_another_kind_is_an_error() {
    let scene = Scene::new();
    let run = |path: std::path::PathBuf, kind: &str| {
        let settings = json!({ "report": { "path": path, "kind": kind } });
        scene.run(settings).outcome.unwrap_err().message
    };
    let missing = run("gone.json".into(), "npm-audit");
    assert!(missing.contains("gone.json cannot be read") && missing.contains("`report`"), "{missing}");
    let other = run(captured("npm-audit.json"), "cargo-deny");
    assert!(other.contains("did not come to its end"), "{other}");
    let other = run(captured("cargo-deny.jsonl"), "npm-audit");
    assert!(other.contains("not JSON"), "{other}");
}

#[test]
fn a_lock_file_that_is_not_understood_is_named_with_its_line() {
    for (name, text, place) in [
        ("Cargo.lock", "version = 4\n\n[[package]]\nname = \n", "Cargo.lock, line 4: "),
        ("Cargo.lock", "<<<<<<< HEAD\n", "Cargo.lock, line 1: "),
        ("package-lock.json", "{\n  \"packages\": {\n    oops\n", "package-lock.json, line 3: "),
        ("package-lock.json", "[]", "package-lock.json, line 1: "),
    ] {
        let scene = Scene::new().with_file(name, text).with_cargo_deny().with_npm();
        let error = scene.run(json!({})).outcome.unwrap_err();
        assert!(error.message.starts_with(place), "{text:?}: {error}");
    }
    let scene = Scene::new();
    std::fs::write(scene.work().join("Cargo.lock"), b"a = 1\nb = \"\xff\"\n").unwrap();
    let error = scene.run(json!({})).outcome.unwrap_err();
    assert!(error.message.starts_with("Cargo.lock, line 2: it is not UTF-8"), "{error}");
}

#[test]
fn what_the_settings_leave_out_is_counted() {
    let scene = Scene::new().with_lock("Cargo.lock").with_cargo_deny();
    let seen = titles(scene.run(json!({ "minimum_severity": "moderate" })));
    assert_eq!(seen, ["RUSTSEC-2021-0003 in smallvec"]);
    let settings = json!({ "minimum_severity": "low", "ignore": ["cve-2021-25900"] });
    let reason = nothing(scene.run(settings));
    assert!(reason.ends_with("left out 3 by the settings"), "{reason}");
    let ignore = json!({ "ignore": ["RUSTSEC-2021-0139", "yanked: winapi 0.3.9"] });
    assert_eq!(titles(scene.run(ignore)), ["RUSTSEC-2021-0003 in smallvec"]);
}
