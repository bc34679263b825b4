//! `octopoid comments`: the review comments of a task.

use crate::args;
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::installation::Installation;
use crate::output::style::{self, paint};
use crate::output::text;
use crate::rounds::Rounds;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{
    CommentAuthor, NewReviewComment, PlacedComment, Position, Proposal, ReviewComment, Severity, Side,
    TaskId, Timestamp,
};
use octopoid_core::ops::review::threads;
use octopoid_core::store::Store;
use serde_json::json;

pub(super) async fn run(args: args::Comments, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    if args.changes() {
        return change(&args, &installation, &*store, context).await;
    }
    let comments = store.review_comments(&installation.scope(), &args.id).await?;
    let placed = place(comments, &args.id, &installation, &*store, context).await?;
    let shown: Vec<_> =
        placed.iter().filter(|one| args.all || one.comment.is_draft() || one.comment.is_open()).collect();
    let output = context.output;
    if output.json {
        output.json(&json!({ "task": args.id, "comments": shown, "resolved": placed.len() - shown.len() }));
        return Ok(());
    }
    let hidden = placed.len() - shown.len();
    if shown.is_empty() {
        let words = match hidden {
            0 => format!("{} has no review comments", args.id),
            hidden => format!("{} resolved; --all shows them", text::count(hidden as u64, "comment")),
        };
        output.line(words);
        return Ok(());
    }
    let now = SystemClock.now();
    for (number, one) in shown.iter().enumerate() {
        if number > 0 {
            output.line("");
        }
        output.line(rendered(one, now));
    }
    if hidden > 0 {
        let words = format!("\n{} resolved; --all shows them", text::count(hidden as u64, "more comment"));
        output.note(paint(style::DIM, words));
    }
    Ok(())
}

/// Returns the comments with their replies, and where they are by now, as far as the repository is here.
async fn place(
    comments: Vec<ReviewComment>,
    id: &TaskId,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<Vec<PlacedComment>> {
    if comments.iter().all(|one| one.anchor.is_none()) {
        return Ok(threads(comments, |_| None));
    }
    let placed = match Rounds::read(installation, store, id, context).await {
        Ok(rounds) => rounds.place(comments.clone()).ok(),
        Err(_) => None,
    };
    Ok(placed.unwrap_or_else(|| threads(comments, |_| None)))
}

/// Renders a comment with its replies.
fn rendered(one: &PlacedComment, now: Timestamp) -> String {
    let comment = &one.comment;
    let place =
        one.place_name().map_or_else(|| "the work as a whole".to_owned(), |name| text::visible(&name));
    let colour = match comment.severity {
        Severity::Must => style::BAD,
        Severity::Should => style::ATTENTION,
        Severity::Nit => style::DIM,
    };
    let mut head = format!(
        "{}. {}  {}  {}",
        comment.id,
        paint(style::HEADING, place),
        paint(colour, comment.severity.as_str()),
        paint(
            style::DIM,
            format_args!(
                "{}, {}",
                text::visible(comment.author.name()),
                text::relative(comment.updated_at, now)
            )
        )
    );
    head.push_str(&paint(style::DIM, state(one)));
    let mut lines = vec![head];
    if let Some(anchor) = &comment.anchor {
        let sign = if anchor.side == Side::Old { '-' } else { '|' };
        lines.extend(
            anchor
                .text
                .lines()
                .map(|line| paint(style::DIM, format_args!("   {sign} {}", text::visible_part(line)))),
        );
    }
    lines.extend(comment.words().lines().map(|line| format!("   {}", text::visible(line))));
    match comment.proposal() {
        // The words say it where there are no others.
        Some(Proposal::Remove) if !comment.body.trim().is_empty() => {
            lines.push(paint(style::GOOD, "   proposes to remove these lines"));
        }
        Some(Proposal::Replace(replacement)) => {
            let line = |line| paint(style::GOOD, format_args!("   + {}", text::visible_part(line)));
            lines.extend(replacement.split('\n').map(line));
        }
        Some(Proposal::Remove) | None => {}
    }
    for reply in &one.replies {
        let by = format!(
            "   {}. {}, {}",
            reply.id,
            text::visible(reply.author.name()),
            text::relative(reply.updated_at, now)
        );
        lines.push(paint(style::DIM, by));
        lines.extend(reply.body.lines().map(|line| format!("      {}", text::visible(line))));
    }
    lines.join("\n")
}

/// Returns what is to be known of a comment beyond its place.
fn state(one: &PlacedComment) -> String {
    let mut words = String::new();
    if !one.comment.is_open() {
        words.push_str(&format!(", {}", one.comment.state.as_str()));
    }
    match &one.position {
        Some(Position::Outdated) => {
            words.push_str(match one.comment.anchor.as_ref().and_then(|at| at.lines) {
                Some(_) => ", outdated: the lines were changed since",
                None => ", outdated: the file is not there any more",
            })
        }
        Some(Position::Moved { .. }) => words.push_str(", moved"),
        None if one.comment.anchor.is_some() => words.push_str(", as of its time: the commits are not here"),
        _ => {}
    }
    words
}

async fn change(
    args: &args::Comments,
    installation: &Installation,
    store: &dyn Store,
    context: &Context,
) -> Result<()> {
    let (scope, id, output) = (installation.scope(), &args.id, context.output);
    let person = context.author();
    let wrong = |error| missing(error, id);
    for (ids, resolved, done) in [(&args.resolve, true, "resolved"), (&args.reopen, false, "open again")] {
        if ids.is_empty() {
            continue;
        }
        let changed =
            store.resolve_review_comments(&scope, id, ids.clone(), resolved, &person).await.map_err(wrong)?;
        output.json(&changed);
        for comment in &changed {
            output.line(format_args!("{}. is {done}", comment.id));
        }
    }
    if let [number, words] = args.reply.as_slice() {
        let parent = number.parse().map_err(|_| {
            CliError::usage(format!("`{number}` is no number of a comment"))
                .hint(format!("`octopoid comments {id}` shows them"))
        })?;
        let reply = NewReviewComment::new(CommentAuthor::person(person), words.trim()).in_reply_to(parent);
        let made = store.add_review_comments(&scope, id, vec![reply]).await.map_err(wrong)?;
        output.json(&made);
        for comment in &made {
            output.line(format_args!("replied to {parent} as {}", comment.id));
        }
    }
    for number in &args.delete {
        store.delete_review_comment(&scope, id, *number).await.map_err(wrong)?;
        output.line(format_args!("{number}. is deleted"));
    }
    if !args.delete.is_empty() {
        output.json(&json!({ "deleted": args.delete }));
    }
    Ok(())
}

/// Returns the store's error, with a hint to the numbers of the comments.
fn missing(error: octopoid_core::store::StoreError, id: &TaskId) -> CliError {
    let error = CliError::from(error);
    match error.kind {
        Kind::NotFound | Kind::Usage | Kind::Refused => error
            .hint(format!("`octopoid comments {id} --all` shows the comments with their numbers and states")),
        _ => error,
    }
}
