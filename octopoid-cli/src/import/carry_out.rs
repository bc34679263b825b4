//! Making what was planned. Each step is skipped where it was done before, so that an import can be repeated, also one that was cut off:
//! a task is made in the backlog, gets its messages, goes to its place, and last gets the word that says where it comes from.

use super::destination::Destination;
use super::plan::{AUTHOR, Plan, PlannedDraft, PlannedTask, key_of};
use super::source::{Message, Skipped};
use octopoid_core::model::{
    DraftPatch, MessageDraft, MessageKind, NewTask, ProjectId, ProjectPatch, ProjectStatus, Queue, Scope,
    Task, TaskId,
};
use octopoid_core::store::{DraftQuery, ErrorKind, Result, Store, StoreError, StoreExt, TaskQuery};
use octopoid_core::transition::{Actor, Command};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The result of an import.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) source: String,
    pub(crate) dry_run: bool,
    pub(crate) projects: Count,
    pub(crate) tasks: Count,
    pub(crate) drafts: Count,
    pub(crate) messages: Count,
    /// What was imported, with notes.
    pub(crate) imported: Vec<Imported>,
    pub(crate) skipped: Vec<Skipped>,
}

/// How many of a kind.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Count {
    pub(crate) imported: u64,
    /// How many an earlier import brought.
    pub(crate) known: u64,
}

impl Count {
    fn add(&mut self, new: bool) {
        *(if new { &mut self.imported } else { &mut self.known }) += 1;
    }
}

/// One imported thing.
#[derive(Debug, Serialize)]
pub(crate) struct Imported {
    pub(crate) kind: &'static str,
    /// Its id in the original.
    pub(crate) id: String,
    /// Its id here; none in a dry run that cannot know it.
    #[serde(rename = "as")]
    pub(crate) here: Option<String>,
    /// Where a task stands here.
    pub(crate) queue: Option<&'static str>,
    pub(crate) notes: Vec<String>,
}

/// An import under way.
#[derive(Debug)]
pub(crate) struct Importer<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) scope: Scope,
    /// The person who decides what is moved.
    pub(crate) person: String,
    pub(crate) dry_run: bool,
}

