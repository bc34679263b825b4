//! Review comments: findings at places of a change, by people, reviewing agents and forges (I40).

use super::{CommitId, RoleName, Scope, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Side of a diff that a comment stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The file as it was: the base of the work.
    Old,
    /// The file as the work has it.
    #[default]
    New,
}

impl Side {
    /// Returns the name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::Old => "old",
            Side::New => "new",
        }
    }
}

/// Weight of a review comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Has to be changed before the work lands.
    Must,
    /// Should be changed, or there should be a reason not to.
    #[default]
    Should,
    /// A matter of taste.
    Nit,
}

impl Severity {
    /// All severities, the heaviest first.
    pub const ALL: [Severity; 3] = [Severity::Must, Severity::Should, Severity::Nit];

    /// Returns the name used in files, on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Must => "must",
            Severity::Should => "should",
            Severity::Nit => "nit",
        }
    }
}

/// Lines of a file, counted from 1, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LineRange {
    /// First line.
    pub first: u32,
    /// Last line.
    pub last: u32,
}

impl LineRange {
    /// Returns a range; `None` unless 1 ≤ `first` ≤ `last`.
    pub const fn new(first: u32, last: u32) -> Option<Self> {
        if first >= 1 && first <= last { Some(Self { first, last }) } else { None }
    }

    /// Returns the range of one line; line 0 stands for line 1.
    pub const fn line(line: u32) -> Self {
        let line = if line == 0 { 1 } else { line };
        Self { first: line, last: line }
    }

    /// Returns the number of lines.
    pub const fn count(self) -> u32 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

impl std::fmt::Display for LineRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.first == self.last {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

/// Place that a comment was made for. It is never rewritten: where it is by now is computed when it is read, by
/// [`ops::review::position`](crate::ops::review::position).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Anchor {
    /// Path in the repository, with `/`, on this side of the diff.
    pub path: String,
    /// Side of the diff.
    #[serde(default)]
    pub side: Side,
    /// Lines of the file on this side; `None` for the file as such, such as its name, its mode or binary content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineRange>,
    /// Commit that the work was based on.
    pub base: CommitId,
    /// Newest commit of the work.
    pub head: CommitId,
    /// Text of the lines, joined by `\n`, very long ones cut as [`Anchor::kept`] does; empty for the file as such.
    #[serde(default)]
    pub text: String,
    /// Text of the lines before them, joined by `\n`; empty at the beginning of the file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// Text of the lines after them, joined by `\n`; empty at the end of the file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
}

impl Anchor {
    /// Number of lines before and after the place that an anchor keeps.
    pub const CONTEXT: usize = 3;

    /// Longest line that an anchor keeps whole, in bytes.
    pub const LINE: usize = 1800;

    /// Returns a line as an anchor keeps it: a very long one is cut, with a mark that has its length and a digest of all of it, so
    /// that two different lines are not kept alike.
    pub fn kept(line: &str) -> Cow<'_, str> {
        if line.len() <= Self::LINE {
            return Cow::Borrowed(line);
        }
        let end = line.floor_char_boundary(Self::LINE);
        // FNV-1a, because it is the same on every machine and in every version.
        let digest = line.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
            (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Cow::Owned(format!("{} … [cut: {} bytes, {digest:016x}]", &line[..end], line.len()))
    }

    /// Returns some lines as an anchor keeps them.
    pub(crate) fn kept_lines(lines: &[&str]) -> String {
        lines.iter().map(|line| Self::kept(line)).collect::<Vec<_>>().join("\n")
    }

    /// Returns the anchor of a file as such.
    pub fn of_whole_file(path: impl Into<String>, side: Side, (base, head): (CommitId, CommitId)) -> Self {
        let (text, before, after) = (String::new(), String::new(), String::new());
        Self { path: path.into(), side, lines: None, base, head, text, before, after }
    }

