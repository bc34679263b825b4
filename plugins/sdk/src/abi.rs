//! The binary boundary, as `include/octopoid_plugin.h` has it for C.
//!
//! A plugin exports one symbol, [`SYMBOL`], a function from the host's table to the plugin's. Only fixed-width integers,
//! pointers and function pointers cross; everything else is JSON in UTF-8. Neither side frees the other's memory: the
//! creator of an [`OctoBuf`] frees it, through its `release`. Fields are only ever appended to the tables; a field is used
//! only if `size` covers it and it is not null.

#![expect(unsafe_code, reason = "the tables are shared between threads, and their pointers are read here")]

use std::ffi::c_void;

/// The one symbol that a plugin exports. The ABI's major version is in its name.
pub const SYMBOL: &str = "octopoid_plugin_v1";
/// The beginning of the symbols of all versions.
pub const SYMBOL_PREFIX: &str = "octopoid_plugin_v";
/// The ABI's major version.
pub const MAJOR: u32 = 1;
/// The newest minor version of the tables that this crate knows.
pub const MINOR: u32 = 1;
/// The most bytes of one text across the boundary: 16 MiB.
pub const MAX_BYTES: usize = 16 << 20;

/// The status of a call. Any other number reads as [`status::ERR`].
pub mod status {
    /// Success; the reply is the answer.
    pub const OK: i32 = 0;
    /// Failure; the reply is the error.
    pub const ERR: i32 = 1;
    /// The run is to stop, so nothing was done, or not all of it.
    pub const CANCELLED: i32 = 2;
    /// A panic; the reply says where.
    pub const PANIC: i32 = 3;
    /// There is no such run, or it is over.
    pub const STALE: i32 = 4;
    /// The arguments are invalid: null where that is not allowed, not UTF-8, too long, not JSON.
    pub const BAD_ARG: i32 = 5;
    /// There is no such operation, or it is not among the features in use.
    pub const UNSUPPORTED: i32 = 6;
}

/// The level of a log line.
pub mod level {
    /// Something failed.
    pub const ERROR: u32 = 1;
    /// Something is wrong, and the work goes on.
    pub const WARN: u32 = 2;
    /// Something that a user wants to know.
    pub const INFO: u32 = 3;
    /// Something that the plugin's author wants to know.
    pub const DEBUG: u32 = 4;
}

/// A run of a role: a token, never a pointer, never reused; 0 is no run.
pub type OctoRun = u64;

/// A borrowed text in UTF-8 without a NUL at its end, valid for the call that it is given to.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct OctoStr {
    /// Its first byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// Its length in bytes.
    pub len: usize,
}

// SAFETY: it is a pointer and a length; whoever reads through it must know that the bytes live, wherever that happens.
unsafe impl Send for OctoStr {}
// SAFETY: as above; nothing is written through it.
unsafe impl Sync for OctoStr {}

impl OctoStr {
    /// The empty text.
    pub const EMPTY: OctoStr = OctoStr { ptr: std::ptr::null(), len: 0 };

    /// Borrows a text.
    pub const fn new(text: &str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }

    /// Returns the text.
    ///
    /// # Errors
    /// What is wrong with it: it is null with a length, longer than [`MAX_BYTES`], or not UTF-8.
    ///
    /// # Safety
    /// `ptr` and `len` describe readable bytes that live and do not change for `'a`, unless `ptr` is null.
    pub unsafe fn read<'a>(self) -> Result<&'a str, String> {
        if self.len == 0 {
            return Ok("");
        }
        if self.ptr.is_null() {
            return Err(format!("a text of {} bytes is null", self.len));
        }
        if self.len > MAX_BYTES {
            return Err(too_long(self.len));
        }
        // SAFETY: not null, and the caller vouches for the bytes.
        let bytes = unsafe { std::slice::from_raw_parts(self.ptr, self.len) };
        std::str::from_utf8(bytes).map_err(|error| format!("a text is not UTF-8: {error}"))
    }
}

/// A text that is handed over. Its creator frees it when `release` is called, which happens once.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct OctoBuf {
    /// Its first byte; null when there is no text.
    pub ptr: *const u8,
    /// Its length in bytes.
    pub len: usize,
    /// Data with which its creator frees it.
    pub owner: *mut c_void,
    /// The function that frees it; null when there is nothing to free.
    pub release: Option<unsafe extern "C" fn(buffer: *mut OctoBuf)>,
}

impl OctoBuf {
    /// No text.
    pub const EMPTY: OctoBuf =
        OctoBuf { ptr: std::ptr::null(), len: 0, owner: std::ptr::null_mut(), release: None };

    /// Hands a text over; this crate's `release` frees it.
    pub fn new(text: String) -> Self {
        // The bytes stay where they are when the text moves into its box.
        let (ptr, len) = (text.as_ptr(), text.len());
        Self { ptr, len, owner: Box::into_raw(Box::new(text)).cast(), release: Some(release_text) }
    }

