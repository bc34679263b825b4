//! Runs and what they used.

use octopoid_core::model::{Run, Usage};
use serde::{Deserialize, Serialize};

/// Records a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct SaveRun {
    /// The run, as it is now.
    #[cfg_attr(feature = "api", schema(value_type = Object))]
    pub(crate) run: Run,
}

/// What runs used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct UsageBody {
    /// The sum.
    #[cfg_attr(feature = "api", schema(value_type = Object))]
    pub(crate) usage: Usage,
}