    /// Returns the anchor of some lines of a file whose text is `file`; `None` where it does not have them.
    pub fn of_file(
        path: impl Into<String>,
        side: Side,
        lines: LineRange,
        (base, head): (CommitId, CommitId),
        file: &str,
    ) -> Option<Self> {
        let all: Vec<&str> = file.lines().collect();
        let (first, last) = (usize::try_from(lines.first).ok()? - 1, usize::try_from(lines.last).ok()?);
        let text = Self::kept_lines(all.get(first..last)?);
        let before = Self::kept_lines(&all[first.saturating_sub(Self::CONTEXT)..first]);
        let after = Self::kept_lines(&all[last..all.len().min(last + Self::CONTEXT)]);
        Some(Self { path: path.into(), side, lines: Some(lines), base, head, text, before, after })
    }

    /// Returns the commit whose file the lines are of.
    pub const fn commit(&self) -> &CommitId {
        match self.side {
            Side::Old => &self.base,
            Side::New => &self.head,
        }
    }
}

/// What a comment proposes in place of its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal<'a> {
    /// To remove them.
    Remove,
    /// To put this text there.
    Replace(&'a str),
}

/// Author of a review comment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum CommentAuthor {
    /// A person, who uses Octopoid.
    Person {
        /// Name.
        name: String,
    },
    /// A reviewing agent.
    Role {
        /// Its role.
        role: RoleName,
    },
    /// User of a forge.
    Forge {
        /// Name of the forge, such as `github`.
        forge: String,
        /// Name of the user there.
        user: String,
    },
}

impl CommentAuthor {
    /// Returns a person by name.
    pub fn person(name: impl Into<String>) -> Self {
        CommentAuthor::Person { name: name.into() }
    }

    /// Returns the name to show.
    pub fn name(&self) -> &str {
        match self {
            CommentAuthor::Person { name } => name,
            CommentAuthor::Role { role } => role.as_str(),
            CommentAuthor::Forge { user, .. } => user,
        }
    }
}

/// State of a review comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CommentState {
    /// Written, and not sent yet: no agent reads it.
    Draft,
    /// Sent: the next attempt reads it.
    Sent {
        /// When.
        sent_at: Timestamp,
    },
    /// Marked as dealt with.
    Resolved {
        /// When it was sent.
        sent_at: Timestamp,
        /// When it was resolved.
        resolved_at: Timestamp,
        /// Who resolved it.
        resolved_by: String,
    },
}

impl CommentState {
    /// Returns the name used on the wire and in the command line.
    pub const fn as_str(&self) -> &'static str {
        match self {
            CommentState::Draft => "draft",
            CommentState::Sent { .. } => "sent",
            CommentState::Resolved { .. } => "resolved",
        }
    }
}

/// Review comment before the store has given it an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewReviewComment {
    /// Author.
    pub author: CommentAuthor,
    /// Text, as Markdown; may be empty only beside a replacement.
    pub body: String,
    /// Place; `None` for a comment on the work as a whole, and for a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// Comment that this one replies to; a reply has no replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// Weight.
    #[serde(default)]
    pub severity: Severity,
    /// Text to put in place of the anchor's lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// Whether it waits for a review to be sent.
    #[serde(default)]
    pub draft: bool,
    /// Name under which it is written once: a repetition returns the comment that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Address at which people can read it elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl NewReviewComment {
    /// Returns a comment on the work as a whole, to be sent at once.
    pub fn new(author: CommentAuthor, body: impl Into<String>) -> Self {
        Self {
            author,
            body: body.into(),
            anchor: None,
            parent: None,
            severity: Severity::default(),
            replacement: None,
            draft: false,
            key: None,
            url: None,
        }
    }

    /// Puts the comment at a place.
    #[must_use]
    pub fn at(mut self, anchor: Anchor) -> Self {
        self.anchor = Some(anchor);
        self
    }

    /// Makes the comment a reply.
    #[must_use]
    pub fn in_reply_to(mut self, parent: u64) -> Self {
        self.parent = Some(parent);
        self
    }

    /// Sets the weight.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Proposes a text in place of the anchor's lines.
    #[must_use]
    pub fn with_replacement(mut self, text: impl Into<String>) -> Self {
        self.replacement = Some(text.into());
        self
    }

    /// Makes the comment a draft, which waits for a review to be sent.
    #[must_use]
    pub fn as_draft(mut self) -> Self {
        self.draft = true;
        self
    }

    /// Makes the comment one that counts at once.
    #[must_use]
    pub fn as_sent(mut self) -> Self {
        self.draft = false;
        self
    }

    /// Sets the name under which the comment is written once.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Returns the comment as the store keeps it.
    pub fn with_id(self, id: u64, scope: Scope, task: TaskId, at: Timestamp) -> ReviewComment {
        let state = if self.draft { CommentState::Draft } else { CommentState::Sent { sent_at: at } };
        ReviewComment {
            id,
            scope,
            task,
            author: self.author,
            body: self.body,
            anchor: self.anchor,
            parent: self.parent,
            severity: self.severity,
            replacement: self.replacement,
            state,
            key: self.key,
            url: self.url,
            created_at: at,
            updated_at: at,
        }
    }
}

