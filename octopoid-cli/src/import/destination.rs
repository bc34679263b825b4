//! Where tasks of an original stand here.

use super::source::Task;

/// Where a task goes once it is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// To the queue, or to those that wait for others.
    Queue,
    Backlog,
    /// To those that wait for a person, with why.
    Person(String),
    Done,
    Failed(String),
}

impl Destination {
    /// The name of its queue, as far as it is known before.
    pub(super) fn queue(&self) -> &'static str {
        match self {
            Destination::Queue => "incoming",
            Destination::Backlog => "backlog",
            Destination::Person(_) => "needs_continuation",
            Destination::Done => "done",
            Destination::Failed(_) => "failed",
        }
    }

    /// Returns where a task of the original stands here. None is claimed, as no agent here holds it.
    pub(super) fn of(task: &Task, notes: &mut Vec<String>) -> Self {
        let why = || task.notes.clone().unwrap_or_else(|| "it had failed in the original".to_owned());
        let Some(queue) = task.queue.as_deref() else {
            notes.push("its file does not say where it stood; `octopoid retry` queues it".to_owned());
            return Destination::Backlog;
        };
        let work =
            task.pull_request.as_ref().map_or_else(String::new, |page| format!("; its work is in {page}"));
        match queue {
            "incoming" | "blocked" => Destination::Queue,
            "claimed" => {
                let holder = task.claimed_by.as_deref().unwrap_or("somebody");
                notes.push(format!("{holder} held it, and nobody here does{work}"));
                Destination::Queue
            }
            "done" => Destination::Done,
            "failed" => Destination::Failed(why()),
            "backlog" => Destination::Backlog,
            "provisional" => {
                let words = format!("it had been handed in, and what was handed in is not known here{work}");
                notes
                    .push(format!("{words}; `octopoid retry ID` starts it over, `octopoid force ID done --reason \"…\"` ends it"));
                Destination::Person(words)
            }
            other => {
                let words = format!("it was in `{other}` of the original{work}");
                notes.push(words.clone());
                Destination::Person(
                    task.notes.as_ref().map_or(words.clone(), |note| format!("{words}: {note}")),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(queue: &str) -> Task {
        Task { id: "a1".into(), queue: Some(queue.into()), ..Task::default() }
    }

    #[test]
    fn each_queue_of_the_original_has_its_place_and_none_is_claimed() {
        for (queue, wanted) in [
            ("incoming", "incoming"),
            ("blocked", "incoming"),
            ("claimed", "incoming"),
            ("provisional", "needs_continuation"),
            ("needs_continuation", "needs_continuation"),
            ("requires-intervention", "needs_continuation"),
            ("backlog", "backlog"),
            ("done", "done"),
            ("failed", "failed"),
        ] {
            assert_eq!(Destination::of(&task(queue), &mut Vec::new()).queue(), wanted, "{queue}");
        }
        let unknown = Task { queue: None, ..task("") };
        assert_eq!(Destination::of(&unknown, &mut Vec::new()), Destination::Backlog);
    }

    #[test]
    fn what_is_lost_is_said() {
        let mut notes = Vec::new();
        let held = Task {
            claimed_by: Some("implementer-1".into()),
            pull_request: Some("#7".into()),
            ..task("claimed")
        };
        Destination::of(&held, &mut notes);
        assert_eq!(notes, ["implementer-1 held it, and nobody here does; its work is in #7"]);
    }
}
