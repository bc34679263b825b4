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
    for name in [".gitignore", "config.yaml", "agents.yaml", "runtime", "logs", "worktrees"] {
        assert!(there.contains(&name.to_owned()), "{name} is not in {there:?}");
    }
    assert_eq!(there.len(), 6, "{there:?}");
}

#[test]
fn git_sees_nothing_of_what_init_writes() {
    let place = Place::repository();
    place.write(".gitignore", "target\n");
    place.commit("Ignore");
    let said = place.json(&["init"]);
    assert_eq!(said["ignored"].as_array().unwrap().first().unwrap(), "*");
    place.enqueue(&["a task"]);
    assert_eq!(place.git(&["status", "--short", "--untracked-files=all"]), "");
    assert_eq!(place.read(".gitignore"), "target\n", "the user's own file stays as it is");
}

#[test]
fn a_configuration_is_shared_by_removing_one_line() {
    let place = Place::repository();
    place.run(&["init"]).ok();
    place.enqueue(&["a task"]);
    place.replace(".octopoid/.gitignore", "\n*\n", "\n");
    place.write(".octopoid/api-key", "oct_x");
    let seen = place.git(&["status", "--short", "--untracked-files=all"]);
    let files = ["?? .octopoid/.gitignore", "?? .octopoid/agents.yaml", "?? .octopoid/config.yaml"];
    assert_eq!(seen.lines().collect::<Vec<_>>(), files);
    place.commit("Share it");
    // What is there stays, and where the configuration is shared already a missing file does not hide it.
    let ignored = place.read(".octopoid/.gitignore");
    assert_eq!(place.json(&["init", "--force"])["ignored"].as_array().unwrap().len(), 0);
    assert_eq!(place.read(".octopoid/.gitignore"), ignored);
    std::fs::remove_file(place.path().join(".octopoid/.gitignore")).unwrap();
    let said = place.json(&["init", "--force"]);
    assert!(!said["ignored"].as_array().unwrap().iter().any(|line| line == "*"), "{said}");
    place.write(".octopoid/roles/docs/role.yaml", "");
    assert!(place.git(&["status", "--short"]).contains("?? .octopoid/roles/"));
}

#[test]
fn init_in_a_folder_below_lets_agents_start_there_and_says_so() {
    let place = Place::repository();
    place.write("services/api/go.mod", "module x\n");
    place.write("Cargo.toml", "[workspace]\n");
    place.commit("A monorepo");
    let said = place.json(&["init", "--dir", "services/api"]);
    assert_eq!(
        (said["folder"].as_str(), said["test"].as_str()),
        (Some("services/api"), Some("go test ./..."))
    );
    assert!(place.path().join(".octopoid/config.yaml").exists(), "the installation is the repository's");
    assert!(place.read(".octopoid/config.yaml").contains("\n  folder: services/api "));
    place.run(&["validate", "--dir", "services/api"]).ok();
    let said = place.run(&["init", "--force", "--dir", "services/api"]).ok().stdout;
    assert!(said.contains("folder       services/api: agents and tests start there"), "{said}");
    assert!(said.contains("for the whole repository remove `repo.folder`"), "{said}");
    let said = place.json(&["init", "--force"]);
    assert!(said["folder"].is_null() && said["test"] == "cargo test", "{said}");
    assert!(!place.read(".octopoid/config.yaml").contains("\n  folder:"));
}

#[test]
fn a_folder_to_start_in_has_to_be_in_the_base_branch() {
    let place = Place::repository();
    place.write("new/file", "x");
    place.run(&["init", "--dir", "new"]).refused(
        3,
        "the branch `main` has no folder `new`",
        "at the repository's top",
    );
    assert!(!place.path().join(".octopoid").exists());
    place.run(&["init"]).ok();
    for (folder, problem) in [
        ("/etc", "which is not a folder below the repository's top"),
        ("../other", "which is not a folder below the repository's top"),
        ("a/../..", "which is not a folder below the repository's top"),
        (".", "which is not a folder below the repository's top"),
        ("new", "the branch `main` has no folder `new`"),
        ("README.md", "the branch `main` has no folder `README.md`"),
    ] {
        place.write(".octopoid/config.yaml", format!("repo:\n  base_branch: main\n  folder: {folder}\n"));
        let said = place.run(&["validate"]).code(3).stdout;
        assert!(said.contains("config.yaml:3: ") && said.contains(problem), "{folder}: {said}");
    }
}

