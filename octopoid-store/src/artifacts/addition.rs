//! What an append adds to an artifact. Pure.

use octopoid_core::model::ArtifactKey;
use octopoid_core::store::{ArtifactBound, Result, StoreError};

/// Returns what is to be written at the end of an artifact of a length, for bytes that belong at the position `at`: the part of them
/// that is new and fits, and the last line where that is not all. `None` if there is nothing to write.
///
/// # Errors
/// `Conflict` where bytes before `at` are missing.
pub(super) fn addition<'a>(
    bound: ArtifactBound,
    artifact: &ArtifactKey,
    length: u64,
    at: u64,
    bytes: &'a [u8],
) -> Result<Option<(&'a [u8], &'static str)>> {
    if bound.is_reached(length) {
        return Ok(None);
    }
    if at > length {
        return Err(StoreError::artifact_gap(artifact, length, at));
    }
    let there = usize::try_from(length - at).unwrap_or(usize::MAX);
    let Some(new) = bytes.get(there..).filter(|new| !new.is_empty()) else { return Ok(None) };
    let (fits, end) = bound.fit(length, new);
    Ok(Some((fits, end.unwrap_or_default())))
}
