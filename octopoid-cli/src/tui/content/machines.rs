//! The pane of machines and agents.

use super::{dim, heading, span, styled};
use crate::installation::TAKEN_UP;
use crate::output::text;
use crate::overview::Agent;
use crate::tui::pane::{Mark, Row};
use crate::tui::snapshot::{Here, Snapshot};
use crate::tui::text::fit;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::{Machine, MachineStatus, Timestamp};
use octopoid_core::orchestrator::{Status, Work};
use ratatui::text::{Line, Span};

pub(super) fn rows(snapshot: &Snapshot, theme: Theme, now: Timestamp) -> Vec<Row> {
    let mut rows = match &snapshot.here {
        Some(here) => of_here(here, theme, now),
        None => vec![dim("what the agents of a machine do is known on that machine alone", theme)],
    };
    rows.extend(heading("Machines", theme));
    if snapshot.machines.is_empty() {
        rows.push(dim("none has registered; `octopoid start` on one does", theme));
    }
    rows.extend(snapshot.machines.iter().flat_map(|machine| of_machine(machine, theme, now)));
    rows
}

fn of_here(here: &Here, theme: Theme, now: Timestamp) -> Vec<Row> {
    let mut rows = vec![match &here.status {
        Some(status) => Row::new(head(status, here.paused, theme, now)),
        None => Row::new(Line::from(vec![
            span("no orchestrator runs here", Tone::Attention, theme),
            span(": `octopoid start`", Tone::Dim, theme),
        ])),
    }];
    if let Some(status) = &here.status {
        rows.extend(store_away(status, theme, now));
    }
    for orphan in &here.orphans {
        rows.push(Row::indented(styled(orphan.words(now), Tone::Attention, theme), 2));
    }
    if !here.orphans.is_empty() {
        rows.push(dim(TAKEN_UP, theme));
    }
    rows.extend(heading("Agents here", theme));
    if here.agents.is_empty() {
        rows.push(dim("none is configured in .octopoid/agents.yaml", theme));
    }
    rows.extend(here.agents.iter().map(|agent| of_agent(agent, theme, now)));
    let Some(status) = &here.status else { return rows };
    if !status.landings.is_empty() {
        rows.extend(heading("Landing", theme));
        rows.extend(status.landings.iter().map(|work| Row::indented(doing(work, now), 2)));
    }
    if !status.warnings.is_empty() {
        rows.extend(heading("Warnings", theme));
        rows.extend(status.warnings.iter().flat_map(|warning| super::body(warning, 0)));
    }
    rows
}

fn head(status: &Status, paused: bool, theme: Theme, now: Timestamp) -> Line<'static> {
    let (state, tone) = match () {
        () if status.stopping => ("ending", Tone::Attention),
        () if status.maintenance => ("out of service", Tone::Attention),
        () if status.paused || paused => ("paused", Tone::Attention),
        () => ("running", Tone::Good),
    };
    let since = text::span(now.since(status.started_at));
    Line::from(vec![
        span(state, tone, theme),
        span(format!(" for {since}, process {} ({})", status.pid, status.orchestrator), Tone::Dim, theme),
    ])
}

fn store_away(status: &Status, theme: Theme, now: Timestamp) -> Vec<Row> {
    let Some(since) = status.store_away_since else { return Vec::new() };
    let span = text::span(now.since(since));
    let words = format!("the queue has been away for {span}: what runs goes on, results wait");
    let mut rows = vec![Row::new(styled(words, Tone::Bad, theme))];
    rows.extend(status.store_away_why.as_deref().map(|why| dim(why, theme)));
    rows
}

fn of_agent(agent: &Agent, theme: Theme, now: Timestamp) -> Row {
    let name = span(format!("{:<16} ", agent.name), Tone::Plain, theme);
    let line = match (&agent.work, &agent.idle) {
        (Some(work), _) => vec![name, span(doing(work, now), Tone::Busy, theme)],
        (None, Some(idle)) => {
            let until = idle.until.map_or_else(String::new, |at| format!(" ({})", text::relative(at, now)));
            vec![name, span(format!("idle: {}{until}", idle.reason), Tone::Dim, theme)]
        }
        (None, None) => vec![name, span("idle: nothing to do", Tone::Dim, theme)],
    };
    Row::indented(Line::from(line), 17)
}

fn doing(work: &Work, now: Timestamp) -> String {
    let mut parts =
        vec![format!("{} {}", work.task, fit(&work.title, 40)), text::span(now.since(work.since))];
    parts.extend(Some(text::usage(&work.usage)).filter(|used| !used.is_empty()));
    parts.extend(work.last.as_deref().map(|last| fit(last, 60)));
    parts.join(" · ")
}

fn of_machine(machine: &Machine, theme: Theme, now: Timestamp) -> Vec<Row> {
    let (status, tone) = match machine.status {
        MachineStatus::Active => ("active", Tone::Good),
        MachineStatus::Offline => ("offline", Tone::Bad),
        MachineStatus::Maintenance => ("out of service", Tone::Attention),
    };
    let busy = machine.agents.iter().filter(|agent| agent.task.is_some()).count();
    let heard = text::span(now.since(machine.last_heartbeat));
    let head = Line::from(vec![
        span(format!("{:<16} ", machine.id), Tone::Plain, theme),
        span(status, tone, theme),
        span(
            format!("  {busy} of {} agents at work, heard {heard} ago", machine.agents.len()),
            Tone::Dim,
            theme,
        ),
    ]);
    let mark = || Mark::Machine(machine.id.clone());
    let mut rows = vec![Row::indented(head, 17).head().marked(mark())];
    for agent in &machine.agents {
        let Some(task) = &agent.task else { continue };
        let words = span(format!("{} works on {task}", agent.agent), Tone::Busy, theme);
        rows.push(Row::new(Line::from(vec![Span::raw("  "), words])).marked(mark()));
    }
    rows
}
