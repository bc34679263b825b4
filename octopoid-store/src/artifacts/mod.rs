//! Artifacts of runs in a folder, as a server keeps them.

mod age;
mod folder;
mod name;

pub use folder::FolderArtifacts;
