//! Review of submitted work: what must be approved before it lands, and what has been approved so far.

use super::{CommitId, RoleName, StateName};
use serde::{Deserialize, Serialize};

/// Number of reviewers that must approve, of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// All of them: one rejection sends the work back.
    #[default]
    All,
    /// One of them: the work goes back only when all have rejected it.
    Any,
}

/// Approvals that a task's flow requires before its work lands.
///
/// Stored with the submission, so that a change of the flow does not affect work that is already submitted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Gates {
    /// Approval of one reviewer of any role.
    #[default]
    Anyone,
    /// No approval: the work lands once its checks pass.
    Nobody,
    /// Approval of a person.
    Person,
    /// Approval of reviewers of certain roles.
    Roles {
        /// Roles; at least one, each once.
        reviewers: Vec<RoleName>,
        /// Number of them that must approve.
        quorum: Quorum,
        /// Whether a person decides after them.
        person: bool,
    },
}

impl Gates {
    /// Returns the roles whose approval is required.
    pub fn reviewers(&self) -> &[RoleName] {
        match self {
            Gates::Roles { reviewers, .. } => reviewers,
            Gates::Anyone | Gates::Nobody | Gates::Person => &[],
        }
    }

    /// Returns the gates with a person's approval required last.
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

    /// Returns whether a person's approval is required last.
    pub const fn wants_person(&self) -> bool {
        matches!(self, Gates::Person | Gates::Roles { person: true, .. })
    }
}

/// Review of a submission: the approvals required and the verdicts so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Review {
    /// State of the flow that the work is in; `None` in `provisional` itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateName>,
    /// State of the flow in which an agent made the work and to which it returns; `None` if that is `incoming` itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_in: Option<StateName>,
    /// Approvals required.
    #[serde(skip_serializing_if = "is_default")]
    pub gates: Gates,
    /// Roles that have approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<RoleName>,
    /// Roles that have rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<RoleName>,
    /// Digests of the reviewers' findings about this submission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<u64>,
    /// Digests of the findings about the previous submission: a finding that occurs again has not been fixed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier_findings: Vec<u64>,
    /// Work that had been approved when a conflict with the base branch sent it back: only the resolution of the conflict is to
    /// be reviewed.
    ///
    /// Carried from submission to submission until one is rejected for its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_before: Option<Box<ApprovedWork>>,
}

/// Work that was approved and did not land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ApprovedWork {
    /// Commit that it was based on.
    pub base: CommitId,
    /// Newest commit.
    pub head: CommitId,
    /// Roles that approved it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleName>,
    /// Whether a person approved it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub person: bool,
}

impl ApprovedWork {
    /// Returns whether a reviewer of this role does not have to review the work as a whole again.
    pub fn counts_for(&self, role: &RoleName) -> bool {
        self.person || self.roles.contains(role)
    }
}

/// State of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Further reviewers have to decide.
    Open,
    /// The work may land, as far as roles are concerned.
    Passed,
    /// The work goes back.
    Refused,
}

impl Review {
    /// Returns a review without any verdict yet.
    pub fn of(gates: Gates) -> Self {
        Self { gates, ..Self::default() }
    }

    /// Returns the review of the same work in the next state of its flow, without any verdict yet.
    #[must_use]
    pub fn passed_on(self, state: StateName, gates: Gates) -> Self {
        Self { state: Some(state), gates, approved: Vec::new(), rejected: Vec::new(), ..self }
    }

    /// Returns the required roles that have not given a verdict.
    pub fn open(&self) -> impl Iterator<Item = &RoleName> {
        self.gates.reviewers().iter().filter(|role| !self.has_spoken(role))
    }

    /// Returns whether a verdict of this role is required and still missing.
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

    /// Returns the state of the review.
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

    /// Records a reviewer's finding; returns whether the previous submission had the same one.
    pub fn find(&mut self, findings: &str) -> bool {
        let digest = digest(findings);
        if !self.findings.contains(&digest) {
            self.findings.push(digest);
        }
        self.earlier_findings.contains(&digest)
    }
}

/// Returns a digest that is equal for repeated findings: of the words only, without digits, case and punctuation.
///
/// FNV-1a, whose values must never change: they are stored.
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
