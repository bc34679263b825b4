//! The changes of a task: its diff, file by file.

use super::layout::{region, token};
use super::review::{At, Comments, panel};
use super::task::TaskView;
use crate::access::Visit;
use crate::diff::{Layout, push_table};
use crate::marks::digest;
use crate::text::{T, count};
use maud::{Markup, PreEscaped, html};
use octopoid_core::git::CommitInfo;
use octopoid_core::model::{Change, Diff, FileDiff, PlacedComment, Side};
use octopoid_core::ops::diff::{facts, quoted_name};
use octopoid_core::ops::{Round, last_reviewed};
use std::cell::RefCell;

/// Longest file that is unfolded by itself, in changed lines.
const LONG: u32 = 800;

/// Part of the work that is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Part {
    /// All of it.
    #[default]
    Whole,
    /// What changed since the round that was reviewed last.
    SinceReview,
    /// An earlier round.
    Round(u32),
    /// One commit.
    Commit(String),
}

impl Part {
    pub(crate) fn of(visit: &Visit) -> Self {
        let named = visit.fields.text("part").unwrap_or_default();
        if named == "since-review" {
            return Part::SinceReview;
        }
        if let Some(number) = named.strip_prefix("round-").and_then(|number| number.parse().ok()) {
            return Part::Round(number);
        }
        named.strip_prefix("commit-").map_or(Part::Whole, |id| Part::Commit(id.to_owned()))
    }

    fn value(&self) -> String {
        match self {
            Part::Whole => "all".to_owned(),
            Part::SinceReview => "since-review".to_owned(),
            Part::Round(number) => format!("round-{number}"),
            Part::Commit(id) => format!("commit-{id}"),
        }
    }

    /// Returns the sides whose lines have the numbers of the work as it is now.
    const fn sides(&self) -> &'static [Side] {
        match self {
            Part::Whole => &[Side::Old, Side::New],
            Part::SinceReview => &[Side::New],
            Part::Round(_) | Part::Commit(_) => &[],
        }
    }
}

/// The changes, as far as they could be read.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) part: Part,
    pub(crate) layout: Layout,
    pub(crate) rounds: Vec<Round>,
    pub(crate) commits: Vec<CommitInfo>,
    /// The diff, or why there is none.
    pub(crate) diff: Result<Diff, String>,
    /// Whether its lines can be commented on.
    pub(crate) is_here: bool,
    /// What the reader has to know about the diff.
    pub(crate) note: Option<&'static str>,
    pub(crate) comments: Vec<PlacedComment>,
}

impl Changes {
    /// Returns the address of a part in a layout.
    fn address(&self, visit: &Visit, view: &TaskView, part: &Part, layout: Layout) -> String {
        let layout = if layout == Layout::Split { "&view=split" } else { "" };
        visit.url(&format!("/tasks/{}/changes?part={}{layout}", view.task().id, part.value()))
    }
}

/// Returns a number for a file's change, which another change of it does not have.
pub(crate) fn file_mark(task: &str, file: &FileDiff) -> u64 {
    digest(&(task, &file.path, &file.patch))
}

/// Returns the content of the tab.
pub(crate) fn changes(visit: &Visit, view: &TaskView, changes: &Changes) -> Markup {
    let comments = Comments {
        visit,
        view,
        placed: &changes.comments,
        open: At::of(&visit.fields),
        sides: if changes.is_here { changes.part.sides() } else { &[] },
        address: changes.address(visit, view, &changes.part, changes.layout),
        shown: RefCell::default(),
    };
    let head =
        view.task().submission.as_ref().and_then(|work| work.head.as_ref()).map_or("", |head| head.as_str());
    let files = match &changes.diff {
        Ok(diff) if !diff.files.is_empty() => Some(files(visit, view, changes, diff, &comments)),
        _ => None,
    };
    html! {
        (toolbar(visit, view, changes))
        @if let Some(note) = changes.note { p.hint { (note) } }
        (region("other-comments", &comments.others()))
        @if let Some(files) = files { div.changes data-head=(head) { (files) } }
        @match &changes.diff {
            Err(why) => section.panel { p.quiet { (T(why)) } },
            Ok(diff) if diff.files.is_empty() => section.panel { p.quiet { "Nothing differs." } },
            Ok(_) => {}
        }
        div #decide { (region("review-panel", &panel(visit, view))) }
    }
}

