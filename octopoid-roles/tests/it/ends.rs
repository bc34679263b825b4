//! Each way an agent ends, with real programs.

use crate::support::{Ear, Place, SIM, left_running, message, task};
use octopoid_core::model::{MessageKind, Outcome, StopReason};
use octopoid_core::runner::{AgentReport, AgentRequest, Runner, RunnerCheck};
use octopoid_roles::claude::ClaudeRunner;
use octopoid_roles::command::CommandRunner;
use std::time::Duration;

async fn command(request: &AgentRequest, place: &Place) -> AgentReport {
    CommandRunner::new(place.path())
        .with_grace(Duration::from_millis(200))
        .run(request, &Ear::default())
        .await
}

async fn claude(description: &str) -> (AgentReport, Ear) {
    let (place, ear) = (Place::new(), Ear::default());
    let mut request = place.request(description);
    request.environment.insert("ANTHROPIC_API_KEY".to_owned(), "sk-ant-test".to_owned());
    request.max_turns = Some(50);
    request.output_schema = Some(serde_json::json!({ "type": "object", "required": ["outcome"] }));
    let report = ClaudeRunner::new().with_program(SIM).run(&request, &ear).await;
    (report, ear)
}

#[tokio::test]
async fn a_failing_program_gives_the_end_of_its_stderr() {
    let place = Place::new();
    let report = command(&place.request("sim: exit 3 the flux ran out"), &place).await;
    let StopReason::Crashed { reason } = report.stop else { panic!("{report:?}") };
    assert!(reason.contains('3') && reason.contains("the flux ran out"), "{reason}");
}

#[tokio::test]
async fn a_crash_is_named_by_the_line_that_says_why() {
    let place = Place::new();
    let mut request = place.request("");
    let program = place.script(
        "{ echo 'Traceback (most recent call last):'; echo '  File \"a.py\", line 3, in <module>'; echo '    main()'
        echo 'ValueError: no such colour'; } >&2; exit 1",
    );
    request.command = vec![program];
    let StopReason::Crashed { reason } = command(&request, &place).await.stop else { panic!() };
    assert_eq!(reason, "exit status 1: ValueError: no such colour");
}

