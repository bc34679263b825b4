//! The part of the SQLite library's interface that the queries use, over the database of the host.

pub(in crate::sqlite) use super::connection::{CachedStatement, Connection, Row, Statement};
pub(in crate::sqlite) use super::params::{Params, params, params_from_iter};
pub(in crate::sqlite) use super::value::{FromSql, ToSqlOutput, Value, ValueRef};
