//! Where a server keeps what runs leave for people.

use crate::args::Serve;
use crate::context::Context;
use crate::error::{CliError, Result};
use octopoid_core::store::ArtifactStore;
use octopoid_store::artifacts::FolderArtifacts;
use std::path::Path;
use std::sync::Arc;

/// Opens the store of artifacts that is named: a bucket by its URL, a folder by its path; else the folder beside the database with its
/// name.
pub(super) async fn open(args: &Serve, database: &Path, context: &Context) -> Result<Arc<dyn ArtifactStore>> {
    match &args.artifacts {
        Some(place) if place.contains("://") => bucket(place, context).await,
        Some(folder) => Ok(Arc::new(FolderArtifacts::new(context.directory.join(folder)))),
        None => Ok(Arc::new(FolderArtifacts::new(database.with_extension("artifacts")))),
    }
}

#[cfg(feature = "object-store")]
async fn bucket(url: &str, context: &Context) -> Result<Arc<dyn ArtifactStore>> {
    let environment = context.environment.variables();
    let store = octopoid_store::artifacts::ObjectArtifacts::open(url, environment).await;
    let store = store.map_err(|error| {
        CliError::from(error).hint(
            "the bucket must exist; its credentials are read from the environment, such as AWS_ACCESS_KEY_ID, \
             AWS_SECRET_ACCESS_KEY and AWS_REGION, with AWS_ENDPOINT_URL for other providers",
        )
    })?;
    Ok(Arc::new(store))
}

#[cfg(not(feature = "object-store"))]
async fn bucket(url: &str, _: &Context) -> Result<Arc<dyn ArtifactStore>> {
    Err(CliError::invalid(format!("`{url}`: this program was built without buckets"))
        .hint("name a folder, or build it with the feature `object-store`"))
}
