//! The plugins in `plugins/`, as their users have them: built as libraries, loaded, and run in a repository.

use super::host::Host;
use super::{build, host_program, named, options};
use crate::support::{Place, environment};
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::{CommitId, Outcome, RunId};
use octopoid_core::role::{CommitLine, Role, RoleContext, Workspace, WorkspaceKind};
use octopoid_core::transition::Purpose;
use octopoid_roles::plugin::{Isolation, Plugin, PluginFile, PluginOptions};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

const BOTH: [Isolation; 2] = [Isolation::Thread, Isolation::Process];

/// A plugin's role, whose child processes have an environment such as the command line gives them.
async fn load(name: &str, isolation: Isolation, place: &Place) -> Arc<dyn Role> {
    load_with(name, isolation, options().with_host(host_program().envs(environment(place.path())))).await
}

async fn load_with(name: &str, isolation: Isolation, options: PluginOptions) -> Arc<dyn Role> {
    let file = PluginFile::new(build::library(name)).with_isolation(isolation);
    let plugin = Plugin::load(&file, &options).await.unwrap();
    assert_eq!(plugin.manifest().name, name);
    named(&plugin, name)
}

/// A run in the repository, with what its work is since a base.
async fn run(
    role: &dyn Role,
    place: &Place,
    base: &CommitId,
    settings: Value,
    result: Option<Value>,
) -> (Outcome, Vec<String>) {
    let head = place.head();
    let repository = Repository::open(place.repository(), Git::new(environment(place.path()))).unwrap();
    let mut host = Arc::into_inner(Host::with(result)).unwrap();
    host.diff = repository.diff(base, &head).unwrap();
    let line = |commit: octopoid_core::git::CommitInfo| CommitLine::new(commit.id, commit.summary);
    host.commits = repository.log(base, &head).unwrap().into_iter().map(line).collect();
    let host = Arc::new(host);
    let task = crate::support::task("Do what your name says.");
    let workspace = Workspace::new(place.repository(), "main").with_commits(base.clone(), base.clone(), head);
    let mut context = RoleContext::new(RunId::of(&task.id, 1), 1, task, workspace, host.clone());
    context.settings = settings;
    let outcome = role.run(&context).await.unwrap_or_else(|error| panic!("{error}: {:?}", host.log()));
    (outcome, host.log())
}

#[tokio::test]
async fn changelog_writes_down_the_works_commits() {
    for isolation in BOTH {
        let place = Place::new();
        let role = load("changelog", isolation, &place).await;
        assert_eq!((role.spec().claims, role.spec().workspace), (Purpose::Work, WorkspaceKind::Own));
        let base = place.head();
        place.write("tea.txt", "hot\n");
        place.commit("feat(kitchen): make tea");
        let lines = json!({ "lines": [{ "number": 1, "text": "The kitchen makes tea" }] });
        let (outcome, log) = run(&*role, &place, &base, json!({ "polish": true }), Some(lines)).await;
        assert_eq!(outcome, Outcome::Submitted { summary: "added 1 entry to CHANGELOG.md: 1 Added".into() });
        assert!(log.iter().any(|line| line.contains("the work's own commits: 1")), "{log:?}");
        let text = place.read("CHANGELOG.md");
        assert!(text.ends_with("## [Unreleased]\n\n### Added\n\n- The kitchen makes tea\n"), "{text}");
        // Once that is committed, as the orchestrator does, there is nothing more to say.
        place.commit("Write the changelog");
        let (outcome, _) = run(&*role, &place, &base, Value::Null, None).await;
        assert!(matches!(outcome, Outcome::Nothing { .. }), "{outcome:?}");
        assert_eq!(place.read("CHANGELOG.md"), text);
    }
}