    /// Takes the text out, and has it freed, also when it is invalid.
    ///
    /// # Errors
    /// What is wrong with it: it is null with a length, longer than [`MAX_BYTES`], or not UTF-8.
    ///
    /// # Safety
    /// It was filled by the other side, or is [`OctoBuf::EMPTY`], and was not taken before.
    pub unsafe fn take(mut self) -> Result<String, String> {
        let borrowed = OctoStr { ptr: self.ptr, len: self.len };
        // SAFETY: the other side filled it, and it is released only below.
        let text = unsafe { borrowed.read() }.map(str::to_owned);
        if let Some(release) = self.release {
            // SAFETY: its maker gave it for this, and it is called once.
            unsafe { release(&raw mut self) };
        }
        text
    }
}

unsafe extern "C" fn release_text(buffer: *mut OctoBuf) {
    if buffer.is_null() {
        return;
    }
    // SAFETY: `OctoBuf::new` made the owner with `Box::into_raw`; a second call finds it null.
    unsafe {
        let owner = std::mem::replace(&mut (*buffer).owner, std::ptr::null_mut());
        if !owner.is_null() {
            drop(Box::from_raw(owner.cast::<String>()));
        }
        (*buffer).ptr = std::ptr::null();
        (*buffer).len = 0;
    }
}

/// Writes a line to the run's log: `{"message": …}`. From any thread; returns at once.
pub type LogFn = unsafe extern "C" fn(run: OctoRun, level: u32, event_json: OctoStr);
/// Returns 1 when the run is to stop or is over, and 0 otherwise. From any thread; returns at once.
pub type CancelledFn = unsafe extern "C" fn(run: OctoRun) -> i32;
/// Carries out an operation of the host; see [`crate::message::op`]. From any thread, but not inside `create` and `destroy`;
/// blocks until it is done or the run is cancelled. `reply` is filled whatever the status is.
pub type CallFn =
    unsafe extern "C" fn(run: OctoRun, op: OctoStr, request_json: OctoStr, reply: *mut OctoBuf) -> i32;
/// Returns a later addition by its name; null if there is none.
pub type ExtensionFn = unsafe extern "C" fn(id: OctoStr) -> *const c_void;

/// The table of the host's functions.
#[repr(C)]
#[derive(Debug)]
pub struct OctoHost {
    /// The size of this table in bytes, as the host knows it.
    pub size: u32,
    /// The minor version of this table.
    pub minor: u32,
    /// See [`LogFn`].
    pub log: Option<LogFn>,
    /// See [`CancelledFn`].
    pub cancelled: Option<CancelledFn>,
    /// See [`CallFn`].
    pub call: Option<CallFn>,
    /// See [`ExtensionFn`]. Since minor version 1.
    pub extension: Option<ExtensionFn>,
}

/// Creates an instance of a role for some settings. The host creates one at a time for each library. On failure `error` is
/// filled and `instance` left alone.
pub type CreateFn = unsafe extern "C" fn(
    host: *const OctoHost,
    role: OctoStr,
    config_json: OctoStr,
    instance: *mut *mut c_void,
    error: *mut OctoBuf,
) -> i32;
/// Carries out one run, on a thread that the host created for it; up to `max_concurrency` at once.
pub type RunFn = unsafe extern "C" fn(
    instance: *mut c_void,
    run: OctoRun,
    request_json: OctoStr,
    reply: *mut OctoBuf,
) -> i32;
/// Frees an instance that has no run going on.
pub type DestroyFn = unsafe extern "C" fn(instance: *mut c_void);
/// Told that a run is to stop. From any thread; returns at once.
pub type CancelFn = unsafe extern "C" fn(instance: *mut c_void, run: OctoRun);

/// The table of a plugin's functions.
#[repr(C)]
#[derive(Debug)]
pub struct OctoPlugin {
    /// The size of this table in bytes, as the plugin knows it.
    pub size: u32,
    /// The minor version of this table.
    pub minor: u32,
    /// [`crate::message::Manifest`]; lives as long as the library.
    pub manifest_json: OctoStr,
    /// See [`CreateFn`].
    pub create: Option<CreateFn>,
    /// See [`RunFn`].
    pub run: Option<RunFn>,
    /// See [`DestroyFn`].
    pub destroy: Option<DestroyFn>,
    /// See [`CancelFn`]; may be null. Since minor version 1.
    pub cancel: Option<CancelFn>,
    /// See [`ExtensionFn`]; may be null. Since minor version 1.
    pub extension: Option<ExtensionFn>,
}

/// The type of [`SYMBOL`]. A plugin returns null if it cannot work with the host.
pub type EntryFn = unsafe extern "C" fn(host: *const OctoHost) -> *const OctoPlugin;

/// The size of a table with `minor` 0: up to and including `destroy`.
pub const SMALLEST_PLUGIN: usize = std::mem::offset_of!(OctoPlugin, cancel);
/// The size of a host's table with `minor` 0: up to and including `call`.
pub const SMALLEST_HOST: usize = std::mem::offset_of!(OctoHost, extension);

pub(crate) fn too_long(len: usize) -> String {
    format!("a text of {len} bytes is longer than {} MiB", MAX_BYTES >> 20)
}
