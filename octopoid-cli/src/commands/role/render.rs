//! `octopoid role render`: the exact prompt that an agent would get.

use crate::args::Render;
use crate::assembly::{Loaded, Roles, agents};
use crate::context::Context;
use crate::error::{CliError, Result, with_causes};
use crate::installation::Installation;
use octopoid_core::orchestrator::{Preview, PreviewError};
use octopoid_core::transition::Purpose;
use serde_json::{Value, json};

pub(super) async fn run(args: &Render, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let roles = Roles::load(&installation, &context.environment).await;
    let loaded = roles.named(&args.name)?;
    let Some(role) = &loaded.folder else {
        let message = format!("the role `{}` is not a folder, so it has no prompt to show", args.name);
        return Err(CliError::refused(message).hint("only the role itself knows what it asks an agent"));
    };
    let agent_settings = agent_settings(args, loaded, &installation, &roles)?;
    let store = installation.store(&context.environment).await?;
    let settings = installation.settings(&context.environment)?;
    let preview = Preview::new(store, installation.repository(), installation.layout.root(), settings).await;
    let preview = preview.map_err(unseen)?;
    let given = preview.context(&args.task, loaded.spec(), agent_settings).await.map_err(unseen)?;
    if loaded.spec().claims == Purpose::Work && given.task.role != args.name {
        context.output.warn(format_args!(
            "{} is for the role `{}`; this is what `{}` would be told of it",
            args.task, given.task.role, args.name
        ));
    }
    let rendered = role.render(&given).await.map_err(|error| {
        CliError::configuration(with_causes(&error)).hint("fix the role's prompt.md, and try again")
    })?;
    let output = context.output;
    output.json(&json!({
        "role": args.name, "task": args.task, "prompt": rendered.prompt, "output_schema": rendered.output_schema,
    }));
    output.exactly(&rendered.prompt);
    Ok(())
}

/// Returns the role settings of the named agent.
fn agent_settings(
    args: &Render,
    loaded: &Loaded,
    installation: &Installation,
    roles: &Roles,
) -> Result<Value> {
    let mut agents =
        agents(installation, roles).into_iter().filter(|agent| agent.role == loaded.spec().name).peekable();
    let Some(name) = &args.agent else {
        return Ok(agents.next().map(|agent| agent.settings).unwrap_or_default());
    };
    let names: Vec<_> =
        super::agents(loaded, installation).into_iter().map(|name| name.to_string()).collect();
    agents.find(|agent| agent.name == *name).map(|agent| agent.settings).ok_or_else(|| {
        let message = format!("no agent `{name}` has the role `{}`", args.name);
        let hint = match names.as_slice() {
            [] => "none has; leave --agent out".to_owned(),
            names => format!("use one of {}", names.join(", ")),
        };
        CliError::usage(message).hint(hint)
    })
}

fn unseen(error: PreviewError) -> CliError {
    match error {
        PreviewError::Store(error) => error.into(),
        other => CliError::configuration(with_causes(&other)).hint("`octopoid doctor` checks the repository"),
    }
}
