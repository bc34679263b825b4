//! A task that can be claimed, and the machines that it was offered to.

use super::holders::{Branch, branch_of};
use crate::backend::claimable_for;
use octopoid_core::model::{Review, RoleName, Task};
use octopoid_core::store::Interest;
use octopoid_core::transition::Purpose;
use std::time::Duration;

/// Time between two calls.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// Factor by which each call goes to more machines.
const WIDER: usize = 4;

/// Task that can be claimed.
#[derive(Debug)]
pub(super) struct Opening {
    /// Version of the task.
    pub(super) version: u64,
    pub(super) purpose: Purpose,
    role: RoleName,
    review: Option<Review>,
    /// Branch that it lands on.
    pub(super) branch: Branch,
    /// Machines that it was offered to, by their numbers, each with the role that it was offered for.
    pub(super) offered: Vec<(u64, Option<RoleName>)>,
    /// Number of machines that the next call goes to.
    pub(super) width: usize,
    /// When the next call is due; `None` once every machine has the offer, and for a landing while its branch is taken.
    pub(super) next: Option<Duration>,
    /// Whether the calls start again once every machine has the offer.
    pub(super) again: bool,
}

impl Opening {
    /// Returns the opening of a task; `None` if it cannot be claimed.
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

    /// Returns whether a machine with the same roles could claim both.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.purpose, &self.role, &self.review) == (other.purpose, &other.role, &other.review)
    }

    /// Returns the role for which a machine could claim it; `None` if it could not.
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

    /// Schedules the next, wider call.
    pub(super) fn widen(&mut self, now: Duration) {
        self.width = self.width.saturating_mul(WIDER);
        self.next = Some(now + PAUSE);
    }
}
