//! Transitions of a flow, with what happens on them.

use super::{Flow, Stage, StepKind};
use crate::model::{Gates, Queue, Quorum, RoleName};
use serde_json::{Map, Value, json};

impl Flow {
    /// Returns the transitions of the flow as objects: `from` and `to`, and what there is of `role`, `checks`, `approved_by`, `steps`,
    /// `merges` and `after_merge`.
    pub fn described(&self) -> Vec<Value> {
        self.transitions().into_iter().map(|(from, to)| Value::Object(self.on_the_way(from, to))).collect()
    }

    fn on_the_way(&self, from: String, to: String) -> Map<String, Value> {
        let mut fields = Map::new();
        let queue = |queue: Queue| queue.as_str();
        if from == queue(Queue::Incoming) {
            fields.insert("role".to_owned(), json!("the role that the task names"));
        }
        if from == queue(Queue::Claimed) && to == queue(Queue::Provisional) {
            insert(&mut fields, "steps", names(&self.hand_in));
        }
        if let Some((stage, role)) = self.stage_before(&from, &to) {
            fields.extend(role.map(|role| ("role".to_owned(), json!(role))));
            insert(&mut fields, "checks", stage.checks.iter().map(|check| check.name.clone()).collect());
            fields.extend(approval(&stage.gates).map(|by| ("approved_by".to_owned(), json!(by))));
            insert(&mut fields, "steps", names(&stage.steps));
        }
        if to == queue(Queue::Done) {
            fields.insert("merges".to_owned(), json!(self.merges));
            insert(&mut fields, "after_merge", names(&self.after_merge));
        }
        fields.extend([("from".to_owned(), json!(from)), ("to".to_owned(), json!(to))]);
        fields
    }

    /// Returns what work has to meet on the way forward from one state to the next, and the role that works on it there.
    fn stage_before(&self, from: &str, to: &str) -> Option<(&Stage, Option<&RoleName>)> {
        let provisional = (Queue::Provisional.as_str(), &self.provisional, None);
        let own = self.own.iter().map(|own| (own.name.as_str(), &own.stage, own.role.as_ref()));
        let all: Vec<_> = std::iter::once(provisional).chain(own).collect();
        let here = all.iter().position(|(name, ..)| *name == from)?;
        let next = all.get(here + 1).map_or(Queue::Done.as_str(), |(name, ..)| name);
        (next == to).then_some((all[here].1, all[here].2))
    }
}

fn insert(fields: &mut Map<String, Value>, name: &str, words: Vec<String>) {
    if !words.is_empty() {
        fields.insert(name.to_owned(), json!(words));
    }
}

fn names(steps: &[StepKind]) -> Vec<String> {
    steps.iter().map(|step| step.name().to_owned()).collect()
}

/// Returns who has to approve, in words; none where nobody has to.
fn approval(gates: &Gates) -> Option<String> {
    match gates {
        Gates::Anyone => Some("any reviewer".to_owned()),
        Gates::Nobody => None,
        Gates::Person => Some("a person".to_owned()),
        Gates::Roles { reviewers, quorum, person } => {
            let joint = if *quorum == Quorum::All { " and " } else { " or " };
            let by = reviewers.iter().map(RoleName::as_str).collect::<Vec<_>>().join(joint);
            Some(if *person { format!("{by}, then a person") } else { by })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way<'a>(all: &'a [Value], from: &str, to: &str) -> &'a Value {
        all.iter().find(|one| one["from"] == from && one["to"] == to).expect("a transition")
    }

    #[test]
    fn the_built_in_flows_say_who_reviews_and_which_steps_run() {
        let all = Flow::default().described();
        assert_eq!(way(&all, "claimed", "provisional")["steps"], json!(["rebase", "run_tests"]));
        let landing = way(&all, "provisional", "done");
        assert_eq!((&landing["approved_by"], &landing["merges"]), (&json!("any reviewer"), &json!(true)));
        let all = Flow::project().described();
        assert_eq!(way(&all, "provisional", "done")["approved_by"], "review, then a person");
        assert!(way(&all, "provisional", "incoming").get("steps").is_none());
    }
}
