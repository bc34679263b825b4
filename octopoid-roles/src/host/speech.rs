//! The agent's words, which come in pieces.

use super::dialogue::Out;
use octopoid_core::runner::AgentEvent;

/// The most characters of a text in one line.
const LONGEST: usize = 64 << 10;

/// The words of the present message.
#[derive(Debug, Default)]
pub(crate) struct Speech {
    /// The message so far.
    message: String,
    /// How much of it was told, in bytes.
    told: usize,
    /// The last whole message.
    last: String,
}

impl Speech {
    /// Takes in a piece. A long message is told in parts.
    pub(crate) fn add(&mut self, piece: &str, out: &mut Out) {
        self.message.push_str(piece);
        if self.message.len() - self.told > LONGEST {
            self.pause(out);
        }
    }

    /// Tells what was said so far, because nothing has followed for a while.
    pub(crate) fn pause(&mut self, out: &mut Out) {
        let text = self.message[self.told..].trim();
        if !text.is_empty() {
            out.event(AgentEvent::Text(shortened(text)));
        }
        self.told = self.message.len();
    }

    /// Tells the rest of the message, which is whole.
    pub(crate) fn tell(&mut self, out: &mut Out) {
        self.pause(out);
        let message = std::mem::take(&mut self.message);
        self.told = 0;
        if !message.trim().is_empty() {
            self.last = shortened(message.trim());
        }
    }

    /// Tells a message that is given as a whole; what was told of its pieces stands.
    pub(crate) fn whole(&mut self, text: &str, out: &mut Out) {
        self.told = if text.starts_with(&self.message) { self.told } else { 0 };
        text.clone_into(&mut self.message);
        self.tell(out);
    }

    /// Returns the last message that was told.
    pub(crate) fn last(&self) -> &str {
        &self.last
    }
}

/// Returns a text that fits into one line.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} … (cut: {} more bytes)", &text[..end], text.len() - end),
    }
}
