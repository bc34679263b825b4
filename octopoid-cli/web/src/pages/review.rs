//! Review comments beside the lines that they are about, and the review that sends them.

use super::layout::token;
use super::prose::prose;
use super::task::TaskView;
use crate::access::Visit;
use crate::diff::Below;
use crate::text::{Ago, T, count, push_escaped};
use maud::{Markup, html};
use octopoid_core::model::{
    Change, CommentState, CommitId, PlacedComment, Position, Proposal, ReviewComment, ReviewVerdict,
    Severity, Side, Task,
};
use octopoid_core::ops::{DecisionKind, choices, review_effect};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Lines of the comment form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) path: String,
    pub(crate) side: Side,
    pub(crate) first: u32,
    pub(crate) last: u32,
    /// Base and newest commit of the work that the lines were read in.
    pub(crate) work: Option<(CommitId, CommitId)>,
}

impl At {
    /// Reads the lines that an address or a form names.
    pub(crate) fn of(fields: &crate::form::Fields) -> Option<Self> {
        let number = |name: &str| fields.text(name).and_then(|text| text.parse::<u32>().ok());
        let line = number("line").or_else(|| number("last"))?;
        let first = number("first").unwrap_or(line);
        let side = if fields.text("side") == Some("old") { Side::Old } else { Side::New };
        Some(Self {
            path: fields.get("path")?.to_owned(),
            side,
            first: first.min(line),
            last: line.max(first),
            work: commit(fields, "base").zip(commit(fields, "head")),
        })
    }

    fn query(&self) -> String {
        let line = self.last.to_string();
        let mut fields = vec![("path", self.path.as_str()), ("side", self.side.as_str()), ("line", &line)];
        if let Some((base, head)) = &self.work {
            fields.extend([("base", base.as_str()), ("head", head.as_str())]);
        }
        serde_urlencoded::to_string(fields).unwrap_or_default()
    }
}

/// Reads a commit that an address or a form names.
pub(crate) fn commit(fields: &crate::form::Fields, name: &str) -> Option<CommitId> {
    fields.text(name)?.parse().ok()
}

/// Returns the field that says which work a verdict is on.
pub(crate) fn head_field(task: &Task) -> Markup {
    let head = task.submission.as_ref().and_then(|work| work.head.as_ref());
    html! { @if let Some(head) = head { input type="hidden" name="head" value=(head); } }
}

/// The comments of a task on the page of its changes.
#[derive(Debug)]
pub(crate) struct Comments<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) view: &'a TaskView,
    pub(crate) placed: &'a [PlacedComment],
    /// Lines for which the form is open.
    pub(crate) open: Option<At>,
    /// Sides whose lines have the numbers that comments have.
    pub(crate) sides: &'static [Side],
    /// Address of the page as it is, to add lines to.
    pub(crate) address: String,
    /// The comments that were shown beside their lines.
    pub(crate) shown: RefCell<BTreeSet<u64>>,
}

impl Comments<'_> {
    /// Returns base and newest commit of the work that is shown.
    fn work(&self) -> Option<(CommitId, CommitId)> {
        let work = self.view.task().submission.as_ref()?;
        work.base.clone().zip(work.head.clone())
    }

    /// Returns what stands below the lines of one file.
    pub(crate) fn of_file<'b>(&'b self, path: &'b str, old_path: &'b str) -> OfFile<'b> {
        OfFile { comments: self, path, old_path }
    }

    /// Returns the comments that stand at no line of the page.
    pub(crate) fn others(&self) -> Markup {
        let shown = self.shown.borrow();
        let others: Vec<_> = self.placed.iter().filter(|one| !shown.contains(&one.comment.id)).collect();
        html! {
            @if !others.is_empty() {
                section.panel.other-comments aria-labelledby="others-title" {
                    h2 #others-title { "Comments elsewhere" }
                    @for one in others { (thread(self.visit, self.view, one, true)) }
                }
            }
        }
    }
}

/// What stands below the lines of one file.
#[derive(Debug)]
pub(crate) struct OfFile<'a> {
    comments: &'a Comments<'a>,
    path: &'a str,
    old_path: &'a str,
}