#[tokio::test]
async fn i17_exit_75_means_later_with_the_time_if_it_is_known() {
    let place = Place::new();
    let mut request = place.request("");
    let program = place.script(
        "echo '{\"outcome\":\"nothing\",\"retry_at\":\"2030-01-01T00:00:00Z\"}' > $OCTOPOID_RESULT\nexit 75",
    );
    request.command = vec![program];
    let report = command(&request, &place).await;
    let (StopReason::RateLimited { retry_at, .. } | StopReason::Overloaded { retry_at, .. }) = report.stop
    else {
        panic!("{report:?}")
    };
    assert_eq!(retry_at.unwrap().to_string(), "2030-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn i14_a_result_that_says_nothing_usable_is_no_result() {
    for lines in ["sim: no-result", "sim: raw-result {\"outcome\":", "sim: raw-result \u{fffd}"] {
        let place = Place::new();
        let report = command(&place.request(lines), &place).await;
        assert_eq!(report.stop, StopReason::Completed, "{lines}");
        assert!(report.result.is_none_or(|result| Outcome::from_result(&result).is_err()), "{lines}");
    }
    let place = Place::new();
    let mut request = place.request("");
    request.command = vec![place.script("mkdir $OCTOPOID_RESULT")];
    let report = command(&request, &place).await;
    assert_eq!(report.stop, StopReason::Completed);
    assert!(report.result.is_none_or(|result| Outcome::from_result(&result).is_err()));
}

#[tokio::test]
async fn a_result_is_read_from_a_regular_file_and_from_nothing_else() {
    let secret = r#"{\"outcome\":\"submitted\",\"summary\":\"a secret\"}"#;
    for (script, said) in [
        (
            format!("echo '{secret}' > ../secret && ln -s \"$PWD/../secret\" $OCTOPOID_RESULT"),
            "symbolic link",
        ),
        ("ln -s /etc/passwd $OCTOPOID_RESULT".to_owned(), "symbolic link"),
        // Nobody ever writes to it.
        ("mkfifo $OCTOPOID_RESULT".to_owned(), "is not a regular file"),
        ("ln -s /dev/zero $OCTOPOID_RESULT".to_owned(), "symbolic link"),
    ] {
        let place = Place::new();
        let mut request = place.request("");
        request.command = vec![place.script(&script)];
        let report = command(&request, &place).await;
        assert_eq!(report.stop, StopReason::Completed, "{script}");
        let words = report.result.as_ref().and_then(|result| result.as_str()).unwrap_or_default();
        assert!(words.contains(said), "{script}: {report:?}");
        assert!(Outcome::from_result(report.result.as_ref().unwrap()).is_err());
        assert!(!format!("{report:?}").contains("a secret"), "{report:?}");
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf8_stop_nothing() {
    let place = Place::new();
    let report = command(&place.request("sim: invalid-utf8"), &place).await;
    assert_eq!(report.stop, StopReason::Completed);
    assert_eq!(report.result.unwrap()["outcome"], "submitted");
}

#[tokio::test]
async fn an_agent_that_is_silent_or_slow_is_stopped() {
    let place = Place::new();
    let mut request = place.request("sim: hang");
    request.idle_timeout = Duration::from_millis(300);
    assert_eq!(command(&request, &place).await.stop, StopReason::Silent);
    let place = Place::new();
    let mut request = place.request("sim: hang");
    request.timeout = Duration::from_millis(300);
    assert_eq!(command(&request, &place).await.stop, StopReason::TimedOut);
    assert!(!left_running(&place));
}

#[tokio::test]
async fn a_cancelled_agent_leaves_no_process_behind() {
    let place = Place::new();
    let ear = Ear::default();
    let request = place.request("sim: spawn-orphan\nsim: say waiting\nsim: hang");
    let runner = CommandRunner::new(place.path()).with_grace(Duration::from_millis(200));
    let (report, ()) = tokio::join!(runner.run(&request, &ear), async {
        ear.until_said("waiting").await;
        assert!(left_running(&place), "it runs, and so does what it started in a session of its own");
        request.cancel.cancel();
    });
    assert_eq!(report.stop, StopReason::Cancelled);
    assert!(!left_running(&place));
}

#[tokio::test]
async fn what_an_agent_leaves_running_ends_with_it() {
    let place = Place::new();
    let report = command(&place.request("sim: spawn-orphan"), &place).await;
    assert_eq!(report.stop, StopReason::Completed);
    assert!(!left_running(&place));
}

#[tokio::test]
async fn an_agent_that_prints_without_end_is_stopped() {
    let place = Place::new();
    let mut request = place.request("sim: print-mb 1024");
    request.max_output = 4 << 20;
    let StopReason::Crashed { reason } = command(&request, &place).await.stop else { panic!() };
    assert!(reason.contains("printed more than"), "{reason}");
}

#[tokio::test]
async fn i17_a_missing_program_is_known_before_anything_is_charged() {
    let place = Place::new();
    let mut request = place.request("");
    request.command = vec!["no-such-agent".to_owned()];
    let runner = CommandRunner::new(place.path());
    let check = RunnerCheck::new(request.command.clone(), request.environment.clone());
    let unavailable = runner.check(&check).await.unwrap_err();
    assert!(unavailable.problem.contains("no-such-agent"), "{unavailable}");
    assert!(matches!(command(&request, &place).await.stop, StopReason::Unavailable { .. }));
    let no_key = RunnerCheck::new(Vec::new(), place.request("").environment);
    let unavailable = ClaudeRunner::new().with_program(SIM).check(&no_key).await.unwrap_err();
    assert!(unavailable.to_string().contains("ANTHROPIC_API_KEY"), "{unavailable}");
}

#[tokio::test]
async fn i28_an_agent_sees_only_the_variables_it_is_given() {
    let place = Place::new();
    let ear = Ear::default();
    let mut request = place.request("");
    request.environment.insert("GIVEN".to_owned(), "yes".to_owned());
    request.command = vec![place.script("env | cut -d= -f1 | sort | tr '\\n' ' '")];
    CommandRunner::new(place.path()).run(&request, &ear).await;
    let seen = ear.logs().concat();
    for name in seen.split_whitespace() {
        let known =
            ["GIT_CONFIG_NOSYSTEM", "GIVEN", "HOME", "PATH", "PWD", "OLDPWD", "SHLVL", "_"].contains(&name);
        assert!(known || name.starts_with("OCTOPOID_"), "{name} is visible: {seen}");
    }
    assert!(seen.contains("GIVEN") && seen.contains("OCTOPOID_RESULT"), "{seen}");
}

#[tokio::test]
async fn a_conflict_is_settled_by_the_sim_agent_with_both_sides() {
    let place = Place::new();
    let base = place.head();
    place.write("list.txt", "theirs\n");
    place.commit("Theirs");
    let tip = place.head();
    place.git(&["checkout", "--quiet", "--detach", base.as_str()]);
    place.write("list.txt", "ours\n");
    place.commit("Ours");
    let mut request = place.request_as(
        "implement",
        &task("sim: say hello"),
        &[message(MessageKind::Conflict, "conflict in list.txt")],
    );
    request.base = Some(base);
    request.base_tip = Some(tip);
    let report = command(&request, &place).await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?}");
    let both = place.read("list.txt");
    assert!(both.contains("ours") && both.contains("theirs"), "{both}");
    assert_eq!(place.subjects(), ["first", "Theirs", "Ours"]);
}

#[tokio::test]
async fn claude_ends_well_with_a_structured_result() {
    let (report, ear) = claude("sim: turns 4\nsim: cost 0.5").await;
    assert_eq!(report.stop, StopReason::Completed, "{report:?} {:?}", ear.events());
    assert_eq!(report.result.unwrap()["outcome"], "submitted");
    assert!(report.usage.turns >= 4 && report.usage.cost_usd > 0.4, "{:?}", report.usage);
    assert!(report.session.is_some());
}

#[tokio::test]
async fn claude_tells_its_limits_and_refusals_apart() {
    let crashed = |stop: &StopReason| matches!(stop, StopReason::Crashed { .. });
    let unavailable = |stop: &StopReason| matches!(stop, StopReason::Unavailable { .. });
    let limited = |stop: &StopReason| matches!(stop, StopReason::RateLimited { .. });
    let overloaded = |stop: &StopReason| matches!(stop, StopReason::Overloaded { .. });
    type Fits<'a> = &'a dyn Fn(&StopReason) -> bool;
    let table: [(&str, Fits<'_>); 8] = [
        ("sim: turns 60", &|stop| *stop == StopReason::MaxTurns),
        ("sim: api-error 401 Invalid API key", &unavailable),
        ("sim: api-error 429 Too many requests", &limited),
        ("sim: api-error 529 Overloaded", &overloaded),
        ("sim: api-error 500 Internal server error", &overloaded),
        ("sim: api-error 400 messages: too many", &crashed),
        ("sim: refuse I will not", &crashed),
        ("sim: exit 1 no such flag", &crashed),
    ];
    for (line, fits) in table {
        let (report, _) = claude(line).await;
        assert!(fits(&report.stop), "{line}: {:?}", report.stop);
    }
}

#[tokio::test]
async fn i17_claude_says_when_its_limit_lifts() {
    let (report, _) = claude("sim: limit 1893456000 You've hit your 5-hour limit").await;
    let StopReason::RateLimited { retry_at: Some(at), message } = report.stop else { panic!("{report:?}") };
    assert_eq!(at.to_string(), "2030-01-01T00:00:00.000Z");
    assert!(message.contains("5-hour limit"), "{message}");
}
