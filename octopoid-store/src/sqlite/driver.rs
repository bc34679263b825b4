//! The SQLite under the queries of this folder: the library that is linked in, or, on WebAssembly, the database of the host.

#[cfg(not(target_family = "wasm"))]
pub(super) use rusqlite::types::{FromSql, ToSqlOutput, Value, ValueRef};
#[cfg(not(target_family = "wasm"))]
pub(super) use rusqlite::{CachedStatement, Connection, Params, Row, Statement, params, params_from_iter};

#[cfg(target_family = "wasm")]
pub(super) use super::host::driver::{
    CachedStatement, Connection, FromSql, Params, Row, Statement, ToSqlOutput, Value, ValueRef, params,
    params_from_iter,
};
