//! Filter of a board, as it stands in the page's address.

use super::Card;
use crate::form::Fields;
use octopoid_core::model::Priority;
use std::fmt::Write;

/// Filter of the board's cards; an empty field matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filter {
    /// Words, all of which are in the title, the id, the role, the agent, the project or the author's name.
    pub(crate) words: String,
    pub(crate) role: String,
    pub(crate) project: String,
    pub(crate) priority: Option<Priority>,
}

impl Filter {
    pub(crate) fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).unwrap_or_default().trim().to_owned();
        Self {
            words: text("q"),
            role: text("role"),
            project: text("project"),
            priority: fields.get("priority").and_then(|word| word.parse().ok()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the filter as the query of an address, with a leading `?`; empty for no filter.
    pub(crate) fn query(&self) -> String {
        let priority = self.priority.map_or("", Priority::as_str);
        let fields =
            [("q", &*self.words), ("role", &self.role), ("project", &self.project), ("priority", priority)];
        let mut query = String::new();
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            let encoded = serde_urlencoded::to_string([(name, value)]).unwrap_or_default();
            let _ = write!(query, "{}{encoded}", if query.is_empty() { '?' } else { '&' });
        }
        query
    }

    pub(crate) fn matches(&self, card: &Card) -> bool {
        let task = &card.task;
        let project = task.attributes.project.as_ref().map_or("", |id| id.as_str());
        if !self.role.is_empty() && task.role.as_str() != self.role
            || !self.project.is_empty() && project != self.project
            || self.priority.is_some_and(|priority| priority != task.priority)
        {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let agent = task.state.claim().map_or("", |claim| claim.holder.agent.as_str());
        let text =
            [&task.title, task.id.as_str(), task.role.as_str(), agent, project].join("\n").to_lowercase();
        self.words.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use octopoid_core::model::Usage;
    use octopoid_core::ops::Situation;
    use octopoid_core::testing;

    #[test]
    fn all_words_must_be_found_and_the_address_gives_the_filter_back() {
        let card = Card::new(
            testing::task("Add a --version flag", "Print it."),
            &Situation::default(),
            Usage::default(),
            None,
        );
        let filter = |query: &str| Filter::of(&Fields::parse(query.as_bytes()));
        assert!(filter("q=VERSION+add").matches(&card));
        assert!(!filter("q=version+remove").matches(&card));
        assert!(!filter("priority=P0").matches(&card));
        assert!(filter("").is_empty());
        let both = filter("q=a+%26+b&priority=P2&unknown=1");
        assert_eq!(both.query(), "?q=a+%26+b&priority=P2");
        assert_eq!(filter(&both.query()[1..]), both);
    }
}
