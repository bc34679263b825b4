//! A plugin's table, of which nothing is used before it was checked.

#![expect(unsafe_code, reason = "this is the host's side of a C boundary")]

use super::callbacks::host;
use octopoid_plugin::abi::{
    CancelFn, CreateFn, DestroyFn, EntryFn, OctoBuf, OctoPlugin, OctoRun, OctoStr, RunFn, SMALLEST_PLUGIN,
    status,
};
use octopoid_plugin::{Error, ErrorKind};
use std::ffi::c_void;

/// The largest size of a table, in bytes.
const LARGEST: usize = 64 << 10;

/// The functions of a plugin, copied from its table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    create: CreateFn,
    run: RunFn,
    destroy: DestroyFn,
    cancel: Option<CancelFn>,
}

impl Table {
    /// Asks a library for its table, and returns it with the text of the manifest.
    ///
    /// # Safety
    /// `entry` is the library's `octopoid_plugin_v1`, and the library is never unloaded.
    pub(super) unsafe fn ask(entry: EntryFn) -> Result<(Self, String), String> {
        // SAFETY: the caller vouches for the function; the host's table lives as long as the process.
        let table = unsafe { entry(host()) };
        // SAFETY: as above.
        unsafe { Self::read(table) }
    }

    /// # Safety
    /// `table` is null, or a table that lives as long as the process and is as large as its `size` says.
    unsafe fn read(table: *const OctoPlugin) -> Result<(Self, String), String> {
        if table.is_null() {
            return Err("it refuses to work with this Octopoid".to_owned());
        }
        if !table.is_aligned() {
            return Err("its table is not aligned".to_owned());
        }
        // SAFETY: every version of the table begins with its size.
        let size = unsafe { (&raw const (*table).size).read() } as usize;
        if !(SMALLEST_PLUGIN..=LARGEST).contains(&size) {
            return Err(format!(
                "its table says that it is {size} bytes long; it must be {SMALLEST_PLUGIN} at least"
            ));
        }
        let covered = |end: usize| size >= end;
        let manifest;
        let (create, run, destroy, mut cancel);
        // SAFETY: the smallest size covers these.
        unsafe {
            manifest = (&raw const (*table).manifest_json).read();
            create = (&raw const (*table).create).read();
            run = (&raw const (*table).run).read();
            destroy = (&raw const (*table).destroy).read();
            cancel = None;
        }
        if covered(std::mem::offset_of!(OctoPlugin, cancel) + size_of::<Option<CancelFn>>()) {
            // SAFETY: the size covers it.
            cancel = unsafe { (&raw const (*table).cancel).read() };
        }
        let need = |name: &str| format!("its table has no `{name}`");
        let table = Self {
            create: create.ok_or_else(|| need("create"))?,
            run: run.ok_or_else(|| need("run"))?,
            destroy: destroy.ok_or_else(|| need("destroy"))?,
            cancel,
        };
        if manifest.ptr.is_null() || manifest.len == 0 {
            return Err("it has no manifest".to_owned());
        }
        // SAFETY: the manifest lives as long as the library.
        let text = unsafe { manifest.read() }.map_err(|problem| format!("its manifest: {problem}"))?;
        Ok((table, text.to_owned()))
    }

    pub(super) fn create(&self, role: &str, config: &str) -> Result<RawInstance, Error> {
        let (mut instance, mut error) = (std::ptr::null_mut(), OctoBuf::EMPTY);
        // SAFETY: the texts live until this returns, and both results have a place.
        let code = unsafe {
            (self.create)(host(), OctoStr::new(role), OctoStr::new(config), &raw mut instance, &raw mut error)
        };
        // SAFETY: the plugin filled it, or left it empty.
        let text = unsafe { error.take() };
        match code {
            status::OK if instance.is_null() => Err(Error::role("`create` succeeded without an instance")),
            status::OK => Ok(RawInstance { table: *self, pointer: instance }),
            code => Err(failure(code, text)),
        }
    }
}

fn failure(code: i32, text: Result<String, String>) -> Error {
    match text {
        Ok(text) => Error::from_reply(code, &text),
        Err(problem) => Error::from_reply(code, &Error::role(format!("its reply: {problem}")).to_json()),
    }
}

/// The reply of a plugin's `run`.
#[derive(Debug)]
pub(super) enum Reply {
    /// An outcome, as JSON.
    Outcome(String),
    /// An error.
    Failed(Error),
    /// The message of a panic inside the plugin.
    Panicked(String),
}

/// An instance of a role. It is destroyed when this is dropped, so no run of it may be going on then.
#[derive(Debug)]
pub(super) struct RawInstance {
    table: Table,
    pointer: *mut c_void,
}

// SAFETY: the ABI has `run` called from many threads at once, and the others from any.
unsafe impl Send for RawInstance {}
// SAFETY: as above.
unsafe impl Sync for RawInstance {}

impl RawInstance {
    pub(super) fn run(&self, run: OctoRun, request: &str) -> Reply {
        let mut reply = OctoBuf::EMPTY;
        // SAFETY: the instance lives, the text lives until this returns, and the reply has a place.
        let code = unsafe { (self.table.run)(self.pointer, run, OctoStr::new(request), &raw mut reply) };
        // SAFETY: the plugin filled it, or left it empty.
        let text = unsafe { reply.take() };
        match code {
            status::OK => match text {
                Ok(text) => Reply::Outcome(text),
                Err(problem) => {
                    Reply::Failed(Error::new(ErrorKind::Role, format!("its reply cannot be used: {problem}")))
                }
            },
            status::PANIC => Reply::Panicked(failure(code, text).message),
            code => Reply::Failed(failure(code, text)),
        }
    }

    pub(super) fn cancel(&self, run: OctoRun) {
        if let Some(cancel) = self.table.cancel {
            // SAFETY: the instance lives, and `cancel` may be called from any thread.
            unsafe { cancel(self.pointer, run) };
        }
    }
}

impl Drop for RawInstance {
    fn drop(&mut self) {
        // SAFETY: `create` made it, and a run of it holds it.
        unsafe { (self.table.destroy)(self.pointer) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_lies_is_refused_before_it_is_used() {
        let mut table = OctoPlugin {
            size: size_of::<OctoPlugin>() as u32,
            minor: 1,
            manifest_json: OctoStr::new("{}"),
            create: None,
            run: None,
            destroy: None,
            cancel: None,
            extension: None,
        };
        // SAFETY: it is a table, and it lives until the end of this test.
        let read = |table: &OctoPlugin| unsafe { Table::read(table) }.unwrap_err();
        assert_eq!(read(&table), "its table has no `create`");
        for lie in [0, 8, SMALLEST_PLUGIN as u32 - 1, u32::MAX] {
            table.size = lie;
            assert!(read(&table).contains(&format!("says that it is {lie} bytes")), "{}", read(&table));
        }
        // SAFETY: null is allowed.
        let refused = unsafe { Table::read(std::ptr::null()) }.unwrap_err();
        assert!(refused.contains("refuses"), "{refused}");
    }
}
