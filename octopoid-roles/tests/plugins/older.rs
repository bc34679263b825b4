//! A plugin as the first version of the boundary had it (minor version 0): a shorter table, no `cancel`, fewer messages.
//! It is compiled as it stands, by itself, so it never learns of later versions. Do not bring it up to date.

use std::ffi::c_void;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    ptr: *const u8,
    len: usize,
}

#[repr(C)]
pub struct Buf {
    ptr: *const u8,
    len: usize,
    owner: *mut c_void,
    release: Option<unsafe extern "C" fn(*mut Buf)>,
}

#[repr(C)]
pub struct Host {
    size: u32,
    minor: u32,
    log: Option<unsafe extern "C" fn(u64, u32, Str)>,
    cancelled: Option<unsafe extern "C" fn(u64) -> i32>,
    call: Option<unsafe extern "C" fn(u64, Str, Str, *mut Buf) -> i32>,
}

#[repr(C)]
pub struct Plugin {
    size: u32,
    minor: u32,
    manifest: Str,
    create: Option<unsafe extern "C" fn(*const Host, Str, Str, *mut *mut c_void, *mut Buf) -> i32>,
    run: Option<unsafe extern "C" fn(*mut c_void, u64, Str, *mut Buf) -> i32>,
    destroy: Option<unsafe extern "C" fn(*mut c_void)>,
}

unsafe impl Sync for Plugin {}

const MANIFEST: &str = r#"{"name": "older", "version": "0.0.1", "schema": 1,
    "roles": [{"name": "older", "description": "Built long ago"}], "features": ["task.get"]}"#;

static TABLE: Plugin = Plugin {
    size: size_of::<Plugin>() as u32,
    minor: 0,
    manifest: Str { ptr: MANIFEST.as_ptr(), len: MANIFEST.len() },
    create: Some(create),
    run: Some(run),
    destroy: Some(destroy),
};

fn text(text: &str) -> Str {
    Str { ptr: text.as_ptr(), len: text.len() }
}

unsafe extern "C" fn free(buffer: *mut Buf) {
    unsafe { drop(Box::from_raw((*buffer).owner.cast::<String>())) };
}

unsafe extern "C" fn create(host: *const Host, _: Str, _: Str, instance: *mut *mut c_void, _: *mut Buf) -> i32 {
    unsafe { *instance = host.cast_mut().cast() };
    0
}

unsafe extern "C" fn run(instance: *mut c_void, run: u64, _: Str, reply: *mut Buf) -> i32 {
    let host = instance.cast::<Host>();
    let mut task = Buf { ptr: std::ptr::null(), len: 0, owner: std::ptr::null_mut(), release: None };
    unsafe {
        if (*host).cancelled.unwrap()(run) != 0 {
            return 2;
        }
        (*host).log.unwrap()(run, 3, text(r#"{"message": "still here"}"#));
        if (*host).call.unwrap()(run, text("task.get"), text("{}"), &mut task) != 0 {
            return 1;
        }
        let seen = std::slice::from_raw_parts(task.ptr, task.len);
        let seen = String::from_utf8_lossy(seen).contains("\"title\"");
        task.release.unwrap()(&mut task);
        let answer = Box::new(format!(r#"{{"outcome": "submitted", "summary": "saw a title: {seen}"}}"#));
        *reply = Buf {
            ptr: answer.as_ptr(),
            len: answer.len(),
            owner: Box::into_raw(answer).cast(),
            release: Some(free),
        };
    }
    0
}

unsafe extern "C" fn destroy(_: *mut c_void) {}

/// The entry.
#[unsafe(no_mangle)]
pub extern "C" fn octopoid_plugin_v1(_host: *const Host) -> *const Plugin {
    &TABLE
}
