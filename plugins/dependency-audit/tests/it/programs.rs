//! Tools that are run.

use crate::scene::{Scene, drafts, nothing, titles};
use octopoid_plugin::serde_json::json;
use octopoid_plugin::{ErrorKind, Outcome};

const CLEAN: &str =
    r#"echo '{"type":"summary","fields":{"advisories":{"errors":0,"warnings":0,"notes":0,"helps":0}}}' >&2"#;

#[test]
fn what_applies_is_run_and_each_advisory_is_a_draft() {
    let scene =
        Scene::new().with_lock("Cargo.lock").with_lock("package-lock.json").with_cargo_deny().with_npm();
    let finished = scene.run(json!({}));
    assert_eq!(
        finished.progress,
        ["checking Cargo.lock with cargo-deny", "checking package-lock.json with npm-audit"]
    );
    let first = drafts(finished);
    let seen: Vec<_> = first.iter().map(|draft| draft.title.as_str()).collect();
    assert_eq!(
        seen,
        [
            "GHSA-xvch-5gv4-984h in minimist",
            "RUSTSEC-2021-0003 in smallvec",
            "GHSA-35jh-r3h4-6jhm in lodash",
            "GHSA-hrpp-h998-j3pp in qs",
            "GHSA-29mw-wpgm-hmr9 in lodash",
            "RUSTSEC-2021-0139 in ansi_term",
            "yanked: winapi 0.3.9",
        ]
    );
    let smallvec = &first[1].body;
    for words in ["critical", "`app 0.1.0 → smallvec 1.6.0`", ">=1.6.1", "cargo update -p smallvec@1.6.0"] {
        assert!(smallvec.contains(words), "{words}: {smallvec}");
    }
    let minimist = &first[0].body;
    for words in ["`shop 1.0.0 → mkdirp 0.5.1 → minimist 0.0.8`", "`<0.2.4`", "npm install mkdirp@0.5.6"]
    {
        assert!(minimist.contains(words), "{words}: {minimist}");
    }
    assert_eq!(drafts(scene.run(json!({}))), first, "the next run says the very same");
}

#[test]
fn nothing_found_says_what_was_checked() {
    let scene = Scene::new().with_lock("Cargo.lock").with_program("cargo-deny", CLEAN);
    let reason = nothing(scene.run(json!({})));
    assert!(
        reason.starts_with("nothing to fix in Cargo.lock (") && reason.ends_with("with cargo-deny"),
        "{reason}"
    );
}

#[test]
fn a_tool_that_is_asked_for_and_has_no_lock_file_is_said() {
    let finished = Scene::new().run(json!({ "tools": ["cargo-deny"] }));
    assert!(finished.log.iter().any(|line| line.contains("there is no Cargo.lock")), "{:?}", finished.log);
    match finished.outcome {
        Ok(Outcome::Failed { reason }) => assert!(reason.contains("there is no Cargo.lock"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let scene = Scene::new().with_lock("Cargo.lock").with_program("cargo-deny", CLEAN);
    let reason = nothing(scene.run(json!({ "tools": ["cargo-deny", "npm-audit"] })));
    assert!(reason.contains("not checked: npm-audit, because there is no package-lock.json"), "{reason}");
}

#[test]
fn no_lock_file_at_all_is_nothing_to_do() {
    assert_eq!(nothing(Scene::new().run(json!({}))), "there is no Cargo.lock or package-lock.json to check");
}

#[test]
fn every_folder_is_checked_and_one_advisory_is_one_draft() {
    let lock = std::fs::read_to_string(crate::scene::captured("Cargo.lock")).unwrap();
    let scene =
        Scene::new().with_file("a/Cargo.lock", &lock).with_file("b/Cargo.lock", &lock).with_cargo_deny();
    let drafts = drafts(scene.run(json!({ "folders": ["a", "b"] })));
    assert_eq!(drafts.len(), 3);
    assert!(drafts[0].body.contains("In: `a/Cargo.lock`, `b/Cargo.lock`"), "{}", drafts[0].body);
}

#[test]
fn a_database_out_of_reach_is_tried_again_later() {
    let script =
        format!("cat '{}' >&2; exit 1", crate::scene::captured("cargo-deny-offline.jsonl").display());
    let scene = Scene::new().with_lock("Cargo.lock").with_program("cargo-deny", &script);
    let error = scene.run(json!({})).outcome.unwrap_err();
    assert!(error.retryable && error.message.contains("Could not resolve host"), "{error}");
    assert!(error.message.contains("cargo-deny on Cargo.lock"), "{error}");
}

#[test]
fn a_tool_that_breaks_is_an_error_and_no_clean_bill() {
    for script in ["exit 1", "echo oops >&2", "kill -9 $$"] {
        let scene = Scene::new().with_lock("Cargo.lock").with_program("cargo-deny", script);
        let error = scene.run(json!({})).outcome.unwrap_err();
        assert!(error.message.contains("did not come to its end") && !error.retryable, "{script}: {error}");
    }
    let refused = format!("cat '{}'; exit 1", crate::scene::captured("npm-audit-refused.json").display());
    let scene = Scene::new().with_lock("package-lock.json").with_program("npm", &refused);
    let error = scene.run(json!({})).outcome.unwrap_err();
    assert!(error.message.contains("405 Method Not Allowed"), "{error}");
}

#[test]
fn a_tool_that_hangs_is_stopped() {
    let scene = Scene::new().with_lock("Cargo.lock").with_program("cargo-deny", "exec sleep 600");
    let error = scene.run(json!({ "timeout_seconds": 1 })).outcome.unwrap_err();
    assert!(error.retryable && error.message.contains("longer than 1 s"), "{error}");
}

#[test]
fn a_run_that_is_to_stop_stops() {
    let scene = Scene::new().with_lock("Cargo.lock").with_cargo_deny();
    let error = scene.harness(json!({})).cancelled().run().outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

#[test]
fn much_output_on_both_streams_fills_nothing_up() {
    let noise = "i=0; while [ $i -lt 3000 ]; do echo \"noise $i $PWD/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"; echo \"noise $i $PWD/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" >&2; i=$((i+1)); done";
    let scene = Scene::new().with_lock("Cargo.lock").with_program("cargo-deny", &format!("{noise}\n{CLEAN}"));
    nothing(scene.run(json!({})));
}

#[test]
fn duplicates_are_proposed_only_when_asked_for() {
    let scene = Scene::new().with_lock("package-lock.json").with_file(
        "Cargo.lock",
        "version = 4\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\"a 1.0.0\", \"a 2.0.0\"]\n\
         [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\
         [[package]]\nname = \"a\"\nversion = \"2.0.0\"\nsource = \"registry+x\"\n",
    );
    let scene = scene.with_program("cargo-deny", CLEAN);
    nothing(scene.run(json!({ "tools": ["cargo-deny"] })));
    let seen =
        titles(scene.run(json!({ "tools": ["cargo-deny"], "duplicates": true, "minimum_severity": "high" })));
    assert_eq!(seen, ["several major versions of a"]);
}
