//! Checks of git, the repository, the folder, the disk and the clock.

use super::Check;
use crate::context::Context;
use crate::error::with_causes;
use crate::git::{Git, GitFailure};
use crate::installation::{Installation, NAME_A_REPOSITORY};
use crate::output::text;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::git::check_support;
use octopoid_core::model::Timestamp;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// The oldest supported git.
const OLDEST_GIT: (u32, u32) = (2, 30);
/// Free space below which work would fail soon.
const LITTLE_ROOM: u64 = 1 << 30;
const NO_ROOM: u64 = 64 << 20;

pub(super) fn git(context: &Context) -> Check {
    match Git::new(&context.environment, &context.directory).version() {
        Ok(words) => match version(&words) {
            Some(number) if number < OLDEST_GIT => Check::bad("git", words, "install git 2.30 or newer"),
            _ => Check::good("git", words),
        },
        Err(error) => Check::bad("git", error.to_string(), "install git and put it on PATH"),
    }
}

fn version(words: &str) -> Option<(u32, u32)> {
    let mut numbers = words.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

pub(super) fn repository(installation: &Installation, context: &Context) -> Vec<Check> {
    let path = installation.repository();
    let git = Git::new(&context.environment, &path);
    let root = match git.root() {
        Ok(root) => root,
        Err(GitFailure::Missing(_)) => return Vec::new(),
        Err(error) => {
            return vec![Check::bad("repository", installation.why_no_repository(&error), NAME_A_REPOSITORY)];
        }
    };
    let branch = &installation.config.value.repo.base_branch;
    let mut checks = support(&root, branch, context);
    match git.run(&["log", "-1", "--format=%h %s", &format!("refs/heads/{branch}"), "--"]) {
        Ok(commit) => {
            checks.push(Check::good("base branch", format!("{branch} at {}", text::one_line(&commit, 60))))
        }
        Err(error) => checks.push(Check::bad(
            "base branch",
            format!("{branch}: {error}"),
            "name an existing branch in `repo.base_branch`",
        )),
    }
    if git.user_name().is_none() {
        checks.push(Check::doubtful("git user", "no user.name is set", "git config user.name \"Your Name\""));
    }
    checks
}

/// Checks that the repository can be worked on.
fn support(path: &Path, branch: &str, context: &Context) -> Vec<Check> {
    let git = octopoid_core::git::Git::new(context.environment.variables.clone());
    match check_support(&git, path, branch) {
        Ok(support) => {
            let bad = support
                .refused
                .iter()
                .map(|found| Check::bad("repository", found.to_string(), found.remedy()));
            let doubtful = support.doubtful.iter().map(|found| {
                Check::doubtful("filter", format!("{found}; files stay as they are"), found.remedy())
            });
            let good = || Check::good("repository", path.display().to_string());
            let good = support.refused.is_empty().then(good);
            good.into_iter().chain(bad).chain(doubtful).collect()
        }
        Err(error) => vec![Check::bad("repository", with_causes(&error), "see that git works there")],
    }
}

/// Checks that files can be created in `.octopoid`.
pub(super) fn folder(installation: &Installation) -> Check {
    let folder = installation.layout.runtime();
    let tried =
        std::fs::create_dir_all(&folder).and_then(|()| tempfile::NamedTempFile::new_in(&folder).map(drop));
    match tried {
        Ok(()) => Check::good("folder", format!("{} is writable", installation.layout.root().display())),
        Err(error) => {
            Check::bad("folder", format!("{}: {error}", folder.display()), "make the folder writable for you")
        }
    }
}

pub(super) fn disk(installation: &Installation) -> Check {
    match nix::sys::statvfs::statvfs(installation.layout.root()) {
        Ok(stat) => {
            #[expect(clippy::useless_conversion, reason = "these are narrower on some systems")]
            let free = u64::from(stat.blocks_available()).saturating_mul(u64::from(stat.fragment_size()));
            let words = format!("{:.1} GiB free", free as f64 / f64::from(1 << 30));
            let fix = "make room, for example with `octopoid worktrees clean`";
            if free < NO_ROOM {
                Check::bad("disk", words, fix)
            } else if free < LITTLE_ROOM {
                Check::doubtful("disk", words, fix)
            } else {
                Check::good("disk", words)
            }
        }
        Err(error) => {
            Check::doubtful("disk", format!("its room cannot be told: {error}"), "check it by hand")
        }
    }
}

/// Checks that the clocks of the machine and the file system agree: leases and logs depend on it.
pub(super) fn clock(installation: &Installation) -> Check {
    let written = tempfile::NamedTempFile::new_in(installation.layout.runtime())
        .and_then(|file| file.as_file().metadata()?.modified())
        .ok()
        .and_then(|moment| moment.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    let now = SystemClock.now();
    let Some(written) = written.map(Timestamp::from_millis) else {
        return Check::doubtful("clock", "the file system tells no time", "check the folder");
    };
    let apart = now.since(written).max(written.since(now));
    if apart > Duration::from_secs(5) {
        let words = format!("the machine and the file system are {} apart", text::span(apart));
        return Check::bad("clock", words, "synchronise the clocks, for example with NTP");
    }
    Check::good("clock", format!("{} (UTC), agrees with the file system", now))
}
