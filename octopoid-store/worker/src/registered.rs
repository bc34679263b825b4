//! Which scopes of an object are known to the object of the keys.

use crate::database::ObjectDatabase;
use octopoid_core::model::Scope;
use octopoid_store::sqlite::{HostDatabase as _, HostError, HostValue};

/// Returns the scopes that were registered.
pub(crate) fn read(database: &ObjectDatabase) -> Result<Vec<Scope>, HostError> {
    database.execute("CREATE TABLE IF NOT EXISTS registered (scope TEXT PRIMARY KEY) STRICT", &[])?;
    let rows = database.execute("SELECT scope FROM registered", &[])?;
    let name = |row: Vec<HostValue>| match row.into_iter().next() {
        Some(HostValue::Text(name)) => Scope::new(name).ok(),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(name).collect())
}

/// Notes the scopes that are registered now.
pub(crate) fn write(database: &ObjectDatabase, scopes: &[Scope]) -> Result<(), HostError> {
    database.execute("DELETE FROM registered", &[])?;
    for scope in scopes {
        let name = HostValue::Text(scope.to_string());
        database.execute("INSERT INTO registered (scope) VALUES (?1)", &[name])?;
    }
    Ok(())
}
