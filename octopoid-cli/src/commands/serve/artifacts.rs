//! Where a server keeps what runs leave for people.

use crate::args::Serve;
use crate::context::Context;
use crate::error::{CliError, Result};
use crate::installation::DatabaseName;
use octopoid_core::store::ArtifactStore;
use octopoid_store::artifacts::FolderArtifacts;
use std::path::PathBuf;
use std::sync::Arc;

/// Opens the store of artifacts that is named: a bucket by its URL, a folder by its path; else the folder beside the database with its
/// name, or the installation's where the database is no file.
pub(super) async fn open(
    args: &Serve,
    database: &DatabaseName,
    context: &Context,
) -> Result<Arc<dyn ArtifactStore>> {
    match &args.artifacts {
        Some(place) if place.contains("://") => bucket(place, context).await,
        Some(folder) => Ok(Arc::new(FolderArtifacts::new(context.directory.join(folder)))),
        None => Ok(Arc::new(FolderArtifacts::new(folder_for(database, context)?))),
    }
}

fn folder_for(database: &DatabaseName, context: &Context) -> Result<PathBuf> {
    if let Some(file) = database.file() {
        return Ok(file.with_extension("artifacts"));
    }
    let installation = context.installation().map_err(|_| {
        CliError::usage("a PostgreSQL database has no folder beside it for what runs leave for people").hint(
            "name a folder or a bucket, which all servers of this database share: --artifacts FOLDER|URL",
        )
    })?;
    Ok(installation.layout.root().join("octopoid.artifacts"))
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
