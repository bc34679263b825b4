//! What the machines believed to hold: no two of them the same task at once.

use super::{Answer, Ask, Call};
use octopoid_core::model::{ClaimToken, TaskId, Timestamp};
use std::collections::BTreeMap;

/// One machine's hold on a task, as it knew it.
#[derive(Debug)]
struct Hold {
    machine: String,
    /// When it was told; before that it may not have held it.
    from: u64,
    /// When it first asked to let go; after that it may not hold it any more.
    to: u64,
    /// By the store's time.
    claimed_at: Timestamp,
    /// The longest lease it was promised, by the store's time.
    until: Timestamp,
}

pub(super) fn wrongs(calls: &[Call]) -> Vec<String> {
    let mut wrongs = Vec::new();
    for (task, holds) in holds(calls) {
        for (place, first) in holds.iter().enumerate() {
            for second in &holds[place + 1..] {
                let at_once = first.from < second.to && second.from < first.to;
                // A lease that ran out ends a hold without its holder's doing.
                let leased = first.claimed_at < second.until && second.claimed_at < first.until;
                if at_once && leased {
                    wrongs.push(format!(
                        "holds: {} got {task} at {} while {} held it until {}",
                        second.machine, second.claimed_at, first.machine, first.until
                    ));
                }
            }
        }
    }
    wrongs
}

fn holds(calls: &[Call]) -> BTreeMap<TaskId, Vec<Hold>> {
    let mut known: BTreeMap<(TaskId, ClaimToken, i64), Hold> = BTreeMap::new();
    for call in calls {
        let (Ask::Claim { token, .. }, Answer::Done { task, lease: Some((claimed_at, until)) }, Some(from)) =
            (&call.ask, &call.answer, call.answered)
        else {
            continue;
        };
        let machine = call.machine.clone();
        let hold = Hold { machine, from, to: u64::MAX, claimed_at: *claimed_at, until: *until };
        known.entry((task.clone(), token.clone(), claimed_at.as_millis())).or_insert(hold);
    }
    for call in calls {
        let Ask::Command { task, name, token: Some(token) } = &call.ask else { continue };
        let of_token = known.iter_mut().filter(|((of, by, _), _)| of == task && by == token);
        for (_, hold) in of_token {
            match (*name, &call.answer) {
                ("renew", Answer::Done { lease: Some((claimed_at, until)), .. })
                    if hold.claimed_at == *claimed_at =>
                {
                    hold.until = hold.until.max(*until);
                }
                ("renew", _) => {}
                _ if call.asked > hold.from => hold.to = hold.to.min(call.asked),
                _ => {}
            }
        }
    }
    let mut by_task: BTreeMap<TaskId, Vec<Hold>> = BTreeMap::new();
    for ((task, ..), hold) in known {
        by_task.entry(task).or_default().push(hold);
    }
    by_task
}
