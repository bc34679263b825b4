//! `octopoid key`: the keys that open scopes, in the server's database.

use crate::args::{Database, Key, KeyAction};
use crate::context::Context;
use crate::error::{CliError, Kind, Result};
use crate::installation::{DatabaseName, DatabaseStore, open_database};
use crate::output::{Output, style, table};
use comfy_table::Cell;
use octopoid_core::model::{ApiKey, Policy, Scope};
use octopoid_store::server::{digest, generate_key};
use serde_json::{Value, json};

/// Returns the database that is named, or else the installation's.
pub(super) fn database(args: &Database, context: &Context) -> Result<DatabaseName> {
    if let Some(name) = &args.database {
        return DatabaseName::read(name, &context.directory, &context.environment);
    }
    match context.installation() {
        Ok(installation) => installation.database(&context.environment),
        Err(error) if error.kind == Kind::Configuration && context.find().is_err() => {
            Err(CliError::usage("there is no installation here, so there is no database to guess")
                .hint("name it: --database octopoid.db"))
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn run(args: &Key, context: &Context) -> Result<()> {
    let store = open_database(&database(&args.database, context)?, Policy::default(), None).await?.store();
    let output = context.output;
    match &args.action {
        KeyAction::Create { scope, label, read_only } => {
            make(&*store, scope, label, New { replaces: false, read_only: *read_only }, output).await
        }
        KeyAction::Rotate { scope } => {
            make(&*store, scope, "rotated", New { replaces: true, read_only: false }, output).await
        }
        KeyAction::List { scope } => list(&*store, scope.as_ref(), output).await,
        KeyAction::Revoke { id } => {
            let key = store.revoke_key(id).await.map_err(no_key)?;
            output.json(&of_key(&key));
            output.line(format_args!("{} no longer opens {}", key.id, key.scope));
            Ok(())
        }
    }
}

fn no_key(error: octopoid_core::store::StoreError) -> CliError {
    let missing = error.is_not_found();
    let error = CliError::from(error);
    if missing { error.hint("`octopoid key list` shows the keys there are") } else { error }
}

/// Kind of a new key.
#[derive(Debug, Clone, Copy)]
struct New {
    /// Whether every other key of its scope stops working.
    replaces: bool,
    /// Whether its holder may change nothing.
    read_only: bool,
}

async fn make(store: &dyn DatabaseStore, scope: &Scope, label: &str, new: New, output: Output) -> Result<()> {
    let secret = generate_key();
    let key = store.add_key(scope, label, digest(&secret), new.replaces).await?;
    // Before anybody has its secret.
    let key = if new.read_only { store.restrict_key(&key.id).await? } else { key };
    let mut shown = of_key(&key);
    shown["api_key"] = Value::from(secret.clone());
    output.json(&shown);
    output.line(&secret);
    let others = if new.replaces { "; its other keys stopped working" } else { "" };
    output.note(format_args!(
        "{} opens the scope {}{}{others}",
        style::paint(style::GOOD, &key.id),
        key.scope,
        if key.read_only { " for reading alone" } else { "" }
    ));
    output.note("It is not shown again. A machine takes it from OCTOPOID_API_KEY, or from .octopoid/api-key (mode 600).");
    Ok(())
}

async fn list(store: &dyn DatabaseStore, scope: Option<&Scope>, output: Output) -> Result<()> {
    let keys = store.keys(scope).await?;
    output.json(&json!({ "keys": keys.iter().map(of_key).collect::<Vec<_>>() }));
    if keys.is_empty() {
        output.line("there are no keys; `octopoid key create --scope default` makes one");
        return Ok(());
    }
    let mut rows = table::table(&["KEY", "SCOPE", "LABEL", "MADE", "STATE"]);
    for key in &keys {
        let state = match key.revoked_at {
            None if key.read_only => "works, read only".to_owned(),
            None => "works".to_owned(),
            Some(at) => format!("revoked {at}"),
        };
        rows.add_row(vec![
            Cell::new(&key.id),
            Cell::new(&key.scope),
            Cell::new(&key.label),
            Cell::new(key.created_at),
            Cell::new(state),
        ]);
    }
    output.line(table::render(&mut rows));
    Ok(())
}

/// Returns a key as JSON, without its digest.
fn of_key(key: &ApiKey) -> Value {
    json!({
        "id": key.id, "scope": key.scope, "label": key.label, "created_at": key.created_at, "revoked_at": key.revoked_at,
        "read_only": key.read_only,
    })
}