#[test]
fn a_tag_may_be_called_like_the_branch() {
    let place = Place::repository();
    place.git(&["tag", "main"]);
    place.write("README.md", "# Something newer\n");
    place.commit("Second commit");
    place.git(&["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    place.git(&["update-ref", "refs/heads/origin/main", "HEAD~1"]);
    let said = place.json(&["init", "--runner", "command", "--test", "sh -c true"]);
    assert_eq!(said["base_branch"], "main");
    place.write(".octopoid/agents.yaml", crate::place::agents());
    place.run(&["validate"]).ok();
    place.run(&["init", "--force", "--base-branch", "main", "--runner", "command"]).ok();
    place.write(".octopoid/agents.yaml", crate::place::agents());
    let healthy = place.json(&["doctor"]);
    assert_eq!(healthy["healthy"], true, "{healthy}");
    assert!(healthy.to_string().contains("Second commit"), "the branch is looked at, not the tag: {healthy}");
    let one = place.enqueue(&["One", "--branch", "main"]);
    place.git(&["branch", "side", "refs/heads/main"]);
    place.git(&["tag", "side", "HEAD~1"]);
    let two = place.enqueue(&["Two", "--branch", "side"]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!((place.queue(&one).as_str(), place.queue(&two).as_str()), ("done", "done"));
    assert_eq!(place.git(&["log", "-2", "--format=%s", "refs/heads/main"]), "One\nSecond commit");
    assert_eq!(place.git(&["log", "-2", "--format=%s", "refs/heads/side"]), "Two\nSecond commit");
    assert_eq!(place.git(&["log", "-1", "--format=%s", "refs/tags/main"]), "First commit");
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
    let ignored = place.read(".octopoid/.gitignore");
    place.run(&["init"]).refused(5, "is initialised already", "--force");
    assert_eq!(place.read(".octopoid/agents.yaml"), "agents: []\n");
    place.run(&["init", "--force"]).ok();
    assert_ne!(place.read(".octopoid/agents.yaml"), "agents: []\n");
    assert_eq!(place.read(".octopoid/.gitignore"), ignored);
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
    place.commit("Deep");
    place.run(&["init", "--dir", "deep/er"]).ok();
    assert!(place.path().join(".octopoid/config.yaml").exists());
    place.git(&["checkout", "--quiet", "--detach"]);
    place.run(&["init", "--force"]).refused(2, "no branch is checked out", "--base-branch");
}

#[test]
fn init_local_and_server_switch_where_the_queue_is_and_leave_the_rest() {
    let place = Place::repository();
    place
        .run(&["init", "--server", "http://127.0.0.1:9", "--cluster", "prod", "--machine-id", "laptop-001"])
        .ok();
    place.replace(".octopoid/config.yaml", "strategy: rebase ", "strategy: squash # mine ");
    place.replace(".octopoid/agents.yaml", "instances: 2", "instances: 3");
    let (config, agents) = (place.read(".octopoid/config.yaml"), place.read(".octopoid/agents.yaml"));

    let said = place.json(&["init", "--local"]);
    assert_eq!((&said["mode"], &said["changed"][0]["setting"]), (&"local".into(), &"server.enabled".into()));
    let local = place.read(".octopoid/config.yaml");
    assert_eq!(local, config.replace("enabled: true", "enabled: false"), "nothing else changes");
    assert_eq!(place.read(".octopoid/agents.yaml"), agents);
    place.enqueue(&["Here"]);
    let said = place.run(&["init", "--local"]).ok().stdout;
    assert!(said.starts_with("unchanged "), "{said}");
    assert_eq!(place.read(".octopoid/config.yaml"), local);

    // The way back that it names; what this machine was is not asked for again.
    let said = place.run(&["init", "--server", "http://127.0.0.1:9"]).ok().stdout;
    assert!(
        said.contains("server.enabled: false → true") && said.contains("octopoid init --local"),
        "{said}"
    );
    assert_eq!(place.read(".octopoid/config.yaml"), config);
    let said = place.json(&["init", "--server", "http://127.0.0.1:10", "--cluster", "dev"]);
    assert_eq!(said["changed"].as_array().unwrap().len(), 3, "url, cluster and with it the scope: {said}");
    let kept = said["kept"].as_str().unwrap();
    assert!(kept.ends_with("config.yaml.bak"), "{kept}");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), config);
    let now = place.read(".octopoid/config.yaml");
    assert!(
        now.contains("machine_id: laptop-001") && now.contains("scope: dev") && now.contains("# mine"),
        "{now}"
    );
    place.run(&["validate"]).ok();
    assert_eq!(place.git(&["status", "--short"]), "");
}

#[test]
fn a_configuration_that_cannot_be_read_is_not_switched_and_the_way_out_is_named() {
    let place = Place::repository();
    place.write(".octopoid/config.yaml", "hooks:\n  before_submit: [run_tests]\n");
    for arguments in [
        &["init", "--local"][..],
        &["init", "--server", "http://127.0.0.1:9", "--cluster", "c", "--machine-id", "m"],
    ] {
        place.run(arguments).refused(3, "config.yaml", "octopoid init --force");
    }
    place.run(&["init", "--local", "--force"]).ok();
    assert!(place.read(".octopoid/config.yaml.bak").starts_with("hooks:"));
}

#[test]
fn the_queue_of_this_machine_is_there_again_after_a_server() {
    let place = Place::initialised();
    let here = place.enqueue(&["Here"]);
    place.run(&["draft", "create", "An idea"]).ok();
    for cluster in ["prod", "default", "dev"] {
        place
            .run(&["init", "--server", "http://127.0.0.1:9", "--cluster", cluster, "--machine-id", "m"])
            .ok();
        place.run(&["init", "--local"]).ok();
        let listed = place.json(&["list"]);
        assert_eq!(
            (&listed["total"], &listed["tasks"][0]["id"]),
            (&1.into(), &here.as_str().into()),
            "{cluster}"
        );
        assert_eq!(place.json(&["draft", "list"])["drafts"].as_array().unwrap().len(), 1, "{cluster}");
    }
    assert_eq!(place.enqueue(&["Next"]), "task-2", "no id is given twice");
}

#[test]
fn a_server_is_added_to_a_configuration_without_one() {
    let place = Place::initialised();
    place.enqueue(&["Here"]);
    let before = place.read(".octopoid/config.yaml");
    let said = place.run(&["init", "--server", "http://127.0.0.1:9"]).ok().stdout;
    assert!(
        said.contains("server.url: not set → \"http://127.0.0.1:9\"") && said.contains("default-laptop"),
        "{said}"
    );
    let text = place.read(".octopoid/config.yaml");
    for line in before.lines() {
        assert!(text.contains(line), "{line} is gone");
    }
    place.run(&["list"]).code(6);
    let server = crate::server::serve(&place, &[]);
    place.run(&["init", "--server", &server.1]).ok();
    assert_eq!(place.json(&["list"])["total"], 0);
    place.run(&["init", "--local"]).ok();
    assert_eq!(place.json(&["list"])["total"], 1);
}

#[test]
fn a_switch_changes_nothing_where_it_cannot_or_is_asked_for_more() {
    let place = Place::initialised();
    let flow = "\"server\": { enabled: true, url: 'http://a', cluster: a, machine_id: b }\nrepo: { base_branch: main }\n";
    place.write(".octopoid/config.yaml", flow);
    place.run(&["init", "--local"]).refused(5, "only you can change", "enabled: false");
    place.run(&["init", "--local", "--test", "make"]).refused(2, "--test would change", "--force");
    place.run(&["init"]).refused(5, "initialised already", "--local and --server switch");
    place.run(&["init", "--server", "nowhere"]).refused(2, "not the address of a server", "https://");
    assert_eq!(place.read(".octopoid/config.yaml"), flow);
    // Starting over keeps what was there, each time.
    place.run(&["init", "--force"]).ok();
    place.run(&["init", "--force", "--base-branch", "main", "--test", "make"]).ok();
    assert_eq!(place.read(".octopoid/config.yaml.bak"), flow);
    assert!(place.read(".octopoid/config.yaml.bak-2").contains("base_branch: main"));
    assert!(place.read(".octopoid/agents.yaml.bak").contains("sim-agent"));
}
