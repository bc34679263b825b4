//! Runs and what they used.

use octopoid_core::model::{Run, Usage};
use serde::{Deserialize, Serialize};

/// Records a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SaveRun {
    /// The run, as it is now.
    #[cfg_attr(feature = "server", schema(value_type = Object))]
    pub run: Run,
}

/// What runs used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct UsageBody {
    /// The sum.
    #[cfg_attr(feature = "server", schema(value_type = Object))]
    pub usage: Usage,
}
