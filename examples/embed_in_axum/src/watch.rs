//! One change, watched until it is over.

use super::problem::Problem;
use super::routes::{Desk, view};
use axum::response::sse;
use futures_util::{Stream, stream};
use octopoid_core::model::{Queue, Task, TaskId};
use octopoid_core::orchestrator::{Events, Notice};
use octopoid_core::runner::AgentEvent;
use serde_json::json;
use std::convert::Infallible;

/// What somebody who watches has heard so far.
#[derive(Debug)]
pub(crate) struct Watch {
    desk: Desk,
    task: TaskId,
    events: Events,
    /// How the change was when the watching began; told first.
    first: Option<Task>,
    over: bool,
}

impl Watch {
    pub(crate) async fn begin(desk: Desk, id: TaskId) -> Result<Self, Problem> {
        // Listening begins before the change is looked at, so that nothing falls between the two.
        let events = desk.handle.events();
        let first = Some(desk.task(&id).await?);
        Ok(Self { desk, task: id, events, first, over: false })
    }

    pub(crate) fn stream(self) -> impl Stream<Item = Result<sse::Event, Infallible>> {
        stream::unfold(self, async |mut watch| {
            let event = watch.next().await?;
            Some((Ok(event), watch))
        })
    }

    async fn next(&mut self) -> Option<sse::Event> {
        if let Some(task) = self.first.take() {
            return Some(self.state(&task));
        }
        while !self.over {
            match self.events.next().await? {
                Notice::RunStarted { task, agent, .. } if task == self.task => {
                    return Some(named("started").data(agent.as_str()));
                }
                Notice::Agent { task, event: AgentEvent::Text(words), .. } if task == self.task => {
                    return Some(named("says").data(words));
                }
                Notice::Step { task, step, .. } if task == self.task => {
                    return Some(
                        named("step").data(json!({ "name": step.name, "detail": step.detail }).to_string()),
                    );
                }
                Notice::RunSettled { task, .. } if task == self.task => return self.look().await,
                // The end may be among what was missed.
                Notice::Missed { .. } => return self.look().await,
                _ => {}
            }
        }
        None
    }

    /// How the change is now, as the store knows it.
    async fn look(&mut self) -> Option<sse::Event> {
        match self.desk.task(&self.task).await {
            Ok(task) => Some(self.state(&task)),
            Err(Problem(_, error)) => {
                self.over = true;
                Some(named("error").data(error))
            }
        }
    }

    fn state(&mut self, task: &Task) -> sse::Event {
        self.over = matches!(task.queue(), Queue::Done | Queue::Failed | Queue::NeedsContinuation);
        named("state").data(view(task).to_string())
    }
}

fn named(name: &str) -> sse::Event {
    sse::Event::default().event(name)
}
