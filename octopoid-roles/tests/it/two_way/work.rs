//! What agents of two-way protocols do, and that they go on where they were.

use super::{BOTH, Protocol};
use crate::support::{Ear, Place, message, task};
use octopoid_core::model::{MessageKind, SessionId, StopReason};
use octopoid_core::runner::AgentEvent;

#[tokio::test]
async fn an_agent_works_commits_and_reports() {
    for protocol in BOTH {
        let place = Place::new();
        let request =
            protocol.request(&place, "sim: say thinking about it\nsim: write a.txt hello\nsim: commit Add a");
        let (report, ear) = protocol.run(&place, &request).await;
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?} {:?}", ear.events());
        assert_eq!(report.result.as_ref().unwrap()["outcome"], "submitted");
        assert_eq!(place.subjects(), ["first", "Add a"]);
        assert_eq!(report.text, "thinking about it");
        assert!(ear.texts().contains(&"thinking about it".to_owned()), "{:?}", ear.texts());
        let tools =
            |event: &&AgentEvent| matches!(event, AgentEvent::Tool { input, .. } if input.contains("a.txt"));
        assert_eq!(ear.events().iter().filter(tools).count(), 1, "{:?}", ear.events());
        let results = |event: &&AgentEvent| matches!(event, AgentEvent::ToolResult { text, failed: false } if text == "done");
        assert_eq!(ear.events().iter().filter(results).count(), 2, "{:?}", ear.events());
        assert!(ear.events().contains(&AgentEvent::Model("sim-model".to_owned())), "{:?}", ear.events());
        let usage = report.usage;
        assert_eq!((usage.turns, usage.input_tokens, usage.output_tokens), (4, 4000, 400), "{protocol:?}");
        let dollars = if protocol == Protocol::Acp { 0.004 } else { 0.0 };
        assert!((usage.cost_usd - dollars).abs() < 1e-9, "{usage:?}");
    }
}

#[tokio::test]
async fn a_reviewer_rejects() {
    for protocol in BOTH {
        let place = Place::new();
        let task = task("sim review: reject add a test");
        let request = protocol.prepare(place.request_as("review", &task, &[]));
        let (report, _) = protocol.run(&place, &request).await;
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?}");
        assert_eq!(report.result.unwrap()["outcome"], "rejected");
    }
}

#[tokio::test]
async fn i21_rejected_work_goes_on_in_its_own_conversation_and_costs_its_own_share() {
    for protocol in BOTH {
        let place = Place::new();
        let (first, _) = protocol.run(&place, &protocol.request(&place, "")).await;
        let thread = [message(MessageKind::Feedback, "add a test")];
        let mut request = protocol.prepare(place.request_as("implement", &task("sim: turns 2"), &thread));
        request.files = place.path().join("files-2");
        request.resume = first.session.clone();
        let (second, ear) = protocol.run(&place, &request).await;
        assert_eq!(second.stop, StopReason::Completed, "{protocol:?}: {second:?}");
        assert_eq!(second.session, first.session, "{protocol:?}");
        assert!(!ear.logs().iter().any(|line| line.contains("gone")), "{:?}", ear.logs());
        assert!(!ear.texts().iter().any(|text| text.contains("said before")), "the past is not told again");
        assert!(second.usage.cost_usd <= 0.0041, "{protocol:?}: {:?}", second.usage);
        assert_eq!(
            second.usage.input_tokens,
            1000 * u64::from(second.usage.turns),
            "{protocol:?}: {:?}",
            second.usage
        );
    }
}

#[tokio::test]
async fn a_conversation_that_is_gone_is_begun_anew() {
    for protocol in BOTH {
        let place = Place::new();
        let mut request = protocol.request(&place, "");
        request.resume = Some(SessionId::new("no-such-session").unwrap());
        let (report, ear) = protocol.run(&place, &request).await;
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?}");
        assert!(report.session.is_some_and(|session| session.as_str() != "no-such-session"));
        assert!(ear.logs().iter().any(|line| line.contains("no-such-session is gone")), "{:?}", ear.logs());
    }
}

#[tokio::test]
async fn what_no_protocol_knows_yet_is_no_trouble() {
    for protocol in BOTH {
        let place = Place::new();
        let request = protocol
            .request(&place, "sim: novelties\nsim: write a.txt hello\nsim: commit Add a\nsim: novelties");
        let (report, _) = protocol.run(&place, &request).await;
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?}");
        assert_eq!(place.subjects(), ["first", "Add a"]);
    }
}

#[tokio::test]
async fn what_is_said_is_told_while_the_agent_works_on() {
    for protocol in BOTH {
        let place = Place::new();
        let request = protocol.request(&place, "sim: say half an answer\nsim: hang");
        let ear = Ear::default();
        let runner = protocol.runner(&place);
        let (report, ()) = tokio::join!(runner.run(&request, &ear), async {
            ear.until_said("half an answer").await;
            request.cancel.cancel();
        });
        assert_eq!(report.stop, StopReason::Cancelled, "{protocol:?}");
    }
}

#[tokio::test]
async fn i06_the_model_that_is_wanted_is_used_or_missed() {
    let place = Place::new();
    let mut request = Protocol::Acp.request(&place, "");
    request.model = Some("sim-large".to_owned());
    let (report, ear) = Protocol::Acp.run(&place, &request).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    assert!(ear.events().contains(&AgentEvent::Model("sim-large".to_owned())), "{:?}", ear.events());

    let place = Place::new();
    let mut request = Protocol::Acp.request(&place, "");
    request.model = Some("sim-enormous".to_owned());
    let StopReason::Unavailable { problem, remedy } = Protocol::Acp.run(&place, &request).await.0.stop else {
        panic!()
    };
    assert!(
        problem.contains("sim-enormous") && remedy.contains("sim-model, sim-large"),
        "{problem}; {remedy}"
    );
}