/// What cargo-deny prints about one crate.
const FOUND: &str = r#"{"type":"diagnostic","fields":{"severity":"error","code":"vulnerability","message":"Overflow","labels":[],"notes":["Solution: Upgrade to >=1.6.1 (try `cargo update -p smallvec`)"],"graphs":[{"Krate":{"name":"smallvec","version":"1.6.0"}}],"advisory":{"id":"RUSTSEC-2021-0003","package":"smallvec","title":"Overflow","cvss":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}}
{"type":"summary","fields":{"advisories":{"errors":1,"warnings":0,"notes":0,"helps":0}}}
"#;

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\ndependencies = [\"smallvec\"]\n\n[[package]]\nname = \"smallvec\"\nversion = \"1.6.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

/// A folder with a `cargo-deny` that says so.
fn cargo_deny(place: &Place) -> PathBuf {
    let folder = place.path().join("programs");
    std::fs::create_dir(&folder).unwrap();
    let (program, found) = (folder.join("cargo-deny"), folder.join("found"));
    std::fs::write(&found, FOUND).unwrap();
    std::fs::write(&program, format!("#!/bin/sh\ncat '{}' >&2\nexit 1\n", found.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test]
async fn dependency_audit_proposes_what_the_tool_finds() {
    for isolation in BOTH {
        let place = Place::new();
        let role = load("dependency-audit", isolation, &place).await;
        assert_eq!(role.spec().claims, Purpose::Work);
        place.write("Cargo.lock", LOCK);
        let head = place.commit("a lock file");
        let settings = json!({ "search": [cargo_deny(&place)] });
        let (outcome, log) = run(&*role, &place, &head, settings, None).await;
        let Outcome::Proposed { drafts } = outcome else { panic!("{outcome:?}: {log:?}") };
        assert_eq!(drafts.len(), 1);
        assert_eq!(drafts[0].title, "RUSTSEC-2021-0003 in smallvec");
        assert!(drafts[0].body.contains("`app 1.0.0 → smallvec 1.6.0`"), "{}", drafts[0].body);
        assert!(log.contains(&"checked Cargo.lock (1 package) with cargo-deny".to_owned()), "{log:?}");
    }
}

#[tokio::test]
async fn dependency_audit_says_when_the_tool_is_missing() {
    let place = Place::new();
    let mut bare = environment(place.path());
    bare.insert("PATH".to_owned(), place.path().join("empty").display().to_string());
    let options = options().with_host(host_program().envs(bare));
    let role = load_with("dependency-audit", Isolation::Process, options).await;
    place.write("Cargo.lock", LOCK);
    let head = place.commit("a lock file");
    let (outcome, log) = run(&*role, &place, &head, Value::Null, None).await;
    let Outcome::Failed { reason } = outcome else { panic!("{outcome:?}: {log:?}") };
    assert!(reason.contains("cargo-deny is not installed") && reason.contains("cargo install"), "{reason}");
    assert!(log.iter().any(|line| line.starts_with("warning: not checked: Cargo.lock")), "{log:?}");
}

#[tokio::test]
async fn secrets_guard_refuses_a_secret_that_only_an_earlier_commit_has() {
    // Put together here, so that no file has what looks like one.
    let secret = format!("AKIA{}", "Q3EGRZ7XW5TNB2VK");
    for isolation in BOTH {
        let place = Place::new();
        let role = load("secrets-guard", isolation, &place).await;
        assert_eq!((role.spec().claims, role.spec().workspace), (Purpose::Review, WorkspaceKind::Task));
        let base = place.head();
        place.write("upload.rs", "fn upload() {}\n");
        place.commit("upload");
        let (outcome, _) = run(&*role, &place, &base, Value::Null, None).await;
        let Outcome::Approved { comments, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(comments, "no credentials in 1 added lines of 1 files and 1 commit");

        place.write("upload.rs", &format!("fn upload() {{ login(\"{secret}\") }}\n"));
        let guilty = place.commit("log in");
        let (still_there, log) = run(&*role, &place, &base, Value::Null, None).await;
        place.write("upload.rs", "fn upload() {}\n");
        place.commit("take it out");
        let (removed, more) = run(&*role, &place, &base, Value::Null, None).await;
        for outcome in [still_there, removed] {
            assert!(!format!("{outcome:?} {log:?} {more:?}").contains(&secret));
            let Outcome::Rejected { feedback, .. } = outcome else { panic!("{outcome:?}") };
            assert!(feedback.contains("upload.rs:1: AWS access key"), "{feedback}");
            assert!(feedback.contains(&guilty.as_str()[..10]), "{feedback}");
        }
    }
}
