//! Artifacts of runs.

use octopoid_core::model::Artifact;
use serde::{Deserialize, Serialize};

/// The header with the length of the whole artifact, of which the body is a part.
pub(crate) const ARTIFACT_LENGTH: &str = "octopoid-artifact-length";

/// Artifacts of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct Artifacts {
    /// The artifacts, by run and kind, without their content.
    #[cfg_attr(feature = "api", schema(value_type = Vec<Object>))]
    pub(crate) artifacts: Vec<Artifact>,
}

/// How far an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "api", derive(utoipa::ToSchema))]
pub(crate) struct ArtifactLength {
    /// Length of the artifact in bytes; less than was sent where the artifact has reached its bound.
    pub(crate) length: u64,
}
