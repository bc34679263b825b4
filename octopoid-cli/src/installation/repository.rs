//! The repository that an installation names.

use super::Installation;
use crate::config::{Problem, Step, line_of};
use crate::environment::Environment;
use crate::git::{Git, GitFailure};

/// The fix for a `repo.path` that does not lead to a repository.
pub(crate) const NAME_A_REPOSITORY: &str = "name a git repository in `repo.path`, or remove that line";

impl Installation {
    /// Returns a problem if the repository cannot be used.
    pub(crate) fn repository_problem(&self, environment: &Environment) -> Option<Problem> {
        let error = Git::new(environment, self.repository()).root().err()?;
        let named = self.config.value.repo.path.is_some();
        Some(Problem {
            file: self.config.path.clone(),
            line: line_of(&self.config.text, &[Step::Key("repo"), Step::Key("path")]).filter(|_| named),
            problem: self.why_no_repository(&error),
            fix: NAME_A_REPOSITORY.to_owned(),
        })
    }

    /// Describes why the repository cannot be used, with the setting that leads there.
    pub(crate) fn why_no_repository(&self, error: &GitFailure) -> String {
        let path = self.repository();
        let place = match self.config.value.repo.path {
            Some(_) => format!("`repo.path` names {}", path.display()),
            None => format!("`repo.path` is not set, and this is in {}", path.display()),
        };
        match error {
            GitFailure::NoFolder(_) => format!("{place}, and there is no such folder"),
            GitFailure::Refused(why) if why.starts_with("not a git repository") => {
                format!("{place}, which is not in a git repository")
            }
            GitFailure::Refused(_) | GitFailure::Missing(_) => {
                format!("{place}, which cannot be used as a repository: {error}")
            }
        }
    }

    /// Returns whether the base branch has the folder in which agents start; none if no folder is named or there is no such branch.
    pub(crate) fn has_folder(&self, git: &Git<'_>) -> Option<bool> {
        let repo = &self.config.value.repo;
        let folder = repo.start_folder()?;
        git.branches().ok()?.contains(&repo.base_branch).then(|| git.has_folder(&repo.base_branch, &folder))
    }
}
