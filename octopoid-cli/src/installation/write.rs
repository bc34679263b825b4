//! Writing the files of an installation.

use crate::config::{Answers, agents_yaml, config_yaml};
use crate::error::{IoContext, Result};
use crate::installation::FOLDER;
use octopoid_core::orchestrator::Layout;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The patterns of files that belong to one machine.
const OF_THIS_MACHINE: &str =
    "# What belongs to one machine:\n/runtime/\n/logs/\n/worktrees/\n/octopoid.db*\n/api-key\n/*.bak*\n";

/// The patterns that keep everything out of git.
const EVERYTHING: &str = "\
# git leaves this folder alone. To share the configuration with a team, remove the line with the `*`, and commit this file,
# config.yaml, agents.yaml and what else is yours here.
*

";

/// The files to write.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) root: PathBuf,
    pub(crate) answers: Answers,
    /// Whether to write a `.gitignore`; a bare repository needs none.
    pub(crate) ignore: bool,
    /// Whether the configuration is tracked by git already.
    pub(crate) shared: bool,
}

/// The files that were written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) files: Vec<PathBuf>,
    /// The copies of earlier files.
    pub(crate) kept: Vec<PathBuf>,
    /// The patterns of the `.gitignore` that was written.
    pub(crate) ignored: Vec<String>,
    /// Whether the patterns keep the whole folder out of git.
    pub(crate) hidden: bool,
}

/// Writes the files, and creates the folders.
pub(crate) fn write(plan: &Plan) -> Result<Written> {
    let layout = Layout::new(plan.root.join(FOLDER));
    for folder in [layout.root().to_owned(), layout.runtime(), layout.logs(), layout.worktrees()] {
        std::fs::create_dir_all(&folder).doing(format_args!("make the folder {}", folder.display()))?;
    }
    let files = [
        (layout.root().join("config.yaml"), config_yaml(&plan.answers)),
        (layout.root().join("agents.yaml"), agents_yaml(&plan.answers)),
    ];
    let mut kept = Vec::new();
    for (path, text) in &files {
        kept.extend(keep(path)?);
        std::fs::write(path, text).doing(format_args!("write {}", path.display()))?;
    }
    let files: Vec<_> = files.into_iter().map(|(path, _)| path).collect();
    let path = layout.root().join(".gitignore");
    if !plan.ignore || path.exists() {
        return Ok(Written { files, kept, ignored: Vec::new(), hidden: false });
    }
    let text =
        if plan.shared { OF_THIS_MACHINE.to_owned() } else { format!("{EVERYTHING}{OF_THIS_MACHINE}") };
    std::fs::write(&path, &text).doing(format_args!("write {}", path.display()))?;
    let patterns = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let ignored = patterns.map(str::to_owned).collect();
    Ok(Written { files: [files, vec![path]].concat(), kept, ignored, hidden: !plan.shared })
}

/// Copies a file that is about to be changed to the first free name beside it. Returns the copy's path.
pub(crate) fn keep(path: &Path) -> Result<Option<PathBuf>> {
    let text = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.doing(format_args!("read {}", path.display()))?,
    };
    let name = |number: u32| {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        PathBuf::from(format!("{}.bak{number}", path.display()))
    };
    for copy in (1..).map(name) {
        match OpenOptions::new().write(true).create_new(true).open(&copy) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                // The same again needs no second copy.
                if std::fs::read(&copy).is_ok_and(|there| there == text) {
                    return Ok(Some(copy));
                }
            }
            file => {
                let doing = || format!("write {}", copy.display());
                file.doing(doing())?.write_all(&text).doing(doing())?;
                return Ok(Some(copy));
            }
        }
    }
    Ok(None)
}
