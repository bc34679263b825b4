//! The feed of one machine.

use super::setting::{Setting, holder, person};
use super::verdict::{Verdict, Wrong, holds};
use octopoid_core::model::{EventKind, OrchestratorId, RoleName, Submission, Task, TaskId};
use octopoid_core::store::{ClaimRequest, EventFeed, Interest, News, StoreExt, open_feed};
use octopoid_core::transition::{Command, Purpose};
use std::sync::Arc;
use std::time::Duration;

/// How long a case waits before it says that nothing will come.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a machine has heard.
struct Ears {
    feed: Box<dyn EventFeed>,
    heard: Vec<News>,
}

impl Ears {
    async fn open(s: &Setting, machine: &str) -> Verdict<Self> {
        Self::open_after(s, machine, s.store.last_event().await?)
    }

    fn open_after(s: &Setting, machine: &str, after: u64) -> Verdict<Self> {
        let interest = Interest::new(s.scope.clone(), OrchestratorId::new(machine)?)
            .with_work(RoleName::implement())
            .with_review(RoleName::review())
            .with_landing();
        let feed = open_feed(Arc::clone(&s.store), interest, after);
        Ok(Self { feed, heard: Vec::new() })
    }

    /// Listens until something was heard.
    async fn until(&mut self, what: impl Fn(&News) -> bool) -> Verdict {
        let listening = async {
            loop {
                loop {
                    let news = self.feed.take().await?;
                    if news.is_empty() {
                        break;
                    }
                    self.heard.extend(news);
                }
                if self.heard.iter().any(&what) {
                    return Ok(());
                }
                self.feed.ready().await?;
            }
        };
        tokio::time::timeout(PATIENCE, listening).await.map_err(|_| Wrong::new("it was not heard"))?
    }

    /// Listens until it is known that a task may be claimed.
    async fn until_claimable(&mut self, id: &TaskId, purpose: Purpose) -> Verdict {
        let id = id.clone();
        self.until(move |news| match news {
            News::Offer(offer) => (&offer.task, offer.purpose) == (&id, purpose),
            News::Event(event) => event.task == id,
            _ => false,
        })
        .await
    }

    /// Listens until something has happened to a task.
    async fn until_event(&mut self, id: &TaskId, kind: EventKind) -> Verdict {
        let id = id.clone();
        self.until(move |news| match news {
            News::Event(event) | News::Held(event) => (&event.task, event.kind) == (&id, kind),
            _ => false,
        })
        .await
    }
}

async fn claim(s: &Setting, purpose: Purpose, machine: &str, token: &str) -> Verdict<Task> {
    let request = ClaimRequest::new(
        s.scope.clone(),
        purpose,
        holder(machine)?,
        token.parse()?,
        Duration::from_secs(60),
    );
    s.store.claim(&request).await?.ok_or_else(|| Wrong::new("there was nothing to claim"))
}

pub(super) async fn a_machine_hears_what_it_may_claim(s: Setting) -> Verdict {
    let mut ears = Ears::open(&s, "one").await?;
    let task = s.create("Work").await?;
    ears.until_claimable(&task.id, Purpose::Work).await?;
    claim(&s, Purpose::Work, "one", "w").await?;
    s.store.submit(&s.scope, &task.id, &"w".parse()?, Submission::new(1, 5)).await?;
    ears.until_claimable(&task.id, Purpose::Review).await?;
    s.store.approve(&s.scope, &task.id, person(), "fine").await?;
    ears.until_claimable(&task.id, Purpose::Land).await
}

pub(super) async fn a_machine_hears_what_others_do_with_its_tasks(s: Setting) -> Verdict {
    let mut ears = Ears::open(&s, "one").await?;
    let task = s.create("Work").await?;
    claim(&s, Purpose::Work, "one", "w").await?;
    s.apply(&task.id, Command::Cancel { actor: person(), reason: String::new() }).await?;
    ears.until_event(&task.id, EventKind::Cancelled).await?;
    s.store.delete_task(&s.scope, &task.id, "ada").await?;
    ears.until_event(&task.id, EventKind::Deleted).await
}

pub(super) async fn a_task_that_one_machine_does_not_take_reaches_another(s: Setting) -> Verdict {
    let mut all = Vec::new();
    for machine in ["one", "two", "three"] {
        let mut ears = Ears::open(&s, machine).await?;
        // That it listens is seen from what it hears.
        let task = s.create(machine).await?;
        ears.until_claimable(&task.id, Purpose::Work).await?;
        claim(&s, Purpose::Work, machine, machine).await?;
        all.push(ears);
    }
    let task = s.create("Left alone").await?;
    for ears in &mut all {
        ears.until_claimable(&task.id, Purpose::Work).await?;
    }
    Ok(())
}

pub(super) async fn a_feed_begins_where_it_is_told_to(s: Setting) -> Verdict {
    let before = s.create("Before").await?;
    let last = s.store.last_event().await?;
    let between = s.create("Between").await?;
    let mut ears = Ears::open_after(&s, "one", last)?;
    ears.until_claimable(&between.id, Purpose::Work).await?;
    let told = ears.heard.iter().any(|news| matches!(news, News::Event(event) if event.task == before.id));
    holds(!told, "what was before is not told")
}
