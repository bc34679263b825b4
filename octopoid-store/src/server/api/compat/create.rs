//! New tasks: required fields, omitted ones, and free words.

use super::overlay::{ORIGINAL, Overlay};
use super::request::Incoming;
use super::{Context, Reply};
use crate::server::api::problem::Problem;
use octopoid_core::model::{Complexity, Place, Priority, Queue, RoleName};
use serde_json::Value;

impl Context {
    pub(super) async fn create_task(&self, mut request: Incoming) -> Result<Reply, Problem> {
        let scope = self.scope(&request)?;
        let mut overlay = Overlay::default();
        if let Some(number @ Value::Number(_)) = request.body.get("id").cloned() {
            request.body.insert("id".to_owned(), Value::from(number.to_string()));
        }
        keep_role(&mut request, &mut overlay, RoleName::implement().as_str());
        if !request.given("project_id") {
            request.body.remove("project_id");
        }
        if !request.given("content") {
            // What the routes say in its place.
            let said = format!("See `{}`.", request.text("file_path").unwrap_or_default());
            overlay.show("content", Value::Null, said);
            request.body.remove("content");
        }
        keep_free_word(
            &mut request,
            &mut overlay,
            "priority",
            &Priority::ALL.map(Priority::as_str),
            Priority::default().as_str(),
        );
        let sizes = Complexity::ALL.map(Complexity::as_str);
        keep_free_word(&mut request, &mut overlay, "complexity", &sizes, Value::Null);
        if let Some(name) = request.text("queue").filter(|name| !name.is_empty()).map(str::to_owned) {
            let place = self.place(&scope, request.text("flow"), &name).await?;
            request.body.remove("queue");
            match place {
                Place::State(state) => {
                    request.body.insert("state".to_owned(), Value::from(state.as_str()));
                }
                Place::Queue(Queue::Incoming) => {}
                Place::Queue(queue) => {
                    request.body.insert("queue".to_owned(), Value::from(queue.as_str()));
                }
            }
        } else {
            request.body.remove("queue");
        }
        if let Some(text) = overlay.text() {
            request.body.insert(ORIGINAL.to_owned(), Value::from(text));
        }
        Ok(self.forward(request).await)
    }
}

/// Moves a role that is missing or is not a valid name into the overlay.
pub(super) fn keep_role(request: &mut Incoming, overlay: &mut Overlay, own: &str) {
    let known = request.text("role").is_some_and(|name| RoleName::new(name).is_ok());
    if known {
        overlay.remove("role");
        return;
    }
    let role = request.body.remove("role").filter(|role| *role != "").unwrap_or_default();
    overlay.show("role", role, own);
}

/// Moves a word that is not one of the `known` ones into the overlay.
pub(super) fn keep_free_word(
    request: &mut Incoming,
    overlay: &mut Overlay,
    field: &str,
    known: &[&str],
    own: impl Into<Value>,
) {
    match request.body.get(field) {
        None => {}
        Some(Value::String(word)) if known.contains(&word.as_str()) => {
            overlay.remove(field);
        }
        Some(word) => {
            let word = word.clone();
            if !word.is_null() {
                overlay.show(field, word, own);
            }
            request.body.remove(field);
        }
    }
}