fn toolbar(visit: &Visit, view: &TaskView, changes: &Changes) -> Markup {
    let address = |part: &Part, layout: Layout| changes.address(visit, view, part, layout);
    let current = |part: &Part| (changes.part == *part).then_some("page");
    let (added, removed) =
        changes.diff.iter().flat_map(|diff| &diff.files).fold((0, 0), |(added, removed), file| {
            (added + u64::from(file.added), removed + u64::from(file.removed))
        });
    html! {
        div.toolbar {
            nav.pills aria-label="Part of the work" {
                a href=(address(&Part::Whole, changes.layout)) aria-current=[current(&Part::Whole)] { "All changes" }
                @if last_reviewed(&changes.rounds).is_some_and(|round| Some(round) != changes.rounds.last()) {
                    a href=(address(&Part::SinceReview, changes.layout)) aria-current=[current(&Part::SinceReview)] { "Since the last review" }
                }
                @for round in changes.rounds.iter().rev().skip(1).rev() {
                    @let part = Part::Round(round.number);
                    a href=(address(&part, changes.layout)) aria-current=[current(&part)] { "Round " (round.number) }
                }
                @if changes.commits.len() > 1 {
                    details.commits open[matches!(changes.part, Part::Commit(_))] {
                        summary { (count(changes.commits.len() as u64, "commit")) }
                        ol {
                            @for commit in &changes.commits {
                                @let part = Part::Commit(commit.id.to_string());
                                li { a href=(address(&part, changes.layout)) aria-current=[current(&part)] { code { (commit.id.short()) } " " (T(&commit.summary)) } }
                            }
                        }
                    }
                }
            }
            span.quiet {
                (count(changes.diff.iter().flat_map(|diff| &diff.files).count() as u64, "file")) " "
                span.plus { "+" (added) } " " span.minus { "−" (removed) }
            }
            nav.pills aria-label="Layout" {
                a href=(address(&changes.part, Layout::Unified)) aria-current=[(changes.layout == Layout::Unified).then_some("page")] { "Unified" }
                a #split href=(address(&changes.part, Layout::Split)) aria-current=[(changes.layout == Layout::Split).then_some("page")] { "Split" }
            }
            a.button.primary href="#decide" { "Decide" }
        }
    }
}

fn files(visit: &Visit, view: &TaskView, changes: &Changes, diff: &Diff, comments: &Comments<'_>) -> Markup {
    let person = visit.viewer.author();
    let task = view.task().id.as_str();
    let marks: Vec<u64> = diff.files.iter().map(|file| file_mark(task, file)).collect();
    let viewed = |mark: u64| visit.shared.marks.is_viewed(&person, mark);
    let done = marks.iter().filter(|mark| viewed(**mark)).count();
    html! {
        nav.files aria-label="Files" {
            p.quiet #viewed-count data-total=(diff.files.len()) { (done) " of " (diff.files.len()) " viewed" }
            ol {
                @for (number, (file, mark)) in diff.files.iter().zip(&marks).enumerate() {
                    li data-viewed[viewed(*mark)] {
                        a href={ "#f" (number) } title=(T(&quoted_name(&file.path))) { @if let Some(old) = &file.old_path { (path(old)) " → " } (path(&file.path)) }
                        span.plus { "+" (file.added) } span.minus { "−" (file.removed) }
                    }
                }
            }
        }
        div.file-list {
            @for (number, (file, mark)) in diff.files.iter().zip(&marks).enumerate() {
                (one_file(changes, file, number, *mark, viewed(*mark), comments))
            }
        }
    }
}

/// Returns a path whose last part stands out, quoted where it has special characters.
fn path(path: &str) -> Markup {
    let quoted = quoted_name(path);
    let path = &*quoted;
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    html! { @if !folder.is_empty() { span.folder { (T(folder)) "/" } } span.name { (T(name)) } }
}

fn one_file(
    changes: &Changes,
    file: &FileDiff,
    number: usize,
    mark: u64,
    viewed: bool,
    comments: &Comments<'_>,
) -> Markup {
    let Comments { visit, view, .. } = comments;
    let facts = facts(file);
    let is_long = file.added + file.removed > LONG;
    let mut table = String::with_capacity(file.patch.len() * 3);
    let old_path = file.old_path.as_deref().unwrap_or(&file.path);
    let of_file = comments.of_file(&file.path, old_path);
    if !file.binary {
        push_table(&mut table, file, number, changes.layout, &of_file);
    }
    html! {
        section.file id={ "f" (number) } data-path=(T(&file.path)) data-item tabindex="-1" {
            details open[!viewed && !is_long] {
                summary {
                    span.change data-change=(change(file.change)) { (change(file.change)) }
                    @if let Some(old) = &file.old_path { (path(old)) " → " }
                    (path(&file.path))
                    span.plus { "+" (file.added) } span.minus { "−" (file.removed) }
                    @for fact in &facts { span.quiet.fact { (T(fact)) } }
                }
                @if file.binary { p.quiet { "It is not shown: " (T(&facts.join(", "))) "." } }
                @else if table.contains("<tbody>") { div.scroll id=(format!("rows-{mark:x}")) data-region { (PreEscaped(table)) } }
                @else if !facts.is_empty() { p.quiet { "No line of it changed." } }
                @else { p.quiet { "Its content is the same." } }
                (of_file.on_file(file.change))
            }
            form.viewed method="post" action=(visit.url(&format!("/tasks/{}/viewed", view.task().id))) {
                (token(visit))
                input type="hidden" name="file" value=(mark);
                input type="hidden" name="next" value={ (visit.address) "#f" (number) };
                button.plain name="viewed" value=(if viewed { "0" } else { "1" }) aria-pressed=(viewed) { @if viewed { "✓ Viewed" } @else { "Viewed" } }
            }
        }
    }
}

const fn change(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Modified => "modified",
        Change::Deleted => "deleted",
        Change::Renamed => "renamed",
        Change::TypeChanged => "type changed",
    }
}
