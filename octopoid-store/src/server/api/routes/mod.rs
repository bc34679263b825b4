//! The routes, a file for each kind of record.

mod actions;
mod admin;
mod artifacts;
mod claim;
mod command;
mod drafts;
mod events;
mod flows;
mod health;
mod lifecycle;
mod machine_feed;
mod machines;
mod messages;
mod metrics;
mod poll;
mod projects;
mod queue;
mod reviews;
mod runs;
mod tasks;

use super::app::App;
use super::problem::Problem;
use crate::wire::LONGEST_WAIT;
use axum::Json;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) type Answer<T> = Result<Json<T>, Problem>;

/// Path below which the contract lies.
pub(crate) const PREFIX: &str = "/api/v1";

/// Returns the routes of the contract, which lie below [`PREFIX`].
pub(crate) fn contract() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(tasks::list_tasks, tasks::create_task))
        .routes(routes!(claim::claim_task))
        .routes(routes!(lifecycle::expire_leases))
        .routes(routes!(tasks::get_task, tasks::patch_task, tasks::delete_task))
        .routes(routes!(command::command_task))
        .routes(routes!(lifecycle::renew_task))
        .routes(routes!(lifecycle::submit_task))
        .routes(routes!(lifecycle::accept_task))
        .routes(routes!(lifecycle::reject_task))
        .routes(routes!(lifecycle::requeue_task))
        .routes(routes!(lifecycle::release_task))
        .routes(routes!(lifecycle::force_task))
        .routes(routes!(lifecycle::complete_hook))
        .routes(routes!(messages::task_messages))
        .routes(routes!(reviews::list_review_comments, reviews::add_review_comments))
        .routes(routes!(reviews::resolve_review_comments))
        .routes(routes!(reviews::patch_review_comment, reviews::delete_review_comment))
        .routes(routes!(reviews::send_review))
        .routes(routes!(runs::task_history))
        .routes(routes!(runs::task_runs))
        .routes(routes!(runs::list_runs))
        .routes(routes!(runs::get_run, runs::put_run))
        .routes(routes!(artifacts::list_artifacts, artifacts::delete_artifacts))
        .routes(routes!(artifacts::read_artifact, artifacts::append_artifact))
        .routes(routes!(runs::get_usage))
        .routes(routes!(messages::list_messages, messages::post_message))
        .routes(routes!(events::feed))
        .routes(routes!(events::last_event))
        .routes(routes!(projects::list_projects, projects::create_project))
        .routes(routes!(projects::get_project, projects::patch_project, projects::delete_project))
        .routes(routes!(projects::project_tasks))
        .routes(routes!(drafts::list_drafts, drafts::create_draft))
        .routes(routes!(drafts::get_draft, drafts::patch_draft, drafts::delete_draft))
        .routes(routes!(actions::list_actions, actions::propose_action))
        .routes(routes!(actions::execute_action))
        .routes(routes!(actions::patch_action))
        .routes(routes!(flows::list_flows))
        .routes(routes!(flows::get_flow, flows::put_flow, flows::delete_flow))
        .routes(routes!(flows::list_roles))
        .routes(routes!(flows::get_role))
        .routes(routes!(flows::register_roles))
        .routes(routes!(machines::list_machines))
        .routes(routes!(machines::register_machine))
        .routes(routes!(machines::get_machine, machines::patch_machine))
        .routes(routes!(machines::heartbeat))
        .routes(routes!(machines::rotate_key))
        .routes(routes!(poll::poll))
        .routes(routes!(poll::queue_counts))
        .routes(routes!(poll::policy))
        .routes(routes!(admin::list_keys, admin::create_key))
        .routes(routes!(admin::revoke_key))
        .routes(routes!(admin::forget_requests))
        .routes(routes!(admin::list_scopes))
}

pub(crate) use health::{open_routes, wants_page};
pub(crate) use metrics::metrics_route;
pub(crate) use queue::{Transition, no_queue, refused};
pub(crate) use tasks::patch_commands;

/// Returns the time in seconds that a request lets the server wait.
fn waited(seconds: Option<u64>) -> Result<u64, Problem> {
    match seconds.unwrap_or_default() {
        wait if wait > LONGEST_WAIT => {
            Err(Problem::invalid("wait_seconds", format!("wait_seconds: must be at most {LONGEST_WAIT}")))
        }
        wait => Ok(wait),
    }
}

/// Answer to a deletion.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Gone {
    /// One sentence.
    message: String,
    /// The task.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<String>,
    /// The flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl Gone {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), task_id: None, name: None, scope: None }
    }
}

/// Returns a required text.
pub(crate) fn required(value: Option<String>, field: &str) -> Result<String, Problem> {
    value.filter(|text| !text.trim().is_empty()).ok_or_else(|| Problem::missing(&[field]))
}

/// Parses a text, naming the field on an error.
pub(crate) fn checked<T>(text: String, field: &str) -> Result<T, Problem>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    T::try_from(text).map_err(|error| Problem::invalid(field, format!("{field}: {error}")))
}

/// Like [`checked`], for an optional text.
pub(crate) fn checked_option<T>(text: Option<String>, field: &str) -> Result<Option<T>, Problem>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    text.map(|text| checked(text, field)).transpose()
}

/// Checks the name of an actor.
pub(crate) fn actor(name: String, field: &str) -> Result<String, Problem> {
    if name.len() > 1000 {
        return Err(Problem::invalid(field, format!("{field}: use at most 1000 bytes")));
    }
    Ok(name)
}

/// Returns the name of the person of a decision, marked as one that came over the API.
pub(crate) fn person(name: &str) -> String {
    match name {
        "api" => name.to_owned(),
        _ => format!("{name} (over the API)"),
    }
}

/// Default page size.
const PAGE: u32 = 50;
/// Largest page size.
const LONGEST: u32 = 500;

/// Returns the record after which the next page begins: the last one of a full page.
fn next<T>(shown: &[T], limit: u32) -> Option<&T> {
    shown.last().filter(|_| shown.len() == usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Returns the requested page size.
fn page(limit: Option<u32>) -> u32 {
    limit.unwrap_or(PAGE).min(LONGEST)
}