/// Review comment as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReviewComment {
    /// Identifier, increasing within the store.
    pub id: u64,
    /// Scope (tenant).
    pub scope: Scope,
    /// Task.
    pub task: TaskId,
    /// Author.
    pub author: CommentAuthor,
    /// Text, as Markdown.
    pub body: String,
    /// Place; `None` for a comment on the work as a whole, and for a reply.
    #[serde(default)]
    pub anchor: Option<Anchor>,
    /// Comment that this one replies to.
    #[serde(default)]
    pub parent: Option<u64>,
    /// Weight.
    pub severity: Severity,
    /// Text to put in place of the anchor's lines.
    #[serde(default)]
    pub replacement: Option<String>,
    /// State, as fields of the comment: `state`, and when and by whom it was changed.
    #[serde(flatten)]
    pub state: CommentState,
    /// Name under which it is written once.
    #[serde(default)]
    pub key: Option<String>,
    /// Address at which people can read it elsewhere.
    #[serde(default)]
    pub url: Option<String>,
    /// Time at which it was written.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

impl ReviewComment {
    /// Returns whether it was not sent yet.
    pub const fn is_draft(&self) -> bool {
        matches!(self.state, CommentState::Draft)
    }

    /// Returns what is proposed in place of the lines; none without a replacement.
    pub fn proposal(&self) -> Option<Proposal<'_>> {
        self.replacement.as_deref().map(|text| match text {
            "" => Proposal::Remove,
            text => Proposal::Replace(text),
        })
    }

    /// Returns the words of the comment; where it is a proposal alone, what it proposes.
    pub fn words(&self) -> &str {
        match (self.body.trim().is_empty(), self.proposal()) {
            (true, Some(Proposal::Remove)) => "proposes to remove these lines",
            (true, Some(Proposal::Replace(_))) => "proposes a change",
            _ => &self.body,
        }
    }

    /// Returns whether it was sent and is not resolved.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, CommentState::Sent { .. })
    }
}

/// Changes to a draft of a review comment; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReviewCommentPatch {
    /// Text.
    pub body: Option<String>,
    /// Weight.
    pub severity: Option<Severity>,
    /// Replacement; an empty text removes the lines, see `no_replacement` for taking it back.
    pub replacement: Option<String>,
    /// Takes the replacement back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_replacement: bool,
}

/// What a person's review says of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    /// The work may land.
    Approve,
    /// The work goes back, with the comments.
    RequestChanges,
    /// Neither: the comments are there for the next attempt, if there is one.
    Comment,
}

impl ReviewVerdict {
    /// All verdicts.
    pub const ALL: [ReviewVerdict; 3] =
        [ReviewVerdict::Approve, ReviewVerdict::RequestChanges, ReviewVerdict::Comment];

    /// Returns the name used on the wire and in the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            ReviewVerdict::Approve => "approve",
            ReviewVerdict::RequestChanges => "request_changes",
            ReviewVerdict::Comment => "comment",
        }
    }

    /// Returns the reason of changes that are requested in comments alone.
    pub fn reason_in_comments(count: usize) -> String {
        match count {
            1 => "changes are requested in 1 review comment".to_owned(),
            _ => format!("changes are requested in {count} review comments"),
        }
    }
}
