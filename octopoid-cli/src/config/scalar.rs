//! Texts as YAML.

/// Returns a text as a YAML scalar: plain where that is safe.
pub(super) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./ ".contains(c))
        && !text.ends_with(' ')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { quoted(text) }
}

/// Returns a text as a quoted scalar: JSON strings are YAML strings.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
