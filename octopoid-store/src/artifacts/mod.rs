//! Artifacts of runs as a server keeps them: in a folder, or in a bucket in the cloud.

mod addition;
mod age;
mod folder;
mod name;
#[cfg(feature = "object-store")]
mod object;

pub use folder::FolderArtifacts;
#[cfg(feature = "object-store")]
pub use object::ObjectArtifacts;
