//! What would end the host ends a child.

use super::host::Host;
use super::misbehaving::{crash, hopeless, misbehave, settings};
use super::{build, context, options};
use octopoid_core::model::{Outcome, StopReason};
use octopoid_core::process::Command;
use octopoid_core::role::RoleError;
use octopoid_roles::plugin::{Isolation, Plugin, PluginFile};
use std::time::Duration;

#[tokio::test]
async fn an_abort_and_a_bad_pointer_cost_one_child() {
    let role = misbehave(Isolation::Process).await;
    for (act, signal) in [("abort", "SIGABRT"), ("write_through_a_bad_pointer", "SIGSEGV")] {
        let reason = crash(role.run(&context(&Host::with(None), settings(act))).await);
        assert!(reason.contains("its process was killed by") && reason.contains(signal), "{act}: {reason}");
    }
    assert!(role.run(&context(&Host::with(None), settings("nothing"))).await.is_ok());
}

#[tokio::test]
async fn an_endless_loop_costs_one_child_and_the_next_run_has_a_fresh_one() {
    let role = hopeless(Isolation::Process).await;
    for act in ["hang", "hang_in_create"] {
        let host = Host::with(None);
        let mut silent = context(&host, settings(act));
        silent.idle_timeout = Duration::from_millis(300);
        let reason = crash(role.run(&silent).await);
        assert!(reason.contains("its process was killed"), "{reason}");
        let again = crash(role.run(&silent).await);
        assert_eq!(again, reason);
    }
    let host = Host::with(None);
    host.cancel.cancel();
    match role.run(&context(&host, settings("hang"))).await {
        Err(RoleError::Agent(StopReason::Cancelled)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_plugin_prints_is_log_and_breaks_nothing() {
    let host = Host::with(None);
    let outcome = misbehave(Isolation::Process).await.run(&context(&host, settings("print"))).await.unwrap();
    assert_eq!(outcome, Outcome::Submitted { summary: "did it".into() });
    // Stderr is a stream of its own, and may be heard a moment later.
    host.says("a word on stderr").await;
    host.says("{\"not\": \"a message\"}").await;
}

#[tokio::test]
async fn a_file_is_looked_at_without_being_loaded_here() {
    // Bytes that no other test loads, so what this process has mapped tells.
    let odd = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/plugins/odd.c");
    let alone = build::text("alone.so", &format!("#include \"{odd}\"\nint alone = 7;\n"));
    let (sha256, manifest) = Plugin::check(&alone, &options()).await.unwrap();
    assert_eq!(manifest.name, "odd");
    assert!(!std::fs::read_to_string("/proc/self/maps").unwrap().contains(&sha256));
    let elsewhere = build::text(
        "dies.so",
        "#include <stdlib.h>\nconst void *octopoid_plugin_v1(const void *h) { (void)h; abort(); }\n",
    );
    let error = Plugin::check(&elsewhere, &options()).await.unwrap_err();
    assert!(error.to_string().contains("loading it was killed by SIGABRT"), "{error}");
}

#[tokio::test]
async fn a_host_that_is_missing_is_said() {
    let gone = options().with_host(Command::new("/nonexistent/host"));
    let file = PluginFile::new(build::hello_c()).with_isolation(Isolation::Process);
    let error = Plugin::load(&file, &gone).await.unwrap_err();
    assert!(error.to_string().contains("No such file"), "{error}");
    let mut none = options();
    none.host = None;
    let error = Plugin::load(&file, &none).await.unwrap_err();
    assert!(error.to_string().contains("no host"), "{error}");
}
