//! Blocking writes to disk inside the async runtime.

/// Runs a write to disk without blocking the other tasks of the runtime.
///
/// Leases have to be renewed in the meantime, however slow the disk is (I10).
pub(crate) fn wait_for_disk<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        // There is no other thread that could run the other tasks.
        _ => work(),
    }
}
