//! A role that is a folder.

use super::changes::{Changes, INLINE};
use super::comments;
use super::definition::Definition;
use super::error::{FolderRoleError, RoleProblem};
use super::outcomes::OutcomeWord;
use super::prompt::Prompt;
use super::resolution::Resolved;
use super::sample::samples;
use super::schema::schema;
use super::variables::Variable;
use super::verdict::outcome;
use super::view::{Asked, View};
use crate::regular_file;
use async_trait::async_trait;
use octopoid_core::model::{Outcome, RoleName};
use octopoid_core::role::{AgentCall, CommitLine, Role, RoleContext, RoleError, RoleSpec};
use octopoid_core::transition::Purpose;
use serde_json::Value;
use std::path::Path;

/// The most bytes of test output in a prompt; the end is kept.
const CHECKS: usize = 20_000;

/// The name of the file that defines the role.
pub(super) const DEFINITION: &str = "role.yaml";
/// The name of the file with the template of the prompt.
pub(super) const PROMPT: &str = "prompt.md";

/// A role made of `role.yaml` and `prompt.md`.
#[derive(Debug)]
pub struct FolderRole {
    spec: RoleSpec,
    definition: Definition,
    /// The text of `role.yaml`.
    source: String,
    prompt: Prompt,
}

/// The request that a role makes to its agent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rendered {
    /// The prompt.
    pub prompt: String,
    /// The JSON schema of the report.
    pub output_schema: Value,
}

impl FolderRole {
    /// Reads a role's folder; the role has the folder's name.
    ///
    /// # Errors
    /// [`FolderRoleError`], with the file and the line.
    pub fn load(folder: &Path) -> Result<Self, FolderRoleError> {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name =
            RoleName::new(name).map_err(|error| FolderRoleError::new(folder, None, error.to_string()))?;
        let read = |file: &str| {
            let path = folder.join(file);
            match regular_file::read_to_string(&path) {
                Ok(text) => Ok((text, path)),
                Err(error) => Err(FolderRoleError::new(path, None, format!("cannot be read: {error}"))),
            }
        };
        let (definition, definition_path) = read(DEFINITION)?;
        let (prompt, prompt_path) = read(PROMPT)?;
        Self::parse(name, (&definition, &definition_path), (&prompt, &prompt_path))
    }

    /// Returns the outcomes that its agent may report, with their meanings.
    pub fn outcomes(&self) -> &[OutcomeWord] {
        self.definition.outcomes().words()
    }

    /// Returns the JSON schema of its agent's report: its own, or the one for its outcomes.
    pub fn output_schema(&self) -> Value {
        self.definition.output_schema().cloned().unwrap_or_else(|| schema(self.outcomes()))
    }

    /// Returns the JSON schema of its agents' settings, if its `role.yaml` has one.
    pub fn settings_schema(&self) -> Option<&Value> {
        self.definition.settings_schema()
    }

    /// Returns the variables that its prompt uses, as far as they are known without a task.
    pub fn variables(&self) -> Vec<Variable> {
        self.prompt.variables()
    }