impl OfFile<'_> {
    const fn path(&self, side: Side) -> &str {
        match side {
            Side::Old => self.old_path,
            Side::New => self.path,
        }
    }
}

impl Below for OfFile<'_> {
    fn push(&self, html: &mut String, side: Side, line: u32, columns: u8) {
        let Comments { visit, view, placed, open, shown, .. } = self.comments;
        let path = self.path(side);
        let here = |one: &&PlacedComment| {
            let on_side = one.comment.anchor.as_ref().is_some_and(|anchor| anchor.side == side);
            on_side
                && one
                    .place()
                    .is_some_and(|(at, lines)| at == path && lines.is_some_and(|lines| lines.last == line))
        };
        for one in placed.iter().filter(here) {
            if shown.borrow_mut().insert(one.comment.id) {
                html.push_str(&format!("<tr class=\"below\"><td colspan=\"{columns}\">"));
                html.push_str(&thread(visit, view, one, false).into_string());
                html.push_str("</td></tr>");
            }
        }
        if let Some(at) = open.as_ref().filter(|at| at.path == path && at.side == side && at.last == line) {
            html.push_str("<tr class=\"below form-row\" data-at=\"");
            push_escaped(html, &at.query());
            html.push_str(&format!("\"><td colspan=\"{columns}\">"));
            html.push_str(&form(visit, view, at).into_string());
            html.push_str("</td></tr>");
        }
    }

    fn address(&self, side: Side, line: u32) -> Option<String> {
        let comments = self.comments;
        if !comments.visit.viewer.may_decide || !comments.sides.contains(&side) {
            return None;
        }
        let work = comments.work();
        let at = At { path: self.path(side).to_owned(), side, first: line, last: line, work };
        Some(format!("{}&{}#comment-form", comments.address, at.query()))
    }
}

pub(super) const fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Must => ("bad", "must change"),
        Severity::Should => ("attention", "should change"),
        Severity::Nit => ("neutral", "nit"),
    }
}

impl OfFile<'_> {
    /// Returns the comments on the file as such, and the form for another one.
    pub(crate) fn on_file(&self, change: Change) -> Markup {
        let Comments { visit, view, placed, shown, sides, .. } = self.comments;
        let is_here = |one: &&PlacedComment| {
            let side = one.comment.anchor.as_ref().map(|anchor| anchor.side);
            one.place()
                .is_some_and(|(at, lines)| lines.is_none() && side.is_some_and(|side| at == self.path(side)))
        };
        let here: Vec<_> =
            placed.iter().filter(is_here).filter(|one| shown.borrow_mut().insert(one.comment.id)).collect();
        let side = if change == Change::Deleted { Side::Old } else { Side::New };
        let path = self.path(side);
        html! {
            @for one in here { (thread(visit, view, one, false)) }
            @if visit.viewer.may_decide && sides.contains(&side) {
                details.file-comment {
                    summary { "Comment on the file" }
                    form method="post" action=(visit.url(&format!("/tasks/{}/review-comments", view.task().id))) {
                        (token(visit))
                        input type="hidden" name="path" value=(path);
                        input type="hidden" name="side" value=(side.as_str());
                        input type="hidden" name="whole" value="1";
                        @if let Some((base, head)) = self.comments.work() {
                            input type="hidden" name="base" value=(base);
                            input type="hidden" name="head" value=(head);
                        }
                        (severities())
                        textarea name="body" id={ "file-comment-" (file_id(path)) } rows="2" required aria-label="Comment on the file" placeholder="What about this file? Markdown." data-keep {}
                        div.choice {
                            button.primary name="draft" value="1" { "Add to the review" }
                            button.secondary name="draft" value="0" { "Send now" }
                        }
                    }
                }
            }
        }
    }
}

/// Returns a number for a path, for the id of a field.
fn file_id(path: &str) -> String {
    format!("{:x}", crate::marks::digest(&path))
}

fn severities() -> Markup {
    html! {
        label { select name="severity" aria-label="Weight" {
            @for one in Severity::ALL { option value=(one.as_str()) selected[one == Severity::Should] { (severity(one).1) } }
        } }
    }
}

