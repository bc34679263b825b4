//! Evaluation of reviews and checks for a landing. Pure functions.

use super::text;
use super::wire::{CheckRun, Remark, Review, Status};
use crate::model::{CommitId, Finding, Side};
use crate::orchestrator::forge::ForgeComment;
use crate::transition::Cause;
use std::collections::BTreeMap;

/// Largest length of a check's output that is forwarded, in characters.
const WORDS: usize = 4000;

/// Author associations whose comments are forwarded to an agent: in a public repository anybody may comment.
const HEARD: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    Ready,
    Waits(String),
    Refused { feedback: String, cause: Cause, comments: Vec<ForgeComment> },
}

/// Evaluates the checks. Also returns whether there is any check at all.
pub(super) fn checks(statuses: &[Status], runs: &[CheckRun]) -> (Judgement, bool) {
    let (mut failed, mut pending) = (Vec::new(), Vec::new());
    for status in statuses {
        match status.state.as_str() {
            "success" => {}
            "pending" => pending.push(status.context.as_str()),
            state => failed.push(failure(
                &status.context,
                state,
                status.target_url.as_deref(),
                &[status.description.as_deref()],
            )),
        }
    }
    for run in runs {
        match (run.status.as_str(), run.conclusion.as_deref()) {
            ("completed", Some("success" | "neutral" | "skipped")) => {}
            // This conclusion says nothing about the work: a person or a newer run decides.
            ("completed", None | Some("stale" | "action_required")) => pending.push(run.name.as_str()),
            ("completed", Some(conclusion)) => failed.push(failure(
                &run.name,
                conclusion,
                run.html_url.as_deref(),
                &[run.output.title.as_deref(), run.output.summary.as_deref()],
            )),
            _ => pending.push(run.name.as_str()),
        }
    }
    let some = !statuses.is_empty() || !runs.is_empty();
    let judgement = if !failed.is_empty() {
        let feedback = format!("Checks of the pull request fail:\n\n{}", failed.join("\n"));
        Judgement::Refused { feedback, cause: Cause::Tests, comments: Vec::new() }
    } else if !pending.is_empty() {
        Judgement::Waits(format!("checks are under way: {}", pending.join(", ")))
    } else {
        Judgement::Ready
    };
    (judgement, some)
}

fn failure(name: &str, state: &str, url: Option<&str>, words: &[Option<&str>]) -> String {
    let mut text = format!("- `{name}`: {state}");
    if let Some(url) = url {
        text.push_str(&format!(" <{url}>"));
    }
    for words in words.iter().flatten().filter(|words| !words.trim().is_empty()) {
        let end = words.char_indices().nth(WORDS).map_or(words.len(), |(at, _)| at);
        text.push_str(&format!("\n{}", &words[..end]));
    }
    text
}

