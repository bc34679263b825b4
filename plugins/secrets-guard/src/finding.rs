//! The findings of a scan, each secret once.

use crate::redact::Secret;
use crate::scanner::{Hit, Line};
use std::collections::BTreeSet;

/// A finding: something that must not land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file; none for the message of a commit.
    pub(crate) path: Option<String>,
    /// The line, by the newest content that has it.
    pub(crate) line: Option<u64>,
    pub(crate) kind: &'static str,
    /// None for a file that is a secret as a whole.
    secret: Option<Secret>,
    /// The line without what is secret in it.
    pub(crate) excerpt: String,
    /// The commits that bring it.
    pub(crate) commits: Vec<String>,
    /// Whether it is still there after the last commit.
    pub(crate) left: bool,
}

/// The findings of a run.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Finding>,
    /// The places of accepted lines.
    pub(crate) allowed: BTreeSet<(String, Option<u64>)>,
    accepted: BTreeSet<Secret>,
    /// How many added lines were looked at in what is left.
    pub(crate) lines: u64,
}

impl Findings {
    /// Takes a line that the work adds as a whole.
    pub(crate) fn left(&mut self, path: &str, number: Option<u64>, line: Line) {
        if line.hits.is_empty() {
            return;
        }
        if line.allowed {
            // The same in an earlier commit, before somebody accepted it, is accepted too.
            self.accepted.extend(line.hits.into_iter().map(|hit| hit.secret));
            self.allowed.insert((path.to_owned(), number));
            return;
        }
        for hit in line.hits {
            self.list.push(Finding::new(Some(path), number, hit, true));
        }
    }

    /// Takes a line that a commit adds; one without a path is of its message.
    pub(crate) fn of_commit(&mut self, commit: &str, path: Option<&str>, number: Option<u64>, line: Line) {
        if line.allowed {
            return;
        }
        for hit in line.hits.into_iter().filter(|hit| !self.accepted.contains(&hit.secret)) {
            let mut is_known = false;
            for known in &mut self.list {
                let is_same = known.kind == hit.kind && known.secret.as_ref() == Some(&hit.secret);
                if is_same && (known.left || known.path.as_deref() == path) {
                    known.note(commit);
                    is_known = true;
                }
            }
            if !is_known {
                let mut new = Finding::new(path, number, hit, false);
                new.commits.push(commit.to_owned());
                self.list.push(new);
            }
        }
    }

    /// Takes a new file that is a secret by its name.
    pub(crate) fn file(&mut self, path: &str, kind: &'static str, commit: Option<&str>) {
        let is_it = |known: &&mut Finding| known.secret.is_none() && known.path.as_deref() == Some(path);
        match (self.list.iter_mut().find(is_it), commit) {
            (Some(known), Some(commit)) => known.note(commit),
            (Some(_), None) => {}
            (None, commit) => self.list.push(Finding {
                path: Some(path.to_owned()),
                line: None,
                kind,
                secret: None,
                excerpt: String::new(),
                commits: commit.into_iter().map(str::to_owned).collect(),
                left: commit.is_none(),
            }),
        }
    }
}

impl Finding {
    fn new(path: Option<&str>, line: Option<u64>, hit: Hit, left: bool) -> Self {
        Self {
            path: path.map(str::to_owned),
            line,
            kind: hit.kind,
            secret: Some(hit.secret),
            excerpt: hit.excerpt,
            commits: Vec::new(),
            left,
        }
    }

    fn note(&mut self, commit: &str) {
        if !self.commits.iter().any(|known| known == commit) {
            self.commits.push(commit.to_owned());
        }
    }
}
