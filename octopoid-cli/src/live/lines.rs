//! A notice as a line, for people and for programs.

use crate::output::style::{self, paint};
use crate::output::text;
use octopoid_core::model::{OutcomeKind, Queue, StepRecord, StepStatus, Timestamp};
use octopoid_core::orchestrator::Notice;
use octopoid_core::runner::AgentEvent;
use serde_json::{Value, json};

/// The longest note in a line; the logs have it in full.
const WIDTH: usize = 120;

/// Returns the line for people; none for minor notices.
pub(super) fn line(notice: &Notice, at: Timestamp, verbose: bool) -> Option<String> {
    let time = paint(style::DIM, text::time_of_day(at));
    Some(match notice {
        // How it ends says enough, a moment later.
        Notice::RunStarted { role: None, resumed: false, .. } if !verbose => return None,
        Notice::RunStarted { task, title, agent, role, resumed, .. } => {
            let doing = match (role, resumed) {
                (None, false) => "begins to land".to_owned(),
                (None, true) => "goes on to land".to_owned(),
                (Some(role), false) => format!("{agent} begins to {role}"),
                (Some(role), true) => format!("{agent} goes on to {role}"),
            };
            let title = text::one_line(title, 60);
            format!("{time} {task:<9} {} {doing}: {title}", paint(style::BUSY, "▸"))
        }
        Notice::Agent { task, event, .. } if verbose => {
            let words = action(event)?;
            format!("{time} {task:<9} {}", paint(style::DIM, format_args!("  {words}")))
        }
        Notice::Step { step, .. } if step.status == StepStatus::Skipped && !verbose => return None,
        Notice::Step { task, step, .. } => format!("{time} {task:<9} {}", step_words(step)),
        Notice::RunSettled { task, agent, outcome, queue, note, usage, .. } => {
            let (mark, colour) = mark(*outcome, *queue);
            let mut words = match outcome {
                // Submitted, but a step after it sent the work back.
                Some(OutcomeKind::Submitted) if *queue == Some(Queue::Incoming) => {
                    format!("{agent}'s work goes back")
                }
                Some(outcome) => format!("{agent} {}", outcome.as_str().replace('_', " ")),
                None if *queue == Some(Queue::Done) => "landed".to_owned(),
                None => format!("{agent} ended"),
            };
            let used = text::usage(usage);
            if !used.is_empty() {
                words.push_str(&paint(style::DIM, format_args!(" ({used})")));
            }
            match queue {
                Some(queue) => words.push_str(&format!(" → {}", style::queue(*queue))),
                None => words.push_str(&paint(style::ATTENTION, " the claim was lost")),
            }
            if let Some(note) = note {
                words.push_str(&format!(": {}", text::one_line(note, WIDTH)));
            }
            format!("{time} {task:<9} {} {words}", paint(colour, mark))
        }
        Notice::Backoff { agent, until, reason } => {
            let until = text::relative(*until, at);
            let reason = text::one_line(reason, 2 * WIDTH);
            format!(
                "{time} {} {agent} is backing off, and tries again {until}: {reason}",
                paint(style::ATTENTION, "!")
            )
        }
        Notice::Warning { message } => text::one_line(message, 4 * WIDTH),
        Notice::Missed { count } => {
            paint(style::DIM, format_args!("{count} more things happened than fit here"))
        }
        _ => return None,
    })
}

fn mark(outcome: Option<OutcomeKind>, queue: Option<Queue>) -> (&'static str, anstyle::Style) {
    match (outcome, queue) {
        (_, Some(Queue::Done)) => ("✔", style::GOOD.bold()),
        (_, Some(Queue::Failed | Queue::NeedsContinuation)) => ("✖", style::BAD),
        (Some(OutcomeKind::Rejected | OutcomeKind::Submitted), Some(Queue::Incoming)) => {
            ("↩", style::ATTENTION)
        }
        (Some(OutcomeKind::Submitted | OutcomeKind::Approved), _) => ("✓", style::GOOD),
        _ => ("•", style::DIM),
    }
}

fn step_words(step: &StepRecord) -> String {
    let (mark, colour) = match step.status {
        StepStatus::Done => ("✓", style::GOOD),
        StepStatus::Skipped => ("–", style::DIM),
        StepStatus::Refused => ("✗", style::BAD),
        _ => ("…", style::ATTENTION),
    };
    format!("{} {}: {}", paint(colour, mark), step.name, text::one_line(&step.detail, WIDTH))
}

/// Describes an agent's activity in a few words.
pub(super) fn action(event: &AgentEvent) -> Option<String> {
    match event {
        AgentEvent::Text(words) => Some(text::one_line(words, WIDTH)),
        AgentEvent::Tool { name, input } => Some(text::one_line(&format!("{name} {input}"), WIDTH)),
        AgentEvent::Log(words) => Some(text::one_line(words, WIDTH)),
        _ => None,
    }
    .filter(|words| !words.is_empty())
}

/// Returns the line for programs. Agents' words are left out unless verbose.
pub(super) fn json(notice: &Notice, at: Timestamp, verbose: bool) -> Option<Value> {
    Some(match notice {
        Notice::RunStarted { run, task, title, agent, role, resumed } => json!({
            "type": "run_started", "at": at, "run": run, "task": task, "title": title, "agent": agent,
            "role": role, "resumed": resumed,
        }),
        Notice::Agent { run, task, event } if verbose => {
            json!({ "type": "agent", "at": at, "run": run, "task": task, "text": action(event)? })
        }
        Notice::Step { run, task, step, .. } => {
            json!({ "type": "step", "at": at, "run": run, "task": task, "step": step })
        }
        Notice::RunSettled { run, task, agent, outcome, queue, note, usage, .. } => json!({
            "type": "run_settled", "at": at, "run": run, "task": task, "agent": agent, "outcome": outcome,
            "queue": queue, "note": note, "usage": usage,
        }),
        Notice::Backoff { agent, until, reason } => {
            json!({ "type": "backoff", "at": at, "agent": agent, "until": until, "reason": reason })
        }
        Notice::Warning { message } => json!({ "type": "warning", "at": at, "message": message }),
        Notice::Missed { count } => json!({ "type": "missed", "at": at, "count": count }),
        _ => return None,
    })
}
