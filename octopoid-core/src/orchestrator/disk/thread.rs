//! Thread of a task as a file that its agent can read while it works, and what is new in it.

use super::journal::replace;
use crate::model::{Message, RunId};
use crate::orchestrator::shared::Shared;
use std::fmt::Write as _;
use std::{fs, io};

/// Variable that gives the agent the path of the file.
pub(crate) const VARIABLE: &str = "OCTOPOID_THREAD";
/// Variable that gives the path of the file with what the agent has not heard yet.
pub(crate) const NEWS: &str = "OCTOPOID_NEWS";

impl Shared {
    /// Writes the thread for the agent of a run, and what was not in it before as news. A failure does not stop the run: the next
    /// attempt gets the messages.
    pub(crate) fn write_thread(&self, run: &RunId, thread: &[Message]) {
        if let Err(error) = self.try_write_thread(run, thread) {
            tracing::warn!(run.id = %run, %error, "the thread could not be written for the agent");
        }
    }

    fn try_write_thread(&self, run: &RunId, thread: &[Message]) -> io::Result<()> {
        let (path, news) = (self.layout.thread(run), self.layout.news(run));
        // The prompt has what is in the first one.
        if let Ok(before) = fs::read_to_string(&path)
            && let Some(said) = new_since(&before, thread)
        {
            // What was not heard yet stays. At worst, something that is just being taken is heard twice.
            let unheard =
                fs::read(&news).ok().and_then(|bytes| serde_json::from_slice::<String>(&bytes).ok());
            let text = unheard.map_or_else(|| said.clone(), |before| format!("{before}\n\n{said}"));
            replace(&news, serde_json::Value::from(text).to_string().as_bytes())?;
        }
        replace(&path, text(thread).as_bytes())
    }
}

/// Beginning of the first line, which ends with the id of the newest message.
const TITLE: &str = "# What was said so far, up to message ";

fn text(thread: &[Message]) -> String {
    let newest = thread.iter().map(|message| message.id).max().unwrap_or_default();
    let mut text = format!("{TITLE}{newest}\n");
    for Message { id, kind, author, at, body, .. } in thread {
        // Writing to a string does not fail.
        let _ = write!(text, "\n## {id}. {} by {author}, {at}\n\n{}\n", kind.as_str(), body.trim_end());
    }
    text
}

/// Returns what was said that is not in the file as it was before, for the agent; `None` if that is nothing.
fn new_since(before: &str, thread: &[Message]) -> Option<String> {
    let newest = before.lines().next().and_then(|line| line.strip_prefix(TITLE)?.parse::<u64>().ok());
    let said: Vec<_> = thread
        .iter()
        .filter(|message| Some(message.id) > newest)
        .map(|Message { author, body, .. }| {
            format!("{author} says to you about this task: {}", body.trim_end())
        })
        .collect();
    (!said.is_empty()).then(|| said.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MessageDraft, MessageKind, Scope, TaskId, Timestamp};

    fn message(id: u64, body: &str) -> Message {
        let draft = MessageDraft::new(MessageKind::Comment, "Ada", body);
        draft.at(id, Scope::single(), TaskId::numbered(1), Timestamp::default())
    }

    #[test]
    fn what_is_new_is_what_came_after_the_newest_message_of_the_file() {
        let (one, two) = (message(1, "Use v2"), message(11, "No: \"v3\"\n"));
        let file = text(std::slice::from_ref(&one));
        assert_eq!(new_since(&file, std::slice::from_ref(&one)), None);
        let said = new_since(&file, &[one.clone(), two.clone()]).unwrap();
        assert_eq!(said, "Ada says to you about this task: No: \"v3\"");
        assert!(new_since("", &[one.clone(), two.clone()]).unwrap().contains("Use v2"));
        // What somebody writes does not pass for the title.
        let three = message(12, &format!("{TITLE}99"));
        let file = text(&[one.clone(), three.clone()]);
        assert!(new_since(&file, &[one, three, message(13, "More")]).unwrap().contains("More"));
    }
}
