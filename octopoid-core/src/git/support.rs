//! Support check: whether a repository can be worked on, before money is spent on work that could never land.
//!
//! The `git` program supports more repositories than libgit2, and a repository may need programs or remotes that this machine
//! does not have. Each such case is reported with a reason and a remedy.

use super::unsupported::{LFS, Unsupported};
use super::{Git, GitError};
use std::collections::BTreeMap;
use std::path::Path;

/// Repository extensions that libgit2 supports.
const EXTENSIONS: [&str; 5] =
    ["noop", "objectformat", "preciousobjects", "relativeworktrees", "worktreeconfig"];

/// Result of the support check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Support {
    /// Problems that prevent work on the repository.
    pub refused: Vec<Unsupported>,
    /// Problems that do not: git leaves the content of the files unfiltered.
    pub doubtful: Vec<Unsupported>,
}

impl Support {
    /// Returns an error with the first problem that prevents work on the repository.
    ///
    /// # Errors
    /// Returns [`GitError::Unsupported`] if there is such a problem.
    pub fn into_result(self) -> Result<(), GitError> {
        self.refused.into_iter().next().map_or(Ok(()), |reason| Err(GitError::Unsupported(reason)))
    }
}

/// Checks a repository and the filters that one of its branches needs. A folder that is in no repository has no problems.
///
/// # Errors
/// Returns [`GitError::ProgramMissing`] or [`GitError::Io`] if `git` cannot be run.
pub fn check_support(git: &Git, path: &Path, branch: &str) -> Result<Support, GitError> {
    let found = git.run(path, &["rev-parse", "--git-common-dir"])?;
    if !found.success {
        return Ok(Support::default());
    }
    let common = path.join(found.text().trim_end_matches('\n'));
    let settings = Settings::read(git, path)?;
    let mut support = Support { refused: settings.extensions(), doubtful: Vec::new() };
    let reference = format!("refs/heads/{branch}");
    if lacks_promisor(git, path, &common, &reference, &settings)? {
        support.refused.push(Unsupported::PromisorMissing);
    }
    for (filter, file) in filters(git, path, &common, &reference)? {
        let driver = settings.driver(&filter);
        let problem = match driver.commands.is_empty() {
            true => Some(Unsupported::FilterUndefined { filter: filter.clone(), file }),
            false => driver.missing_program(git, path)?.map(|program| Unsupported::FilterMissing {
                filter: filter.clone(),
                file,
                program,
            }),
        };
        let refused = driver.required || filter == LFS;
        let list = if refused { &mut support.refused } else { &mut support.doubtful };
        list.extend(problem);
    }
    Ok(support)
}

/// Git settings that the check needs.
#[derive(Debug, Default)]
struct Settings {
    /// Last value of each key.
    values: BTreeMap<String, String>,
}

impl Settings {
    fn read(git: &Git, path: &Path) -> Result<Self, GitError> {
        let wanted =
            r"^(core\.repositoryformatversion|extensions\..*|filter\..*|remote\..*\.(url|promisor))$";
        let printed = git.run(path, &["config", "-z", "--get-regexp", wanted])?;
        Ok(Self::parse(&printed.text()))
    }

    /// Entries have the form `key LF value NUL`; a key without a value, which means `true`, has no line feed.
    fn parse(text: &str) -> Self {
        let entries = text.split('\0').filter(|entry| !entry.is_empty());
        let pair = |entry: &str| match entry.split_once('\n') {
            Some((key, value)) => (key.to_owned(), value.to_owned()),
            None => (entry.to_owned(), "true".to_owned()),
        };
        Self { values: entries.map(pair).collect() }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| {
            ["true", "yes", "on", "1"].iter().any(|word| word.eq_ignore_ascii_case(value))
        })
    }

    /// Returns the extensions that prevent the repository from being opened; format version 0 ignores extensions.
    fn extensions(&self) -> Vec<Unsupported> {
        let version = self.get("core.repositoryformatversion").and_then(|number| number.parse().ok());
        if version.unwrap_or(0_u32) < 1 {
            return Vec::new();
        }
        let named =
            self.values.iter().filter_map(|(key, value)| Some((key.strip_prefix("extensions.")?, value)));
        named
            .filter_map(|(name, value)| match name {
                "objectformat" if value != "sha1" => {
                    Some(Unsupported::ObjectFormat { format: value.clone() })
                }
                "refstorage" if value != "files" => Some(Unsupported::RefFormat { format: value.clone() }),
                name if EXTENSIONS.contains(&name) => None,
                name => Some(Unsupported::Extension { name: name.to_owned() }),
            })
            .collect()
    }

    fn driver(&self, filter: &str) -> Driver {
        let get = |key: &str| self.get(&format!("filter.{filter}.{key}")).map(str::to_owned);
        // A long-running process replaces the other two commands.
        let commands = match get("process") {
            Some(process) => vec![process],
            None => ["clean", "smudge"].into_iter().filter_map(get).collect(),
        };
        Driver { commands, required: self.is_true(&format!("filter.{filter}.required")) }
    }

    fn has_promisor(&self) -> bool {
        let remotes =
            self.values.keys().filter_map(|key| key.strip_prefix("remote.")?.strip_suffix(".promisor"));
        remotes.into_iter().any(|remote| {
            self.is_true(&format!("remote.{remote}.promisor"))
                && self.get(&format!("remote.{remote}.url")).is_some()
        })
    }
}

/// Commands of a filter.
#[derive(Debug)]
struct Driver {
    commands: Vec<String>,
    required: bool,
}

