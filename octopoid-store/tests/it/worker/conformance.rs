//! The suite, by the HTTP client.

use super::deployment::Deployment;
use octopoid_core::clock::Clock;
use octopoid_core::model::{Policy, Scope};
use octopoid_core::store::IdempotentStore;
use octopoid_store::{HttpOptions, HttpStore, conformance};
use std::sync::Arc;

/// What holds within a scope only where each has an object of its own: the order of events, and the numbers of drafts and actions.
const OF_ALL_SCOPES: [&str; 3] = [
    "scopes::the_feed_of_all_scopes_is_in_one_order",
    "drafts::drafts_have_numbers_of_the_store_and_free_slugs_of_their_scope",
    "actions::a_proposed_action_is_listed_as_it_was_answered",
];

async fn connect(
    deployment: Deployment,
    clock: Arc<dyn Clock>,
    scope: Option<Scope>,
) -> Arc<dyn IdempotentStore> {
    let url = deployment.open(Arc::clone(&clock)).await.unwrap();
    let mut options = HttpOptions::new(url, clock);
    options.scope = scope;
    Arc::new(HttpStore::connect(options).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_object_for_all_scopes_conforms() {
    if Deployment::One.url().is_none() {
        return println!("left out: there is no Worker");
    }
    let open = |clock: Arc<dyn Clock>, _: Policy| connect(Deployment::One, clock, None);
    if let Err(report) = conformance::check_idempotent(open).await {
        panic!("{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_for_each_scope_conforms_but_for_what_spans_scopes() {
    if Deployment::Scopes.url().is_none() {
        return println!("left out: there is no Worker");
    }
    let open = |clock: Arc<dyn Clock>, _: Policy| connect(Deployment::Scopes, clock, Some(Scope::single()));
    let report = conformance::check_idempotent(open).await.unwrap_err();
    let failed: Vec<_> = report.failures.iter().map(|failure| failure.case).collect();
    assert_eq!(failed, OF_ALL_SCOPES, "{report}");
}
