//! What an agent does not say is said by its role, then by the installation, then by the library.

use super::setting::{Setting, content};
use octopoid_core::model::{AgentName, RoleName};
use octopoid_core::orchestrator::{AgentSettings, BuildError, Orchestrator};
use octopoid_core::role::{AgentDefaults, RoleSpec};
use octopoid_core::runner::AgentRequest;
use octopoid_core::testing::{PlainRole, ScriptedRunner};
use std::sync::Arc;
use std::time::Duration;

fn every(runner: &str, number: u32) -> AgentDefaults {
    let mut defaults = AgentDefaults::default().with_runner(Some(runner.to_owned()));
    defaults.model = Some(format!("model-{number}"));
    defaults.max_turns = Some(number);
    defaults.tools = vec![format!("Tool{number}")];
    defaults.timeout = Some(Duration::from_secs(u64::from(number)));
    defaults.idle_timeout = Some(Duration::from_secs(u64::from(number) + 100));
    defaults.budget_usd = Some(f64::from(number) / 100.0);
    defaults
}

/// What the one agent was asked, and by which runner.
async fn asked(
    role: AgentDefaults,
    installation: AgentDefaults,
    agent: AgentSettings,
) -> (String, AgentRequest) {
    let setting = Setting::new(content);
    setting.enqueue("One").await;
    let runners = ["own", "role", "installation"].map(|name| ScriptedRunner::new(content).named(name));
    let spec = RoleSpec::worker(RoleName::implement(), "works").with_defaults(role);
    let mut builder = Orchestrator::builder()
        .store(setting.store.clone())
        .repository(setting.repository.path())
        .settings(setting.settings.clone())
        .role(Arc::new(PlainRole::new(spec)))
        .agent(agent)
        .allow_unserved()
        .agent_defaults(installation);
    for runner in &runners {
        builder = builder.runner(Arc::new(runner.clone()));
    }
    builder.build().await.unwrap().run_until_idle().await.unwrap();
    let calls = runners.iter().map(|runner| (octopoid_core::runner::Runner::name(runner), runner.calls()));
    let (name, mut calls) = calls.into_iter().find(|(_, calls)| !calls.is_empty()).unwrap();
    (name.to_owned(), calls.remove(0))
}

fn agent() -> AgentSettings {
    AgentSettings::new(AgentName::new("worker").unwrap(), RoleName::implement())
}

#[track_caller]
fn assert_all_of(request: &AgentRequest, number: u32) {
    assert_eq!(request.model, Some(format!("model-{number}")));
    assert_eq!(request.max_turns, Some(number));
    assert_eq!(request.tools, [format!("Tool{number}")]);
    assert_eq!(request.timeout, Duration::from_secs(u64::from(number)));
    assert_eq!(request.idle_timeout, Duration::from_secs(u64::from(number) + 100));
    assert_eq!(request.budget_usd, Some(f64::from(number) / 100.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agents_own_values_win() {
    let own = agent().with_defaults(&every("own", 1));
    let (runner, request) = asked(every("role", 2), every("installation", 3), own).await;
    assert_eq!(runner, "own");
    assert_all_of(&request, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_values_win_over_the_installations() {
    let (runner, request) = asked(every("role", 2), every("installation", 3), agent()).await;
    assert_eq!(runner, "role");
    assert_all_of(&request, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_installation_speaks_where_nobody_else_does() {
    let (runner, request) = asked(AgentDefaults::default(), every("installation", 3), agent()).await;
    assert_eq!(runner, "installation");
    assert_all_of(&request, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_is_decided_on_its_own() {
    let mut role = AgentDefaults::default();
    role.max_turns = Some(2);
    let mut own = agent().with_runner("own");
    own.model = Some("mine".to_owned());
    let (runner, request) = asked(role, every("installation", 3), own).await;
    assert_eq!(
        (runner.as_str(), request.model.as_deref(), request.max_turns),
        ("own", Some("mine"), Some(2))
    );
    assert_eq!(request.tools, ["Tool3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_word_is_an_hour_and_fifteen_minutes_of_silence() {
    let nothing = AgentDefaults::default;
    let (_, request) = asked(nothing(), nothing(), agent().with_runner("own")).await;
    assert_eq!(
        (request.timeout, request.idle_timeout),
        (Duration::from_secs(3600), Duration::from_secs(900))
    );
    assert_eq!((request.model, request.max_turns, request.tools.len()), (None, Some(100), 0));
}

#[tokio::test]
async fn i24_a_roles_runner_that_is_not_there_is_refused() {
    let setting = Setting::new(content);
    let spec = RoleSpec::worker(RoleName::implement(), "works").with_defaults(every("gone", 1));
    let builder = setting.builder().role(Arc::new(PlainRole::new(spec)));
    let own = AgentSettings::new(AgentName::new("other").unwrap(), RoleName::implement());
    let Err(BuildError::Agent { agent, problem }) = builder.agent(own).build().await else {
        panic!("it was built")
    };
    assert_eq!(agent, "other");
    assert!(problem.contains("no runner `gone`"), "{problem}");
}

#[test]
fn they_are_written_with_the_names_of_the_files() {
    let written = serde_json::to_value(every("claude", 7)).unwrap();
    assert_eq!((&written["timeout_seconds"], &written["idle_timeout_seconds"]), (&7.into(), &107.into()));
    assert_eq!(serde_json::from_value::<AgentDefaults>(written).unwrap(), every("claude", 7));
    assert_eq!(serde_json::from_str::<AgentDefaults>("{}").unwrap(), AgentDefaults::default());
}
