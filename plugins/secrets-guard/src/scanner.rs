//! Finding secrets in a line.

use crate::file::is_of_settings;
use crate::judge::is_secret;
use crate::pattern::{PATTERNS, Pattern};
use crate::redact::{Secret, excerpt};
use crate::settings::Settings;
use octopoid_plugin::{Error, ErrorKind};
use regex::{Regex, RegexSet};
use std::ops::Range;

/// What accepts a line for people to see.
const MARK: &str = "secrets-guard: allow";

/// The patterns, compiled once for all lines of all runs.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// Tells in one pass which patterns match at all: for nearly all lines, none.
    any: RegexSet,
    patterns: Vec<(&'static Pattern, Regex)>,
    allow: RegexSet,
    allow_inline: bool,
    bar: f64,
}

/// A secret in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) kind: &'static str,
    pub(crate) secret: Secret,
    /// The line without it.
    pub(crate) excerpt: String,
}

/// What is in a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) hits: Vec<Hit>,
    /// Whether somebody has accepted what is there.
    pub(crate) allowed: bool,
}

impl Scanner {
    /// # Errors
    /// When a regular expression of the settings is invalid.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let broken =
            |error: regex::Error| Error::role(format!("a pattern of this plugin is broken: {error}"));
        let compiled = PATTERNS
            .iter()
            .map(|pattern| Ok((pattern, Regex::new(pattern.regex).map_err(broken)?)))
            .collect::<Result<_, Error>>()?;
        let wrong = |pattern: &str, error: &regex::Error| {
            Error::new(
                ErrorKind::Settings,
                format!("`allow` has {pattern:?}, which is no regular expression: {}", last_line(error)),
            )
        };
        for pattern in &settings.allow {
            Regex::new(pattern).map_err(|error| wrong(pattern, &error))?;
        }
        let allow = RegexSet::new(&settings.allow).map_err(|error| wrong("too much", &error))?;
        if !(0.0..=8.0).contains(&settings.entropy) {
            return Err(Error::new(
                ErrorKind::Settings,
                format!("`entropy: {}` is no number of bits for a character; 0 to 8 are", settings.entropy),
            ));
        }
        Ok(Self {
            any: RegexSet::new(PATTERNS.iter().map(|pattern| pattern.regex)).map_err(broken)?,
            patterns: compiled,
            allow,
            allow_inline: settings.allow_inline,
            bar: settings.entropy,
        })
    }

    /// Scans a line of a file.
    pub(crate) fn line(&self, path: &str, line: &str) -> Line {
        let found = self.secrets(path, line);
        if found.is_empty() {
            return Line::default();
        }
        let spans: Vec<_> = found.iter().map(|(_, span)| span.clone()).collect();
        let excerpt = excerpt(line, &spans);
        let hit = |(kind, span): (&'static str, Range<usize>)| Hit {
            kind,
            secret: Secret::new(&line[span]),
            excerpt: excerpt.clone(),
        };
        Line {
            hits: found.into_iter().map(hit).collect(),
            allowed: (self.allow_inline && line.contains(MARK)) || self.allow.is_match(line),
        }
    }

    /// Returns a text without what looks like a secret in it.
    pub(crate) fn clean(&self, text: &str) -> String {
        let spans: Vec<_> = self.secrets("", text).into_iter().map(|(_, span)| span).collect();
        if spans.is_empty() { text.to_owned() } else { excerpt(text, &spans) }
    }

    fn secrets(&self, path: &str, line: &str) -> Vec<(&'static str, Range<usize>)> {
        let mut found: Vec<(&'static str, Range<usize>)> = Vec::new();
        for number in self.any.matches(line) {
            let Some((pattern, regex)) = self.patterns.get(number) else { continue };
            if pattern.unquoted && !is_of_settings(path) {
                continue;
            }
            for captures in regex.captures_iter(line) {
                let Some(secret) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                let span = secret.range();
                let is_known =
                    found.iter().any(|(_, known)| span.start < known.end && known.start < span.end);
                if !is_known && is_secret(pattern.judge, secret.as_str(), self.bar) {
                    found.push((pattern.kind, span));
                }
            }
        }
        found.sort_by_key(|(_, span)| span.start);
        found
    }
}

/// What a pattern's error comes to; the lines before it draw the place.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
