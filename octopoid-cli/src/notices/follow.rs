//! Following the tasks, and telling what the decider says.

use super::{Channels, Decider, Message, Seen, Standing};
use crate::assembly::Explainer;
use crate::environment::Environment;
use crate::error::Result;
use crate::hints;
use crate::installation::Installation;
use crate::output::Output;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{RoleName, Task};
use octopoid_core::ops::{Attention, Board, WaitReason, explain};
use octopoid_core::store::Store;
use octopoid_core::transition::Purpose;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The most tasks that are done and looked at: what is done is seen soon after.
const DONE: u32 = 100;
/// The pause between two looks at the tasks.
const PAUSE: Duration = Duration::from_secs(1);
/// The pause after a failure of the store.
const AGAIN: Duration = Duration::from_secs(10);
/// The minutes after which what still needs a person is told again.
const REMIND_MINUTES: u32 = 30;

/// Tells people what needs them and what has ended, until it is ended itself.
#[derive(Debug)]
pub(crate) struct Notifier {
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Notifier {
    /// Begins, if the configuration names a way to tell something. What stands already is no news.
    pub(crate) async fn begin(
        installation: Arc<Installation>,
        purposes: BTreeMap<RoleName, Purpose>,
        store: Arc<dyn Store>,
        environment: &Environment,
        output: Output,
    ) -> Option<Self> {
        let config = installation.config.value.notify.clone()?;
        let folder = installation.root.clone();
        let name = folder.file_name().map_or_else(|| "octopoid".into(), |name| name.to_string_lossy());
        let channels = Channels::of(&config, name.into_owned(), folder.clone(), environment, output)?;
        let remind = match config.remind_minutes.unwrap_or(REMIND_MINUTES) {
            0 => None,
            minutes => Some(Duration::from_secs(60 * u64::from(minutes))),
        };
        let mut following = Following {
            installation,
            purposes,
            store,
            channels,
            output,
            board: None,
            decider: Decider::new(remind),
        };
        // Before the first run begins, so that what it leads to is news.
        following.look().await;
        let (end, ended) = oneshot::channel();
        Some(Self { end, task: tokio::spawn(following.run(ended)) })
    }

    /// Tells what is left, and ends.
    pub(crate) async fn end(self) {
        // A follower that has ended by a defect is not waited for.
        let _ = self.end.send(());
        let _ = self.task.await;
    }
}

struct Following {
    installation: Arc<Installation>,
    purposes: BTreeMap<RoleName, Purpose>,
    store: Arc<dyn Store>,
    channels: Channels,
    output: Output,
    board: Option<Board>,
    decider: Decider,
}

impl Following {
    async fn run(mut self, mut ended: oneshot::Receiver<()>) {
        loop {
            let cursor = self.board.as_ref().map_or(0, Board::cursor);
            let news = async {
                if self.store.wait_for_event(cursor).await.is_err() {
                    tokio::time::sleep(AGAIN).await;
                }
                tokio::time::sleep(PAUSE).await;
            };
            let due = async {
                match self.decider.due() {
                    Some(due) => tokio::time::sleep(due.since(SystemClock.now())).await,
                    None => std::future::pending().await,
                }
            };
            let look = tokio::select! {
                () = news => true,
                () = due => false,
                _ = &mut ended => {
                    self.look().await;
                    let message = self.decider.flush(SystemClock.now());
                    return self.tell(message).await;
                }
            };
            let message = if look { self.look().await } else { self.decider.wake(SystemClock.now()) };
            self.tell(message).await;
        }
    }

    /// Reads how the tasks stand. Returns what is to be told.
    async fn look(&mut self) -> Option<Message> {
        match self.read().await {
            Ok(seen) => self.decider.see(seen, SystemClock.now()),
            Err(error) => {
                // The orchestrator says it where it matters; here the next look may succeed.
                tracing::debug!(error = error.message, "the tasks cannot be read for notices");
                None
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Seen>> {
        let board = match &mut self.board {
            Some(board) => {
                board.refresh(&*self.store).await?;
                board
            }
            None => self.board.insert(Board::read(&*self.store, &self.installation.scope(), DONE).await?),
        };
        let explainer =
            Explainer::with_purposes(&self.installation, &self.purposes, &*self.store, board.tasks()).await?;
        Ok(board.tasks().map(|task| seen(task, &explainer)).collect())
    }

    async fn tell(&self, message: Option<Message>) {
        let Some(message) = message else { return };
        let channels = self.channels.clone();
        let told = tokio::task::spawn_blocking(move || channels.tell(&message)).await;
        for failed in told.unwrap_or_default() {
            tracing::warn!("{failed}");
            self.output.warn(failed);
        }
    }
}

fn seen(task: &Task, explainer: &Explainer) -> Seen {
    let explanation = explain(task, &explainer.situation);
    let standing = match Attention::of(&explanation) {
        Attention::NeedsYou => Standing::NeedsYou {
            why: explanation.to_string(),
            commands: explanation.remedies.iter().map(hints::command).collect(),
        },
        Attention::Working | Attention::Landing => Standing::Open,
        Attention::Waiting if explanation.reason == WaitReason::PutAside => Standing::Aside,
        Attention::Waiting => Standing::Open,
        Attention::Done if task.is_done() => Standing::Done { what: explanation.reason.to_string() },
        Attention::Done => Standing::Aside,
    };
    Seen { task: task.id.clone(), title: task.title.clone(), standing }
}
