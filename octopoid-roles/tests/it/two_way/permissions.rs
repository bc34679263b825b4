//! Requests for permission are answered by what their options mean.

use super::{BOTH, Protocol};
use crate::support::{Ear, Place};
use octopoid_core::model::{Outcome, StopReason};
use octopoid_core::runner::AgentReport;

async fn asked(protocol: Protocol, tools: &[&str], script: &str) -> (AgentReport, Ear, Place) {
    let place = Place::new();
    let mut request = protocol.request(&place, script);
    request.tools = tools.iter().map(|tool| (*tool).to_owned()).collect();
    let (report, ear) = protocol.run(&place, &request).await;
    (report, ear, place)
}

fn asks(line: &str) -> bool {
    line.starts_with("asked for permission")
}

#[tokio::test]
async fn the_kind_of_an_option_is_chosen_whatever_it_is_called() {
    // All of them are called "Allow everything".
    let script = "sim: permission execute a:reject_always b:allow_always c:allow_once d:tomorrow";
    let (report, ear, _) = asked(Protocol::Acp, &[], script).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert!(ear.texts().iter().any(|text| text.contains(r#""optionId":"c""#)), "{:?}", ear.texts());
    let logs = ear.logs();
    let line = logs.iter().find(|line| asks(line)).unwrap();
    assert_eq!(line, "asked for permission: `something to execute` (execute); answered allow_once (`c`)");

    let (_, ear, _) = asked(Protocol::Acp, &["Read"], script).await;
    assert!(ear.texts().iter().any(|text| text.contains(r#""optionId":"a""#)), "{:?}", ear.texts());
}

#[tokio::test]
async fn tools_that_are_not_allowed_are_refused_and_the_others_work() {
    let script = "sim: write a.txt hello\nsim: commit Add a";
    for protocol in BOTH {
        let (report, ear, place) = asked(protocol, &["Write", "Bash"], script).await;
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?} {:?}", ear.logs());
        assert_eq!(place.subjects(), ["first", "Add a"]);
        assert_eq!(ear.logs().iter().filter(|line| asks(line)).count(), 2, "{:?}", ear.logs());

        let (report, ear, place) = asked(protocol, &["Read", "Grep"], script).await;
        assert_eq!(report.result, None, "{protocol:?}: {report:?}");
        assert_eq!(place.subjects(), ["first"]);
        assert!(!place.repository().join("a.txt").exists());
        assert!(ear.logs().iter().any(|line| asks(line)), "{:?}", ear.logs());
    }
}

#[tokio::test]
async fn without_an_option_that_refuses_a_person_is_asked() {
    for (protocol, script) in [
        (Protocol::Acp, "sim: permission edit yes:allow_once sure:allow_always\nsim: hang"),
        (Protocol::Codex, "sim: permission edit accept:x acceptForSession:x\nsim: hang"),
        (Protocol::Codex, "sim: permission edit accept:x cancel:x\nsim: hang"),
    ] {
        let (report, ear, _) = asked(protocol, &["Read"], script).await;
        assert_eq!(report.stop, StopReason::Completed, "{script}: {report:?} {:?}", ear.logs());
        let outcome = Outcome::from_result(&report.result.unwrap()).unwrap();
        assert!(
            matches!(&outcome, Outcome::NeedsInput { question, .. } if question.contains("asked for permission")),
            "{outcome:?}"
        );
    }
}
