//! The host's table, which plugins call, and the runs that calls are for.

#![expect(unsafe_code, reason = "this is the host's side of a C boundary")]

use super::port::Port;
use octopoid_plugin::abi::{MINOR, OctoBuf, OctoHost, OctoRun, OctoStr, status};
use octopoid_plugin::{Error, ErrorKind};
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// The host's table. It lives as long as the process, because plugins keep its address.
static HOST: OctoHost = OctoHost {
    size: size_of::<OctoHost>() as u32,
    minor: MINOR,
    log: Some(log),
    cancelled: Some(cancelled),
    call: Some(call),
    extension: Some(extension),
};

/// The runs that are going on, by their tokens. A call that comes later finds no run.
static RUNS: LazyLock<RwLock<HashMap<OctoRun, Arc<dyn Port>>>> = LazyLock::new(RwLock::default);

/// The next token. Tokens are never reused.
static NEXT: AtomicU64 = AtomicU64::new(1);

pub(super) fn host() -> *const OctoHost {
    &raw const HOST
}

/// Registers a run, so that plugins can call for it until this is dropped.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) token: OctoRun,
}

impl Registered {
    pub(super) fn new(port: Arc<dyn Port>) -> Self {
        let token = NEXT.fetch_add(1, Ordering::Relaxed);
        RUNS.write().unwrap_or_else(PoisonError::into_inner).insert(token, port);
        Self { token }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        RUNS.write().unwrap_or_else(PoisonError::into_inner).remove(&self.token);
    }
}

fn port(run: OctoRun) -> Option<Arc<dyn Port>> {
    RUNS.read().unwrap_or_else(PoisonError::into_inner).get(&run).cloned()
}

unsafe extern "C" fn log(run: OctoRun, level: u32, event_json: OctoStr) {
    // A panic must not reach the plugin, and cannot be reported.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the plugin's text lives until this returns.
        if let (Some(port), Ok(event)) = (port(run), unsafe { event_json.read() }) {
            port.log(level, event);
        }
    }));
}

unsafe extern "C" fn cancelled(run: OctoRun) -> i32 {
    catch_unwind(AssertUnwindSafe(|| port(run).is_none_or(|port| port.cancelled()))).map_or(1, i32::from)
}

unsafe extern "C" fn call(run: OctoRun, op: OctoStr, request_json: OctoStr, reply: *mut OctoBuf) -> i32 {
    let body = || {
        let Some(port) = port(run) else {
            return Err(Error::new(ErrorKind::Stale, format!("there is no run {run}, or it is over")));
        };
        let invalid = |problem| Error::new(ErrorKind::Invalid, problem);
        // SAFETY: the plugin's texts live until this returns.
        let (op, request) = unsafe { (op.read().map_err(invalid)?, request_json.read().map_err(invalid)?) };
        port.call(op, request)
    };
    let (code, text) = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(text)) => (status::OK, text),
        Ok(Err(error)) => (error.status(), error.to_json()),
        Err(payload) => {
            // Dropping a stranger's payload may panic again.
            std::mem::forget(payload);
            (status::PANIC, Error::new(ErrorKind::Host, "the host panicked").to_json())
        }
    };
    if reply.is_null() {
        return status::BAD_ARG;
    }
    // SAFETY: the plugin gave a place to write the reply to.
    unsafe { reply.write(OctoBuf::new(text)) };
    code
}

unsafe extern "C" fn extension(_id: OctoStr) -> *const c_void {
    std::ptr::null()
}
