//! What a task can be claimed for.

use octopoid_core::model::{Hold, Provisional, State, Task};
use octopoid_core::transition::Purpose;

/// The purpose for which a task can be claimed as it stands, if any.
pub(crate) fn claimable_for(task: &Task) -> Option<Purpose> {
    match &task.state {
        State::Incoming => Some(Purpose::Work),
        State::Provisional(Provisional { approval: None, hold: Hold::Free }) => Some(Purpose::Review),
        State::Provisional(Provisional { approval: Some(_), hold: Hold::Free }) => Some(Purpose::Land),
        _ => None,
    }
}
