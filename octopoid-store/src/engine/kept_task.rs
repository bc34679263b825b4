//! A task as it stands in a kept answer.

use octopoid_core::model::{
    Attributes, Blocker, Breakdown, Complexity, Counters, Priority, RoleName, Scope, Settled, State,
    Submission, Task, TaskId, Timestamp,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// All of a task but its description, by place instead of by name: nearly every answer that is kept is a task, and to
/// write the names takes longer than to write what they stand for. What a later version adds goes to the end, with
/// `#[serde(default)]`, and comes with a migration, since an older program cannot read it.
///
/// The description is long, stands in the store already and seldom changes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptTask<'a>(
    Cow<'a, TaskId>,
    Cow<'a, Scope>,
    u64,
    Cow<'a, Option<String>>,
    Cow<'a, str>,
    Cow<'a, RoleName>,
    Priority,
    Option<Complexity>,
    Cow<'a, Option<String>>,
    Cow<'a, State>,
    Cow<'a, [Blocker]>,
    [u32; 5],
    Cow<'a, Option<Box<Submission>>>,
    Cow<'a, Attributes>,
    Cow<'a, Option<Breakdown>>,
    Cow<'a, Option<String>>,
    Cow<'a, Option<Settled>>,
    i64,
    i64,
    u64,
);

impl<'a> KeptTask<'a> {
    pub(super) fn new(task: &'a Task) -> Self {
        let Counters { runs, attempts, review_rounds, conflicts, rejections } = task.counters;
        Self(
            Cow::Borrowed(&task.id),
            Cow::Borrowed(&task.scope),
            task.seq,
            Cow::Borrowed(&task.key),
            Cow::Borrowed(&task.title),
            Cow::Borrowed(&task.role),
            task.priority,
            task.complexity,
            Cow::Borrowed(&task.branch),
            Cow::Borrowed(&task.state),
            Cow::Borrowed(&task.blockers),
            [runs, attempts, review_rounds, conflicts, rejections],
            Cow::Borrowed(&task.submission),
            Cow::Borrowed(&task.attributes),
            Cow::Borrowed(&task.breakdown),
            Cow::Borrowed(&task.note),
            Cow::Borrowed(&task.settled),
            task.created_at.as_millis(),
            task.updated_at.as_millis(),
            task.version,
        )
    }

    /// The task again, as yet without a description.
    pub(super) fn into_task(self) -> Task {
        let Self(
            id,
            scope,
            seq,
            key,
            title,
            role,
            priority,
            complexity,
            branch,
            state,
            blockers,
            counters,
            submission,
            attributes,
            breakdown,
            note,
            settled,
            created_at,
            updated_at,
            version,
        ) = self;
        let mut task =
            Task::restored(id.into_owned(), scope.into_owned(), seq, role.into_owned(), state.into_owned());
        let [runs, attempts, review_rounds, conflicts, rejections] = counters;
        task.key = key.into_owned();
        task.title = title.into_owned();
        task.priority = priority;
        task.complexity = complexity;
        task.branch = branch.into_owned();
        task.blockers = blockers.into_owned();
        task.counters = Counters { runs, attempts, review_rounds, conflicts, rejections };
        task.submission = submission.into_owned();
        task.attributes = attributes.into_owned();
        task.breakdown = breakdown.into_owned();
        task.note = note.into_owned();
        task.settled = settled.into_owned();
        task.created_at = Timestamp::from_millis(created_at);
        task.updated_at = Timestamp::from_millis(updated_at);
        task.version = version;
        task
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::{ClaimToken, SessionId};
    use serde_json::json;

    #[test]
    fn nothing_of_it_is_lost_but_the_description() {
        let blocker = Blocker { id: TaskId::numbered(3), resolved: true };
        let mut submission = Submission::new(2, 30);
        submission.session = Some(SessionId::new("session").unwrap());
        let state = State::Failed { reason: "it broke".to_owned() };
        let mut task = Task::restored(
            TaskId::numbered(7),
            Scope::new("other").unwrap(),
            9,
            RoleName::implement(),
            state,
        );
        task.key = Some("key".to_owned());
        task.title = "A \"title\" 🐙".to_owned();
        task.priority = Priority::P0;
        task.complexity = Some(Complexity::XL);
        task.branch = Some("main".to_owned());
        task.blockers = vec![blocker];
        task.counters = Counters { runs: 1, attempts: 2, review_rounds: 3, conflicts: 4, rejections: 5 };
        task.submission = Some(Box::new(submission));
        task.attributes.pr_number = Some(12);
        task.breakdown = Some(Breakdown::into_parts_for(RoleName::implement()));
        task.note = Some("not yet".to_owned());
        task.settled = Some(Settled { token: ClaimToken::new("t").unwrap(), command: "submit".to_owned() });
        task.created_at = Timestamp::from_millis(1_000);
        task.updated_at = Timestamp::from_millis(2_000);
        task.version = 6;

        let kept = serde_json::to_string(&KeptTask::new(&task)).unwrap();
        let read: KeptTask<'_> = serde_json::from_str(&kept).unwrap();
        assert_eq!(read.into_task(), task);
        // Every field that has a name of its own has a value here that it has not by itself.
        let empty =
            Task::restored(TaskId::numbered(1), Scope::single(), 0, RoleName::review(), State::Incoming);
        let (task, empty) = (json!(task), json!(empty));
        assert_eq!(
            task.as_object().unwrap().len(),
            21,
            "the fields of a task: add a new one here, and to what is kept"
        );
        for (name, value) in task.as_object().unwrap() {
            let same = Some(value) == empty.get(name);
            assert!(!same || name == "description", "{name} is as it is by itself");
        }
    }
}
