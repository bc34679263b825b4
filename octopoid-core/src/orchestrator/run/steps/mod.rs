//! Steps of a flow, taken in order on the work of a run.

pub(super) mod changelog;
pub(super) mod custom_step;
pub(super) mod pull_request;
pub(super) mod sequence;
pub(super) mod test;
