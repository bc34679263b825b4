//! The commits that the changelog does not describe yet.

use crate::git::Git;
use octopoid_plugin::{Error, Host, Workspace};

/// Commits to describe.
#[derive(Debug)]
pub(crate) struct Commits {
    /// Their first lines, oldest first.
    pub(crate) subjects: Vec<String>,
    /// The description of which commits they are.
    pub(crate) which: String,
}

impl Commits {
    /// Returns the work's own commits; if it has none, those of the base branch. A commit that changes the changelog has
    /// described itself and whatever came before it, so both begin after the last of these.
    pub(crate) fn find(workspace: &Workspace, host: &Host, git: Git<'_>, file: &str) -> Result<Self, Error> {
        let own = host.commits()?;
        if own.is_empty() {
            Self::of_base(workspace, git, file)
        } else {
            Self::of_work(workspace, &own, git, file)
        }
    }

    fn of_work(
        workspace: &Workspace,
        own: &[octopoid_plugin::Commit],
        git: Git<'_>,
        file: &str,
    ) -> Result<Self, Error> {
        let touching = match &workspace.base {
            Some(base) => git.touching(&format!("{base}..HEAD"), file)?,
            None => Vec::new(),
        };
        let described =
            own.iter().rposition(|commit| touching.contains(&commit.id)).map_or(0, |last| last + 1);
        let subjects = own[described..].iter().map(|commit| commit.subject.clone()).collect();
        let which = match described {
            0 => "the work's own commits".to_owned(),
            _ => format!("the work's own commits since it last changed {file}"),
        };
        Ok(Self { subjects, which })
    }

    fn of_base(workspace: &Workspace, git: Git<'_>, file: &str) -> Result<Self, Error> {
        let base = workspace.base.as_deref().unwrap_or("HEAD");
        let branch = &workspace.base_branch;
        let (since, which) = match git.last_touching(base, file)? {
            Some(commit) => (Some(commit), format!("the commits of {branch} since {file} was last changed")),
            None => match git.last_tag(base)? {
                Some(tag) => {
                    let which = format!("the commits of {branch} since {tag}");
                    (Some(format!("refs/tags/{tag}")), which)
                }
                None => (None, format!("the commits of {branch}")),
            },
        };
        let range = since.map_or_else(|| base.to_owned(), |since| format!("{since}..{base}"));
        Ok(Self { subjects: git.subjects(&range)?, which })
    }
}
