//! What is set in a conversation that was just opened: the model, and the mode in which nothing is asked for.

use crate::host::{HostSpec, text};
use crate::presets;
use octopoid_core::runner::Unavailable;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// A request that sets something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub(super) method: &'static str,
    pub(super) params: Value,
    pub(super) what: What,
}

/// What a request sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// The model. Without it the agent would do other work than was asked for.
    Model { name: String, offered: Vec<String> },
    /// The mode. Without it the agent asks, and is answered.
    Mode(String),
}

/// Returns the requests to send after `opened`, the answer to the request that opened the conversation.
///
/// # Errors
/// [`Unavailable`] when a model is wanted and the agent offers no choice.
pub(super) fn settings(
    opened: &Value,
    session: &str,
    spec: &HostSpec,
) -> Result<VecDeque<Setting>, Unavailable> {
    let mut settings = VecDeque::new();
    if let Some(model) = &spec.model {
        settings.push_back(model_setting(opened, session, model)?);
    }
    if spec.permissions.are_unlimited() {
        settings.extend(mode_setting(opened, session));
    }
    Ok(settings)
}

fn model_setting(opened: &Value, session: &str, model: &str) -> Result<Setting, Unavailable> {
    let (method, params, offered) = if let Some(option) = option(opened, "model") {
        let params = json!({ "sessionId": session, "configId": option.get("id"), "value": model });
        ("session/set_config_option", params, texts(option, "/options", "/value"))
    } else if opened.pointer("/models/availableModels").is_some() {
        let params = json!({ "sessionId": session, "modelId": model });
        ("session/set_model", params, texts(opened, "/models/availableModels", "/modelId"))
    } else {
        return Err(Unavailable::new(
            format!("the agent offers no choice of models, and is to use {model}"),
            "remove `model`, and choose it by the agent's own command line or settings",
        ));
    };
    Ok(Setting { method, params, what: What::Model { name: model.to_owned(), offered } })
}

fn mode_setting(opened: &Value, session: &str) -> Option<Setting> {
    // A mode's id means the same whichever program offers it.
    let is_known = |id: &String| presets::all().iter().any(|preset| preset.full_access_modes.contains(id));
    let known = |ids: Vec<String>| ids.into_iter().find(is_known);
    if let Some(mode) = known(texts(opened, "/modes/availableModes", "/id")) {
        let params = json!({ "sessionId": session, "modeId": mode });
        return Some(Setting { method: "session/set_mode", params, what: What::Mode(mode) });
    }
    let option = option(opened, "mode")?;
    let mode = known(texts(option, "/options", "/value"))?;
    let params = json!({ "sessionId": session, "configId": option.get("id"), "value": mode });
    Some(Setting { method: "session/set_config_option", params, what: What::Mode(mode) })
}

/// Returns the option of this category, or of this name.
fn option<'a>(opened: &'a Value, category: &str) -> Option<&'a Value> {
    let options = opened.get("configOptions")?.as_array()?;
    let of = |pointer: &str| options.iter().find(|option| text(option, pointer) == Some(category));
    of("/category").or_else(|| of("/id"))
}

/// Returns a text of each item of a list; items may also stand in groups.
fn texts(value: &Value, list: &str, item: &str) -> Vec<String> {
    let items = value.pointer(list).and_then(Value::as_array).into_iter().flatten();
    let texts = items.flat_map(|one| match one.get("options") {
        Some(_) => texts(one, "/options", item),
        None => text(one, item).map(str::to_owned).into_iter().collect(),
    });
    texts.collect()
}

/// Returns the model that is used, by the answer to the request that opened the conversation.
pub(super) fn current_model(opened: &Value) -> Option<&str> {
    let option = option(opened, "model").and_then(|option| text(option, "/currentValue"));
    option.or_else(|| text(opened, "/models/currentModelId"))
}
