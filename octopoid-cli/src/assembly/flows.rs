//! Loading flows: the built-in ones and the files under `.octopoid/flows`.

mod draw;
mod skipped;

pub(crate) use draw::{mermaid, text};
pub(crate) use skipped::skipped;

use crate::assembly::Roles;
use crate::config::{Problem, Step, closest, line_of, read};
use crate::error::{CliError, Result};
use crate::installation::Entries;
use crate::installation::wrong;
use octopoid_core::flow::{DEFAULT, Flow, FlowFile, FlowProblem, Known, Place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The names and texts of the built-in flows; `flow eject` writes the texts out.
pub(crate) const BUILT_IN: [(&str, &str); 2] =
    [(DEFAULT, include_str!("flows/default.yaml")), ("project", include_str!("flows/project.yaml"))];

/// A flow that could be loaded.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) file: FlowFile,
    pub(crate) flow: Flow,
    /// The file; none for a built-in one.
    pub(crate) path: Option<PathBuf>,
}

/// The flows that could be loaded, by name, and the problems with the others.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    pub(crate) all: BTreeMap<String, Loaded>,
    pub(crate) problems: Vec<Problem>,
}

impl Flows {
    /// Loads them. A file named like a built-in flow replaces it.
    pub(crate) fn load(folder: &Path, roles: &Roles) -> Self {
        let known = Known::default().with_roles(roles.purposes());
        let mut flows = Self::default();
        for (name, text) in BUILT_IN {
            // Where a role of the installation's own has taken the place of a built-in one, only a file can use it.
            if let Ok(file) = serde_yaml::from_str::<FlowFile>(text)
                && let Ok(flow) = file.compile(&known)
            {
                flows.add(Loaded { name: name.to_owned(), file, flow, path: None });
            }
        }
        let entries = Entries::of(&folder.join("flows"), is_yaml);
        flows.problems.extend(entries.problems);
        for path in entries.paths {
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            match read::<FlowFile>(&path) {
                Err(problem) => flows.problems.push(problem),
                Ok(document) => match document.value.compile(&known) {
                    Ok(flow) => {
                        let (name, file) = (name.to_owned(), document.value);
                        flows.add(Loaded { name, file, flow, path: Some(path) });
                    }
                    Err(problems) => {
                        let mut problems: Vec<_> = problems
                            .into_iter()
                            .map(|problem| located(&path, &document.text, problem))
                            .collect();
                        problems.sort_by_key(|problem| problem.line);
                        flows.problems.extend(problems);
                        flows.all.remove(name);
                    }
                },
            }
        }
        flows
    }

    fn add(&mut self, loaded: Loaded) {
        self.all.insert(loaded.name.clone(), loaded);
    }

    /// Returns a flow by its name.
    pub(crate) fn get(&self, name: &str) -> Result<&Loaded> {
        if let Some(loaded) = self.all.get(name) {
            return Ok(loaded);
        }
        let of_name = |problem: &&Problem| problem.file.file_stem().is_some_and(|stem| stem == name);
        let problems: Vec<_> = self.problems.iter().filter(of_name).cloned().collect();
        if !problems.is_empty() {
            return Err(wrong(&problems));
        }
        let names: Vec<_> = self.all.keys().map(String::as_str).collect();
        let hint = match closest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("use one of {}, or make .octopoid/flows/{name}.yaml", names.join(", ")),
        };
        Err(CliError::usage(format!("there is no flow `{name}`")).hint(hint))
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Adds the line to a problem.
fn located(path: &Path, text: &str, problem: FlowProblem) -> Problem {
    let transitions = Step::Key("transitions");
    let line = match problem.place {
        Place::Transition(number) => line_of(text, &[transitions, Step::Item(number)]),
        Place::Key(number, key) => line_of(text, &[transitions, Step::Item(number), Step::Key(key)]),
        Place::Item(number, key, item) => {
            line_of(text, &[transitions, Step::Item(number), Step::Key(key), Step::Item(item)])
        }
        _ => line_of(text, &[transitions]),
    };
    Problem { file: path.to_owned(), line, problem: problem.problem, fix: problem.fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_flows_are_right_and_the_default_is_the_cores() {
        let flows = Flows::load(Path::new("/nowhere"), &Roles::without_plugins(Path::new("/nowhere")));
        assert!(flows.problems.is_empty());
        assert_eq!(flows.all.keys().collect::<Vec<_>>(), ["default", "project"]);
        assert_eq!(flows.all["default"].flow, Flow::default());
    }

    #[test]
    fn i24_what_is_wrong_with_a_flow_is_said_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("flows")).unwrap();
        let text = "\
transitions:
  - from: claimed
    to: provisional
    steps: [run_tests, rebase]
    on_fail: nowhere
  - from: provisional
    to: done
    conditions:
      - role: reveiw
      - manual: false
    steps:
      - deploy
      - merge
";
        std::fs::write(folder.path().join("flows/broken.yaml"), text).unwrap();
        let flows = Flows::load(folder.path(), &Roles::without_plugins(folder.path()));
        let said: Vec<_> =
            flows.problems.iter().map(|one| (one.line.unwrap(), one.problem.as_str())).collect();
        assert_eq!(
            said,
            [
                (4, "`run_tests` comes before `rebase`, so it is about something else than what goes on"),
                (5, "a failure cannot go to `nowhere`: nothing would take it from there"),
                (9, "there is no role `reveiw`"),
                (10, "a condition that is `false` asks for nothing"),
                (12, "there is no step `deploy`"),
                (13, "the base branch would move to something that was never tested"),
            ]
        );
        std::fs::write(folder.path().join("flows/broken.yaml"), "transitions: []\n").unwrap();
        let flows = Flows::load(folder.path(), &Roles::without_plugins(folder.path()));
        assert_eq!(flows.problems.len(), 2, "unreachable, and a dead end: {:?}", flows.problems);
    }
}