impl Driver {
    /// Returns the first program that is missing. git runs filters through the shell, so git is used to find them.
    fn missing_program(&self, git: &Git, path: &Path) -> Result<Option<String>, GitError> {
        for program in self.commands.iter().filter_map(|command| program_of(command)) {
            let find = ["-c", "alias.octopoid-find=!command -v", "octopoid-find", program.as_str()];
            if !git.run(path, &find)?.success {
                return Ok(Some(program));
            }
        }
        Ok(None)
    }
}

/// Returns the program that a shell command starts; `None` if only a shell could tell.
fn program_of(command: &str) -> Option<String> {
    let command = command.trim_start();
    let word = match command.chars().next()? {
        quote @ ('"' | '\'') => command[1..].split(quote).next()?,
        _ => command.split([' ', '\t', '\n', ';', '|', '&', '<', '>']).next()?,
    };
    let is_plain =
        !word.is_empty() && !word.contains(['$', '`', '(', '{', '=', '\\', '~', '"', '\'', '!', '*']);
    is_plain.then(|| word.to_owned())
}

/// Returns the filters that the branch's attributes files name, each with the first file.
fn filters(
    git: &Git,
    path: &Path,
    common: &Path,
    reference: &str,
) -> Result<BTreeMap<String, String>, GitError> {
    let mut found = BTreeMap::new();
    // `git grep` reads only these files, however large the tree is.
    let arguments = [
        "grep",
        "--no-color",
        "--no-line-number",
        "--no-column",
        "--no-recurse-submodules",
        "--text",
        "-z",
        "--full-name",
        "-F",
        "-e",
        "filter=",
        reference,
        "--",
        ":(top,glob)**/.gitattributes",
    ];
    let printed = git.run(path, &arguments)?;
    for (place, line) in printed.text().lines().filter_map(|line| line.split_once('\0')) {
        let file = place.strip_prefix(reference).and_then(|rest| rest.strip_prefix(':')).unwrap_or(place);
        for filter in named_filters(line) {
            found.entry(filter.to_owned()).or_insert_with(|| file.to_owned());
        }
    }
    let own = common.join("info/attributes");
    let text = std::fs::read(&own).unwrap_or_default();
    for filter in String::from_utf8_lossy(&text).lines().flat_map(named_filters) {
        found.entry(filter.to_owned()).or_insert_with(|| "info/attributes".to_owned());
    }
    Ok(found)
}

/// Returns the filters in a line such as `*.bin filter=lfs -text`.
fn named_filters(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim();
    let comment = line.starts_with('#');
    line.split_whitespace()
        .skip(1)
        .filter_map(|word| word.strip_prefix("filter="))
        .filter(move |name| !comment && !name.is_empty())
}

/// Returns whether objects of the branch's newest commit are missing and no promisor remote is configured.
fn lacks_promisor(
    git: &Git,
    path: &Path,
    common: &Path,
    reference: &str,
    settings: &Settings,
) -> Result<bool, GitError> {
    if settings.has_promisor() || !has_promised_packs(common) {
        return Ok(false);
    }
    let arguments = ["rev-list", "--objects", "--no-walk", "--missing=print", reference, "--"];
    let printed = git.run(path, &arguments)?;
    Ok(printed.text().lines().any(|line| line.starts_with('?')))
}

/// Returns whether there are promisor packs, whose missing objects are on a remote.
fn has_promised_packs(common: &Path) -> bool {
    let mut packs = std::fs::read_dir(common.join("objects/pack")).into_iter().flatten().flatten();
    packs.any(|entry| entry.path().extension().is_some_and(|extension| extension == "promisor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(config: &str) -> Vec<Unsupported> {
        Settings::parse(&config.replace('|', "\0")).extensions()
    }

    #[test]
    fn extensions_count_from_the_second_format_version_on() {
        let sha256 = Unsupported::ObjectFormat { format: "sha256".to_owned() };
        let version = "core.repositoryformatversion\n1|";
        assert_eq!(refused(&format!("{version}extensions.objectformat\nsha256|")), [sha256]);
        let reftable = Unsupported::RefFormat { format: "reftable".to_owned() };
        assert_eq!(refused(&format!("{version}extensions.refstorage\nreftable|")), [reftable]);
        let old = Unsupported::Extension { name: "partialclone".to_owned() };
        assert_eq!(refused(&format!("{version}extensions.partialclone\norigin|")), [old]);
        assert_eq!(refused(&format!("{version}extensions.worktreeconfig|extensions.noop\nx|")), []);
        assert_eq!(refused("extensions.partialclone\norigin|"), []);
    }

    #[test]
    fn the_program_of_a_filter_is_found_where_that_is_plain() {
        assert_eq!(program_of("git-lfs clean -- %f").as_deref(), Some("git-lfs"));
        assert_eq!(program_of("\"/opt/my tools/clean\" %f").as_deref(), Some("/opt/my tools/clean"));
        assert_eq!(program_of("sed 's/x/y/'|cat").as_deref(), Some("sed"));
        assert_eq!(program_of("LC_ALL=C sort"), None);
        assert_eq!(program_of("$HOME/bin/clean"), None);
        assert_eq!(program_of("~/bin/clean"), None);
    }

    #[test]
    fn filters_are_read_from_attributes() {
        let named = |line| named_filters(line).collect::<Vec<_>>();
        assert_eq!(named("*.bin filter=lfs diff=lfs -text"), ["lfs"]);
        assert_eq!(named("[attr]big filter=big"), ["big"]);
        assert_eq!(named("# *.bin filter=lfs"), Vec::<&str>::new());
        assert_eq!(named("*.bin -filter"), Vec::<&str>::new());
    }
}
