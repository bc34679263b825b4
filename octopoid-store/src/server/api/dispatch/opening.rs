//! A task that can be claimed, and to whom that was said.

use super::holders::{Branch, branch_of};
use crate::backend::claimable_for;
use octopoid_core::model::{Review, RoleName, Task};
use octopoid_core::store::Interest;
use octopoid_core::transition::Purpose;
use std::time::Duration;

/// The time between two calls.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// How many more machines each call goes to.
const WIDER: usize = 4;

#[derive(Debug)]
pub(super) struct Opening {
    /// The version of the task for which it was made.
    pub(super) version: u64,
    pub(super) purpose: Purpose,
    role: RoleName,
    review: Option<Review>,
    /// The branch that it lands on.
    pub(super) branch: Branch,
    /// The machines that were told, by their numbers, and for which of their roles.
    pub(super) offered: Vec<(u64, Option<RoleName>)>,
    /// How many machines the next call goes to.
    pub(super) width: usize,
    /// When that is due; none once every machine was told, and for a landing while its branch is taken.
    pub(super) next: Option<Duration>,
    /// Whether those who were told are told again once everybody was.
    pub(super) again: bool,
}

impl Opening {
    /// What a task can be claimed for, if anything.
    pub(super) fn of(task: &Task, now: Duration) -> Option<Self> {
        Some(Self {
            version: task.version,
            purpose: claimable_for(task)?,
            role: task.role.clone(),
            review: task.review().cloned(),
            branch: branch_of(task),
            offered: Vec::new(),
            width: 1,
            next: Some(now),
            again: false,
        })
    }

    /// Whether a machine with the same roles could take both.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.purpose, &self.role, &self.review) == (other.purpose, &other.role, &other.review)
    }

    /// Whether a machine could take it; if so, for which of its roles.
    pub(super) fn suits(&self, interest: &Interest) -> Option<Option<RoleName>> {
        match self.purpose {
            Purpose::Work => interest.work.contains(&self.role).then(|| Some(self.role.clone())),
            Purpose::Review => {
                let wants = |role: &&RoleName| self.review.as_ref().is_none_or(|review| review.wants(role));
                interest.review.iter().find(wants).cloned().map(Some)
            }
            Purpose::Land => interest.land.then_some(None),
        }
    }

    /// Makes the next call due after this one.
    pub(super) fn widen(&mut self, now: Duration) {
        self.width = self.width.saturating_mul(WIDER);
        self.next = Some(now + PAUSE);
    }
}