    /// Returns the names and texts of its two files.
    pub fn files(&self) -> [(&'static str, &str); 2] {
        [(DEFINITION, &self.source), (PROMPT, self.prompt.source())]
    }

    /// Returns the request to its agent in this context; [`Role::run`] makes exactly this one.
    ///
    /// # Errors
    /// [`RoleError::Unusable`] when the prompt uses an unknown variable, with the file and the line; and the errors of the
    /// context's host.
    pub async fn render(&self, context: &RoleContext) -> Result<Rendered, RoleError> {
        let view = View::new(context, self.outcomes(), self.ask(context).await?);
        let mut prompt = self.prompt.render(&view).map_err(|error| RoleError::Unusable(error.to_string()))?;
        if context.previous.is_some() && !self.prompt.speaks_of("previous") {
            prompt.push_str(&added(include_str!("previous.md"), "previous.md", &view)?);
        }
        if !context.comments.is_empty() && !self.prompt.speaks_of("comments") {
            prompt.push_str(&added(include_str!("comments.md"), "comments.md", &view)?);
        }
        Ok(Rendered { prompt, output_schema: self.output_schema() })
    }

    /// Checks that its prompt can be rendered with an agent's settings, for sample tasks in every situation that it can meet, and
    /// that the settings fit the role's `settings_schema`.
    ///
    /// # Errors
    /// [`RoleProblem`].
    pub fn check(&self, settings: &Value) -> Result<(), RoleProblem> {
        if let Some(schema) = self.definition.settings() {
            let empty = Value::Object(serde_json::Map::new());
            schema
                .check(if settings.is_null() { &empty } else { settings })
                .map_err(RoleProblem::Settings)?;
        }
        for sample in samples(&self.spec, self.outcomes(), settings) {
            self.prompt.render(&sample).map_err(RoleProblem::Prompt)?;
        }
        Ok(())
    }

    /// Reads a role from two texts, with the paths that errors name.
    pub(crate) fn parse(
        name: RoleName,
        definition: (&str, &Path),
        prompt: (&str, &Path),
    ) -> Result<Self, FolderRoleError> {
        let source = definition.0.to_owned();
        let definition = Definition::parse(definition.0, definition.1)?;
        let prompt = Prompt::parse(prompt.0, prompt.1)?;
        Ok(Self { spec: definition.spec(name), definition, source, prompt })
    }

    async fn ask(&self, context: &RoleContext) -> Result<Asked, RoleError> {
        let host = context.host.as_ref();
        let mut asked = Asked { comments_file: comments::keep(context).await?, ..Asked::default() };
        if self.prompt.speaks_of("commits") {
            asked.commits = host.commits().await?;
        }
        let inline = context.settings.get("diff_bytes").and_then(Value::as_u64);
        let inline = inline.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(INLINE);
        if self.prompt.speaks_of("resolution")
            && let Some(resolution) = context.resolution()
        {
            asked.resolution = Some(Resolved::of(resolution, inline, host).await?);
        }
        if self.prompt.speaks_of("changes") {
            asked.changes = Some(Changes::of(&host.diff().await?, inline, host).await?);
        }
        if let Some(checks) = &context.checks {
            asked.checks = Some(if checks.len() <= CHECKS {
                checks.clone()
            } else {
                let kept = host.keep_file("test-output.txt", checks).await?;
                let from = checks.ceil_char_boundary(checks.len() - CHECKS);
                format!(
                    "(only the end is here; the whole output is in {})\n{}",
                    kept.display(),
                    &checks[from..]
                )
            });
        }
        Ok(asked)
    }

    /// Returns the commits that this run made.
    async fn new_commits(&self, context: &RoleContext) -> Result<Vec<CommitLine>, RoleError> {
        let mut commits = context.host.commits().await?;
        if let Some(head) = &context.workspace.head
            && let Some(place) = commits.iter().position(|commit| commit.id == *head)
        {
            commits.drain(..=place);
        }
        Ok(commits)
    }
}

/// Returns what is added to a prompt whose template does not mention it.
fn added(template: &str, name: &str, view: &View) -> Result<String, RoleError> {
    let prompt = Prompt::parse(template, Path::new(name));
    let rendered = prompt.and_then(|prompt| prompt.render(view));
    rendered.map_err(|error| RoleError::Unusable(error.to_string()))
}

#[async_trait]
impl Role for FolderRole {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    fn needs_runner(&self) -> bool {
        true
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let Rendered { prompt, output_schema } = self.render(context).await?;
        let call =
            AgentCall::new(prompt).with_output_schema(output_schema).with_resume(context.session.clone());
        let report = context.host.run_agent(call).await?;
        let new_commits = if report.result.is_none() && self.spec.claims == Purpose::Work {
            self.new_commits(context).await?
        } else {
            Vec::new()
        };
        Ok(outcome(&report, self.definition.outcomes(), &new_commits))
    }
}
