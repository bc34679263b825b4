//! What a question comes to.

use super::{Prompt, Subject};
use crate::tui::actions::{Action, Made};
use octopoid_core::model::{Place, Priority, ReviewVerdict, RoleName, TaskId};
use octopoid_core::ops::Decision;

impl Prompt {
    /// Returns the action for what was typed.
    ///
    /// # Errors
    /// What is missing, in words.
    pub(in crate::tui) fn action(&self) -> Result<Action, String> {
        let text = self.field.text().trim().to_owned();
        let head = self.head.clone();
        let decide =
            |task: &TaskId, decision| Action::Decide { task: task.clone(), decision, head: head.clone() };
        let needed = |what: &str| match text.is_empty() {
            true => Err(format!("say {what}")),
            false => Ok(text.clone()),
        };
        Ok(match &self.subject {
            Subject::Approve(task) => decide(task, Decision::Approve { comments: text }),
            Subject::ApproveProject(project) => Action::ApproveProject { project: project.clone() },
            Subject::Reject(task) => decide(task, Decision::Reject { reason: needed("what to improve")? }),
            Subject::Retry(task) => decide(task, Decision::Retry { note: text }),
            Subject::Requeue(task) => {
                decide(task, Decision::Requeue { reason: Some(text).filter(|text| !text.is_empty()) })
            }
            Subject::Cancel(task) => decide(task, Decision::Cancel { reason: text }),
            Subject::Unblock(task) => {
                let blocker = TaskId::new(needed("which task")?).map_err(|error| error.to_string())?;
                decide(task, Decision::Unblock { blocker })
            }
            Subject::Force(task) => {
                let text = needed("where to, and why")?;
                let (place, reason) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
                let to: Place = place.parse().map_err(|error| format!("`{place}` is no queue: {error}"))?;
                if reason.trim().is_empty() {
                    return Err("say why, after the queue".to_owned());
                }
                decide(task, Decision::Force { to, reason: reason.trim().to_owned() })
            }
            Subject::Comment(task) => {
                Action::Comment { task: task.clone(), text: needed("something")?, reply_to: None }
            }
            Subject::Answer(task, question) => {
                Action::Comment { task: task.clone(), text: needed("something")?, reply_to: Some(*question) }
            }
            Subject::Line { task, place, first, head } => Action::ReviewComment {
                task: task.clone(),
                place: place.clone(),
                first: *first,
                head: head.clone(),
                text: needed("something")?,
            },
            Subject::Reply(task, parent) => {
                Action::Reply { task: task.clone(), parent: *parent, text: needed("something")? }
            }
            Subject::Review(task) => {
                let verdict = self.verdicts.first().map_or(ReviewVerdict::Comment, |(verdict, _)| *verdict);
                Action::Review { task: task.clone(), verdict, summary: text, head: head.clone() }
            }
            Subject::Tell(task) => Action::Tell { task: task.clone(), text: needed("something")? },
            Subject::Revert(task) => Action::Revert { task: task.clone(), reason: text },
            Subject::Enqueue => {
                let (title, description) = titled(&needed("what is to be done")?);
                // A task says what is to be done, if only by its title.
                let description = if description.is_empty() { title.clone() } else { description };
                Action::Enqueue { title, description }
            }
            Subject::Machine(machine, status) => {
                Action::Machine { machine: machine.clone(), status: *status }
            }
            Subject::NewProject => {
                let (title, description) = titled(&needed("what it is for")?);
                Action::NewProject { title, description }
            }
            Subject::ArchiveProject(project) => Action::ArchiveProject { project: project.clone() },
            Subject::NewDraft => {
                let (title, text) = titled(&needed("what the idea is")?);
                Action::NewDraft { title, text }
            }
            Subject::ApproveDraft(draft) => Action::ApproveDraft { draft: *draft, made: made(&text)? },
            Subject::ArchiveDraft(draft) => Action::ArchiveDraft { draft: *draft },
            Subject::DeleteDraft(draft) => Action::DeleteDraft { draft: *draft },
            Subject::Draft(draft) => Action::EditDraft { draft: *draft, text },
        })
    }
}

/// Splits a text into a title, which is its first line, and the rest.
fn titled(text: &str) -> (String, String) {
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    (title.trim().to_owned(), rest.trim().to_owned())
}

/// Parses what is to be made of a draft: a role and a priority, or `project` and its branch.
fn made(text: &str) -> Result<Made, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    if let ["project", branch @ ..] = &*words {
        return match branch {
            [] => Ok(Made::Project { branch: None }),
            [branch] => Ok(Made::Project { branch: Some((*branch).to_owned()) }),
            _ => Err("say `project`, or `project BRANCH`".to_owned()),
        };
    }
    let (mut role, mut priority) = (RoleName::implement(), Priority::default());
    for word in words {
        match word.parse() {
            Ok(found) => priority = found,
            Err(_) => {
                role = RoleName::new(word)
                    .map_err(|error| format!("`{word}` is no role and no priority: {error}"))?;
            }
        }
    }
    Ok(Made::Task { role, priority })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_becomes_what_is_typed() {
        let task = |role: &str, priority| Made::Task { role: RoleName::new(role).unwrap(), priority };
        assert_eq!(made(""), Ok(task("implement", Priority::P2)));
        assert_eq!(made("P0 audit"), Ok(task("audit", Priority::P0)));
        assert_eq!(made("project"), Ok(Made::Project { branch: None }));
        assert_eq!(made("project feature/x"), Ok(Made::Project { branch: Some("feature/x".to_owned()) }));
        assert!(made("project a b").is_err() && made("Not/ARole").is_err());
    }
}
