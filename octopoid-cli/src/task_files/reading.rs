//! Reading all task files, with the problems between them.

use super::file::{TaskFile, stem};
use super::{entries, folder};
use crate::assembly::Workers;
use crate::config::{Problem, closest};
use crate::environment::Environment;
use crate::git::Git;
use crate::installation::Entries;
use crate::installation::Installation;
use octopoid_core::model::TaskId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The task files of an installation.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The paths of all files, also of invalid ones.
    pub(super) paths: Vec<PathBuf>,
    /// The valid files.
    pub(super) files: Vec<TaskFile>,
    /// The task ids in all files, also in those that are left out.
    pub(super) ids: BTreeSet<TaskId>,
    /// The repository's branches; none if no file names one or they cannot be read.
    pub(super) branches: Option<Vec<String>>,
    pub(super) problems: Vec<Problem>,
}

impl Reading {
    pub(super) fn of(installation: &Installation, workers: &Workers, environment: &Environment) -> Self {
        let Entries { paths, problems } = entries(&folder(installation));
        let mut reading = Self { paths, problems, ..Self::default() };
        for path in &reading.paths {
            match TaskFile::read(path) {
                Ok(file) => reading.files.push(file),
                Err(problem) => reading.problems.push(problem),
            }
        }
        reading.ids = reading.files.iter().filter_map(|file| file.id.clone()).collect();
        let wrong = twins(&reading.files);
        reading.refuse(wrong);
        let stems: BTreeSet<_> = reading.paths.iter().map(|path| stem(path)).collect();
        if reading.files.iter().any(|file| file.branch.is_some()) {
            // A repository that cannot be read is reported elsewhere.
            reading.branches = Git::new(environment, installation.repository()).branches().ok();
        }
        // What is a task already may have outlived its branch.
        let new = |file: &&TaskFile| file.id.is_none();
        let wrong = reading.files.iter().filter_map(|file| {
            let wrong = wrong_role(file, workers)
                .or_else(|| wrong_branch(Some(file).filter(new)?, reading.branches.as_deref()?))
                .or_else(|| wrong_blocker(file, &stems));
            Some((file.path.clone(), wrong?))
        });
        let wrong = wrong.collect();
        reading.refuse(wrong);
        reading
    }

    /// Leaves files out, each with a problem.
    fn refuse(&mut self, wrong: BTreeMap<PathBuf, Problem>) {
        self.files.retain(|file| !wrong.contains_key(&file.path));
        self.problems.extend(wrong.into_values());
    }
}

/// Returns problems with files that name the same task.
fn twins(files: &[TaskFile]) -> BTreeMap<PathBuf, Problem> {
    let mut wrong = BTreeMap::new();
    let name = |file: &TaskFile| super::name_of(&file.path);
    for file in files {
        let (field, value) = match (&file.id, &file.key) {
            (Some(id), _) => ("id", id.to_string()),
            (None, Some(key)) => ("key", key.clone()),
            (None, None) => continue,
        };
        let same = |other: &&TaskFile| match field {
            "id" => other.id == file.id,
            _ => other.id.is_none() && other.key == file.key,
        };
        let others: Vec<_> =
            files.iter().filter(|other| other.path != file.path).filter(same).map(name).collect();
        if !others.is_empty() {
            let problem = Problem {
                file: file.path.clone(),
                line: file.line_of(field),
                problem: format!("the {field} {value} is that of {} too", others.join(", ")),
                fix: format!(
                    "remove the line from the copy, to make a task of its own of it, or the copy; {} stands still until then",
                    name(file)
                ),
            };
            wrong.insert(file.path.clone(), problem);
        }
    }
    wrong
}

fn problem(file: &TaskFile, field: &str, problem: String, fix: String) -> Problem {
    Problem { file: file.path.clone(), line: file.line_of(field), problem, fix }
}

fn wrong_role(file: &TaskFile, workers: &Workers) -> Option<Problem> {
    let role = file.role.as_ref().filter(|role| !workers.contains(role))?;
    let names: Vec<_> = workers.names().collect();
    let fix = match closest(role.as_str(), names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("use one of {}", names.join(", ")),
    };
    Some(problem(file, "role", format!("there is no role `{role}` that takes tasks"), fix))
}

pub(super) fn wrong_branch(file: &TaskFile, branches: &[String]) -> Option<Problem> {
    let branch = file.branch.as_ref().filter(|branch| !branches.contains(branch))?;
    let fix = match closest(branch, branches.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("make it with `git branch {branch}`, or remove the line"),
    };
    Some(problem(file, "branch", format!("the repository has no branch `{branch}`"), fix))
}

/// Another file or task that a file waits for.
pub(super) enum Blocker {
    File(String),
    Task(TaskId),
}

/// Resolves a word in `blocked_by`: a file if there is one of that name, otherwise a task.
pub(super) fn blocker(word: &str, stems: &BTreeSet<String>) -> Option<Blocker> {
    let name = word.strip_suffix(".md");
    match name.unwrap_or(word) {
        stem if stems.contains(stem) => Some(Blocker::File(stem.to_owned())),
        _ if name.is_some() => None,
        id => TaskId::new(id).ok().map(Blocker::Task),
    }
}

fn wrong_blocker(file: &TaskFile, stems: &BTreeSet<String>) -> Option<Problem> {
    file.blocked_by.iter().find_map(|word| match blocker(word, stems) {
        Some(Blocker::File(stem)) if stem == file.stem() => {
            let fix = "remove it from the list".to_owned();
            Some(problem(file, "blocked_by", "it waits for itself".to_owned(), fix))
        }
        Some(_) => None,
        None => {
            // Whatever was meant, it was not this file: nothing waits for itself.
            let own = file.stem();
            let others = stems.iter().map(String::as_str).filter(|stem| *stem != own);
            let known = closest(word.trim_end_matches(".md"), others);
            let fix = match known {
                Some(meant) => format!("did you mean `{meant}.md`?"),
                None => "name a file of this folder, or the id of a task".to_owned(),
            };
            Some(problem(file, "blocked_by", format!("there is no task file `{word}`"), fix))
        }
    })
}
