//! Machines and their agents.

use super::layout::{Page, Section, badge, post, region};
use super::prose::line;
use crate::access::Visit;
use crate::hub::Snapshot;
use crate::text::{Ago, Span, T, count, usage};
use maud::{Markup, html};
use octopoid_core::model::{Machine, MachineStatus};
use octopoid_core::orchestrator::{AgentStatus, Status};

/// Returns the page.
pub(crate) fn machines(visit: &Visit, snapshot: &Snapshot, machines: &[Machine]) -> Markup {
    let body = html! {
        @if let Some(status) = &snapshot.facts.status { (here(visit, status)) }
        @else if visit.shared.installation.is_some() {
            section.panel.call { h2 { "No orchestrator runs here" } p { code { "octopoid start" } " runs the agents." } }
        }
        @for machine in machines { (one(visit, machine)) }
        @if machines.is_empty() && snapshot.facts.status.is_none() && visit.shared.installation.is_none() {
            div.welcome { h2 { "No machine has registered" } p { "Each machine that runs " code { "octopoid start" } " on this queue appears here." } }
        }
    };
    let content = html! { header.title { h1 { "Machines" } } (region("machines-list", &body)) };
    Page::new("Machines", Section::Machines, content).render(visit, snapshot)
}

/// Returns what the orchestrator on this machine does.
fn here(visit: &Visit, status: &Status) -> Markup {
    let (meaning, words) = match status {
        Status { stopping: true, .. } => ("attention", "ending"),
        Status { maintenance: true, .. } => ("attention", "out of service"),
        Status { paused: true, .. } => ("attention", "paused"),
        _ => ("done", "running"),
    };
    let at_work = status.agents.iter().filter(|agent| agent.work.is_some()).count();
    html! {
        section.panel {
            header.panel-head {
                h2 { "This machine: " (T(status.orchestrator.as_str())) }
                (badge(meaning, words))
                span.quiet { "for " (Span { since: status.started_at, now: visit.now }) " · process " (status.pid) " · " (at_work) " of " (count(status.agents.len() as u64, "agent")) " at work" }
            }
            @if let Some(since) = status.store_away_since {
                p.problem { "The queue has been away for " (Span { since, now: visit.now }) @if let Some(why) = &status.store_away_why { ": " (T(why)) } }
            }
            @for account in &status.accounts {
                p.problem { "The account " (T(&account.account)) " is limited; it opens " (Ago { at: account.until, now: visit.now }) ": " (T(&account.reason)) }
            }
            div.scroll {
                table.list {
                    thead { tr { th scope="col" { "Agent" } th scope="col" { "Role" } th scope="col" { "Runner" } th scope="col" { "Does" } } }
                    tbody { @for agent in &status.agents { (row(visit, agent)) } }
                }
            }
            @if !status.landings.is_empty() {
                h3 { "Landing" }
                ul { @for work in &status.landings { li { a href=(visit.url(&format!("/tasks/{}", work.task))) { (work.task) " " (T(&work.title)) } " " span.quiet { (Span { since: work.since, now: visit.now }) } } } }
            }
            @if !status.warnings.is_empty() { h3 { "Warnings" } ul.warnings { @for warning in status.warnings.iter().rev() { li { (T(warning)) } } } }
        }
    }
}

fn row(visit: &Visit, agent: &AgentStatus) -> Markup {
    html! {
        tr data-meaning=(if agent.work.is_some() { "working" } else { "neutral" }) {
            td { (T(agent.name.as_str())) }
            td { (T(agent.role.as_str())) }
            td { (T(agent.runner.as_deref().unwrap_or("–"))) }
            td {
                @match (&agent.work, &agent.idle) {
                    (Some(work), _) => {
                        a href=(visit.url(&format!("/tasks/{}", work.task))) { (work.task) " " (T(&work.title)) }
                        " " span.quiet { (Span { since: work.since, now: visit.now }) " " (usage(&work.usage)) }
                        @if let Some(last) = &work.last { p.says { (T(&super::card::shortened(last, 160))) } }
                    }
                    (None, Some(idle)) => {
                        span.quiet { "idle: " (line(&idle.reason)) @if let Some(until) = idle.until { " (" (Ago { at: until, now: visit.now }) ")" } }
                    }
                    (None, None) => { span.quiet { "idle: nothing to do" } }
                }
            }
        }
    }
}

fn one(visit: &Visit, machine: &Machine) -> Markup {
    let (meaning, words) = match machine.status {
        MachineStatus::Active => ("done", "active"),
        MachineStatus::Offline => ("bad", "offline"),
        MachineStatus::Maintenance => ("attention", "out of service"),
    };
    let registration = &machine.registration;
    let at_work = machine.agents.iter().filter(|agent| agent.task.is_some()).count();
    html! {
        section.panel {
            header.panel-head {
                h2 { (T(machine.id.as_str())) }
                (badge(meaning, words))
                span.quiet { "heard from " (Ago { at: machine.last_heartbeat, now: visit.now }) " · " (at_work) " of " (count(machine.agents.len() as u64, "agent")) " at work" @if let Some(host) = &registration.hostname { " · " (T(host)) } @if let Some(version) = &registration.version { " · version " (T(version)) } }
            }
            ul.agents {
                @for agent in &machine.agents {
                    li data-meaning=(if agent.task.is_some() { "working" } else { "neutral" }) {
                        (T(agent.agent.as_str())) " " span.quiet { (T(agent.role.as_str())) }
                        @if let Some(task) = &agent.task { " " a href=(visit.url(&format!("/tasks/{task}"))) { (task) } }
                    }
                }
            }
            @if visit.viewer.may_decide {
                @if machine.status == MachineStatus::Maintenance {
                    (post(visit, &format!("/machines/{}/resume", machine.id), html! { div.choice { button.secondary { "Put back into service" } span.effect { "it takes new work again" } } }))
                } @else {
                    (post(visit, &format!("/machines/{}/drain", machine.id), html! { div.choice { button.secondary { "Take out of service" } span.effect { "it finishes what it has and takes nothing new" } } }))
                }
            }
        }
    }
}
