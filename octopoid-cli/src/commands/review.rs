//! `octopoid review`: reviews what was handed in.

mod form;
mod quoted;

use crate::args::{self, CodePlace};
use crate::assembly::Explainer;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::Installation;
use crate::output::{json, style, text};
use crate::rounds::Rounds;
use crate::terminal;
use form::{Form, Verdict};
use octopoid_core::model::{CommentAuthor, CommitId, NewReviewComment, ReviewVerdict, Task};
use octopoid_core::store::{NewReview, Store};
use octopoid_core::transition::Actor;
use quoted::Quoted;
use serde_json::json;

pub(super) async fn run(args: args::Review, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let desk = Desk { installation: &installation, store: &*store, context };
    let verdict = match (args.approve, args.request_changes, args.draft) {
        (true, ..) => Verdict::Send(ReviewVerdict::Approve),
        (_, true, _) => Verdict::Send(ReviewVerdict::RequestChanges),
        (_, _, true) => Verdict::Draft,
        (false, false, false) => Verdict::Send(ReviewVerdict::Comment),
    };
    let says_nothing = args.comment.is_empty() && args.message.is_empty();
    if says_nothing && verdict == Verdict::Send(ReviewVerdict::Comment) {
        return desk.edit(&args).await;
    }
    if says_nothing && verdict == Verdict::Draft {
        return Err(
            CliError::usage("there is nothing to keep as a draft").hint("add `--comment FILE:LINE TEXT`")
        );
    }
    let comments = match args.comment.is_empty() {
        true => Vec::new(),
        false => desk.comments(&args).await?,
    };
    desk.send(&args, verdict, args.message.clone(), comments, None).await
}

/// Where a review is written and sent.
struct Desk<'a> {
    installation: &'a Installation,
    store: &'a dyn Store,
    context: &'a Context,
}

impl Desk<'_> {
    /// Returns the comments of the options, at their places in the newest round.
    async fn comments(&self, args: &args::Review) -> Result<Vec<NewReviewComment>> {
        let rounds = Rounds::read(self.installation, self.store, &args.id, self.context).await?;
        let author = CommentAuthor::person(self.context.author());
        let mut comments = Vec::new();
        for pair in args.comment.chunks(2) {
            let [place, text] = pair else { continue };
            if text.trim().is_empty() {
                return Err(CliError::usage(format!("the comment on {place} is empty"))
                    .hint("say something about it"));
            }
            let place: CodePlace = place.parse().map_err(|words: String| {
                CliError::usage(words).hint("such as `--comment src/list.rs:12 \"This panics\"`")
            })?;
            let anchor = rounds.find_anchor(self.installation, &place.path, place.side, place.lines).await?;
            let comment = NewReviewComment::new(author.clone(), text.trim()).at(anchor);
            comments.push(comment.with_severity(args.severity));
        }
        Ok(comments)
    }

    /// Lets the person write the review in the editor.
    async fn edit(&self, args: &args::Review) -> Result<()> {
        if !terminal::is_interactive() || self.context.output.json {
            return Err(CliError::usage("the review says nothing, and there is no terminal for an editor")
                .hint("pass `--approve`, `--request-changes` or `--comment FILE:LINE TEXT`"));
        }
        let rounds = Rounds::read(self.installation, self.store, &args.id, self.context).await?;
        let round = rounds.round(None)?;
        let quoted = Quoted::of(&rounds.diff(round)?.diff);
        let drafts = self.drafts(args).await?;
        let title =
            format!("{}, round {}: {}", args.id, round.number, text::one_line(&rounds.task.title, 100));
        let before = form::render(&title, &quoted, drafts);
        let edited = terminal::edit(&before, ".review", self.context)?;
        let sent = match Form::parse(&edited.text, &quoted) {
            Ok(form) if form.is_empty() && drafts == 0 => {
                self.context.output.line("the review says nothing, so nothing was sent");
                return Ok(());
            }
            Ok(form) => self.send_form(args, form, &rounds).await,
            Err(problem) => Err(CliError::usage(problem)
                .hint("run `octopoid review` again, and leave the quoted lines as they are")),
        };
        sent.map_err(|error| edited.refused(error))
    }

    async fn send_form(&self, args: &args::Review, form: Form, rounds: &Rounds) -> Result<()> {
        let author = CommentAuthor::person(self.context.author());
        let mut comments = Vec::new();
        for said in form.comments {
            let mut comment = NewReviewComment::new(author.clone(), said.body).with_severity(said.severity);
            if let Some(place) = said.place {
                comment = comment
                    .at(rounds.find_anchor(self.installation, &place.path, place.side, place.lines).await?);
            }
            if let Some(text) = said.replacement {
                comment = comment.with_replacement(text);
            }
            comments.push(comment);
        }
        // The verdict is on the work that was in the editor.
        let head = Some(rounds.round(None)?.head.clone());
        self.send(args, form.verdict, form.summary, comments, head).await
    }

    /// Returns the number of the person's drafts.
    async fn drafts(&self, args: &args::Review) -> Result<usize> {
        let author = CommentAuthor::person(self.context.author());
        let comments = self.store.review_comments(&self.installation.scope(), &args.id).await?;
        Ok(comments.iter().filter(|one| one.is_draft() && one.author == author).count())
    }

    async fn send(
        &self,
        args: &args::Review,
        verdict: Verdict,
        summary: String,
        comments: Vec<NewReviewComment>,
        head: Option<CommitId>,
    ) -> Result<()> {
        let (scope, count) = (self.installation.scope(), comments.len());
        let (done, task) = match verdict {
            Verdict::Draft => {
                let drafts = comments.into_iter().map(NewReviewComment::as_draft).collect();
                self.store.add_review_comments(&scope, &args.id, drafts).await?;
                ("kept as drafts until your next review", self.store.task(&scope, &args.id).await?)
            }
            Verdict::Send(verdict) => {
                // By the plain name: the drafts of the same person are sent, from whatever screen.
                let person = Actor::Person(self.context.author());
                let review = NewReview::new(person, verdict).with_summary(summary).with_comments(comments);
                let review = review.with_head(head);
                (text::reviewed(verdict), self.store.send_review(&scope, &args.id, review).await?)
            }
        };
        self.say(&task, done, count).await
    }

    async fn say(&self, task: &Task, done: &str, comments: usize) -> Result<()> {
        let explainer =
            Explainer::gather(self.installation, &self.context.environment, self.store, [task]).await?;
        let (explained, output) = (explainer.explain(task), self.context.output);
        let id = style::paint(style::HEADING, &task.id);
        let count = if comments > 0 {
            format!(", {}", text::count(comments as u64, "new comment"))
        } else {
            String::new()
        };
        output.line(format_args!("{id} {done}{count}; it is in {}", style::place(task)));
        output.note(format_args!("  {}", explained.text));
        for command in &explained.commands {
            output.note(format_args!("  → {command}"));
        }
        if output.json {
            let all = self.store.review_comments(&task.scope, &task.id).await?;
            output.json(&json::with(json::task(task, &explained), &json!({ "comments": all })));
        }
        Ok(())
    }
}