/// Returns a comment with its replies and forms.
pub(crate) fn thread(visit: &Visit, view: &TaskView, placed: &PlacedComment, with_place: bool) -> Markup {
    let comment = &placed.comment;
    let path = |action: &str| {
        visit.url(&format!("/tasks/{}/review-comments/{}/{action}", view.task().id, comment.id))
    };
    let may = visit.viewer.may_decide;
    html! {
        article.review-comment id={ "comment-" (comment.id) } data-state=(comment.state.as_str()) {
            @if with_place { (place(placed)) }
            (one(visit, comment))
            @for reply in &placed.replies { div.reply { (one(visit, reply)) } }
            @if may {
                @match &comment.state {
                    CommentState::Draft => {
                        div.inline {
                            details {
                                summary { "Edit" }
                                form method="post" action=(path("edit")) {
                                    (token(visit))
                                    textarea id={ "edit-" (comment.id) } name="body" rows="3" aria-label="Text" data-keep { (comment.body) }
                                    @if comment.parent.is_none() {
                                        select name="severity" aria-label="Weight" {
                                            @for one in Severity::ALL { option value=(one.as_str()) selected[one == comment.severity] { (severity(one).1) } }
                                        }
                                        label for={ "edit-replacement-" (comment.id) } { "Proposed in place of the lines (empty proposes nothing)" }
                                        textarea id={ "edit-replacement-" (comment.id) } name="replacement" rows="2" data-keep spellcheck="false" { (comment.replacement.as_deref().unwrap_or_default()) }
                                    }
                                    button { "Save" }
                                }
                            }
                            form method="post" action=(path("delete")) { (token(visit)) button.plain.danger { "Delete" } }
                        }
                    }
                    CommentState::Sent { .. } => {
                        form.reply-form method="post" action=(visit.url(&format!("/tasks/{}/review-comments", view.task().id))) {
                            (token(visit))
                            input type="hidden" name="parent" value=(comment.id);
                            textarea id={ "reply-" (comment.id) } name="body" rows="1" required placeholder="Reply" aria-label="Reply" data-keep {}
                            button { "Reply" }
                        }
                        form method="post" action=(path("resolve")) { (token(visit)) button.plain name="resolved" value="1" { "✓ Resolve" } }
                    }
                    _ => {
                        form method="post" action=(path("resolve")) { (token(visit)) button.plain name="resolved" value="0" { "Open it again" } }
                    }
                }
            }
        }
    }
}

/// Returns where a comment was made, with the lines as they were.
fn place(placed: &PlacedComment) -> Markup {
    let Some(anchor) = &placed.comment.anchor else {
        return html! { p.quiet { "On the work as a whole" } };
    };
    html! {
        p.place {
            code { (T(&placed.place_name().unwrap_or_default())) }
            @match &placed.position {
                Some(Position::Outdated) => { " " span.badge data-meaning="neutral" { "outdated" } " " span.quiet { @if anchor.lines.is_some() { "these lines have changed since" } @else { "the file is not there any more" } } }
                Some(_) => {}
                None => { " " span.quiet { "where that is now is known where the repository is" } }
            }
        }
        @if anchor.lines.is_some() { pre.hunk {
            @if !anchor.before.is_empty() { span.quiet { (T(&anchor.before)) "\n" } }
            mark { (T(&anchor.text)) }
            @if !anchor.after.is_empty() { span.quiet { "\n" (T(&anchor.after)) } }
        } }
    }
}

fn one(visit: &Visit, comment: &ReviewComment) -> Markup {
    let (meaning, words) = severity(comment.severity);
    html! {
        p.message-head {
            strong { (T(comment.author.name())) }
            @if comment.parent.is_none() { span.badge data-meaning=(meaning) { (words) } }
            @match &comment.state {
                CommentState::Draft => { span.badge data-meaning="working" { "not sent" } }
                CommentState::Resolved { resolved_by, .. } => { span.badge data-meaning="done" { "resolved" } span.quiet { "by " (T(resolved_by)) } }
                _ => {}
            }
            span.quiet { (Ago { at: comment.created_at, now: visit.now }) }
        }
        @let words = comment.words();
        @if !words.trim().is_empty() { (prose(words)) }
        @match comment.proposal() {
            Some(Proposal::Remove) if !comment.body.trim().is_empty() => { div.replacement { p.quiet { "proposes to remove these lines" } } },
            Some(Proposal::Replace(replacement)) => { div.replacement { p.quiet { "Put in their place:" } pre { (T(replacement)) @if replacement.ends_with('\n') { "\n" } } } },
            _ => {}
        }
    }
}

