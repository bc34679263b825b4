//! `.octopoid/jobs.yaml`, read strictly.

use super::{Issues, Job, Jobs, Order, Schedule, Target, Work};
use crate::assembly::Workers;
use crate::assembly::github;
use crate::config::{Document, Problem, Step, closest, line_of, read};
use crate::environment::Environment;
use crate::installation::Installation;
use octopoid_core::model::{Priority, RoleName};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// `jobs.yaml`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct JobsFile {
    /// The jobs. Required.
    jobs: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Entry {
    /// The name, for `octopoid job run NAME`. Required.
    #[cfg_attr(test, schemars(with = "String"))]
    name: RoleName,
    /// The role of the tasks that the job makes. Required without `builtin`; `implement` with it.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    role: Option<RoleName>,
    /// A job that is part of Octopoid: `github-issues` takes up open issues with a label, each once.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    builtin: Option<Builtin>,
    /// When the job is due, as a cron expression in UTC: minute, hour, day, month, weekday.
    schedule: Option<String>,
    /// How often the job is due, such as `30m`, `6h` or `1d`, instead of `schedule`.
    every: Option<String>,
    /// The title of the tasks.
    title: Option<String>,
    /// The description of the tasks.
    description: Option<String>,
    /// The priority of the tasks, from `P0` to `P3`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    priority: Option<Priority>,
    /// The label of the issues, for `builtin: github-issues`.
    label: Option<String>,
    /// What is made of each issue: `task` (the default) or `draft`, for a person to approve.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    #[serde(rename = "as")]
    target: Option<TargetName>,
    /// Whether the job is skipped.
    #[serde(default)]
    paused: bool,
}

/// A job that is part of Octopoid.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Builtin {
    GithubIssues,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TargetName {
    Task,
    Draft,
}

/// Returns the path of the file.
pub(super) fn path(installation: &Installation) -> PathBuf {
    installation.layout.root().join("jobs.yaml")
}

/// Reads the jobs; an installation without the file has none.
pub(super) fn load(installation: &Installation, workers: &Workers, environment: &Environment) -> Jobs {
    let path = path(installation);
    if !path.exists() {
        return Jobs::default();
    }
    let document = match read::<JobsFile>(&path) {
        Ok(document) => document,
        Err(problem) => return Jobs { all: Vec::new(), problems: vec![problem] },
    };
    let (mut jobs, mut names) = (Jobs::default(), BTreeSet::new());
    for (number, entry) in document.value.jobs.iter().enumerate() {
        let mut report = Report { document: &document, number, problems: Vec::new() };
        if !names.insert(entry.name.clone()) {
            let problem = format!("another job is called `{}` too", entry.name);
            report.add("name", problem, "give each a name of its own");
        }
        let schedule = schedule(entry, &mut report);
        let work = match entry.builtin {
            None => order(entry, workers, &mut report),
            Some(Builtin::GithubIssues) => issues(entry, workers, installation, environment, &mut report),
        };
        match (schedule, work) {
            (Some(schedule), Some(work)) if report.problems.is_empty() => {
                jobs.all.push(Job { name: entry.name.clone(), schedule, paused: entry.paused, work });
            }
            _ => jobs.problems.extend(report.problems),
        }
    }
    jobs
}

/// Collects the problems of one job.
struct Report<'a> {
    document: &'a Document<JobsFile>,
    number: usize,
    problems: Vec<Problem>,
}

impl Report<'_> {
    fn add(&mut self, key: &str, problem: impl Into<String>, fix: impl Into<String>) {
        let at = [Step::Key("jobs"), Step::Item(self.number), Step::Key(key)];
        let line = line_of(&self.document.text, &at);
        self.problems.push(Problem {
            file: self.document.path.clone(),
            line,
            problem: problem.into(),
            fix: fix.into(),
        });
    }

    fn check_role(&mut self, role: &RoleName, workers: &Workers) {
        if !workers.contains(role) {
            let fix = match closest(role.as_str(), workers.names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use one of {}", workers.names().collect::<Vec<_>>().join(", ")),
            };
            self.add("role", format!("there is no role `{role}` that takes tasks"), fix);
        }
    }
}

