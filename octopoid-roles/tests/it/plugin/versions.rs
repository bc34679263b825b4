//! Plugins from other times and other compilers.

use super::host::Host;
use super::{build, context, role};
use octopoid_core::model::Outcome;
use octopoid_roles::plugin::Isolation;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Command;

async fn still_works(path: &Path) {
    for isolation in [Isolation::Thread, Isolation::Process] {
        let older = role(path, isolation, "older").await;
        let host = Host::with(None);
        let outcome = older.run(&context(&host, Value::Null)).await.unwrap();
        assert_eq!(outcome, Outcome::Submitted { summary: "saw a title: true".into() });
        assert_eq!(host.log(), ["still here"]);
    }
}

#[tokio::test]
async fn a_plugin_of_the_first_version_still_loads_and_works() {
    let mut rustc = Command::new("rustc");
    still_works(&build::older("older.so", &mut rustc)).await;
}

#[tokio::test]
async fn a_plugin_by_another_toolchain_works() {
    let list = Command::new("rustup").args(["toolchain", "list"]).output();
    let list = list.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let other = list
        .lines()
        .filter(|line| !line.contains("default") && !line.contains("active"))
        .find_map(|line| line.split_whitespace().next().map(str::to_owned));
    let Some(other) = other else {
        writeln!(std::io::stderr(), "skipped: rustup has no other toolchain").unwrap();
        return;
    };
    let mut rustc = Command::new("rustup");
    rustc.args(["run", &other, "rustc"]);
    still_works(&build::older("other-toolchain.so", &mut rustc)).await;
}

#[test]
fn a_plugin_that_cannot_catch_its_own_panics_does_not_compile() {
    let error = build::aborting().unwrap_err();
    assert!(error.contains("remove `panic = \"abort\"` from the profile"), "{error}");
}
