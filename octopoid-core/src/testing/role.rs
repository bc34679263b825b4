//! Roles without prompt templates, for tests of the orchestrator and of stores.

use crate::model::{Outcome, RoleName};
use crate::role::{AgentCall, Role, RoleContext, RoleError, RoleSpec};
use async_trait::async_trait;

/// Role that passes the task to its agent as the prompt and takes the structured result as the outcome.
#[derive(Debug, Clone)]
pub struct PlainRole {
    spec: RoleSpec,
}

impl PlainRole {
    /// Creates a role with this specification.
    pub fn new(spec: RoleSpec) -> Self {
        Self { spec }
    }

    /// Creates the role `implement`, which works in the task's own worktree.
    pub fn implement() -> Self {
        Self::new(RoleSpec::worker(RoleName::implement(), "works on a task"))
    }

    /// Creates the role `review`, which reviews submitted work.
    pub fn review() -> Self {
        Self::new(RoleSpec::reviewer(RoleName::review(), "judges submitted work"))
    }
}

#[async_trait]
impl Role for PlainRole {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    fn needs_runner(&self) -> bool {
        true
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let session = context.session.clone();
        let mut prompt = format!("{}\n\n{}", context.task.title, context.task.description);
        for message in &context.thread {
            prompt.push_str(&format!(
                "\n\n{} from {}: {}",
                message.kind.as_str(),
                message.author,
                message.body
            ));
        }
        if let Some(previous) = &context.previous {
            prompt.push_str(&format!("\n\nattempt {} came to nothing: {}", previous.number, previous.why));
        }
        let report = context.host.run_agent(AgentCall::new(prompt).with_resume(session)).await?;
        let seen = |text: String| Outcome::NoReport { seen: text };
        Ok(match report.result {
            None => seen("no result".to_owned()),
            Some(result) => Outcome::from_result(&result).unwrap_or_else(|error| seen(error.to_string())),
        })
    }
}
