//! What the machines were told against what the server wrote: every success is in the log, and nothing is there that
//! nobody asked for.

use super::{Answer, Ask, Call};
use octopoid_core::model::{ClaimToken, Event, EventKind, TaskId};
use octopoid_core::transition::Purpose;
use std::collections::{BTreeMap, BTreeSet};

/// The effects of one kind on one task by one machine.
#[derive(Debug, Default)]
struct Effects {
    /// The claims, or else the calls, that asked for it and were not refused.
    asked: BTreeSet<String>,
    /// Those of them that were told of success.
    told: BTreeSet<String>,
    /// How often it is in the log.
    logged: usize,
    /// How often it was ended by its lease.
    expired: usize,
}

type Key = (TaskId, String, &'static str);

pub(super) fn wrongs(calls: &[Call], log: &[Event]) -> Vec<String> {
    let mut effects: BTreeMap<Key, Effects> = BTreeMap::new();
    for call in calls {
        let call_mark = format!("call {}", call.asked);
        // What is told may be told again; what is asked for once more may have an effect once more.
        let (kind, of, told, asked) = match &call.ask {
            Ask::Create { .. } => continue,
            Ask::Claim { purpose, token } => {
                (claimed(*purpose), told_task(call), token.to_string(), token.to_string())
            }
            Ask::Command { task, name, token } => {
                let Some(kind) = event_of(name) else { continue };
                let mark = token.as_ref().map_or(call_mark, ClaimToken::to_string);
                (kind, Some(task), mark.clone(), mark)
            }
            Ask::Post { task, body } => (EventKind::MessagePosted, Some(task), body.clone(), call_mark),
            Ask::SaveRun(run) => (EventKind::RunRecorded, Some(&run.task), format!("{run:?}"), call_mark),
        };
        let Some(task) = of else { continue };
        let one = effects.entry((task.clone(), call.machine.clone(), kind.as_str())).or_default();
        if matches!(call.answer, Answer::Done { .. }) {
            one.told.insert(told);
        }
        if !matches!(call.answer, Answer::Refused(_)) {
            one.asked.insert(asked);
        }
    }
    let mut holders: BTreeMap<&TaskId, Key> = BTreeMap::new();
    for event in log {
        let key = (event.task.clone(), event.actor.clone(), event.kind.as_str());
        if is_claim(event.kind) {
            holders.insert(&event.task, key.clone());
        }
        match event.kind {
            EventKind::LeaseExpired => {
                if let Some(held) = holders.get(&event.task) {
                    effects.entry(held.clone()).or_default().expired += 1;
                }
            }
            kind if is_claim(kind) || is_asked_for(kind) => effects.entry(key).or_default().logged += 1,
            _ => {}
        }
    }
    let mut wrongs = Vec::new();
    for ((task, machine, kind), Effects { asked, told, logged, expired }) in effects {
        let told = told.len();
        let what =
            format!("answers: {machine} was told {told} times that {task} is {kind}, logged {logged} times");
        // Of a claim only the answer says which task it is; a claim that nobody was told of ends by its lease.
        let most = if kind.ends_with("claimed") { told + expired } else { asked.len() };
        if logged < told {
            wrongs.push(what);
        } else if logged > most {
            wrongs.push(format!("{what}, and there can be {most}"));
        }
    }
    wrongs
}

fn told_task(call: &Call) -> Option<&TaskId> {
    match &call.answer {
        Answer::Done { task, .. } => Some(task),
        _ => None,
    }
}

fn claimed(purpose: Purpose) -> EventKind {
    match purpose {
        Purpose::Work => EventKind::Claimed,
        Purpose::Review => EventKind::ReviewClaimed,
        Purpose::Land => EventKind::LandingClaimed,
    }
}

fn is_claim(kind: EventKind) -> bool {
    matches!(kind, EventKind::Claimed | EventKind::ReviewClaimed | EventKind::LandingClaimed)
}

fn event_of(command: &str) -> Option<EventKind> {
    Some(match command {
        "submit" => EventKind::Submitted,
        "approve" => EventKind::Approved,
        "accept" => EventKind::Accepted,
        "reject" => EventKind::Rejected,
        "requeue" => EventKind::Requeued,
        "release" => EventKind::Released,
        _ => return None,
    })
}

fn is_asked_for(kind: EventKind) -> bool {
    use EventKind::*;
    matches!(
        kind,
        Submitted | Approved | Accepted | Rejected | Requeued | Released | MessagePosted | RunRecorded
    )
}
