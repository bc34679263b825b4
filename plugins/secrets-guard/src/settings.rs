//! The settings of the role.

use serde::Deserialize;

/// The settings of the role.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Lines that one of these regular expressions matches are accepted.
    pub allow: Vec<String>,
    /// Files that one of these globs matches are not looked at.
    pub allow_files: Vec<String>,
    /// Whether `secrets-guard: allow` in a line accepts it.
    pub allow_inline: bool,
    /// Whether each commit of the work is looked at, and not only what is left in the end.
    pub history: bool,
    /// How random an assigned value must be to count as a secret, in bits for each character.
    pub entropy: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { allow: Vec::new(), allow_files: Vec::new(), allow_inline: true, history: true, entropy: 3.0 }
    }
}
