//! The template of a prompt, `prompt.md`.

use super::error::FolderRoleError;
use super::literals::literals;
use super::tags::{Tag, tags};
use super::text;
use super::variables::{VARIABLES, Variable, names};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

const NAME: &str = "prompt";

/// A template that compiles and speaks of nothing unknown.
#[derive(Debug)]
pub(super) struct Prompt {
    environment: Environment<'static>,
    path: PathBuf,
    source: String,
    used: HashSet<String>,
}

impl Prompt {
    pub(super) fn parse(source: &str, path: &Path) -> Result<Self, FolderRoleError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax =
            SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        environment.set_syntax(syntax.map_err(|error| broken(path, &error))?);
        text::set_up(&mut environment, literals(source));
        environment.add_template_owned(NAME, source.to_owned()).map_err(|error| broken(path, &error))?;
        let used = environment.get_template(NAME).map(|template| template.undeclared_variables(false));
        let mut used = used.map_err(|error| broken(path, &error))?;
        let known: HashSet<String> = environment
            .globals()
            .map(|(name, _)| name.to_owned())
            .chain(names().map(str::to_owned))
            .collect();
        if let Some(unknown) = used.iter().filter(|name| !known.contains(*name)).min() {
            let line = line_of(&environment, source, unknown);
            let all: Vec<_> = names().collect();
            let message = format!("there is no `{unknown}`; a prompt can speak about {}", all.join(", "));
            return Err(FolderRoleError::new(path, line, message));
        }
        let tags = tags(source);
        if let Some(error) = unknown_field(&environment, &tags, path) {
            return Err(error);
        }
        if let Some(error) = unknown_filter(&environment, &tags, path) {
            return Err(error);
        }
        used.extend(
            names().filter(|name| behind(source, name).any(|path| path.contains('['))).map(str::to_owned),
        );
        Ok(Self { environment, path: path.to_owned(), source: source.to_owned(), used })
    }

    /// Whether the template speaks about one of the names at the top.
    pub(super) fn speaks_of(&self, name: &str) -> bool {
        self.used.contains(name)
    }

    /// The template itself.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// What it speaks about, as far as can be told without running it.
    pub(super) fn variables(&self) -> Vec<Variable> {
        let nested = self.environment.get_template(NAME).map(|template| template.undeclared_variables(true));
        let nested = nested.unwrap_or_default();
        let is_used = |name: &str| {
            nested.contains(name) || behind(&self.source, name).any(|path| path.starts_with('['))
        };
        VARIABLES.iter().filter(|variable| is_used(variable.name)).copied().collect()
    }

    pub(super) fn render(&self, view: &impl Serialize) -> Result<String, FolderRoleError> {
        let template = self.environment.get_template(NAME).map_err(|error| broken(&self.path, &error))?;
        template.render(Serde(view)).map_err(|error| broken(&self.path, &error))
    }
}

/// A field that none of the values has, also where the template speaks of it only in some situations.
fn unknown_field(environment: &Environment<'_>, tags: &[Tag], path: &Path) -> Option<FolderRoleError> {
    let nested = environment.get_template(NAME).ok()?.undeclared_variables(true);
    let is_known = |name: &str| VARIABLES.iter().any(|variable| variable.name == name);
    // What a list or a mapping of somebody else's has cannot be told.
    let is_open = |name: &str| {
        ["settings", "outcomes"].contains(&name)
            || VARIABLES.iter().any(|variable| variable.name.starts_with(&format!("{name}[]")))
    };
    let unknown = nested.iter().filter(|name| {
        let top = name.split('.').next().unwrap_or_default();
        name.contains('.') && names().any(|known| known == top) && !is_open(top) && !is_known(name)
    });
    let unknown = unknown.min()?;
    let parent = unknown.rsplit_once('.').map_or("", |(parent, _)| parent);
    let fields: Vec<&str> = VARIABLES
        .iter()
        .filter_map(|variable| variable.name.strip_prefix(parent)?.strip_prefix('.'))
        .filter(|field| !field.contains('.'))
        .collect();
    let has = if fields.is_empty() { "nothing within it".to_owned() } else { fields.join(", ") };
    let line = tags.iter().find(|tag| tag.speaks_of(unknown)).map(|tag| tag.line);
    Some(FolderRoleError::new(path, line, format!("there is no `{unknown}`; `{parent}` has {has}")))
}

/// A filter that the template engine does not have, which it would only miss once it comes to it.
fn unknown_filter(environment: &Environment<'_>, tags: &[Tag], path: &Path) -> Option<FolderRoleError> {
    let is_unknown = |name: &str| {
        let expression = format!("0 | {name}");
        let tried = environment.compile_expression(&expression).and_then(|filter| filter.eval(()));
        tried.is_err_and(|error| error.kind() == ErrorKind::UnknownFilter)
    };
    tags.iter().find_map(|tag| {
        let name = tag.filters().find(|name| is_unknown(name))?;
        Some(FolderRoleError::new(path, Some(tag.line), format!("there is no filter `{name}`")))
    })
}

/// What may stand behind a name, such as `.base[` in `workspace.base[:10]`: the template engine does not count taking a
/// part of a value as speaking of it. A sentence that looks so costs a question too many, and nothing else.
fn behind<'a>(source: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let outside = move |c: char| !(in_name(c) || ".[]".contains(c));
    source.match_indices(name).filter_map(move |(at, name)| {
        let rest = &source[at + name.len()..];
        let path = &rest[..rest.find(outside).unwrap_or(rest.len())];
        let is_whole = !source[..at].ends_with(|c| in_name(c) || c == '.') && !path.starts_with(in_name);
        is_whole.then_some(path)
    })
}

/// The first line where a template speaks of an unknown name. The parser does not say where, so the name is changed in
/// one line after the other until the parser misses the new one; in prose, texts and fields nothing is missed.
fn line_of(environment: &Environment<'_>, text: &str, unknown: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let other = format!("{unknown}_");
    let is_used = |index: &usize| {
        let mut lines = lines.clone();
        let changed = renamed(lines[*index], unknown, &other);
        lines[*index] = &changed;
        let text = lines.join("\n");
        let names = environment.template_from_str(&text).map(|template| template.undeclared_variables(false));
        names.is_ok_and(|names| names.contains(&other))
    };
    (0..lines.len()).find(is_used).map(|index| index + 1)
}

/// The line with one word in place of another.
fn renamed(line: &str, from: &str, to: &str) -> String {
    let outside = |c: char| !c.is_alphanumeric() && c != '_';
    let word = |piece: &str| match piece.strip_prefix(from) {
        Some(rest) if rest.chars().all(outside) => format!("{to}{rest}"),
        _ => piece.to_owned(),
    };
    line.split_inclusive(outside).map(word).collect()
}

fn broken(path: &Path, error: &minijinja::Error) -> FolderRoleError {
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    FolderRoleError::new(path, error.line(), message)
}
