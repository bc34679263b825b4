//! Writing `.octopoid`.

use crate::config::{Answers, agents_yaml, config_yaml};
use crate::error::{IoContext, Result};
use crate::project::FOLDER;
use octopoid_core::orchestrator::Layout;
use std::path::{Path, PathBuf};

/// What belongs to this machine and not to the repository.
const IGNORED: [&str; 5] = [
    ".octopoid/runtime/",
    ".octopoid/logs/",
    ".octopoid/worktrees/",
    ".octopoid/octopoid.db*",
    ".octopoid/api-key",
];

/// What to write, and where.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) root: PathBuf,
    pub(crate) answers: Answers,
    /// Whether to add lines to `.gitignore`; a bare repository has none.
    pub(crate) ignore: bool,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) files: Vec<PathBuf>,
    /// The lines that were added to `.gitignore`.
    pub(crate) ignored: Vec<String>,
}

/// Writes the files, and makes the folders that have a meaning now.
pub(crate) fn write(plan: &Plan) -> Result<Written> {
    let layout = Layout::new(plan.root.join(FOLDER));
    for folder in [layout.root().to_owned(), layout.runtime(), layout.logs(), layout.worktrees()] {
        std::fs::create_dir_all(&folder).doing(format_args!("make the folder {}", folder.display()))?;
    }
    let files = [
        (layout.root().join("config.yaml"), config_yaml(&plan.answers)),
        (layout.root().join("agents.yaml"), agents_yaml(&plan.answers)),
    ];
    for (path, text) in &files {
        std::fs::write(path, text).doing(format_args!("write {}", path.display()))?;
    }
    let ignored = if plan.ignore { ignore(&plan.root.join(".gitignore"))? } else { Vec::new() };
    Ok(Written { files: files.into_iter().map(|(path, _)| path).collect(), ignored })
}

/// Adds the lines that are missing.
fn ignore(path: &Path) -> Result<Vec<String>> {
    // The user's file may be in any encoding; what is there is kept byte by byte.
    let mut bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error).doing(format_args!("read {}", path.display())),
    };
    let there = String::from_utf8_lossy(&bytes).into_owned();
    let missing: Vec<_> =
        IGNORED.iter().filter(|wanted| !there.lines().any(|line| line.trim() == **wanted)).collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    if !there.contains("# Octopoid") {
        bytes.extend_from_slice(b"# Octopoid: what belongs to this machine\n");
    }
    for line in &missing {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    std::fs::write(path, bytes).doing(format_args!("write {}", path.display()))?;
    Ok(missing.into_iter().map(|line| (*line).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_to_gitignore_once_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".gitignore");
        std::fs::write(&path, b"target\n\xff.octopoid/logs/x").unwrap();
        assert_eq!(ignore(&path).unwrap().len(), 5);
        let once = std::fs::read(&path).unwrap();
        assert!(once.starts_with(b"target\n\xff.octopoid/logs/x\n# Octopoid"));
        assert_eq!(ignore(&path).unwrap().len(), 0);
        assert_eq!(std::fs::read(&path).unwrap(), once);
    }
}
