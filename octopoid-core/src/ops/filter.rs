//! Choosing tasks by what people remember of them.

use crate::model::{ProjectId, Task, Timestamp};

/// Filter of tasks that were read already. An empty one matches everything; all conditions have to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TaskFilter {
    /// Project of the task.
    pub project: Option<ProjectId>,
    /// Words that all occur in the id, the title or the description, in any order; the case of letters does not matter.
    pub text: Option<String>,
    /// Text in the name of who created the task; the case of letters does not matter.
    pub author: Option<String>,
    /// Time at or after which the task was created.
    pub since: Option<Timestamp>,
    /// Time before which the task was created.
    pub until: Option<Timestamp>,
}

impl TaskFilter {
    /// Returns whether the filter matches every task.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether a task matches.
    pub fn matches(&self, task: &Task) -> bool {
        self.project.as_ref().is_none_or(|project| task.attributes.project.as_ref() == Some(project))
            && self.text.as_ref().is_none_or(|text| has_words(task, text))
            && self
                .author
                .as_ref()
                .is_none_or(|name| task.created_by.as_ref().is_some_and(|author| contains(author, name)))
            && self.since.is_none_or(|since| task.created_at >= since)
            && self.until.is_none_or(|until| task.created_at < until)
    }
}

fn has_words(task: &Task, text: &str) -> bool {
    let places = [task.id.as_str(), &task.title, &task.description];
    text.split_whitespace().all(|word| places.iter().any(|place| contains(place, word)))
}

fn contains(place: &str, text: &str) -> bool {
    place.to_lowercase().contains(&text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RoleName, Scope, State, TaskId};

    fn task() -> Task {
        let mut task =
            Task::restored(TaskId::numbered(7), Scope::single(), 7, RoleName::implement(), State::Incoming);
        task.title = "Cache the Index".to_owned();
        task.description = "In memory, für alle.".to_owned();
        task.created_by = Some("Ada Lovelace".to_owned());
        task.created_at = Timestamp::from_millis(1000);
        task
    }

    fn by(change: impl FnOnce(&mut TaskFilter)) -> bool {
        let mut filter = TaskFilter::default();
        change(&mut filter);
        filter.matches(&task())
    }

    #[test]
    fn every_word_has_to_occur_somewhere() {
        for (text, matches) in
            [("index cache", true), ("TASK-7", true), ("FÜR index", true), ("cache disk", false), ("", true)]
        {
            assert_eq!(by(|filter| filter.text = Some(text.to_owned())), matches, "{text}");
        }
    }

    #[test]
    fn author_age_and_project_are_told_apart() {
        assert!(by(|filter| filter.author = Some("ada".to_owned())));
        assert!(!by(|filter| filter.author = Some("bob".to_owned())));
        assert!(by(|filter| filter.since = Some(Timestamp::from_millis(1000))));
        assert!(!by(|filter| filter.until = Some(Timestamp::from_millis(1000))));
        assert!(!by(|filter| filter.project = ProjectId::new("p").ok()));
        assert!(TaskFilter::default().matches(&task()) && TaskFilter::default().is_empty());
    }
}
