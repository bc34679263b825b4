//! Purposes for which a task can be claimed.

use crate::backend::Reader;
use octopoid_core::model::{Hold, Provisional, State, Task};
use octopoid_core::store::{ErrorKind, Result, StoreError};
use octopoid_core::transition::Purpose;

/// Returns the purpose for which a task can be claimed; `None` while it cannot be claimed.
pub fn claimable_for(task: &Task) -> Option<Purpose> {
    match &task.state {
        State::Incoming => Some(Purpose::Work),
        State::Provisional(Provisional { approval: None, hold: Hold::Free, .. }) => Some(Purpose::Review),
        State::Provisional(Provisional { approval: Some(_), hold: Hold::Free, .. }) => Some(Purpose::Land),
        _ => None,
    }
}

/// Returns whether a task is claimed for landing.
pub fn is_landing(task: &Task) -> bool {
    task.state.landing().is_some()
}

/// Refuses a landing while another task lands on the same branch: the claim of a landing is the lock of its branch,
/// and the claim's lease the lock's (I20). A lease that has run out holds until it is taken away, because its holder may
/// still renew it.
pub(super) fn need_free_branch(reader: &mut impl Reader, task: &Task) -> Result<()> {
    if claimable_for(task) != Some(Purpose::Land) {
        return Ok(());
    }
    let Some(landing) = reader.landing_on(&task.scope, task.branch.as_deref())? else { return Ok(()) };
    let Some(claim) = landing.state.landing() else { return Ok(()) };
    let message = format!(
        "cannot claim {}: {} lands {} on the same branch until {}, and one lands at a time; try again when that is over",
        task.id, claim.holder.orchestrator, landing.id, claim.lease_expires_at
    );
    Err(StoreError::new(ErrorKind::Conflict, message))
}
