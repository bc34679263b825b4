//! Artifacts in an object.

use super::deployment::Deployment;
use crate::artifacts::cases_over_http;
use octopoid_store::conformance::SteppedClock;
use octopoid_store::{HttpOptions, HttpStore};
use std::sync::Arc;

#[tokio::test]
async fn an_object_is_a_store_of_artifacts() {
    let clock = Arc::new(SteppedClock::new());
    let Some(url) = Deployment::Scopes.open(clock.clone()).await else {
        return println!("left out: there is no Worker");
    };
    cases_over_http(&HttpStore::connect(HttpOptions::new(url, clock)).await.unwrap()).await;
}
