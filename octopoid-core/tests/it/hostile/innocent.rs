//! What a user does while an agent works is never put down to the agent, and never undone.

use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::testing::Scene;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Git commands of agents that move no ref of the user's, or try to and are refused.
const COMMANDS: [&str; 24] = [
    "git fetch origin",
    "git fetch origin main:main",
    "git fetch . HEAD:main",
    "git branch -f main HEAD",
    "git branch --contains main",
    "git branch -D main",
    "git checkout -B main",
    "git push . HEAD:main",
    "git push --dry-run . HEAD:main",
    "git push origin HEAD:main",
    "git update-ref refs/heads/main HEAD 1111111111111111111111111111111111111111",
    "git update-ref --stdin < /dev/null",
    "echo 'verify refs/heads/main' | git update-ref --stdin",
    "git notes add -m n main",
    "git merge main",
    "git rebase main",
    "git log main",
    "git show main:README.md",
    "git diff main",
    "git stash list",
    "git tag --list main",
    "git worktree list",
    "git symbolic-ref HEAD",
    "git reset --hard HEAD",
];

fn root(scene: &Scene<'_>) -> PathBuf {
    scene.request().directory.ancestors().nth(3).unwrap().to_owned()
}

/// What a user types: in their own checkout, with their own environment.
fn user(folder: &Path, command: &str) {
    let script = format!("set -e; {command}");
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

fn agent(scene: &Scene<'_>, folder: &Path, command: &str) {
    let identity = [("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@b"), ("GIT_COMMITTER_NAME", "A")];
    let _ = Command::new("sh")
        .args(["-c", command])
        .envs(&scene.request().environment)
        .envs(identity)
        .env("GIT_COMMITTER_EMAIL", "a@b")
        .current_dir(folder)
        .output()
        .unwrap();
}

/// Runs one task, whose agent commits its work and then does as it is told.
fn run(play: impl Fn(&Scene<'_>) + Send + Sync + 'static) -> (Setting, Queue, String) {
    let mut setting = Setting::new(move |scene| match scene.role() {
        "review" => scene.approve("fine"),
        _ => {
            scene.write("work.txt", "work\n");
            scene.commit("Work");
            play(scene);
            scene.submit("worked")
        }
    });
    setting.repository.add_remote("origin");
    setting.settings = setting.settings.with_remote("origin");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (queue, said) = runtime.block_on(async {
        let id = setting.enqueue("Work").await;
        setting.run_until_idle().await;
        let runs = setting.runs(&id).await;
        let steps = runs.iter().flat_map(|run| &run.steps).filter(|step| step.name == "guard");
        (
            setting.task(&id).await.queue(),
            steps.map(|step| step.detail.as_str()).collect::<Vec<_>>().join("\n"),
        )
    });
    (setting, queue, said)
}

#[test]
fn i31_commits_of_the_user_stay_whatever_harmless_commands_an_agent_uses_meanwhile() {
    for command in COMMANDS {
        let (setting, queue, said) = run(move |scene| {
            user(&root(scene), "echo mine > mine.txt; git add mine.txt; git commit -qm 'The users'");
            let here = scene.request().directory.clone();
            agent(scene, &here, command);
            // Its worktree is as before, also where the command changed it.
            agent(scene, &here, "git rebase --abort; git merge --abort");
        });
        let log = setting.log("main");
        assert!(log.contains(&"The users".to_owned()), "`{command}`: {log:?}\n{said}");
        assert!(!said.contains("moved the branch `main`"), "`{command}`: {said}");
        assert_eq!(queue, Queue::Done, "`{command}`: {said}");
        assert!(setting.repository.path().join("mine.txt").exists(), "`{command}`");
    }
}

#[test]
fn i31_a_branch_is_put_back_to_where_the_user_had_moved_it_meanwhile() {
    let (setting, _, said) = run(|scene| {
        user(&root(scene), "echo mine > mine.txt; git add mine.txt; git commit -qm 'The users'");
        std::fs::write(root(scene).join("bad.txt"), "bad\n").unwrap();
        let there = root(scene);
        agent(
            scene,
            &there,
            "git add bad.txt && git update-ref -m sneaky refs/heads/main $(git commit-tree -p HEAD -m Bad $(git write-tree))",
        );
    });
    let log = setting.log("main");
    assert!(said.contains("moved the branch `main`"), "{said}");
    assert!(log.contains(&"The users".to_owned()) && !log.contains(&"Bad".to_owned()), "{log:?}\n{said}");
}

#[test]
fn i31_what_the_user_builds_on_an_agents_move_stays_and_a_person_is_asked() {
    let (setting, queue, said) = run(|scene| {
        let here = scene.request().directory.clone();
        agent(scene, &here, "git update-ref -m sneaky refs/heads/main HEAD");
        user(
            &root(scene),
            "git reset -q --hard main; echo mine > mine.txt; git add mine.txt; git commit -qm 'The users'",
        );
    });
    assert_eq!(queue, Queue::NeedsContinuation, "{said}");
    assert!(said.contains("builds on it"), "{said}");
    assert_eq!(setting.log("main")[0], "The users");
}

#[test]
fn i31_what_the_user_takes_over_of_an_agents_work_is_the_users() {
    let (setting, queue, said) = run(|scene| {
        let head = scene.git(&["rev-parse", "HEAD"]);
        user(
            &root(scene),
            &format!("git merge -q {0}; git branch taken {0}; git tag taken-too {0}", head.trim()),
        );
    });
    // It is tested and reviewed all the same, and nothing of it is undone.
    assert_eq!(queue, Queue::Done, "{said}");
    assert!(!said.contains("moved"), "{said}");
    setting.repository.git(&["rev-parse", "refs/heads/taken", "refs/tags/taken-too"]);
    assert!(setting.log("main").contains(&"Work".to_owned()));
}

#[test]
fn i31_users_switch_branches_and_stash_while_agents_work() {
    let (setting, queue, said) = run(|scene| {
        user(&root(scene), "echo x >> README.md; git stash -q; git checkout -q -b users-own");
        scene.git(&["checkout", "-q", "--", "."]);
    });
    assert_eq!(queue, Queue::Done, "{said}");
    assert_eq!(setting.repository.git(&["symbolic-ref", "HEAD"]), "refs/heads/users-own\n");
    setting.repository.git(&["rev-parse", "refs/stash"]);
    assert_eq!(said, "");
}
