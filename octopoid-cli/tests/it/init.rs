//! `init`

use crate::place::Place;

#[test]
fn init_writes_a_configuration_that_is_right() {
    let place = Place::repository();
    place.git(&["remote", "add", "origin", "/nowhere"]);
    place.write("go.mod", "module x\n");
    let said = place.json(&["init"]);
    assert_eq!(said["base_branch"], "main");
    assert_eq!(said["remote"], "origin");
    assert_eq!(said["test"], "go test ./...");
    assert_eq!(said["runner"], "claude");
    place.run(&["validate"]).ok();
    let there: Vec<_> = std::fs::read_dir(place.path().join(".octopoid"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in ["config.yaml", "agents.yaml", "runtime", "logs", "worktrees"] {
        assert!(there.contains(&name.to_owned()), "{name} is not in {there:?}");
    }
    assert_eq!(there.len(), 5, "{there:?}");
    place.commit("Set up Octopoid");
    place.enqueue(&["a task"]);
    assert_eq!(place.git(&["status", "--porcelain"]), "", "what belongs to the machine is ignored");
}

#[test]
fn init_says_what_it_found_and_what_is_next() {
    let said = Place::repository().run(&["init"]).ok().stdout;
    let said: Vec<_> = said.lines().skip(1).collect();
    insta::assert_snapshot!("init", said.join("\n"));
}

#[test]
fn init_does_not_overwrite_unless_told_to() {
    let place = Place::repository();
    place.run(&["init", "--local"]).ok();
    place.write(".octopoid/agents.yaml", "agents: []\n");
    let ignored = place.read(".gitignore");
    place.run(&["init"]).refused(5, "is initialised already", "--force");
    assert_eq!(place.read(".octopoid/agents.yaml"), "agents: []\n");
    place.run(&["init", "--force"]).ok();
    assert_ne!(place.read(".octopoid/agents.yaml"), "agents: []\n");
    assert_eq!(place.read(".gitignore"), ignored, "lines are added once");
}

#[test]
fn init_needs_a_repository_with_a_commit() {
    let place = Place::empty();
    place.run(&["init"]).refused(3, "not in a usable git repository", "git init");
    place.git(&["init", "--quiet", "--initial-branch", "main"]);
    place.run(&["init"]).refused(3, "has no commit yet", "git commit");
    assert!(!place.path().join(".octopoid").exists());
}

#[test]
fn init_takes_the_branch_the_tests_and_the_runners_that_it_is_told() {
    let place = Place::repository();
    place.git(&["branch", "develop"]);
    let said = place.json(&[
        "init",
        "--base-branch",
        "develop",
        "--test",
        "make check",
        "--runner",
        "claude",
        "--role-runner",
        "review=command",
    ]);
    assert_eq!((said["base_branch"].as_str(), said["test"].as_str()), (Some("develop"), Some("make check")));
    assert!(place.read(".octopoid/agents.yaml").contains("runner: command"));
    place.run(&["validate"]).code(3);
    place.run(&["init", "--force", "--base-branch", "develpo"]).refused(
        2,
        "no branch `develpo`",
        "`develop`",
    );
    place.run(&["init", "--force", "--role-runner", "reviw=claude"]).refused(
        2,
        "no role `reviw`",
        "`review`",
    );
}

#[test]
fn init_works_from_a_folder_below_and_finds_the_base_branch_of_a_detached_head_impossible() {
    let place = Place::repository();
    place.write("deep/er/file", "x");
    place.run(&["init", "--dir", "deep/er"]).ok();
    assert!(place.path().join(".octopoid/config.yaml").exists());
    place.git(&["checkout", "--quiet", "--detach"]);
    place.run(&["init", "--force"]).refused(2, "no branch is checked out", "--base-branch");
}