/// Evaluates the reviews. Comments that were forwarded already are not forwarded again.
pub(super) fn reviews(
    reviews: &[Review],
    remarks: &[Remark],
    told: &[String],
    required_approvals: u32,
) -> Judgement {
    let is_new = |url: &str| !told.iter().any(|text| text.contains(&format!("<{url}>")));
    let heard = |association: &str| HEARD.contains(&association);
    let name = |user: &Option<super::wire::User>| {
        user.as_ref().map_or("somebody".to_owned(), |user| user.login.clone())
    };
    let (mut feedback, mut comments) = (Vec::new(), Vec::new());
    // Last opinion of each reviewer.
    let mut opinions = BTreeMap::new();
    for review in reviews.iter().filter(|review| heard(&review.author_association)) {
        let who = name(&review.user);
        if matches!(review.state.as_str(), "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED") {
            opinions.insert(who.clone(), review);
        }
        let body = review.body.as_deref().unwrap_or_default().trim();
        let asks = review.state == "CHANGES_REQUESTED" || review.state == "COMMENTED" && !body.is_empty();
        if asks && is_new(&review.html_url) {
            let body = if body.is_empty() { "asks for changes" } else { body };
            feedback.push(format!("{who} <{}>:\n{body}\n", review.html_url));
        }
    }
    let silent = |id: Option<u64>| {
        reviews.iter().any(|review| Some(review.id) == id && matches!(&*review.state, "APPROVED" | "PENDING"))
    };
    for remark in remarks.iter().filter(|remark| heard(&remark.author_association)) {
        let is_ours = text::is_ours(&remark.body);
        if is_ours || silent(remark.pull_request_review_id) || !is_new(&remark.html_url) {
            continue;
        }
        let place = match (&remark.path, remark.line) {
            (Some(path), Some(line)) => format!(" on `{path}` line {line}"),
            (Some(path), None) => format!(" on `{path}`"),
            (None, _) => String::new(),
        };
        // Its text is told with its place, as a review comment.
        feedback.push(format!(
            "{}{place} <{}>: see the review comments\n",
            name(&remark.user),
            remark.html_url
        ));
        comments.push(forge_comment(remark, name(&remark.user)));
    }
    if !feedback.is_empty() {
        let feedback = format!("People reviewed the pull request:\n\n{}", feedback.join("\n"));
        return Judgement::Refused { feedback, cause: Cause::Review, comments };
    }
    if let Some((who, review)) = opinions.iter().find(|(_, review)| review.state == "CHANGES_REQUESTED") {
        return Judgement::Waits(format!(
            "{who} asked for changes and has the new work to look at: approve, or dismiss {}",
            review.html_url
        ));
    }
    let approvals = opinions.values().filter(|review| review.state == "APPROVED").count();
    if approvals < usize::try_from(required_approvals).unwrap_or(usize::MAX) {
        return Judgement::Waits(format!(
            "it has {approvals} of the {required_approvals} approvals it needs"
        ));
    }
    Judgement::Ready
}

