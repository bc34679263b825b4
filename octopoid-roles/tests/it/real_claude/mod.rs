//! The real Claude Code, where it is installed. `cargo test -p octopoid-roles --test it -- --ignored --nocapture real_claude::night`
//! lets it work through a short night against a scripted API on loopback: no key, no network, no money.
//! `… -- --ignored real_claude::the_real_program` asks the real API, with the key or the login that is there, which costs a few
//! cents. `ANTHROPIC_BASE_URL` is passed on, and `OCTOPOID_TEST_PROMPT` replaces the prompt. `OCTOPOID_TEST_CLAUDE` names the
//! program of the night where it is not `claude` in `PATH`.

mod api;
mod http;
mod night;

use crate::support::{Ear, Place};
use octopoid_core::model::StopReason;
use octopoid_core::runner::{Runner, RunnerCheck};
use octopoid_roles::claude::ClaudeRunner;

#[tokio::test]
#[ignore = "needs Claude Code, a key, and a little money"]
#[expect(clippy::disallowed_methods, reason = "the key and the login are in the developer's environment")]
async fn the_real_program_writes_a_file_and_commits_it() {
    let place = Place::new();
    let prompt = std::env::var("OCTOPOID_TEST_PROMPT").unwrap_or_else(|_| {
        "Create the file hello.txt with one line of greeting in this folder and commit it with git."
            .to_owned()
    });
    let mut request = place.request("");
    request.prompt = prompt;
    request.environment.extend(std::env::vars().filter(|(name, _)| {
        name.starts_with("ANTHROPIC_")
            || name.starts_with("CLAUDE_")
            || ["HOME", "NO_PROXY"].contains(&name.as_str())
    }));
    request.max_turns = Some(10);
    request.budget_usd = Some(0.5);
    let runner = ClaudeRunner::new();
    let check = RunnerCheck::new(Vec::new(), request.environment.clone());
    if let Err(unavailable) = runner.check(&check).await {
        println!("left out: {unavailable}");
        return;
    }
    let ear = Ear::default();
    let report = runner.run(&request, &ear).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?} {:?}", ear.events());
    assert!(place.repository().join("hello.txt").exists());
    assert_eq!(place.subjects().len(), 2, "one commit on top of the first");
    assert!(report.usage.turns > 0 && report.session.is_some());
}
