//! Each way an agent of a two-way protocol ends.

use super::{BOTH, Protocol};
use crate::support::{Ear, Place, left_running};
use octopoid_core::model::StopReason;

async fn run(protocol: Protocol, description: &str) -> octopoid_core::runner::AgentReport {
    let place = Place::new();
    protocol.run(&place, &protocol.request(&place, description)).await.0
}

#[tokio::test]
async fn i17_limits_refusals_and_failures_of_the_api_are_told_apart() {
    let crashed = |stop: &StopReason| matches!(stop, StopReason::Crashed { .. });
    let unavailable = |stop: &StopReason| matches!(stop, StopReason::Unavailable { .. });
    let limited = |stop: &StopReason| matches!(stop, StopReason::RateLimited { .. });
    let overloaded = |stop: &StopReason| matches!(stop, StopReason::Overloaded { .. });
    type Fits<'a> = &'a dyn Fn(&StopReason) -> bool;
    let table: [(&str, Fits<'_>); 6] = [
        ("sim: api-error 401 Invalid API key", &unavailable),
        ("sim: api-error 429 Too many requests", &limited),
        ("sim: api-error 529 Overloaded", &overloaded),
        ("sim: api-error 500 Internal server error", &overloaded),
        ("sim: api-error 400 messages: too many", &crashed),
        ("sim: exit 1 no such flag", &crashed),
    ];
    for protocol in BOTH {
        for (line, fits) in table {
            let report = run(protocol, line).await;
            assert!(fits(&report.stop), "{protocol:?} {line}: {:?}", report.stop);
        }
    }
    let stop = run(Protocol::Acp, "sim: refuse I will not").await.stop;
    assert!(matches!(&stop, StopReason::Crashed { reason } if reason.contains("I will not")), "{stop:?}");
}

#[tokio::test]
async fn i17_an_agent_says_when_its_limit_lifts() {
    for protocol in BOTH {
        let report = run(protocol, "sim: limit 1893456000 You've hit your 5-hour limit").await;
        let StopReason::RateLimited { retry_at: Some(at), message } = report.stop else {
            panic!("{report:?}")
        };
        assert_eq!(at.to_string(), "2030-01-01T00:00:00.000Z");
        assert!(message.contains("5-hour limit"), "{message}");
    }
}

#[tokio::test]
async fn i33_the_limit_of_turns_stops_an_agent_that_has_none() {
    for protocol in BOTH {
        let place = Place::new();
        let mut request =
            protocol.request(&place, "sim: say one\nsim: say two\nsim: say three\nsim: say four\nsim: hang");
        request.max_turns = Some(3);
        let (report, _) = protocol.run(&place, &request).await;
        assert_eq!(report.stop, StopReason::MaxTurns, "{protocol:?}: {report:?}");
        assert!(report.usage.turns >= 3, "{:?}", report.usage);
        assert!(report.session.is_some(), "i34: the next attempt can go on in it");
        assert!(!left_running(&place));
    }
}

#[tokio::test]
async fn i33_the_budget_stops_an_agent_that_tells_what_it_costs() {
    let place = Place::new();
    let mut request = Protocol::Acp.request(&place, "sim: cost 0.5\nsim: hang");
    request.budget_usd = Some(0.25);
    let (report, _) = Protocol::Acp.run(&place, &request).await;
    assert_eq!(report.stop, StopReason::Budget, "{report:?}");
    assert!(report.usage.cost_usd >= 0.5, "{:?}", report.usage);

    // Where it tells nothing, that is said.
    let place = Place::new();
    let mut request = Protocol::Codex.request(&place, "");
    request.budget_usd = Some(0.25);
    let (_, ear) = Protocol::Codex.run(&place, &request).await;
    assert!(ear.logs().iter().any(|line| line.contains("does not report what it costs")), "{:?}", ear.logs());
}

#[tokio::test]
async fn i34_a_cancelled_agent_leaves_its_use_its_conversation_and_no_process() {
    for protocol in BOTH {
        let place = Place::new();
        let request = protocol.request(&place, "sim: spawn-orphan\nsim: say working\nsim: hang");
        let (ear, runner) = (Ear::default(), protocol.runner(&place));
        let (report, ()) = tokio::join!(runner.run(&request, &ear), async {
            ear.until_said("working").await;
            request.cancel.cancel();
        });
        assert_eq!(report.stop, StopReason::Cancelled, "{protocol:?}");
        assert!(report.usage.turns >= 1 && report.session.is_some(), "{report:?}");
        assert!(!left_running(&place), "a process in a session of its own is stopped too");
    }
}

#[tokio::test]
async fn a_crash_and_a_closed_connection_have_their_reasons() {
    for protocol in BOTH {
        let StopReason::Crashed { reason } = run(protocol, "sim: exit 3 the flux ran out").await.stop else {
            panic!()
        };
        assert_eq!(reason, "exit status 3: the flux ran out", "{protocol:?}");
        let StopReason::Crashed { reason } = run(protocol, "sim: exit 0 bye").await.stop else { panic!() };
        assert!(reason.contains("closed its connection"), "{protocol:?}: {reason}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_messages_stop_nothing_and_too_many_do() {
    for protocol in BOTH {
        let report = run(protocol, "sim: invalid-utf8\nsim: print-mb 1\nsim: long-line 2").await;
        assert_eq!(report.stop, StopReason::Completed, "{protocol:?}: {report:?}");
        let place = Place::new();
        let mut request = protocol.request(&place, "sim: print-mb 3\nsim: hang");
        request.max_output = 2 << 20;
        let stop = protocol.run(&place, &request).await.0.stop;
        assert!(
            matches!(&stop, StopReason::Crashed { reason } if reason.contains("printed more than")),
            "{stop:?}"
        );
    }
}

#[tokio::test]
async fn i14_words_alone_are_no_result() {
    for protocol in BOTH {
        let report = run(protocol, "sim: say I am done, all is committed\nsim: no-result").await;
        assert_eq!(report.result, None, "{protocol:?}: {report:?}");
    }
}
