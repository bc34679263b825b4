//! `octopoid db`: a database as a whole.

use super::key::database;
use crate::args::{Db, DbAction};
use crate::context::Context;
use crate::error::{CliError, IoContext, Kind, Result, with_causes};
use crate::installation::{Database, DatabaseName, open_database};
use crate::output::{style, text};
use octopoid_core::model::Policy;
use octopoid_core::store::{ErrorKind, StoreError};
use octopoid_store::transfer::{self, Rows};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

pub(super) async fn run(args: &Db, context: &Context) -> Result<()> {
    if let DbAction::Init { .. } = args.action {
        context.output.line("nothing to do: the first command that needs the database makes it");
        return Ok(());
    }
    let name = database(&args.database, context)?;
    if !matches!(args.action, DbAction::Import { .. }) {
        must_exist(&name)?;
    }
    let database = open_database(&name, Policy::default(), None).await?;
    let done = match &args.action {
        DbAction::Export { file } if file == Path::new("-") => {
            rows_to(&database, std::io::stdout()).await.map(drop)
        }
        DbAction::Export { file } => export(&database, &name, &context.directory.join(file), context).await,
        DbAction::Import { file, force } => {
            import(&database, &name, context.directory.join(file), *force, context).await
        }
        DbAction::Backup { file } => backup(&database, &name, &context.directory.join(file), context).await,
        DbAction::Check => check(&database, &name, context).await,
        DbAction::Init { .. } => Ok(()),
    };
    database.store().close();
    done
}

/// Refuses a file that is missing, which opening would make.
fn must_exist(name: &DatabaseName) -> Result<()> {
    match name.file() {
        Some(path) if !path.exists() => {
            Err(CliError::usage(format!("there is no database {name}")).hint("name another with --database"))
        }
        _ => Ok(()),
    }
}

async fn rows_to<W: Write + Send + 'static>(database: &Database, to: W) -> Result<(Rows, W)> {
    let exported = match database {
        Database::File(store) => transfer::export(store, to).await,
        Database::Postgres(store) => transfer::export(store, to).await,
    };
    exported.map_err(failed)
}

fn failed(error: StoreError) -> CliError {
    let kind = match error.kind() {
        ErrorKind::Unavailable => Kind::Unavailable,
        ErrorKind::Invalid { .. } => Kind::Refused,
        _ => Kind::Failure,
    };
    CliError::new(kind, with_causes(&error))
}

/// Returns an empty file beside the one that is to be, readable by its owner alone: the name appears once all is written.
fn beside(file: &Path) -> Result<NamedTempFile> {
    if file.exists() {
        return Err(CliError::refused(format!("{} exists already", file.display())).hint("name another file"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new()
        .prefix(".")
        .suffix(".new")
        .tempfile_in(folder)
        .doing(format_args!("write to {}", folder.display()))
}

fn keep(new: NamedTempFile, file: &Path) -> Result<()> {
    new.as_file().sync_all().doing(format_args!("write {}", file.display()))?;
    let kept = new.persist_noclobber(file).map_err(|error| error.error);
    kept.map(drop).doing(format_args!("write {}", file.display()))
}

async fn export(database: &Database, name: &DatabaseName, file: &Path, context: &Context) -> Result<()> {
    let (rows, new) = rows_to(database, beside(file)?).await?;
    keep(new, file)?;
    say(name, file, Some(&rows), "exported", context);
    Ok(())
}

async fn backup(database: &Database, name: &DatabaseName, file: &Path, context: &Context) -> Result<()> {
    let Database::File(store) = database else { return export(database, name, file, context).await };
    let new = beside(file)?;
    store.back_up(new.path()).await.map_err(failed)?;
    keep(new, file)?;
    say(name, file, None, "copied", context);
    Ok(())
}

async fn import(
    database: &Database,
    name: &DatabaseName,
    file: PathBuf,
    force: bool,
    context: &Context,
) -> Result<()> {
    let imported = match database {
        Database::File(store) => transfer::import(store, file.clone(), force).await,
        Database::Postgres(store) => transfer::import(store, file.clone(), force).await,
    };
    let rows = imported.map_err(|error| match error.kind() {
        ErrorKind::Invalid { field } if field == "database" => {
            CliError::refused(format!("the database {name} is not empty, and nothing was changed"))
                .hint("name an empty one with --database, or remove everything in it with --force")
        }
        _ => failed(error),
    })?;
    say(name, &file, Some(&rows), "imported", context);
    Ok(())
}

async fn check(database: &Database, name: &DatabaseName, context: &Context) -> Result<()> {
    let (rows, mut findings) = match database {
        Database::File(store) => transfer::check(store).await.map_err(failed)?,
        Database::Postgres(store) => transfer::check(store).await.map_err(failed)?,
    };
    findings.extend(match database {
        Database::File(store) => store.check_integrity().await.map_err(failed)?,
        Database::Postgres(store) => store.check_integrity().await.map_err(failed)?,
    });
    context.output.json(&json!({ "database": name.to_string(), "rows": rows, "findings": findings }));
    for finding in &findings {
        context.output.line(finding);
    }
    if findings.is_empty() {
        context.output.line(format_args!("{}: {name}: {}", style::paint(style::GOOD, "sound"), told(&rows)));
        return Ok(());
    }
    Err(CliError::said(Kind::Failure))
}

fn told(rows: &Rows) -> String {
    let Rows { tasks, events, messages, runs, .. } = *rows;
    format!(
        "{}, {}, {}, {}, {} in all",
        text::count(tasks, "task"),
        text::count(events, "event"),
        text::count(messages, "message"),
        text::count(runs, "run"),
        text::count(rows.total(), "row"),
    )
}

fn say(name: &DatabaseName, file: &Path, rows: Option<&Rows>, what: &str, context: &Context) {
    context.output.json(&json!({ "database": name.to_string(), "file": file, "rows": rows }));
    let rows = rows.map_or_else(String::new, |rows| format!(": {}", told(rows)));
    context.output.line(format_args!("{what} {}{rows}", file.display()));
}
