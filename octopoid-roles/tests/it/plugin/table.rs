//! Tables, manifests and replies that are odd.

use super::host::Host;
use super::{build, context, load, role};
use octopoid_core::model::Outcome;
use octopoid_core::role::RoleError;
use octopoid_roles::plugin::Isolation;
use serde_json::Value;

const BOTH: [Isolation; 2] = [Isolation::Thread, Isolation::Process];

#[tokio::test]
async fn odd_tables_and_manifests_are_refused_with_the_reason() {
    for (case, reason) in [
        ("LYING_SIZE", "says that it is 12 bytes long"),
        ("NO_RUN", "has no `run`"),
        ("NULL_MANIFEST", "no manifest"),
        ("BAD_UTF8", "not UTF-8"),
        ("LATER_SCHEMA", "odd 3 speaks version 2 of the messages"),
        ("REFUSES", "refuses to work"),
    ] {
        for isolation in BOTH {
            let text = load(&build::odd(case), isolation).await.unwrap_err().to_string();
            assert!(text.contains(reason), "{case}: {text}");
        }
    }
}

async fn run(case: &str, isolation: Isolation) -> Result<Outcome, RoleError> {
    let odd = role(&build::odd(case), isolation, "odd").await;
    odd.run(&context(&Host::with(None), Value::Null)).await
}

#[tokio::test]
async fn shorter_and_longer_tables_work() {
    for case in ["GOOD", "SHORT_TABLE", "LONG_TABLE"] {
        for isolation in BOTH {
            let outcome = run(case, isolation).await.unwrap();
            assert_eq!(outcome, Outcome::Nothing { why: "done".into() }, "{case}");
        }
    }
}

#[tokio::test]
async fn i14_odd_replies_are_no_outcome() {
    for isolation in BOTH {
        for (case, reason) in [
            ("GIGABYTE", "longer than 16 MiB"),
            ("BAD_REPLY", "not UTF-8"),
            ("NULL_REPLY", "is null"),
            ("STRANGE_STATUS", "nothing"),
        ] {
            match run(case, isolation).await {
                Err(RoleError::Failed(seen)) => {
                    assert!(seen.contains("plugin odd 3") && seen.contains(reason), "{case}: {seen}");
                }
                other => panic!("{case}: {other:?}"),
            }
        }
        for case in ["NONSENSE", "UNFILLED"] {
            match run(case, isolation).await {
                Ok(Outcome::NoReport { seen }) => assert!(seen.contains("not JSON"), "{case}: {seen}"),
                other => panic!("{case}: {other:?}"),
            }
        }
        match run("NO_INSTANCE", isolation).await {
            Err(RoleError::Unusable(seen)) => assert!(seen.contains("without an instance"), "{seen}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_plugin_can_ask_only_for_what_its_manifest_names() {
    for isolation in BOTH {
        match run("NO_FEATURES", isolation).await {
            Ok(Outcome::NoReport { seen }) => assert!(seen.contains("no `outcome`"), "{seen}"),
            Err(RoleError::Failed(reason)) => {
                assert!(reason.contains("`task.get` is not among the features"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
}
