//! The routes, a file for each section of the dashboard.

mod board;
mod changes;
mod costs;
mod decide;
mod drafts;
mod feed;
mod flows;
mod log;
mod machines;
mod placed;
mod projects;
mod review;
mod sign_in;
mod task;
mod task_form;

use crate::assets;
use crate::dashboard::Shared;
use crate::failure::{Answer, Failure};
use axum::Router;
use axum::extract::Path;
use axum::response::{Html, Response};
use axum::routing::{get, post};
use maud::Markup;
use octopoid_core::model::TaskId;
use std::sync::Arc;

/// A page as an answer.
type Page = Html<String>;

fn page(markup: Markup) -> Page {
    Html(markup.into_string())
}

/// Returns the routes.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(board::board))
        .route("/needs-you", get(board::needs_you))
        .route("/done", get(board::done))
        .route("/bulk", post(decide::bulk))
        .route("/events", get(feed::feed))
        .route("/tasks", post(task_form::create))
        .route("/tasks/new", get(task_form::new))
        .route("/tasks/{id}", get(task::overview))
        .route("/tasks/{id}/history", get(task::history))
        .route("/tasks/{id}/changes", get(changes::changes))
        .route("/tasks/{id}/viewed", post(changes::viewed))
        .route("/tasks/{id}/comment-form", get(review::form))
        .route("/tasks/{id}/review", post(review::send))
        .route("/tasks/{id}/review-comments", post(review::add))
        .route("/tasks/{id}/review-comments/{comment}/resolve", post(review::resolve))
        .route("/tasks/{id}/review-comments/{comment}/edit", post(review::edit))
        .route("/tasks/{id}/review-comments/{comment}/delete", post(review::delete))
        .route("/tasks/{id}/log", get(log::log))
        .route("/tasks/{id}/log/feed", get(log::feed))
        .route("/tasks/{id}/edit", get(task_form::edit).post(task_form::save))
        .route("/tasks/{id}/comments", post(decide::comment))
        .route("/tasks/{id}/decide", post(decide::decide_one))
        .route("/tasks/{id}/revert", post(decide::revert))
        .route("/projects", get(projects::projects))
        .route("/projects/{id}", get(projects::project))
        .route("/projects/{id}/approve", post(projects::approve))
        .route("/drafts", get(drafts::drafts).post(drafts::create))
        .route("/drafts/{id}", get(drafts::draft).post(drafts::save))
        .route("/drafts/{id}/approve", post(drafts::approve))
        .route("/drafts/{id}/delete", post(drafts::delete))
        .route("/machines", get(machines::machines))
        .route("/machines/{id}/drain", post(machines::drain))
        .route("/machines/{id}/resume", post(machines::resume))
        .route("/costs", get(costs::costs))
        .route("/flows", get(flows::flows))
        .route("/enter", get(sign_in::enter))
        .route("/sign-in", get(sign_in::page).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/links", post(sign_in::link))
        .route("/assets/{version}/{name}", get(asset))
        .fallback(async || Failure::not_found("page at this address"))
}

async fn asset(Path((_, name)): Path<(String, String)>) -> Answer<Response> {
    assets::answer(&name).ok_or_else(|| Failure::not_found("such file"))
}

/// Returns the task that an address names.
fn task_id(text: &str) -> Answer<TaskId> {
    TaskId::new(text).map_err(|_| Failure::not_found(format_args!("task {text:?}")))
}

/// Returns the page of the dashboard that a form names for afterwards, or another one. Addresses elsewhere do not count.
fn next(shared: &Shared, named: Option<&str>, or: &str) -> Failure {
    let is_own = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(|letter: char| letter.is_control() || letter == '\\')
    };
    Failure::go(shared.url(named.filter(is_own).unwrap_or(or)))
}
