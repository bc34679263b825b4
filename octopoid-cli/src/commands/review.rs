//! `octopoid review`: reviews what was handed in.

mod form;
mod quoted;

use crate::args::{self, CodePlace};
use crate::assembly::Explainer;
use crate::context::Context;
use crate::error::{CliError, IoContext, Kind, Result};
use crate::installation::Installation;
use crate::output::{json, style, text};
use crate::rounds::Rounds;
use crate::terminal;
use form::{Form, Verdict};
use octopoid_core::model::{
    CommentAuthor, CommitId, NewReviewComment, ReviewVerdict, Scope, Task, TaskId, place_name,
};
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
    if args.discard_drafts {
        return desk.discard_drafts(&args).await;
    }
    if let Some(path) = &args.from {
        let text = std::fs::read_to_string(path).doing(format!("read {}", path.display()))?;
        return desk.take(&args, &text, &desk.quoted(&args).await?).await.map_err(|error| {
            let again =
                format!("fix {} and send it with `octopoid review {} --from` again", path.display(), args.id);
            if error.hint.is_some() { error } else { error.hint(again) }
        });
    }
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

/// The newest round as it is shown in the editor.
struct Shown {
    quoted: Quoted,
    round: u32,
    head: CommitId,
    rounds: Rounds,
}

/// Returns the drafts of a person on a task, by their ids.
pub(super) async fn drafts_of(
    store: &dyn Store,
    scope: &Scope,
    task: &TaskId,
    person: &str,
) -> Result<Vec<u64>> {
    let author = CommentAuthor::person(person);
    let comments = store.review_comments(scope, task).await?;
    Ok(comments.iter().filter(|one| one.is_draft() && one.author == author).map(|one| one.id).collect())
}

/// Longest text of a comment that is taken, in bytes.
const LONGEST: usize = 64 << 10;

/// Returns why comments would be refused, each with its place; none where they would not.
fn refusals(comments: &[NewReviewComment]) -> Option<String> {
    let refusal = |comment: &NewReviewComment| {
        let anchor = comment.anchor.as_ref()?;
        let texts = [Some(&comment.body), comment.replacement.as_ref()];
        let why = if texts.into_iter().flatten().any(|text| text.len() > LONGEST) {
            format!("the comment has more than {LONGEST} bytes")
        } else if anchor.text.len() > LONGEST {
            format!("the lines have more than {LONGEST} bytes: name fewer of them")
        } else {
            return None;
        };
        Some(format!("{}: {why}", place_name(&anchor.path, anchor.lines)))
    };
    let problems: Vec<_> = comments.iter().filter_map(refusal).collect();
    (!problems.is_empty()).then(|| problems.join("; "))
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
            let anchor = rounds.find_anchor(self.installation, &place).await?;
            let comment = NewReviewComment::new(author.clone(), text.trim()).at(anchor);
            comments.push(comment.with_severity(args.severity));
        }
        match refusals(&comments) {
            Some(problems) => Err(CliError::usage(problems).hint("nothing was sent; shorten it")),
            None => Ok(comments),
        }
    }

    /// Lets the person write the review in the editor.
    async fn edit(&self, args: &args::Review) -> Result<()> {
        if !terminal::is_interactive() || self.context.output.json {
            return Err(CliError::usage("the review says nothing, and there is no terminal for an editor")
                .hint("pass `--approve`, `--request-changes` or `--comment FILE:LINE TEXT`"));
        }
        let shown = self.quoted(args).await?;
        let title =
            format!("{}, round {}: {}", args.id, shown.round, text::one_line(&shown.rounds.task.title, 100));
        let before = form::render(&title, &shown.head, &shown.quoted, self.drafts(args).await?.len());
        let edited = terminal::edit(&before, ".review", self.context)?;
        self.take(args, &edited.text, &shown).await.map_err(|error| {
            let id = &args.id;
            edited.refused_with(error, |path| {
                Some(format!(
                    "nothing was sent: fix it there, then run `octopoid review {id} --from {}`",
                    path.display()
                ))
            })
        })
    }

    /// Reads the newest round as the lines to write below.
    async fn quoted(&self, args: &args::Review) -> Result<Shown> {
        let rounds = Rounds::read(self.installation, self.store, &args.id, self.context).await?;
        let round = rounds.round(None)?;
        let diff = match rounds.diff(round) {
            Err(error) if error.kind == Kind::NotFound => {
                rounds.elsewhere(None, self.installation, self.store).await?.ok_or(error)?
            }
            read => read?,
        };
        let (round, head) = (round.number, round.head.clone());
        Ok(Shown { quoted: Quoted::of(&diff.diff), round, head, rounds })
    }

    /// Sends what was written below the quoted lines.
    async fn take(&self, args: &args::Review, text: &str, shown: &Shown) -> Result<()> {
        let form = Form::parse(text, &shown.head, &shown.quoted).map_err(CliError::usage)?;
        if form.is_empty() && self.drafts(args).await?.is_empty() {
            self.context.output.line("the review says nothing, so nothing was sent");
            return Ok(());
        }
        let author = CommentAuthor::person(self.context.author());
        let (mut comments, mut problems) = (Vec::new(), Vec::new());
        for said in form.comments {
            let anchor = match shown.rounds.find_anchor(self.installation, &said.place).await {
                Ok(anchor) => anchor,
                Err(error) => {
                    problems.push(format!("{}: {}", said.place, error.message));
                    continue;
                }
            };
            let mut comment = NewReviewComment::new(author.clone(), said.body).with_severity(said.severity);
            comment.replacement = said.replacement;
            comments.push(comment.at(anchor));
        }
        problems.extend(refusals(&comments));
        if !problems.is_empty() {
            return Err(CliError::usage(problems.join("; ")));
        }
        // The verdict is on the work that was in the editor.
        let head = Some(shown.head.clone());
        self.send(args, form.verdict, form.summary, comments, head).await
    }

    /// Returns the person's drafts.
    async fn drafts(&self, args: &args::Review) -> Result<Vec<u64>> {
        drafts_of(self.store, &self.installation.scope(), &args.id, &self.context.author()).await
    }

    /// Deletes the person's drafts.
    async fn discard_drafts(&self, args: &args::Review) -> Result<()> {
        let (drafts, output) = (self.drafts(args).await?, self.context.output);
        for id in &drafts {
            self.store.delete_review_comment(&self.installation.scope(), &args.id, *id).await?;
        }
        output.line(match drafts.len() {
            0 => format!("you have no drafts on {}", args.id),
            count => format!("{} of yours on {} deleted", text::count(count as u64, "draft"), args.id),
        });
        output.json(&json!({ "task": args.id, "deleted": drafts }));
        Ok(())
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
