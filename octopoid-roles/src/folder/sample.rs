//! Sample tasks in every situation that a prompt can meet, to render it before an agent is paid for it.

use super::outcomes::OutcomeWord;
use octopoid_core::role::{RoleSpec, WorkspaceKind};
use octopoid_core::transition::Purpose;
use serde_json::{Value, json};

/// The kinds of messages that send work back.
const RETURNS: [&str; 3] = ["feedback", "test_failure", "conflict"];

/// Returns what a prompt can speak about in the first round, when work was sent back for each reason, after an attempt that came to
/// nothing, and, for a reviewer, with and without a settled conflict. The values have the shape of [`View`](super::view::View).
pub(super) fn samples(spec: &RoleSpec, outcomes: &[OutcomeWord], settings: &Value) -> Vec<Value> {
    let words: Vec<&str> = outcomes.iter().map(|known| known.word.as_str()).collect();
    let commit = |digit: &str| match spec.workspace {
        WorkspaceKind::Own | WorkspaceKind::Task => Value::String(digit.repeat(40)),
        WorkspaceKind::None => Value::Null,
    };
    let settings = if settings.is_null() { json!({}) } else { settings.clone() };
    let first = json!({
        "task": {
            "id": "task-1", "title": "A sample", "description": "Something\nto do.", "role": spec.name,
            "priority": "P2", "complexity": null,
        },
        "messages": [], "newest": null, "round": 1, "attempt": 1, "resumed": false, "previous": null,
        "workspace": {
            "path": "/worktree", "base_branch": "main", "base": commit("b"), "tip": commit("d"), "head": commit("b"),
        },
        "commits": [],
        "changes": { "files": "", "count": 0, "whole": true, "patch": "", "left_out": "", "all": null },
        "resolution": null, "comments": [], "comments_file": null, "checks": null, "notices": [], "settings": settings, "outcomes": words,
    });
    let mut all = vec![first.clone()];
    for newest in RETURNS {
        let message =
            |kind: &str| json!({ "kind": kind, "author": "one", "body": "Words.", "newest": kind == newest });
        let mut back = first.clone();
        back["task"]["complexity"] = "M".into();
        back["messages"] = ["comment", "summary", "question", "returned", newest].map(message).into();
        back["newest"] = newest.into();
        back["commits"] = json!([{ "id": "c".repeat(40), "subject": "Do it" }]);
        (back["round"], back["attempt"], back["resumed"]) = (2.into(), 3.into(), true.into());
        back["previous"] = json!({ "number": 2, "why": "it was cut off", "last_words": "Next I will test." });
        back["changes"] = json!({
            "files": "a.txt (+1 -0)\n", "count": 1, "whole": false, "patch": "+a\n", "left_out": "b.txt\n",
            "all": "/kept/all-changes.diff",
        });
        back["comments"] = json!([{
            "number": 12, "severity": "must", "author": "ada", "path": "a.txt", "lines": "3-4", "side": "new",
            "outdated": false, "code": "a\nb", "body": "Why?", "replacement": "c", "replies": "bob: So.",
        }]);
        back["comments_file"] = "/kept/review-comments.json".into();
        if spec.claims == Purpose::Review {
            back["checks"] = "all tests pass".into();
            back["notices"] = json!([{ "text": "a file was not committed" }]);
            if newest == "conflict" {
                back["resolution"] = json!({
                    "files": "a.txt\n", "count": 1, "unchanged": "b.txt\n", "patch": "+a\n", "left_out": "c.txt\n",
                });
            }
        }
        all.push(back);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::variables::VARIABLES;
    use super::*;
    use octopoid_core::model::RoleName;

    #[test]
    fn every_variable_is_in_a_sample_and_nothing_else_is() {
        let spec = RoleSpec::reviewer(RoleName::review(), "reviews");
        let all = samples(&spec, &[], &Value::Null);
        let full = all.last().unwrap();
        let known = |name: &str| VARIABLES.iter().any(|variable| variable.name == name);
        for variable in &VARIABLES {
            let path = format!("/{}", variable.name.replace("[].", "/0/").replace('.', "/"));
            assert!(full.pointer(&path).is_some(), "{}", variable.name);
        }
        for (name, value) in full.as_object().unwrap() {
            assert!(known(name), "{name}");
            let (item, dot) = match value {
                Value::Array(items) => (items.first().cloned().unwrap_or_default(), "[]."),
                value => (value.clone(), "."),
            };
            for field in item.as_object().into_iter().flat_map(|fields| fields.keys()) {
                assert!(known(&format!("{name}{dot}{field}")), "{name}{dot}{field}");
            }
        }
    }
}
