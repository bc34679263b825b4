//! Remotes that do not take everything.

use super::{agent, says, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::{Queue, StepStatus};
use octopoid_core::orchestrator::TestSettings;
use octopoid_core::testing::git_in;
use octopoid_core::testing::{Scene, TempRepository};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn work(scene: &Scene<'_>) {
    if scene.read("work.txt").is_empty() {
        scene.write("work.txt", "work\n");
        scene.commit("Add work");
    }
}

fn program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A setting that follows a remote, to which something is done first.
fn following(repository: TempRepository) -> Setting {
    let mut setting = Setting::of(repository, agent(work));
    setting.settings = setting.settings.clone().with_remote("origin");
    setting
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_branch_is_said_in_the_remotes_words_and_tried_once() {
    let repository = TempRepository::new();
    let remote = repository.add_remote("origin");
    let hook = "#!/bin/sh\nwhile read old new ref; do\n  [ $ref = refs/heads/main ] || continue\n  \
                echo 'GH006: Protected branch update failed for refs/heads/main.' >&2\n  echo x >> pushes\n  exit 1\ndone\n";
    program(&remote.path().join("hooks/pre-receive"), hook);
    let mut setting = following(repository);
    let tests = setting.repository.beside("tests");
    setting.settings =
        setting.settings.clone().with_test(TestSettings::new(format!("echo t >> '{}'", tests.display())));
    let before = setting.repository.git(&["rev-parse", "main"]);
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::NeedsContinuation);
    let task = setting.task(&id).await;
    let why = task.state.needs_person().unwrap();
    says(why, &["origin refuses to move `main`", "GH006: Protected branch", "`forge: github`"]);
    assert!(!why.contains("moved 5 times"), "{why}");
    assert_eq!(setting.repository.git(&["rev-parse", "main"]), before, "the branch here stays too");
    assert_eq!(fs::read_to_string(remote.path().join("pushes")).unwrap(), "x\n", "one try");
    assert_eq!(fs::read_to_string(tests).unwrap(), "t\n", "what was tested is not tested again");

    // The rule is changed, and a person lets it go on.
    fs::remove_file(remote.path().join("hooks/pre-receive")).unwrap();
    setting.retry(&id).await;
    setting.go_on().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(remote.git(&["show", "main:work.txt"]), "work\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_with_the_branch_checked_out_is_said_in_its_words() {
    let (other, repository) = (TempRepository::named("other"), TempRepository::new());
    super::become_clone(&repository, other.path().to_str().unwrap(), &[]);
    let setting = following(repository);
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::NeedsContinuation);
    says(&setting.said(&id).await, &["origin refuses to move `main`", "branch is currently checked out"]);
    assert_eq!(other.git(&["log", "--format=%s", "main"]), "Initial commit\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_that_wants_no_branches_of_agents_still_gets_the_work() {
    let repository = TempRepository::new();
    let remote = repository.add_remote("origin");
    let hook = "#!/bin/sh\ncase $1 in refs/heads/agent/*) echo 'no branches of agents' >&2; exit 1;; esac\n";
    program(&remote.path().join("hooks/update"), hook);
    let mut setting = following(repository);
    setting.settings = setting.settings.clone().with_shared_work();
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    says(&said, &["only this machine has agent/", "no branches of agents"]);
    let runs = setting.runs(&id).await;
    let waiting = |step: &&octopoid_core::model::StepRecord| step.status == StepStatus::Waiting;
    assert!(runs.iter().flat_map(|run| &run.steps).filter(waiting).all(|step| step.name == "push_branch"));
    assert_eq!(remote.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_that_forbids_deleting_branches_holds_nothing_up() {
    let repository = TempRepository::new();
    let remote = repository.add_remote("origin");
    remote.git(&["config", "receive.denyDeletes", "true"]);
    let mut setting = following(repository);
    setting.settings = setting.settings.clone().with_shared_work();
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    assert_eq!(remote.git(&["show", "main:work.txt"]), "work\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_waits_for_a_lock_of_anothers() {
    let repository = TempRepository::new();
    let remote = repository.add_remote("origin");
    remote.commit_to("main", "mate.txt", "mate\n", "By a mate");
    let lock = repository.path().join(".git/refs/remotes/origin/main.lock");
    fs::write(&lock, "").unwrap();
    // The other process is done once we have met its lock.
    let (bin, met) = (repository.beside("bin"), repository.beside("met"));
    fs::create_dir(&bin).unwrap();
    let path = std::env::var("PATH").unwrap();
    let real =
        std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).unwrap();
    let text = format!(
        "#!/bin/sh\ncase \" $* \" in *' fetch '*)\n  if [ -e '{met}' ]; then rm -f '{lock}'; fi\n  : > '{met}';;\nesac\nexec '{real}' \"$@\"\n",
        met = met.display(),
        lock = lock.display(),
        real = real.display()
    );
    program(&bin.join("git"), &text);
    let mut setting = following(repository);
    setting.settings.environment.insert("PATH".to_owned(), format!("{}:{path}", bin.display()));
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    let calls = setting.calls("implement");
    let tip = remote.git(&["rev-parse", "main~1"]);
    assert_eq!(calls[0].base.as_ref().unwrap().as_str(), tip.trim(), "the work began from what was fetched");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_branches_that_went_apart_nothing_is_lost_and_a_person_is_told() {
    let repository = with_files(&[("a.txt", "a\n")]);
    let remote = repository.add_remote("origin");
    remote.commit_to("main", "theirs.txt", "theirs\n", "Theirs");
    repository.write("mine.txt", "mine\n");
    repository.commit("Mine");
    let setting = following(repository);
    let id = setting.enqueue("Change it").await;
    let orchestrator = setting.builder().build().await.unwrap();
    let (handle, mut events) = (orchestrator.handle(), orchestrator.events());
    let running = tokio::spawn(orchestrator.run());
    let why = crate::orchestrator::setting::wait_for(&mut events, |notice| match notice {
        octopoid_core::orchestrator::Notice::Step { step, .. } if step.status == StepStatus::Waiting => {
            Some(step.detail.clone())
        }
        _ => None,
    })
    .await;
    handle.drain();
    running.await.unwrap().unwrap();
    says(&why, &["`main` and its remote have gone apart", "git pull --rebase"]);
    assert_ne!(setting.queue(&id).await, Queue::Done);
    assert_eq!(setting.log("main"), ["Mine", "Initial commit"]);
    assert_eq!(git_in(remote.path(), &["log", "-1", "--format=%s", "main"]).trim(), "Theirs");
}
