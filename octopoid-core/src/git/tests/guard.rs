//! Tests of the guard of files that agents must not change (I18).

use super::open;
use crate::git::Guard;
use crate::testing::TempRepository;

#[test]
fn i18_configuration_and_hooks_are_put_back_and_the_agents_version_is_kept() {
    let repository = TempRepository::new();
    let opened = open(repository.path());
    repository.write(".git/hooks/pre-commit", "#!/bin/sh\n# the user's\n");
    let guard = Guard::take(&opened).unwrap();
    let config = std::fs::read_to_string(repository.path().join(".git/config")).unwrap();

    repository.git(&["config", "core.fsmonitor", "/tmp/evil"]);
    repository.write(".git/hooks/pre-commit", "#!/bin/sh\nevil\n");
    repository.write(".git/hooks/post-merge", "#!/bin/sh\nevil\n");
    let aside = repository.beside("aside");
    let changed = guard.restore(&opened, &aside).unwrap();

    let names: Vec<_> = changed.iter().map(|one| one.path.to_str().unwrap()).collect();
    assert_eq!(names, ["config", "hooks/post-merge", "hooks/pre-commit"]);
    assert_eq!(std::fs::read_to_string(repository.path().join(".git/config")).unwrap(), config);
    assert!(!repository.path().join(".git/hooks/post-merge").exists());
    let hook = std::fs::read_to_string(repository.path().join(".git/hooks/pre-commit")).unwrap();
    assert!(hook.contains("the user's"));
    assert!(std::fs::read_to_string(aside.join("config")).unwrap().contains("/tmp/evil"));
    assert!(std::fs::read_to_string(aside.join("hooks/post-merge")).unwrap().contains("evil"));
    assert!(guard.restore(&opened, &aside).unwrap().is_empty());
}

#[test]
fn what_people_change_by_everyday_commands_stays() {
    let repository = TempRepository::new();
    let opened = open(repository.path());
    let guard = Guard::take(&opened).unwrap();
    repository.add_remote("origin");
    repository.git(&["branch", "--quiet", "--set-upstream-to=origin/main", "main"]);
    assert!(guard.restore(&opened, &repository.beside("aside")).unwrap().is_empty());
    assert!(repository.git(&["remote"]).contains("origin"));

    // An agent must not change the address of an existing remote.
    let guard = Guard::take(&opened).unwrap();
    repository.git(&["remote", "set-url", "origin", "https://example.invalid/evil.git"]);
    assert_eq!(guard.restore(&opened, &repository.beside("aside")).unwrap().len(), 1);
    assert!(!repository.git(&["remote", "-v"]).contains("evil"));
}

#[test]
fn settings_that_run_nothing_and_hide_nothing_are_the_users_to_change_meanwhile() {
    for (key, stays) in [
        ("user.email", true),
        ("pull.rebase", true),
        ("branch.main.description", true),
        ("push.default", true),
        ("core.autocrlf", false),
        ("core.symlinks", false),
        ("core.fsmonitor", false),
        ("alias.st", false),
        ("filter.x.clean", false),
        ("gc.recentObjectsHook", false),
        ("branch.main.mergeOptions", false),
    ] {
        let repository = TempRepository::new();
        let opened = open(repository.path());
        let guard = Guard::take(&opened).unwrap();
        repository.git(&["config", key, "true"]);
        assert_eq!(guard.restore(&opened, &repository.beside("aside")).unwrap().is_empty(), stays, "{key}");
    }
}

#[test]
fn a_user_may_make_the_checkout_sparse_meanwhile() {
    let repository = TempRepository::new();
    repository.write("a/x", "x\n");
    repository.write("b/y", "y\n");
    repository.commit("Two folders");
    let opened = open(repository.path());
    let guard = Guard::take(&opened).unwrap();
    repository.git(&["sparse-checkout", "set", "a"]);
    assert!(guard.restore(&opened, &repository.beside("aside")).unwrap().is_empty());
    assert!(!repository.path().join("b/y").exists() && repository.git(&["status", "--porcelain"]).is_empty());
}
