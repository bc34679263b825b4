//! Which commits are described.

use crate::repository::{Repository, nothing, summary};

#[test]
fn the_commits_of_the_branch_since_the_changelog_was_changed_are_described() {
    let repository = Repository::new();
    repository.commit("feat: before");
    repository.commit_file("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n", "docs: a changelog");
    repository.commit("feat(cli): add --json");
    repository.commit("fix: a spill");
    repository.commit("ci: cache");
    let said = summary(repository.harness().run());
    assert_eq!(said, "added 2 entries to CHANGELOG.md: 1 Added, 1 Fixed");
    assert_eq!(
        repository.read("CHANGELOG.md"),
        "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- cli: add --json\n\n### Fixed\n\n- A spill\n"
    );
}

#[test]
fn without_a_changelog_it_is_those_since_the_newest_tag() {
    let repository = Repository::new();
    repository.commit("feat: before");
    repository.git(&["tag", "v1.0.0"]);
    repository.commit("feat: after");
    summary(repository.harness().run());
    let text = repository.read("CHANGELOG.md");
    assert!(text.ends_with("## [Unreleased]\n\n### Added\n\n- After\n"), "{text}");
}

#[test]
fn the_works_own_commits_go_first() {
    let repository = Repository::new();
    repository.commit("feat: of others");
    let base = repository.head();
    let own = vec![repository.commit("feat: of mine"), repository.commit("cli: remove an option")];
    let finished = repository.harness_on(&base, own).run();
    assert!(finished.log[0].contains("the work's own commits: 2"), "{:?}", finished.log);
    summary(finished);
    let text = repository.read("CHANGELOG.md");
    assert!(text.contains("### Added\n\n- Of mine\n\n### Removed\n\n- cli: remove an option\n"), "{text}");
    assert!(!text.contains("Of others"), "{text}");
}

#[test]
fn own_commits_that_are_described_are_not_described_again() {
    let repository = Repository::new();
    let base = repository.head();
    let mut own = vec![repository.commit("feat: tea")];
    let text = "# C\n\n## [Unreleased]\n\n### Added\n\n- Tea, reworded by a person\n";
    own.push(repository.commit_file("CHANGELOG.md", text, "Write the changelog"));
    let reason = nothing(repository.harness_on(&base, own.clone()).run());
    assert!(reason.contains("since it last changed CHANGELOG.md, 0 in all"), "{reason}");
    assert_eq!(repository.read("CHANGELOG.md"), text);
    own.push(repository.commit("fix: cold tea"));
    summary(repository.harness_on(&base, own).run());
    assert_eq!(repository.read("CHANGELOG.md"), format!("{text}\n### Fixed\n\n- Cold tea\n"));
}

#[test]
fn nothing_to_say_is_no_work() {
    let repository = Repository::new();
    repository.commit("test: more");
    let reason = nothing(repository.harness().run());
    assert_eq!(reason, "CHANGELOG.md needs no new entry: looked at the commits of main, 2 in all");
    assert!(!repository.path().join("CHANGELOG.md").exists());
}

#[test]
fn a_folder_that_is_no_repository_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let finished = octopoid_plugin::testing::Harness::<changelog::Changelog>::new("t", "")
        .workspace(folder.path())
        .run();
    let error = finished.outcome.unwrap_err();
    assert!(error.message.contains("git log") && error.message.contains("not a git repository"), "{error}");
    assert!(error.message.contains(&folder.path().display().to_string()), "{error}");
}
