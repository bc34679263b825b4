//! Taking old history away. Both tables lie in the order of their coming, so a window is one stretch of each.

use super::batch::SqliteBatch;
use super::columns::int;
use super::failure::failed;
use super::rows::Ask;
use crate::engine::{Swept, Window};
use octopoid_core::model::Scope;
use octopoid_core::store::Result;
use rusqlite::params;

/// Whether a task does not hold its history back: it is over and has not changed since `?4`, or is gone.
macro_rules! is_over {
    ($table:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM tasks t WHERE t.scope = ",
            $table,
            ".scope AND t.id = ",
            $table,
            ".task AND (t.queue NOT IN ('done', 'failed') OR t.updated_at >= ?4))"
        )
    };
}

pub(super) fn events(batch: &SqliteBatch<'_>, window: Window<'_>) -> Result<Swept> {
    let last = "SELECT seq, at FROM events WHERE seq > ?1 ORDER BY seq LIMIT 1 OFFSET ?2";
    let delete = concat!(
        "DELETE FROM events WHERE seq > ?1 AND seq <= ?2 AND (?3 IS NULL OR scope = ?3) AND at < ?4 AND ",
        is_over!("events"),
        " AND seq < (SELECT max(seq) FROM events)"
    );
    sweep(batch, window, last, delete)
}

pub(super) fn runs(batch: &SqliteBatch<'_>, window: Window<'_>) -> Result<Swept> {
    let last = "SELECT place, started_at FROM runs WHERE place > ?1 ORDER BY place LIMIT 1 OFFSET ?2";
    let delete = concat!(
        "DELETE FROM runs WHERE place > ?1 AND place <= ?2 AND (?3 IS NULL OR scope = ?3) AND started_at < ?4 AND ",
        is_over!("runs"),
        " AND stage = 'settled'"
    );
    sweep(batch, window, last, delete)
}

fn sweep(
    batch: &SqliteBatch<'_>,
    window: Window<'_>,
    last: &'static str,
    delete: &'static str,
) -> Result<Swept> {
    let before = window.before.as_millis();
    let found = batch.first(last, params![int(window.after), window.limit - 1], |row| {
        Ok((row.get::<_, i64>(0).map_err(failed)?, row.get::<_, i64>(1).map_err(failed)?))
    })?;
    // What comes later is younger, so the pass is over with the first window that ends with something too young.
    let (until, next) = match found {
        Some((place, at)) => (place, Some(place).filter(|_| at < before)),
        None => (i64::MAX, None),
    };
    let scope = window.scope.map(Scope::as_str);
    let removed = batch.execute(delete, params![int(window.after), until, scope, before])?;
    Ok(Swept { removed: removed as u64, next: next.and_then(|place| u64::try_from(place).ok()) })
}
