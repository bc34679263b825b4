//! Opening a bucket by its URL.

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, RetryConfig};
use octopoid_core::store::{Result, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// Time after which a request is not sent again. The caller tries again too.
const RETRY: Duration = Duration::from_secs(10);

/// Returns the URL without a name and a password, as it may be shown.
pub(super) fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => url.to_owned(),
    }
}

fn invalid(url: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::invalid("artifacts", format_args!("`{}`: {why}", shown(url)))
}

/// Builds a client of a provider, with what the environment has under the names that it knows.
macro_rules! built {
    ($builder:ty, $url:expr, $environment:expr) => {{
        let builder = <$builder>::new().with_url($url).with_retry(retry());
        let builder = $environment.into_iter().fold(builder, |builder, (name, value)| {
            match name.to_ascii_lowercase().parse() {
                Ok(key) => builder.with_config(key, value),
                Err(_) => builder,
            }
        });
        Arc::new(builder.build().map_err(|error| invalid($url, error))?) as Arc<dyn ObjectStore>
    }};
}

/// Opens a bucket. Returns it with the path in it.
pub(super) fn open(
    url: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(Arc<dyn ObjectStore>, Path)> {
    crate::tls::use_ring();
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(invalid(url, "this is no URL of a bucket, such as s3://bucket/folder"));
    };
    let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() && scheme != "memory" {
        return Err(invalid(url, "the name of the bucket is missing"));
    }
    let folder = Path::parse(folder.trim_matches('/')).map_err(|error| invalid(url, error))?;
    let root = format!("{scheme}://{bucket}");
    let objects = match scheme {
        "s3" => built!(AmazonS3Builder, &root, environment),
        "gs" => built!(GoogleCloudStorageBuilder, &root, environment),
        "az" | "azure" => built!(MicrosoftAzureBuilder, &root, environment),
        // For tests: gone with the process.
        "memory" => Arc::new(InMemory::new()),
        _ => return Err(invalid(url, "use s3://, gs:// or azure://")),
    };
    Ok((objects, folder))
}

fn retry() -> RetryConfig {
    RetryConfig { retry_timeout: RETRY, max_retries: 3, ..RetryConfig::default() }
}
