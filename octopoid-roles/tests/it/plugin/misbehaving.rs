//! What a plugin does wrong costs its run, and nothing else.

use super::host::{Agent, Host};
use super::{build, context, impatient, load_with, named, role};
use octopoid_core::model::{Outcome, StopReason};
use octopoid_core::role::{Role, RoleError};
use octopoid_roles::plugin::{Isolation, threads_given_up};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const BOTH: [Isolation; 2] = [Isolation::Thread, Isolation::Process];

pub(super) async fn misbehave(isolation: Isolation) -> Arc<dyn Role> {
    role(&build::fixtures(), isolation, "misbehave").await
}

/// With little patience, for what never stops.
pub(super) async fn hopeless(isolation: Isolation) -> Arc<dyn Role> {
    named(&load_with(&build::fixtures(), isolation, &impatient()).await.unwrap(), "misbehave")
}

pub(super) fn settings(act: &str) -> Value {
    json!({ "act": act })
}

async fn act(isolation: Isolation, what: &str) -> Result<Outcome, RoleError> {
    misbehave(isolation).await.run(&context(&Host::with(None), settings(what))).await
}

pub(super) fn crash(result: Result<Outcome, RoleError>) -> String {
    match result {
        Err(error @ RoleError::Failed(_)) => {
            // It is no agent that failed, and most of these roles have run none.
            let words = error.to_string();
            words.strip_prefix("the role failed: ").unwrap_or_else(|| panic!("{words}")).to_owned()
        }
        other => panic!("{other:?}"),
    }
}

/// The host is as well as before.
async fn all_is_well(isolation: Isolation) {
    assert_eq!(act(isolation, "nothing").await.unwrap(), Outcome::Submitted { summary: "did it".into() });
}

#[tokio::test]
async fn a_panic_in_a_run_is_the_runs_own_failure_and_says_where() {
    for isolation in BOTH {
        let reason = crash(act(isolation, "panic_in_run").await);
        assert!(reason.contains("misbehave.rs:") && reason.contains("no work today"), "{reason}");
        assert!(reason.starts_with("plugin plugin-fixtures"), "{reason}");
        all_is_well(isolation).await;
    }
}

#[tokio::test]
async fn a_panic_while_an_instance_is_made_or_destroyed_harms_nobody() {
    for isolation in BOTH {
        match act(isolation, "panic_in_create").await {
            Err(RoleError::Unusable(reason)) => assert!(reason.contains("no instance today"), "{reason}"),
            other => panic!("{other:?}"),
        }
        let role = misbehave(isolation).await;
        role.run(&context(&Host::with(None), settings("panic_in_destroy"))).await.unwrap();
        // The last run is over, so this destroys the instance.
        drop(role);
        all_is_well(isolation).await;
    }
}

#[tokio::test]
async fn a_panic_of_the_host_in_a_callback_does_not_reach_the_plugin() {
    let mut host = Host::new(Agent::WorksUntilStopped);
    host.panics = true;
    // The panic is inside a call of an agent, too.
    let host = Arc::new(host);
    let role = misbehave(Isolation::Thread).await;
    let result = role.run(&context(&host, settings("run_an_agent"))).await;
    assert!(crash(result).contains("the host failed in this call"));
    let result = role.run(&context(&host, settings("flood_the_log"))).await;
    assert_eq!(result.unwrap(), Outcome::Submitted { summary: "did it".into() });
}

