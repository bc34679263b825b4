//! Warnings about steps of flows that are skipped because what they need is not configured.

use super::{Flows, Loaded};
use crate::config::{ForgeKind, Problem, Step, line_of};
use crate::environment::Environment;
use crate::git::Git;
use crate::installation::Installation;
use octopoid_core::flow::{FlowStep, StepKind};

/// Returns a warning for each reason and file, at the first step that every run will skip. Built-in flows are left out.
pub(crate) fn skipped(flows: &Flows, installation: &Installation, environment: &Environment) -> Vec<Problem> {
    let repo = &installation.config.value.repo;
    let mut reasons = Vec::new();
    if installation.config.value.forge() == ForgeKind::Local {
        let steps = [StepKind::CreatePr, StepKind::WaitForChecks, StepKind::CommentReview];
        let fix = "write `forge: github` into config.yaml, or remove it from the flow".to_owned();
        reasons.push((steps.to_vec(), "the forge `local` has no pull requests", fix));
    }
    if repo.remote.is_none() {
        let remotes = Git::new(environment, installation.repository()).remotes().unwrap_or_default();
        let name = match remotes.first() {
            Some(remote) => format!("write `remote: {remote}` below `repo` in config.yaml"),
            None => "add a remote to the repository and name it as `repo.remote` in config.yaml".to_owned(),
        };
        let fix = format!("{name}, or remove it from the flow");
        reasons.push((vec![StepKind::PushBranch], "config.yaml names no `repo.remote`", fix));
    }
    let mut remarks = Vec::new();
    for flow in flows.all.values() {
        for (steps, why, fix) in &reasons {
            remarks.extend(remark(flow, steps, why, fix));
        }
    }
    remarks
}

fn remark(flow: &Loaded, steps: &[StepKind], why: &str, fix: &str) -> Option<Problem> {
    let path = flow.path.as_ref()?;
    let is_one = |step: &FlowStep| match step {
        FlowStep::Named(name) => steps.iter().find(|one| one.name() == name).map(StepKind::name),
        _ => None,
    };
    let (mut names, mut first) = (Vec::new(), None);
    for (number, transition) in flow.file.transitions.iter().enumerate() {
        for (at, step) in transition.steps.iter().enumerate() {
            let Some(name) = is_one(step) else { continue };
            first.get_or_insert((number, at));
            let name = format!("`{name}`");
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let (number, at) = first?;
    // A file that was read a moment ago and is gone by now has no lines any more.
    let text = octopoid_roles::regular_file::read_to_string(path).unwrap_or_default();
    let place = [Step::Key("transitions"), Step::Item(number), Step::Key("steps"), Step::Item(at)];
    let is = if names.len() == 1 { "is" } else { "are" };
    Some(Problem {
        file: path.clone(),
        line: line_of(&text, &place),
        problem: format!("{} {is} skipped: {why}", names.join(", ")),
        fix: fix.to_owned(),
    })
}