fn schedule(entry: &Entry, report: &mut Report<'_>) -> Option<Schedule> {
    let schedule = match (&entry.schedule, &entry.every) {
        (Some(cron), None) => Schedule::cron(cron).map_err(|why| ("schedule", why)),
        (None, Some(span)) => Schedule::every(span).map_err(|why| ("every", why)),
        (Some(_), Some(_)) => Err(("every", "a job has a `schedule` or an `every`, not both".to_owned())),
        (None, None) => Err(("name", format!("nothing says when `{}` is due", entry.name))),
    };
    let fix = "write `schedule: \"0 3 * * *\"` (minute, hour, day, month, weekday, in UTC) or `every: 6h`";
    schedule.map_err(|(key, why)| report.add(key, why, fix)).ok()
}

/// Reads a job that creates tasks.
fn order(entry: &Entry, workers: &Workers, report: &mut Report<'_>) -> Option<Work> {
    for (key, is_there) in [("label", entry.label.is_some()), ("as", entry.target.is_some())] {
        if is_there {
            let problem = format!("`{key}` means something only with `builtin: github-issues`");
            report.add(key, problem, "add that, or remove the line");
        }
    }
    let Some(role) = &entry.role else {
        let problem = format!("nothing says what `{}` does", entry.name);
        report.add("name", problem, "add `role: …`, or `builtin: github-issues`");
        return None;
    };
    report.check_role(role, workers);
    Some(Work::Task(Order {
        role: role.clone(),
        title: entry.title.clone().unwrap_or_else(|| format!("Scheduled: {}", entry.name)),
        description: entry.description.clone().unwrap_or_else(|| {
            format!("The job `{}` is due. Do what your role says; there is nothing else to know.", entry.name)
        }),
        priority: entry.priority.unwrap_or_default(),
    }))
}

/// Reads a job on labelled issues.
fn issues(
    entry: &Entry,
    workers: &Workers,
    installation: &Installation,
    environment: &Environment,
    report: &mut Report<'_>,
) -> Option<Work> {
    for (key, is_there) in [("title", entry.title.is_some()), ("description", entry.description.is_some())] {
        if is_there {
            report.add(key, format!("the `{key}` is that of the issue"), "remove the line");
        }
    }
    let draft = entry.target == Some(TargetName::Draft);
    for (key, is_there) in [("role", entry.role.is_some()), ("priority", entry.priority.is_some())] {
        if draft && is_there {
            let problem = format!("a draft has no `{key}`: it is given one when it is approved");
            report.add(key, problem, "remove the line, or write `as: task`");
        }
    }
    let role = entry.role.clone().unwrap_or_else(RoleName::implement);
    if !draft && entry.role.is_some() {
        report.check_role(&role, workers);
    }
    let nowhere = installation.config.value.github.as_ref().is_none_or(|github| github.repository.is_none())
        && installation.config.value.repo.remote.is_none();
    if nowhere {
        let problem = "nothing says which repository on GitHub it is";
        report.add("builtin", problem, "write `github: { repository: owner/name }` in config.yaml");
    } else if let Some((_, problem, fix)) = github::wrong_repository(installation, environment) {
        report.add("builtin", problem, format!("{fix} in config.yaml"));
    } else if let Err(error) = github::settings(installation, environment) {
        report.add("builtin", error.message, error.hint.unwrap_or_default());
    }
    let label = entry.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
    let Some(label) = label else {
        let key = if entry.label.is_some() { "label" } else { "builtin" };
        let problem = "nothing says which issues it takes: they are those with a label";
        report.add(key, problem, "add `label: octopoid`, and give that label to the issues on GitHub");
        return None;
    };
    let priority = entry.priority.unwrap_or_default();
    let target = if draft { Target::Draft } else { Target::Task { role, priority } };
    Some(Work::Issues(Issues { label: label.to_owned(), target }))
}