#[tokio::test]
async fn settings_that_do_not_fit_are_said() {
    for isolation in BOTH {
        let role = misbehave(isolation).await;
        match role.run(&context(&Host::with(None), json!({ "act": "nothing", "acts": 1 }))).await {
            Err(RoleError::Unusable(reason)) => {
                assert!(reason.contains("settings do not fit") && reason.contains("acts"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_failure_of_the_moment_is_not_charged_and_another_is() {
    for isolation in BOTH {
        let reason = crash(act(isolation, "fail").await);
        assert!(reason.contains("it did not work"), "{reason}");
        match act(isolation, "fail_for_now").await {
            Err(RoleError::Host { message, .. }) => assert!(message.contains("weather"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_run_that_is_to_stop_hears_of_it_in_both_ways() {
    for isolation in BOTH {
        for (what, finished) in [("wait_to_be_cancelled", false), ("wait_to_be_told_by_cancel", true)] {
            let host = Arc::new(Host::new(Agent::WorksUntilStopped));
            let role = misbehave(isolation).await;
            let context = context(&host, settings(what));
            let (result, ()) = tokio::join!(role.run(&context), async {
                host.says("waiting").await;
                host.cancel.cancel();
            });
            match result {
                // A result that is finished counts (I09).
                Ok(Outcome::Submitted { summary }) if finished => assert_eq!(summary, "finished anyway"),
                Err(RoleError::Agent(StopReason::Cancelled)) if !finished => {}
                other => panic!("{what}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_hang_is_noticed_and_its_thread_given_up() {
    // Of its own, so that what is given up here is not missing elsewhere.
    let role = hopeless(Isolation::Thread).await;
    let before = threads_given_up();
    let host = Host::with(None);
    let mut silent = context(&host, settings("hang"));
    silent.idle_timeout = Duration::from_millis(50);
    let reason = crash(role.run(&silent).await);
    assert!(reason.contains("did not stop within"), "{reason}");
    assert!(host.log().iter().any(|line| line.contains("thread was given up")), "{:?}", host.log());
    assert!(threads_given_up() > before);
    // The instance takes nothing new, and says why; others of the same role do.
    match role.run(&silent).await {
        Err(RoleError::Unusable(reason)) => assert!(reason.contains("never came back"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(role.run(&context(&host, settings("nothing"))).await.is_ok());
}

#[tokio::test]
async fn a_hang_that_is_to_stop_is_given_up_as_stopped() {
    let role = hopeless(Isolation::Thread).await;
    let host = Host::with(None);
    let context = context(&host, settings("hang"));
    host.cancel.cancel();
    match role.run(&context).await {
        Err(RoleError::Agent(StopReason::Cancelled)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_log_that_floods_is_bounded() {
    for isolation in BOTH {
        let host = Host::with(None);
        misbehave(isolation).await.run(&context(&host, settings("flood_the_log"))).await.unwrap();
        let log = host.log();
        assert!(log.iter().map(String::len).sum::<usize>() < 5 << 20);
        assert!(log.last().unwrap().contains("the rest is left out"), "{:?}", log.last());
    }
}

#[tokio::test]
async fn a_late_call_is_stale() {
    let role = misbehave(Isolation::Thread).await;
    let host = Host::with(None);
    role.run(&context(&host, settings("keep_the_host"))).await.unwrap();
    let outcome = role.run(&context(&host, settings("call_late"))).await.unwrap();
    assert_eq!(outcome, Outcome::Failed { reason: "Stale, cancelled: true".into() });
    assert!(host.log().is_empty());
}

#[tokio::test]
async fn wrong_calls_are_refused() {
    for isolation in BOTH {
        let Ok(Outcome::Failed { reason }) = act(isolation, "call_with_too_much").await else { panic!() };
        assert!(reason.contains("Invalid") && reason.contains("longer than 16 MiB"), "{reason}");
        let Ok(Outcome::Failed { reason }) = act(isolation, "call_the_unknown").await else { panic!() };
        assert_eq!(reason, "Some(Unsupported)");
    }
}

#[tokio::test]
async fn an_agent_can_be_given_less() {
    let host = Host::with(None);
    misbehave(Isolation::Thread).await.run(&context(&host, settings("run_an_agent"))).await.unwrap();
    assert_eq!(host.calls.lock().unwrap()[0].max_turns, Some(3));
}

/// Each of them waits for all the others inside the plugin.
#[tokio::test]
async fn sixty_four_runs_at_once() {
    let role = misbehave(Isolation::Thread).await;
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let role = role.clone();
        runs.spawn(async move {
            role.run(&context(&Host::with(None), settings("meet_the_others"))).await.is_ok()
        });
    }
    assert!(runs.join_all().await.into_iter().all(|ok| ok));
}

#[test]
fn a_hang_does_not_hold_up_the_end_of_the_program() {
    // The runtime ends while the plugin's thread still hangs.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let result = runtime.block_on(async {
        let role = hopeless(Isolation::Thread).await;
        let host = Host::with(None);
        let mut silent = context(&host, settings("hang"));
        silent.idle_timeout = Duration::from_millis(50);
        role.run(&silent).await
    });
    drop(runtime);
    assert!(crash(result).contains("did not stop within"));
}