/// Returns a remark with the place that it was made for.
fn forge_comment(remark: &Remark, user: String) -> ForgeComment {
    let mut finding = Finding::new(remark.body.trim());
    finding.path.clone_from(&remark.path);
    let last = remark.original_line.or(remark.line);
    finding.line = remark.original_start_line.or(last);
    finding.end_line = last;
    finding.side = if remark.side.as_deref() == Some("LEFT") { Side::Old } else { Side::New };
    let mut comment = ForgeComment::new(&remark.html_url, user, finding);
    comment.commit = remark.original_commit_id.clone().and_then(|commit| CommitId::new(commit).ok());
    comment
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn said(checks: (Judgement, bool)) -> (&'static str, String) {
        match checks.0 {
            Judgement::Ready => ("ready", String::new()),
            Judgement::Waits(why) => ("waits", why),
            Judgement::Refused { feedback, .. } => ("refused", feedback),
        }
    }

    fn status(state: &str) -> Status {
        let url = "https://ci.example/7";
        let status =
            json!({ "context": "ci/build", "state": state, "description": "in words", "target_url": url });
        serde_json::from_value(status).unwrap()
    }

    fn run(status: &str, conclusion: Option<&str>) -> CheckRun {
        serde_json::from_value(json!({ "name": "lint", "status": status, "conclusion": conclusion })).unwrap()
    }

    #[test]
    fn statuses_and_check_runs_count_alike_and_a_failure_counts_most() {
        let good = run("completed", Some("success"));
        for (statuses, runs, word) in [
            (vec![], vec![], "ready"),
            (vec![status("success")], vec![good.clone()], "ready"),
            (vec![status("pending")], vec![good.clone()], "waits"),
            (vec![status("failure")], vec![good.clone()], "refused"),
            (vec![status("error")], vec![run("queued", None)], "refused"),
            (vec![status("success")], vec![run("in_progress", None)], "waits"),
            (vec![], vec![run("completed", Some("neutral")), run("completed", Some("skipped"))], "ready"),
            (vec![], vec![run("completed", Some("timed_out"))], "refused"),
            (vec![], vec![run("completed", Some("cancelled"))], "refused"),
            (vec![], vec![run("completed", Some("action_required"))], "waits"),
            (vec![], vec![run("completed", None)], "waits"),
            (vec![], vec![run("a new word", None)], "waits"),
        ] {
            let judged = checks(&statuses, &runs);
            assert_eq!(judged.1, !(statuses.is_empty() && runs.is_empty()));
            let (found, words) = said(judged);
            assert_eq!(found, word, "{statuses:?} {runs:?}: {words}");
            if word == "waits" {
                assert!(words.starts_with("checks are under way: "), "{words}");
            }
        }
        let (_, words) = said(checks(&[status("failure")], &[]));
        assert!(words.contains("- `ci/build`: failure <https://ci.example/7>\nin words"), "{words}");
    }

    fn review(id: u64, who: &str, state: &str, body: &str) -> Review {
        let review = json!({
            "id": id, "user": { "login": who }, "state": state, "body": body,
            "html_url": format!("https://x/{id}"), "author_association": "MEMBER",
        });
        serde_json::from_value(review).unwrap()
    }

    fn judged(all: &[Review], told: &[&str], required: u32) -> (&'static str, String) {
        let told: Vec<_> = told.iter().map(|told| (*told).to_owned()).collect();
        said((reviews(all, &[], &told, required), true))
    }

    #[test]
    fn approvals_are_counted_by_each_ones_last_word() {
        let approved = |id, who| review(id, who, "APPROVED", "");
        assert_eq!(judged(&[], &[], 0).0, "ready");
        assert_eq!(judged(&[], &[], 1).1, "it has 0 of the 1 approvals it needs");
        assert_eq!(judged(&[approved(1, "ann")], &[], 1).0, "ready");
        let twice = [approved(1, "ann"), approved(2, "ann")];
        assert_eq!(judged(&twice, &[], 2).1, "it has 1 of the 2 approvals it needs");
        let dismissed = [approved(1, "ann"), review(2, "ann", "DISMISSED", "")];
        assert_eq!(judged(&dismissed, &[], 1).0, "waits");
        // A stranger's review is ignored, so it approves nothing either.
        let mut stranger = approved(1, "eve");
        stranger.author_association = "CONTRIBUTOR".to_owned();
        assert_eq!(judged(&[stranger], &[], 1).0, "waits");
        // A later comment does not withdraw an approval.
        let remarked = [approved(1, "ann"), review(2, "ann", "COMMENTED", "")];
        assert_eq!(judged(&remarked, &[], 1).0, "ready");
    }

    #[test]
    fn changes_that_were_asked_for_go_to_the_agent_once_and_then_wait_for_who_asked() {
        let asked = review(1, "ann", "CHANGES_REQUESTED", "");
        let (word, feedback) = judged(std::slice::from_ref(&asked), &[], 0);
        assert_eq!(word, "refused");
        assert!(feedback.contains("ann <https://x/1>:\nasks for changes"), "{feedback}");
        let (word, why) = judged(std::slice::from_ref(&asked), &[&feedback], 0);
        assert_eq!(word, "waits");
        assert!(why.contains("approve, or dismiss https://x/1"), "{why}");
        // An address of which this is only a prefix is a different one.
        assert_eq!(judged(&[review(12, "ann", "COMMENTED", "more")], &["<https://x/1>"], 0).0, "refused");
        let content = [asked, review(2, "ann", "APPROVED", "thanks")];
        assert_eq!(judged(&content, &[&feedback], 1).0, "ready");
    }

    #[test]
    fn remarks_on_lines_are_told_with_their_place_but_not_those_that_came_with_an_approval() {
        let remark = |review: Option<u64>, place: Value| -> Remark {
            let (path, line) = (&place[0], &place[1]);
            let remark = json!({
                "user": null, "body": " too long ", "html_url": "https://x/r", "path": path, "line": line,
                "pull_request_review_id": review, "author_association": "OWNER",
            });
            serde_json::from_value(remark).unwrap()
        };
        let words = |remark| said((reviews(&[review(1, "ann", "APPROVED", "")], &[remark], &[], 0), true));
        let (word, feedback) = words(remark(Some(7), json!(["a.rs", 3])));
        assert_eq!(word, "refused");
        assert!(feedback.contains("somebody on `a.rs` line 3 <https://x/r>: see"), "{feedback}");
        assert!(words(remark(None, json!(["a.rs", null]))).1.contains("somebody on `a.rs` <"));
        assert_eq!(words(remark(Some(1), json!(["a.rs", 3]))).0, "ready");
    }
}
