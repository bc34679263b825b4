//! Who has to be content with submitted work before it may land, and who has been so far.

use super::{CommitId, RoleName, StateName};
use serde::{Deserialize, Serialize};

/// How many of several reviewers have to be content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// Every one: one rejection sends the work back.
    #[default]
    All,
    /// One: the work goes back only when every one has rejected it.
    Any,
}

/// What a task's flow asks for before its work lands. It goes with the submission, so that a flow that is changed
/// meanwhile changes nothing for work that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Gates {
    /// The word of one reviewer, whichever comes first.
    #[default]
    Anyone,
    /// Nothing: it lands once its checks pass.
    Nobody,
    /// A person's word.
    Person,
    /// The word of reviewers of certain roles.
    Roles {
        /// The roles; at least one, each once.
        reviewers: Vec<RoleName>,
        /// How many of them have to be content.
        quorum: Quorum,
        /// Whether a person has the last word.
        person: bool,
    },
}

impl Gates {
    /// The roles whose word is asked for.
    pub fn reviewers(&self) -> &[RoleName] {
        match self {
            Gates::Roles { reviewers, .. } => reviewers,
            Gates::Anyone | Gates::Nobody | Gates::Person => &[],
        }
    }

    /// Returns the same gates with a person who has the last word.
    #[must_use]
    pub fn with_person(self) -> Self {
        match self {
            Gates::Nobody | Gates::Person => Gates::Person,
            Gates::Anyone => {
                Gates::Roles { reviewers: vec![RoleName::review()], quorum: Quorum::All, person: true }
            }
            Gates::Roles { reviewers, quorum, .. } => Gates::Roles { reviewers, quorum, person: true },
        }
    }

    /// Whether a person has the last word.
    pub const fn wants_person(&self) -> bool {
        matches!(self, Gates::Person | Gates::Roles { person: true, .. })
    }
}

/// A submission's review: what was asked for, and what was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Review {
    /// The state of its flow's own that the work stands in; none in `provisional` itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateName>,
    /// The state of its flow's own in which an agent made it, and to which it goes back; none where that is `incoming`
    /// itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_in: Option<StateName>,
    /// What is asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub gates: Gates,
    /// The roles that have approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<RoleName>,
    /// The roles that have rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<RoleName>,
    /// Digests of what reviewers found wrong with this submission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<u64>,
    /// The same of the submission before it: what is found again has not been mended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier_findings: Vec<u64>,
    /// What had been approved when a conflict with the base branch sent it back: how that was settled is all that is to
    /// be reviewed. It goes from submission to submission until one is rejected for what it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_before: Option<Box<ApprovedWork>>,
}

/// Work that was approved and did not land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ApprovedWork {
    /// What it stood on.
    pub base: CommitId,
    /// Its newest commit.
    pub head: CommitId,
    /// The roles that approved it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleName>,
    /// Whether a person did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub person: bool,
}

impl ApprovedWork {
    /// Whether a reviewer of this role need not look at it as a whole again.
    pub fn counts_for(&self, role: &RoleName) -> bool {
        self.person || self.roles.contains(role)
    }
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Other reviewers are still to be heard.
    Open,
    /// The work may land, as far as roles are concerned.
    Passed,
    /// It goes back.
    Refused,
}

impl Review {
    /// A review that nobody has taken part in yet.
    pub fn of(gates: Gates) -> Self {
        Self { gates, ..Self::default() }
    }

    /// The review of the same work in the next state of its flow, where nobody has been heard yet.
    #[must_use]
    pub fn passed_on(self, state: StateName, gates: Gates) -> Self {
        Self { state: Some(state), gates, approved: Vec::new(), rejected: Vec::new(), ..self }
    }

    /// The roles that are still to be heard.
    pub fn open(&self) -> impl Iterator<Item = &RoleName> {
        self.gates.reviewers().iter().filter(|role| !self.has_spoken(role))
    }

    /// Whether a reviewer of this role has something to say that was not said before.
    pub fn wants(&self, role: &RoleName) -> bool {
        let asked = match &self.gates {
            Gates::Anyone => true,
            Gates::Nobody | Gates::Person => false,
            Gates::Roles { reviewers, .. } => reviewers.contains(role),
        };
        asked && !self.has_spoken(role)
    }

    fn has_spoken(&self, role: &RoleName) -> bool {
        self.approved.contains(role) || self.rejected.contains(role)
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing {
        let open = self.open().next().is_some();
        let all = !matches!(self.gates, Gates::Roles { quorum: Quorum::Any, .. });
        match (self.approved.is_empty(), self.rejected.is_empty()) {
            (_, false) if all => Standing::Refused,
            (false, _) if !all => Standing::Passed,
            _ if open => Standing::Open,
            (true, false) => Standing::Refused,
            _ => Standing::Passed,
        }
    }

    /// Notes what a reviewer found wrong. Says whether it was found in the last submission too.
    pub fn find(&mut self, findings: &str) -> bool {
        let digest = digest(findings);
        if !self.findings.contains(&digest) {
            self.findings.push(digest);
        }
        self.earlier_findings.contains(&digest)
    }
}

/// What stays the same when the same thing is found again: its words, without the numbers, the case and the signs.
/// FNV-1a, whose values never change: they are kept.
fn digest(text: &str) -> u64 {
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for word in words {
        for byte in word.to_lowercase().bytes().chain([b' ']) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> RoleName {
        RoleName::new(name).unwrap()
    }

    fn review(quorum: Quorum, approved: &[&str], rejected: &[&str]) -> Review {
        let reviewers = vec![role("review"), role("secrets-guard")];
        let mut review = Review::of(Gates::Roles { reviewers, quorum, person: false });
        review.approved = approved.iter().map(|name| role(name)).collect();
        review.rejected = rejected.iter().map(|name| role(name)).collect();
        review
    }

    #[test]
    fn all_reviewers_have_to_be_content_unless_one_is_enough() {
        use Quorum::{All, Any};
        use Standing::{Open, Passed, Refused};
        for (quorum, approved, rejected, standing) in [
            (All, &[][..], &[][..], Open),
            (All, &["review"], &[], Open),
            (All, &["review", "secrets-guard"], &[], Passed),
            (All, &["review"], &["secrets-guard"], Refused),
            (All, &[], &["review"], Refused),
            (Any, &[], &[], Open),
            (Any, &["review"], &[], Passed),
            (Any, &[], &["review"], Open),
            (Any, &["secrets-guard"], &["review"], Passed),
            (Any, &[], &["review", "secrets-guard"], Refused),
        ] {
            let review = review(quorum, approved, rejected);
            assert_eq!(review.standing(), standing, "{review:?}");
        }
    }

    #[test]
    fn each_role_is_heard_once() {
        let review = review(Quorum::All, &["review"], &[]);
        assert!(!review.wants(&role("review")) && review.wants(&role("secrets-guard")));
        assert!(!review.wants(&role("style")), "nobody asked for it");
        assert!(Review::default().wants(&role("style")), "whoever comes first");
    }

    #[test]
    fn i15_a_finding_is_recognised_though_lines_have_moved() {
        let mut review = Review::default();
        assert!(!review.find("src/a.rs:12: the error is swallowed"));
        let mut next = Review { earlier_findings: review.findings, ..Review::default() };
        assert!(next.find("- src/a.rs:40: The error is swallowed."));
        assert!(!next.find("src/a.rs:40: the error is swallowed, and there is no test"));
    }
}
