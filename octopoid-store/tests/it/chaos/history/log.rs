//! The server's own history: every task goes a legal way, and nobody takes what somebody holds.

use octopoid_core::model::{Event, EventKind, Queue, TaskId};
use std::collections::BTreeMap;

/// Where a task stands after the events so far.
#[derive(Debug, Default)]
struct Standing {
    /// Where it stood before the last event, and since.
    queues: (Option<Queue>, Option<Queue>),
    /// Who holds it, and by which event.
    held: Option<(String, EventKind)>,
    accepted: u32,
}

pub(super) fn wrongs(log: &[Event], people: &[&str]) -> Vec<String> {
    let mut wrongs = Vec::new();
    for pair in log.windows(2) {
        if pair[0].seq >= pair[1].seq {
            wrongs.push(format!("log: number {} does not come after {}", pair[1].seq, pair[0].seq));
        }
    }
    let mut tasks: BTreeMap<&TaskId, Standing> = BTreeMap::new();
    // All tasks of a load are for one branch.
    let mut landing: Option<&TaskId> = None;
    for event in log {
        let standing = tasks.entry(&event.task).or_default();
        for why in standing.go_on(event, people) {
            let Event { seq, task, kind, actor, .. } = event;
            wrongs.push(format!("log: {seq}: {task} {} by {actor}: {why}", kind.as_str()));
        }
        let lands = matches!(standing.held, Some((_, EventKind::LandingClaimed)));
        match landing {
            Some(other) if lands && *other != event.task => {
                wrongs.push(format!("log: {}: {} lands while {other} does", event.seq, event.task));
            }
            Some(other) if !lands && *other == event.task => landing = None,
            None if lands => landing = Some(&event.task),
            _ => {}
        }
    }
    for (task, standing) in tasks {
        if standing.accepted != 1 {
            wrongs.push(format!("log: {task} was accepted {} times", standing.accepted));
        }
        if let Some((holder, _)) = standing.held {
            wrongs.push(format!("log: {task} is still held by {holder}"));
        }
    }
    wrongs
}

impl Standing {
    /// Takes the next event of the task; gives what is wrong with it.
    fn go_on(&mut self, event: &Event, people: &[&str]) -> Vec<String> {
        use EventKind::*;
        let rules = [self.queue_is_right(event), self.actor_has_the_right(event, people)];
        match event.kind {
            Claimed | ReviewClaimed | LandingClaimed => {
                self.held = Some((event.actor.clone(), event.kind));
            }
            Updated | MessagePosted | RunRecorded | Blocked | Unblocked | Created => {}
            _ => self.held = None,
        }
        if event.kind == Accepted {
            self.accepted += 1;
        }
        self.queues = (event.from, event.to);
        rules.into_iter().filter_map(Result::err).collect()
    }

    fn queue_is_right(&self, event: &Event) -> Result<(), String> {
        let (before, now) = self.queues;
        if (event.kind == EventKind::Created) != now.is_none() {
            return Err(format!("it stood in {now:?}"));
        }
        // Where one command has two events, both begin where the command began.
        let second = event.kind == EventKind::PersonNeeded && event.from == before;
        if event.from != now && !second {
            return Err(format!("it left {:?} and stood in {now:?}", event.from));
        }
        let talk = matches!(event.kind, EventKind::MessagePosted | EventKind::RunRecorded);
        if now == Some(Queue::Done) && !talk {
            return Err("it was done".to_owned());
        }
        Ok(())
    }

    fn actor_has_the_right(&self, event: &Event, people: &[&str]) -> Result<(), String> {
        use EventKind::*;
        let wanted: &[EventKind] = match event.kind {
            Claimed | ReviewClaimed | LandingClaimed => {
                return match &self.held {
                    Some((holder, _)) => Err(format!("{holder} holds it")),
                    None => Ok(()),
                };
            }
            LeaseExpired if self.held.is_none() => return Err("nobody holds it".to_owned()),
            Submitted | BurnoutDetected => &[Claimed],
            Approved => &[ReviewClaimed],
            Accepted => &[LandingClaimed],
            Rejected => &[Claimed, ReviewClaimed, LandingClaimed],
            Released | Requeued | Failed => &[Claimed, ReviewClaimed, LandingClaimed],
            _ => return Ok(()),
        };
        match &self.held {
            _ if people.contains(&event.actor.as_str()) => Ok(()),
            Some((holder, by)) if *holder == event.actor && wanted.contains(by) => Ok(()),
            held => Err(format!("the claim on it is {held:?}")),
        }
    }
}
