//! Colours and symbols, which a terminal may lack.

use crate::environment::Environment;
use octopoid_core::ops::Attention;
use ratatui::style::{Color, Modifier, Style};

/// Colours and symbols that the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme {
    colours: bool,
    unicode: bool,
}

/// Meaning of a piece of text, which decides its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// Beside the point.
    Dim,
    Strong,
    Good,
    Bad,
    /// Asks for a person.
    Attention,
    /// Under way.
    Busy,
    /// Added and removed lines of a diff.
    Added,
    Removed,
    /// Words in them that differ from the line on the other side.
    AddedWord,
    RemovedWord,
    /// The line that the cursor is on.
    Cursor,
    /// The same in the part of the screen that the keys do not go to.
    Resting,
    /// The pane that is shown, in the same case.
    Chosen,
    /// The bars at the top and the bottom.
    Bar,
    /// The name of a key.
    Key,
}

impl Theme {
    /// Returns the theme for an environment: without colours by `NO_COLOR`, in ASCII where the locale is not UTF-8.
    pub(crate) fn of(environment: &Environment) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| environment.get(name));
        // A terminal that says nothing is most likely a modern one.
        let unicode = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Self { colours: environment.get("NO_COLOR").is_none(), unicode }
    }

    #[cfg(test)]
    pub(super) const fn new(colours: bool, unicode: bool) -> Self {
        Self { colours, unicode }
    }

    /// Returns the style of a tone. Only the sixteen colours of the terminal's own palette are used, which its user has chosen
    /// to be readable; without colours the modifiers alone tell things apart.
    pub(super) fn style(self, tone: Tone) -> Style {
        let (colour, modifier) = match tone {
            Tone::Plain => (None, Modifier::empty()),
            Tone::Dim => (None, Modifier::DIM),
            Tone::Strong => (None, Modifier::BOLD),
            Tone::Good => (Some(Color::Green), Modifier::empty()),
            Tone::Bad => (Some(Color::Red), Modifier::BOLD),
            Tone::Attention => (Some(Color::Yellow), Modifier::BOLD),
            Tone::Busy => (Some(Color::Cyan), Modifier::empty()),
            Tone::Added => (Some(Color::Green), Modifier::empty()),
            Tone::Removed => (Some(Color::Red), Modifier::empty()),
            Tone::AddedWord => (Some(Color::Green), Modifier::BOLD.union(Modifier::UNDERLINED)),
            Tone::RemovedWord => (Some(Color::Red), Modifier::BOLD.union(Modifier::UNDERLINED)),
            Tone::Cursor | Tone::Bar => (None, Modifier::REVERSED),
            Tone::Resting => (None, Modifier::BOLD),
            Tone::Chosen => (None, Modifier::BOLD.union(Modifier::UNDERLINED)),
            Tone::Key => (Some(Color::Cyan), Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match colour.filter(|_| self.colours) {
            Some(colour) => style.fg(colour),
            None => style,
        }
    }

    /// Returns the tone of a group's mark and heading.
    pub(super) const fn of_group(group: Attention) -> Tone {
        match group {
            Attention::NeedsYou => Tone::Attention,
            Attention::Working => Tone::Busy,
            Attention::Landing => Tone::Good,
            Attention::Waiting => Tone::Plain,
            Attention::Done => Tone::Dim,
        }
    }

    /// Returns the mark of a group, which tells tasks apart without colours.
    pub(super) const fn mark(self, group: Attention) -> &'static str {
        match (group, self.unicode) {
            (Attention::NeedsYou, true) => "●",
            (Attention::Working, true) => "▸",
            (Attention::Landing, true) => "↑",
            (Attention::Waiting, true) => "·",
            (Attention::Done, true) => "✓",
            (Attention::NeedsYou, false) => "!",
            (Attention::Working, false) => ">",
            (Attention::Landing, false) => "^",
            (Attention::Waiting, false) => ".",
            (Attention::Done, false) => "v",
        }
    }

    /// Returns whether the terminal shows more than ASCII.
    pub(super) const fn has_unicode(self) -> bool {
        self.unicode
    }

    /// Returns a symbol, or what stands for it in ASCII.
    pub(super) const fn symbol(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}