impl Importer<'_> {
    /// Carries a plan out.
    pub(crate) async fn run(&self, plan: Plan) -> Result<Report> {
        let mut report = Report { source: plan.source.clone(), dry_run: self.dry_run, ..Report::default() };
        report.skipped.clone_from(&plan.skipped);
        let projects = self.projects(&plan, &mut report).await?;
        let tasks = self.tasks(&plan, &projects, &mut report).await?;
        self.drafts(plan.drafts, &tasks, &projects, &mut report).await?;
        if !self.dry_run {
            for project in plan.projects {
                self.finish_project(&projects, &project.id, project.status).await?;
            }
        }
        Ok(report)
    }

    /// Creates the projects. Returns their ids here.
    async fn projects(&self, plan: &Plan, report: &mut Report) -> Result<BTreeMap<String, ProjectId>> {
        let mut ids = BTreeMap::new();
        for project in &plan.projects {
            let Some(id) = project.new.id.clone() else { continue };
            let known = match self.store.project(&self.scope, &id).await {
                Ok(_) => true,
                Err(error) if error.is_not_found() => false,
                Err(error) => return Err(error),
            };
            if !known && !self.dry_run {
                match self.store.create_project(project.new.clone()).await {
                    Err(error) if refuses_one(&error) => {
                        report.skipped.push(skipped("project", &project.id, &error));
                        continue;
                    }
                    made => made?,
                };
            }
            report.projects.add(!known);
            if !known {
                let (here, notes) = (Some(id.to_string()), project.notes.clone());
                report.imported.push(Imported {
                    kind: "project",
                    id: project.id.clone(),
                    here,
                    queue: None,
                    notes,
                });
            }
            ids.insert(project.id.clone(), id);
        }
        Ok(ids)
    }

    /// Gives a project its status, once everything of it is there.
    async fn finish_project(
        &self,
        ids: &BTreeMap<String, ProjectId>,
        id: &str,
        status: ProjectStatus,
    ) -> Result<()> {
        let Some(id) = ids.get(id).filter(|_| status != ProjectStatus::Draft) else { return Ok(()) };
        if self.store.project(&self.scope, id).await?.status == ProjectStatus::Draft {
            let mut patch = ProjectPatch::default();
            patch.status = Some(status);
            self.store.update_project(&self.scope, id, patch).await?;
        }
        Ok(())
    }

    /// Creates the tasks with their messages. Returns their ids here.
    async fn tasks(
        &self,
        plan: &Plan,
        projects: &BTreeMap<String, ProjectId>,
        report: &mut Report,
    ) -> Result<BTreeMap<String, TaskId>> {
        let all = self.store.all_tasks(&TaskQuery::new(self.scope.clone())).await?;
        let taken: BTreeSet<_> = all.iter().map(|task| task.id.clone()).collect();
        let mut known: BTreeMap<_, _> =
            all.into_iter().filter_map(|task| Some((task.key.clone()?, task))).collect();
        let mut ids = BTreeMap::new();
        let mut messages: BTreeMap<&str, Vec<&Message>> = BTreeMap::new();
        for message in &plan.messages {
            messages.entry(&message.task).or_default().push(message);
        }
        for planned in &plan.tasks {
            let there = known.remove(&key_of(&planned.id));
            let is_new = there.is_none();
            let mut notes = planned.notes.clone();
            let task = match there {
                Some(task) => Some(task),
                None if self.dry_run => None,
                None => match self.make(planned, &ids, projects, &taken, &mut notes).await {
                    Err(error) if refuses_one(&error) => {
                        report.skipped.push(skipped("task", &planned.id, &error));
                        continue;
                    }
                    made => Some(made?),
                },
            };
            report.tasks.add(is_new);
            let of_task = messages.remove(planned.id.as_str()).unwrap_or_default();
            let queue = match &task {
                Some(task) => {
                    ids.insert(planned.id.clone(), task.id.clone());
                    self.complete(task, planned, &notes, &of_task, report).await?
                }
                None => {
                    report.messages.imported += of_task.len() as u64;
                    planned.place.queue()
                }
            };
            if is_new {
                let here = task.map(|task| task.id.to_string());
                let id = planned.id.clone();
                report.imported.push(Imported { kind: "task", id, here, queue: Some(queue), notes });
            }
        }
        Ok(ids)
    }

    async fn make(
        &self,
        planned: &PlannedTask,
        ids: &BTreeMap<String, TaskId>,
        projects: &BTreeMap<String, ProjectId>,
        taken: &BTreeSet<TaskId>,
        notes: &mut Vec<String>,
    ) -> Result<Task> {
        let mut new: NewTask = planned.new.clone();
        new.blocked_by = planned.waits_for.iter().filter_map(|on| ids.get(on).cloned()).collect();
        new.attributes.project = planned.project.as_ref().and_then(|id| projects.get(id).cloned());
        if let Some(id) = new.id.take_if(|id| taken.contains(id)) {
            notes.push(format!("there is another task {id} here, so it has another id"));
        }
        self.store.create_task(new).await
    }

    /// Completes a task that was created. Returns its queue.
    async fn complete(
        &self,
        task: &Task,
        planned: &PlannedTask,
        notes: &[String],
        messages: &[&Message],
        report: &mut Report,
    ) -> Result<&'static str> {
        let thread = self.store.messages(&self.scope, &task.id).await?;
        let mut said: BTreeMap<(String, String), u64> =
            thread.iter().map(|one| ((one.author.clone(), one.body.clone()), one.id)).collect();
        let mut numbers = BTreeMap::new();
        for message in messages {
            let draft = message_draft(message, &numbers);
            let there = said.get(&(draft.author.clone(), draft.body.clone())).copied();
            report.messages.add(there.is_none());
            let number = match there {
                Some(number) => number,
                None if self.dry_run => continue,
                None => {
                    let key = (draft.author.clone(), draft.body.clone());
                    let number = self.store.post_message(&self.scope, &task.id, draft).await?.id;
                    said.insert(key, number);
                    number
                }
            };
            numbers.insert(message.id.as_str(), number);
        }
        if self.dry_run || thread.iter().any(|one| one.author == AUTHOR) {
            return Ok(task.queue().as_str());
        }
        // A person may have moved it meanwhile.
        let placed = match task.queue() {
            Queue::Backlog => self.place(task, planned).await?.queue(),
            other => other,
        };
        let mut word = planned.word.clone();
        for note in notes.iter().skip(planned.notes.len()) {
            word.push_str(&format!("\n- {note}"));
        }
        let word = MessageDraft::new(MessageKind::Comment, AUTHOR, word);
        self.store.post_message(&self.scope, &task.id, word).await?;
        Ok(placed.as_str())
    }

    /// Moves a task from the backlog to where it belongs.
    async fn place(&self, task: &Task, planned: &PlannedTask) -> Result<Task> {
        let actor = Actor::Person(self.person.clone());
        let force = |actor, to: Queue, reason: &str| Command::Force {
            actor,
            to: to.into(),
            reason: reason.to_owned(),
        };
        let command = match &planned.place {
            Destination::Backlog => return Ok(task.clone()),
            Destination::Queue => Command::Continue { actor, note: String::new() },
            Destination::Person(why) => force(actor, Queue::NeedsContinuation, why),
            Destination::Done => force(actor, Queue::Done, "it was done in the original"),
            Destination::Failed(why) => force(actor, Queue::Failed, why),
        };
        self.store.apply(&self.scope, &task.id, command).await
    }

    async fn drafts(
        &self,
        drafts: Vec<PlannedDraft>,
        tasks: &BTreeMap<String, TaskId>,
        projects: &BTreeMap<String, ProjectId>,
        report: &mut Report,
    ) -> Result<()> {
        let (tags, files) = self.known_drafts().await?;
        for planned in drafts {
            let tag = key_of(&format!("draft-{}", planned.id));
            let of_file = planned.new.file_path.as_ref().is_some_and(|path| files.contains(path));
            let known = tags.contains(&tag) || of_file;
            let mut here = None;
            if !known && !self.dry_run {
                let draft = match self.store.create_draft(planned.new).await {
                    Err(error) if refuses_one(&error) => {
                        report.skipped.push(skipped("draft", &planned.id, &error));
                        continue;
                    }
                    made => made?,
                };
                here = Some(draft.slug.clone());
                let linked_task = planned.task.as_ref().and_then(|id| tasks.get(id).cloned());
                let linked_project = planned.project.as_ref().and_then(|id| projects.get(id).cloned());
                if linked_task.is_some() || linked_project.is_some() {
                    let mut patch = DraftPatch::default();
                    patch.linked_task = linked_task;
                    patch.linked_project = linked_project;
                    self.store.update_draft(&self.scope, draft.id, patch).await?;
                }
            }
            report.drafts.add(!known);
            if !known {
                let (id, notes) = (planned.id, planned.notes);
                report.imported.push(Imported { kind: "draft", id, here, queue: None, notes });
            }
        }
        Ok(())
    }

    /// The tags and the files of all drafts.
    async fn known_drafts(&self) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
        let mut query = DraftQuery::new(self.scope.clone());
        let (mut tags, mut files) = (BTreeSet::new(), BTreeSet::new());
        loop {
            let page = self.store.list_drafts(&query).await?.items;
            let Some(last) = page.last() else { return Ok((tags, files)) };
            query.after = Some(last.id);
            for draft in page {
                tags.extend(draft.tags.unwrap_or_default());
                files.extend(draft.file_path);
            }
        }
    }
}

fn message_draft(message: &Message, numbers: &BTreeMap<&str, u64>) -> MessageDraft {
    let kind = match message.kind.as_deref() {
        Some("question") => MessageKind::Question,
        Some("rejection" | "feedback") => MessageKind::Feedback,
        _ => MessageKind::Comment,
    };
    let body = match message.at {
        Some(at) => format!("{}\n\n(said {at})", message.content),
        None => message.content.clone(),
    };
    let mut draft = MessageDraft::new(kind, message.from.clone(), body);
    draft.to.clone_from(&message.to);
    draft.label.clone_from(&message.kind);
    draft.parent = message.parent.as_deref().and_then(|parent| numbers.get(parent).copied());
    draft
}

/// Returns whether the store refused this one thing, rather than being unavailable.
fn refuses_one(error: &StoreError) -> bool {
    matches!(error.kind(), ErrorKind::Invalid { .. } | ErrorKind::Conflict) || error.refusal().is_some()
}

fn skipped(kind: &str, id: &str, error: &StoreError) -> Skipped {
    Skipped { what: format!("{kind} {id}"), why: crate::error::with_causes(error) }
}
