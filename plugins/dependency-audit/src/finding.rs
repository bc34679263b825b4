//! The findings of an audit.

use crate::severity::Severity;
use std::collections::BTreeSet;

/// A finding: an advisory about a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The advisory's id, such as `RUSTSEC-2021-0003`.
    pub(crate) id: String,
    /// Other names of it.
    pub(crate) aliases: Vec<String>,
    pub(crate) package: String,
    /// The versions that are in the lock file.
    pub(crate) versions: BTreeSet<String>,
    /// What it is about, in one line.
    pub(crate) summary: String,
    /// The same at length; may be empty.
    pub(crate) description: String,
    /// `vulnerability`, `unmaintained`, `unsound`, …
    pub(crate) kind: String,
    /// None where nobody said.
    pub(crate) severity: Option<Severity>,
    /// Which versions are affected, where the tool says so.
    pub(crate) affected: Option<String>,
    /// Which versions are not; none where there are none.
    pub(crate) fixed: Option<String>,
    pub(crate) url: Option<String>,
    /// How it comes into the repository, one way for each version.
    pub(crate) chains: Vec<Vec<String>>,
    /// The lock files with it.
    pub(crate) files: BTreeSet<String>,
    /// The command that updates it.
    pub(crate) update: Option<String>,
}

impl Finding {
    /// Creates a finding of which only the id and the package are known.
    pub(crate) fn new(id: impl Into<String>, package: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            aliases: Vec::new(),
            package: package.into(),
            versions: BTreeSet::new(),
            summary: String::new(),
            description: String::new(),
            kind: kind.into(),
            severity: None,
            affected: None,
            fixed: None,
            url: None,
            chains: Vec::new(),
            files: BTreeSet::new(),
            update: None,
        }
    }

    /// Returns whether a name in the settings means it.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

/// The same advisory about the same package is one finding, wherever it was found.
pub(crate) fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for finding in findings {
        match all.iter_mut().find(|known| known.id == finding.id && known.package == finding.package) {
            Some(known) => {
                known.versions.extend(finding.versions);
                known.files.extend(finding.files);
                for chain in finding.chains {
                    if !known.chains.contains(&chain) {
                        known.chains.push(chain);
                    }
                }
            }
            None => all.push(finding),
        }
    }
    // The worst first, what is not known among them.
    let rank = |finding: &Finding| std::cmp::Reverse(finding.severity.unwrap_or(Severity::Critical));
    all.sort_by(|a, b| (rank(a), &a.id, &a.package).cmp(&(rank(b), &b.id, &b.package)));
    all
}
