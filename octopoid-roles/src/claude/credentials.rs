//! The credential that Claude Code will use.

use super::stop_reason::LOG_IN;
use crate::account;
use octopoid_core::runner::Unavailable;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The variables that hold a key, or choose a cloud provider, which has credentials of its own.
const VARIABLES: [&str; 6] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
];

/// Returns the name of the account, by what `claude` takes its credential from: a variable, or the folder with its login.
pub(super) fn account(environment: &BTreeMap<String, String>) -> Option<String> {
    let value = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(String::as_str);
    let keys: Vec<_> = VARIABLES.into_iter().filter_map(value).collect();
    let credential = match keys.is_empty() {
        false => keys,
        true => vec![value("CLAUDE_CONFIG_DIR").or_else(|| value("HOME"))?],
    };
    Some(account::name("claude", &credential))
}

/// Checks that there is a credential; whether it is valid, only the API knows.
///
/// # Errors
/// [`Unavailable`] when there is none.
pub(super) fn check(environment: &BTreeMap<String, String>) -> Result<(), Unavailable> {
    if VARIABLES.into_iter().any(|name| environment.get(name).is_some_and(|value| !value.is_empty())) {
        return Ok(());
    }
    let home = environment.get("HOME").map(PathBuf::from);
    let own = environment.get("CLAUDE_CONFIG_DIR").map(PathBuf::from);
    let folder = own.clone().or_else(|| home.as_ref().map(|home| home.join(".claude")));
    let beside = own.or(home);
    let has = |folder: &Option<PathBuf>, file: &str, words: &[&str]| {
        let Some(folder) = folder else { return false };
        let Ok(text) = std::fs::read_to_string(folder.join(file)) else { return false };
        words.is_empty() || words.iter().any(|word| text.contains(word))
    };
    // Where the login itself is in the system's keychain, only its trace is in a file.
    let found = has(&folder, ".credentials.json", &[])
        || has(&folder, "settings.json", &["apiKeyHelper"])
        || has(&beside, ".claude.json", &["oauthAccount", "primaryApiKey"]);
    if found {
        return Ok(());
    }
    Err(Unavailable::new("claude has no key and no login in the agent's environment", LOG_IN))
}