/// Returns the form for a comment on some lines.
pub(crate) fn form(visit: &Visit, view: &TaskView, at: &At) -> Markup {
    html! {
        form.comment-form id="comment-form" method="post" action=(visit.url(&format!("/tasks/{}/review-comments", view.task().id))) {
            (token(visit))
            input type="hidden" name="path" value=(at.path);
            input type="hidden" name="side" value=(at.side.as_str());
            @if let Some((base, head)) = &at.work {
                input type="hidden" name="base" value=(base);
                input type="hidden" name="head" value=(head);
            }
            div.inline {
                label { "Lines " input.short type="number" name="first" min="1" value=(at.first) required; }
                label { "to " input.short type="number" name="last" min="1" value=(at.last) required; }
                (severities())
            }
            textarea #comment-body name="body" rows="3" aria-label="Comment" placeholder="What about these lines? Markdown." data-keep autofocus {}
            details.suggest {
                summary { "Suggest a replacement" }
                p.quiet { "What you write here is proposed in place of the lines." }
                label.check { input type="checkbox" name="replace" value="1"; " Propose to remove the lines, if it is empty" }
                textarea #comment-replacement name="replacement" rows="3" aria-label="Replacement" data-keep spellcheck="false" {}
            }
            div.choice {
                button.primary name="draft" value="1" { "Add to the review" }
                button.secondary name="draft" value="0" { "Send now" }
                a.button data-cancel href=(visit.url(&format!("/tasks/{}/changes", view.task().id))) { "Cancel" }
                span.effect { "the next attempt gets these lines and your words" }
            }
        }
    }
}

/// Returns the panel that sends a review.
pub(crate) fn panel(visit: &Visit, view: &TaskView) -> Markup {
    let drafts = view.drafts(&visit.viewer).count() as u64;
    let choices = choices(view.task(), visit.now);
    let effect = |kind: DecisionKind| {
        choices.iter().find(|choice| choice.kind == kind).map(|choice| choice.effect.as_str())
    };
    let (approve, reject) = (effect(DecisionKind::Approve), effect(DecisionKind::Reject));
    let review = |verdict: ReviewVerdict, style: &'static str, name: &str, effect: &str| {
        html! {
            div.choice {
                button.(style) name="verdict" value=(verdict.as_str()) id={ "review-" (verdict.as_str()) } { (name) }
                span.effect { (super::prose::line(effect)) }
            }
        }
    };
    html! {
        section.panel.verdict aria-labelledby="decide-title" {
            h2 #decide-title { "Your review" }
            @if !visit.viewer.may_decide {
                p.quiet { "Your key lets you see everything and change nothing." }
            } @else {
                p {
                    @if drafts == 0 { "Click the number of a line to comment on it. " span.quiet { "Comments wait here until the review is sent." } }
                    @else { strong { (count(drafts, "comment")) " not sent yet" } span.quiet { ": all of them go with the review." } }
                }
                form.decisions method="post" action=(visit.url(&format!("/tasks/{}/review", view.task().id))) {
                    (token(visit))
                    (head_field(view.task()))
                    label for="review-words" { "About the work as a whole" }
                    textarea #review-words name="summary" rows="3" data-keep {}
                    @if let Some(effect) = approve { (review(ReviewVerdict::Approve, "primary", "Approve", effect)) }
                    @if let Some(effect) = reject { (review(ReviewVerdict::RequestChanges, "secondary", "Request changes", effect)) }
                    (review(ReviewVerdict::Comment, "secondary", "Only send the comments", &review_effect(ReviewVerdict::Comment, view.task(), None)))
                }
                details.rest { summary { "Other decisions" } (super::decide::decisions(visit, view)) }
            }
        }
    }
}
