//! Values that a write returns, and what leads to them again.

use super::outcome::{MessageRef, Outcome, RecordRef, ReviewRef, TaskRef};
use crate::backend::Reader;
use crate::backend::engine::{Record, TaskReview, find, get};
use octopoid_core::model::{
    Action, ApiKey, Draft, FlowRecord, Machine, Message, Project, ReviewComment, RoleRecord, Task,
};
use octopoid_core::store::{Result, StoreError};

/// Value that a repeated write returns as it is then.
pub(in crate::backend) trait Replayable: Sized {
    /// Returns what is stored of the value; `None` where nothing was done, so that there is nothing to repeat.
    fn outcome(&self) -> Option<Outcome>;

    /// Returns what a stored outcome leads to.
    ///
    /// # Errors
    /// `NotFound` where it is gone by now.
    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self>;
}

/// Error for an outcome of another write than the one that is repeated.
fn of_another_write() -> StoreError {
    StoreError::internal("a stored reply is that of another write")
}

impl Replayable for () {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Nothing)
    }

    fn replay(outcome: Outcome, _: &mut impl Reader) -> Result<Self> {
        match outcome {
            Outcome::Nothing => Ok(()),
            _ => Err(of_another_write()),
        }
    }
}

fn refer(task: &Task) -> TaskRef {
    TaskRef { scope: task.scope.clone(), id: task.id.clone(), seq: task.seq }
}

/// Returns the tasks that are still there.
fn present(outcome: Outcome, reader: &mut impl Reader) -> Result<Vec<Task>> {
    let Outcome::Tasks(references) = outcome else { return Err(of_another_write()) };
    let mut tasks = Vec::with_capacity(references.len());
    for TaskRef { scope, id, seq } in references {
        tasks.extend(reader.task(&scope, &id)?.filter(|task| task.seq == seq));
    }
    Ok(tasks)
}

impl Replayable for Task {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Tasks(vec![refer(self)]))
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        let task = present(outcome, reader)?.pop();
        task.ok_or_else(|| StoreError::not_found("task of this request any more"))
    }
}

impl Replayable for Option<Task> {
    fn outcome(&self) -> Option<Outcome> {
        self.as_ref().map(|task| Outcome::Tasks(vec![refer(task)]))
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        Ok(present(outcome, reader)?.pop())
    }
}

impl Replayable for Vec<Task> {
    fn outcome(&self) -> Option<Outcome> {
        (!self.is_empty()).then(|| Outcome::Tasks(self.iter().map(refer).collect()))
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        present(outcome, reader)
    }
}

impl Replayable for Message {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Message(MessageRef { scope: self.scope.clone(), id: self.id }))
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        let Outcome::Message(MessageRef { scope, id }) = outcome else { return Err(of_another_write()) };
        reader
            .message(&scope, id)?
            .ok_or_else(|| StoreError::not_found(format_args!("message {id} any more")))
    }
}

impl Replayable for Vec<ReviewComment> {
    fn outcome(&self) -> Option<Outcome> {
        let first = self.first()?;
        let ids = self.iter().map(|comment| comment.id).collect();
        Some(Outcome::ReviewComments(ReviewRef { scope: first.scope.clone(), task: first.task.clone(), ids }))
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        let Outcome::ReviewComments(ReviewRef { scope, task, ids }) = outcome else {
            return Err(of_another_write());
        };
        let review: TaskReview = get(reader, &scope, task.as_str())?;
        Ok(ids.iter().filter_map(|id| review.comment(*id).cloned()).collect())
    }
}

impl Replayable for ReviewComment {
    fn outcome(&self) -> Option<Outcome> {
        vec![self.clone()].outcome()
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        let found = Vec::<ReviewComment>::replay(outcome, reader)?.pop();
        found.ok_or_else(|| StoreError::not_found("review comment of this request any more"))
    }
}

fn refer_record<T: Record>(record: &T) -> RecordRef {
    RecordRef { kind: T::KIND, scope: record.scope().clone(), name: record.name().into_owned() }
}

/// Returns the name of a record, if it is of the kind that is asked for.
fn of_kind<T: Record>(record: RecordRef) -> Result<RecordRef> {
    if record.kind == T::KIND { Ok(record) } else { Err(of_another_write()) }
}

fn one_record<T: Record>(outcome: Outcome, reader: &mut impl Reader) -> Result<T> {
    let Outcome::Records(mut records) = outcome else { return Err(of_another_write()) };
    let record = of_kind::<T>(records.pop().ok_or_else(of_another_write)?)?;
    get(reader, &record.scope, &record.name)
}

macro_rules! replay_records {
    ($($record:ty),*) => {
        $(impl Replayable for $record {
            fn outcome(&self) -> Option<Outcome> {
                Some(Outcome::Records(vec![refer_record(self)]))
            }

            fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
                one_record(outcome, reader)
            }
        })*
    };
}
replay_records!(Project, Draft, Action, FlowRecord, Machine, ApiKey);

impl Replayable for Option<ApiKey> {
    fn outcome(&self) -> Option<Outcome> {
        self.as_ref().and_then(ApiKey::outcome)
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        one_record(outcome, reader).map(Some)
    }
}

impl Replayable for Vec<RoleRecord> {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Records(self.iter().map(refer_record).collect()))
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        let Outcome::Records(records) = outcome else { return Err(of_another_write()) };
        let mut roles = Vec::with_capacity(records.len());
        for record in records {
            let RecordRef { scope, name, .. } = of_kind::<RoleRecord>(record)?;
            roles.extend(find(reader, &scope, &name)?);
        }
        Ok(roles)
    }
}

impl Replayable for (Machine, bool) {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Registered { machine: refer_record(&self.0), new: self.1 })
    }

    fn replay(outcome: Outcome, reader: &mut impl Reader) -> Result<Self> {
        let Outcome::Registered { machine, new } = outcome else { return Err(of_another_write()) };
        let RecordRef { scope, name, .. } = of_kind::<Machine>(machine)?;
        Ok((get(reader, &scope, &name)?, new))
    }
}
