//! What becomes of the file.

use crate::repository::{Repository, nothing, summary};
use octopoid_plugin::serde_json::json;
use octopoid_plugin::{ErrorKind, Outcome};

#[test]
fn running_it_again_adds_nothing() {
    let repository = Repository::new();
    repository.commit("feat: tea");
    repository.commit("feat: tea");
    summary(repository.harness().run());
    let text = repository.read("CHANGELOG.md");
    assert_eq!(text.matches("- Tea").count(), 1, "{text}");
    // Before it is committed, the entries are still the outcome of the task.
    assert_eq!(summary(repository.harness().run()), "CHANGELOG.md has the entries already");
    assert_eq!(repository.read("CHANGELOG.md"), text);
    repository.git(&["add", "."]);
    repository.commit("docs: the changelog");
    nothing(repository.harness().run());
    assert_eq!(repository.read("CHANGELOG.md"), text);
}

#[test]
fn windows_line_breaks_and_everything_else_stay() {
    let repository = Repository::new();
    repository.git(&["config", "core.autocrlf", "false"]);
    let before = "\u{feff}# Änderungen\r\n\r\n## Unreleased\r\n\r\n";
    let after = "## 1.0  \r\n\r\n* one\r\n\ttab, no last line break";
    repository.commit_file("CHANGELOG.md", &format!("{before}{after}"), "docs: begin");
    repository.commit("feat: tea");
    summary(repository.harness().run());
    let added = "### Added\r\n\r\n* Tea\r\n\r\n";
    assert_eq!(repository.read("CHANGELOG.md"), format!("{before}{added}{after}"));
}

#[test]
fn another_file_can_be_meant_and_another_section() {
    let repository = Repository::new();
    repository.commit("tea: hotter");
    std::fs::create_dir(repository.path().join("docs")).unwrap();
    let settings = json!({ "file": "docs/NEWS.md", "sections": { "tea": "Security" }, "skip": [] });
    let said = summary(repository.harness().settings(settings).run());
    assert_eq!(said, "added 2 entries to docs/NEWS.md: 1 Changed, 1 Security");
    assert!(repository.read("docs/NEWS.md").contains("### Security\n\n- tea: hotter\n"));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let repository = Repository::new();
    for file in ["/etc/passwd", "../CHANGELOG.md", "docs/../../x", ".", ""] {
        let error = repository.harness().settings(json!({ "file": file })).run().outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Settings, "{file}: {error}");
    }
    for settings in [json!({ "files": "x" }), json!({ "sections": { "feat": "Great" } })] {
        let error = repository.harness().settings(settings).run().outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Settings, "{error}");
    }
}

#[test]
fn i18_a_link_out_of_the_workspace_is_not_followed() {
    let repository = Repository::new();
    repository.commit("feat: tea");
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().join("CHANGELOG.md");
    std::fs::write(&outside, "# Theirs\n").unwrap();
    std::os::unix::fs::symlink(&outside, repository.path().join("CHANGELOG.md")).unwrap();
    let error = repository.harness().run().outcome.unwrap_err();
    assert!(error.message.contains("through a link"), "{error}");
    std::os::unix::fs::symlink(elsewhere.path(), repository.path().join("docs")).unwrap();
    let settings = json!({ "file": "docs/CHANGELOG.md" });
    let error = repository.harness().settings(settings).run().outcome.unwrap_err();
    assert!(error.message.contains("through a link"), "{error}");
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "# Theirs\n");
}

#[test]
fn a_file_that_is_not_utf8_is_left_alone() {
    let repository = Repository::new();
    repository.commit("feat: tea");
    std::fs::write(repository.path().join("CHANGELOG.md"), b"# \xff\n").unwrap();
    let error = repository.harness().run().outcome.unwrap_err();
    assert!(error.message.contains("CHANGELOG.md is not UTF-8 at byte 2"), "{error}");
}

#[test]
fn a_run_that_is_to_stop_writes_nothing() {
    let repository = Repository::new();
    repository.commit("feat: tea");
    let error = repository.harness().cancelled().run().outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
    assert!(!repository.path().join("CHANGELOG.md").exists());
}

#[test]
fn it_commits_nothing_itself() {
    let repository = Repository::new();
    repository.commit("feat: tea");
    let head = repository.head();
    assert!(matches!(repository.harness().run().outcome, Ok(Outcome::Submitted { .. })));
    assert_eq!(repository.head(), head);
    assert!(repository.git(&["-c", "color.ui=false", "status", "--porcelain"]).contains("CHANGELOG.md"));
}
