//! Migrations of the tables.

use super::error::damaged;
use super::session::Session;
use octopoid_core::store::{Result, StoreError};

/// Migration of the tables.
struct Migration {
    sql: &'static str,
    /// The oldest version of the tables that a program may know to work on with this one. Raised where an older program would lose
    /// or misread what this one allows, such as a new field within a record.
    oldest: i32,
}

/// Migrations, in order. They are never changed, only added to.
const MIGRATIONS: [Migration; 1] =
    [Migration { sql: include_str!("../../migrations/postgres/0001_tables.sql"), oldest: 1 }];

/// The version of the tables that this program knows.
pub(super) const VERSION: i32 = MIGRATIONS.len() as i32;

/// Creates the tables where there are none, and carries out the migrations that they have not seen, all or none.
pub(super) fn migrate(session: &mut Session) -> Result<()> {
    let done = attempt(session);
    if done.is_err() && session.is_connected() {
        // Ends with the connection where even that fails.
        let _ = session.batch("ROLLBACK").inspect_err(|_| ());
    }
    done
}

fn attempt(session: &mut Session) -> Result<()> {
    let schema = session.connector.url.schema.clone();
    session.batch("BEGIN")?;
    // Another server may do the same at this moment.
    session
        .rows("SELECT pg_advisory_xact_lock(hashtext('octopoid migrations'), hashtext($1))", &[&schema])?;
    let sql = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
                      EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1),
                      EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                               WHERE n.nspname = $1 AND c.relname = 'schema_version')";
    let found = session.row(sql, &[&schema])?.ok_or_else(|| damaged("no answer"))?;
    let (is_there, is_used, is_ours): (bool, bool, bool) = (found.get(0), found.get(1), found.get(2));
    if is_used && !is_ours {
        let rule =
            format_args!("the schema `{schema}` is another program's; name another with `?schema=NAME`");
        return Err(StoreError::invalid("database", rule));
    }
    if !is_there {
        session.batch(&format!("CREATE SCHEMA \"{schema}\""))?;
    }
    if !is_ours {
        session.batch(
            "CREATE TABLE schema_version (version integer NOT NULL, oldest integer NOT NULL);
             INSERT INTO schema_version VALUES (0, 0)",
        )?;
    }
    let row = session
        .row("SELECT version, oldest FROM schema_version", &[])?
        .ok_or_else(|| damaged("no version"))?;
    let (version, oldest): (i32, i32) = (row.get(0), row.get(1));
    check(&schema, version, oldest)?;
    for (migration, number) in MIGRATIONS.iter().zip(1..).filter(|(_, number)| *number > version) {
        session.batch(migration.sql)?;
        session
            .execute("UPDATE schema_version SET version = $1, oldest = $2", &[&number, &migration.oldest])?;
    }
    session.batch("COMMIT")
}

/// Refuses tables on which only newer programs may work.
pub(super) fn check(schema: &str, version: i32, oldest: i32) -> Result<()> {
    if oldest <= VERSION {
        return Ok(());
    }
    let rule = format_args!(
        "the schema `{schema}` was migrated by a newer Octopoid (version {version}, this one knows {VERSION}); update Octopoid"
    );
    Err(StoreError::invalid("database", rule))
}
