//! Whether nobody was here to expire leases: machines could not renew them either, and those that still work come back first.

use crate::database::ObjectDatabase;
use octopoid_core::model::Timestamp;
use octopoid_store::sqlite::{HostDatabase as _, HostError, HostValue};
use std::time::Duration;

/// Time that machines have to come back.
const GRACE: Duration = Duration::from_secs(60);
/// Time by which an alarm is late now and then.
const LATE: Duration = Duration::from_secs(10);

/// Returns how long from now on no claim is to be expired, because the first lease ended while the object was not there. The end of that
/// time is noted: an object may be started several times before it is over, and not be given a new one each time.
pub(crate) fn grace(
    database: &ObjectDatabase,
    first_end: Option<Timestamp>,
    now: Timestamp,
) -> Result<Duration, HostError> {
    let Some(end) = first_end.filter(|end| *end + LATE < now) else { return Ok(Duration::ZERO) };
    database.execute(
        "CREATE TABLE IF NOT EXISTS grace (one INTEGER PRIMARY KEY CHECK (one = 1), lease_end INTEGER NOT NULL,
                                           until INTEGER NOT NULL) STRICT",
        &[],
    )?;
    let until = now + GRACE;
    let params = [HostValue::Integer(end.as_millis()), HostValue::Integer(until.as_millis())];
    database.execute(
        "INSERT INTO grace (one, lease_end, until) VALUES (1, ?1, ?2)
             ON CONFLICT DO UPDATE SET lease_end = excluded.lease_end, until = excluded.until
             WHERE lease_end <> excluded.lease_end",
        &params,
    )?;
    let rows = database.execute("SELECT until FROM grace", &[])?;
    Ok(match rows.first().and_then(|row| row.first()) {
        Some(HostValue::Integer(until)) => Timestamp::from_millis(*until).since(now),
        _ => GRACE,
    })
}
