//! What reviews and checks mean for a landing. Pure.

use super::wire::{CheckRun, Remark, Review, Status};
use crate::transition::Cause;
use std::collections::BTreeMap;

/// The longest part of a check's own words that is handed on.
const WORDS: usize = 4000;

/// Whose words reach an agent: in a public repository anybody may comment.
const HEARD: [&str; 3] = ["OWNER", "MEMBER", "COLLABORATOR"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    Ready,
    Waits(String),
    Refused { feedback: String, cause: Cause },
}

/// The checks' word, and whether there is any check at all.
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
            // It says nothing of the work: a person or a newer run decides.
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
        Judgement::Refused { feedback, cause: Cause::Tests }
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

/// The reviewers' word. What was told already is told by nobody again.
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
    let mut feedback = Vec::new();
    // Each reviewer's last opinion.
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
        if silent(remark.pull_request_review_id) || !is_new(&remark.html_url) {
            continue;
        }
        let place = match (&remark.path, remark.line) {
            (Some(path), Some(line)) => format!(" on `{path}` line {line}"),
            (Some(path), None) => format!(" on `{path}`"),
            (None, _) => String::new(),
        };
        feedback.push(format!(
            "{}{place} <{}>:\n{}\n",
            name(&remark.user),
            remark.html_url,
            remark.body.trim()
        ));
    }
    if !feedback.is_empty() {
        let feedback = format!("People reviewed the pull request:\n\n{}", feedback.join("\n"));
        return Judgement::Refused { feedback, cause: Cause::Review };
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
