//! The exported table, called as a host calls it.

#![expect(unsafe_code, reason = "the table is what is tested")]

use octopoid_plugin::abi::{OctoBuf, OctoHost, OctoPlugin, OctoRun, OctoStr, status};
use octopoid_plugin::message::Manifest;
use octopoid_plugin::serde_json;
use octopoid_plugin::{Error, Host, Outcome, Role, RoleSpec, RunRequest};
use std::ffi::c_void;
use std::ptr::{null, null_mut};

struct Moody;

impl Role for Moody {
    type Settings = ();

    fn spec() -> RoleSpec {
        RoleSpec::worker("moody", "Panics when it is told to").with_max_concurrency(3)
    }

    fn new((): ()) -> Result<Self, Error> {
        Ok(Self)
    }

    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
        assert!(request.task.title != "panic", "as told");
        host.progress("well").map(|()| Outcome::Submitted { summary: "well".to_owned() })
    }
}

octopoid_plugin::export_role!(Moody);

unsafe extern "C" fn log(_: OctoRun, _: u32, _: OctoStr) {}

unsafe extern "C" fn cancelled(_: OctoRun) -> i32 {
    0
}

/// Refuses everything without a word.
unsafe extern "C" fn call(_: OctoRun, _: OctoStr, _: OctoStr, _: *mut OctoBuf) -> i32 {
    status::STALE
}

fn host() -> OctoHost {
    OctoHost {
        size: size_of::<OctoHost>() as u32,
        minor: 1,
        log: Some(log),
        cancelled: Some(cancelled),
        call: Some(call),
        extension: None,
    }
}

fn table() -> &'static OctoPlugin {
    let host = Box::leak(Box::new(host()));
    let table = octopoid_plugin_v1(host);
    // SAFETY: it lives as long as the program.
    unsafe { table.as_ref() }.unwrap()
}

fn instance(table: &OctoPlugin) -> *mut c_void {
    let host = Box::leak(Box::new(host()));
    let mut made = null_mut();
    let create = table.create.unwrap();
    // SAFETY: all places are there.
    let code = unsafe { create(host, OctoStr::new("moody"), OctoStr::new("{}"), &raw mut made, null_mut()) };
    assert_eq!(code, status::OK);
    made
}

fn run(instance: *mut c_void, request: &str) -> (i32, String) {
    let mut reply = OctoBuf::EMPTY;
    let run = table().run.unwrap();
    // SAFETY: all places are there, and the reply is taken once.
    unsafe {
        let code = run(instance, 7, OctoStr::new(request), &raw mut reply);
        (code, reply.take().unwrap())
    }
}

fn request(title: &str) -> String {
    serde_json::json!({
        "schema": 1, "run": "task-1.1", "attempt": 1, "role": "moody", "later": "unknown",
        "task": { "id": "task-1", "title": title, "description": "" }, "workspace": { "path": "/nonexistent" },
    })
    .to_string()
}

#[test]
fn the_manifest_names_the_package_and_its_roles() {
    // SAFETY: it lives as long as the library.
    let text = unsafe { table().manifest_json.read() }.unwrap();
    let manifest: Manifest = serde_json::from_str(text).unwrap();
    assert_eq!(
        (manifest.name.as_str(), manifest.version.as_str()),
        (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    );
    assert_eq!((manifest.roles[0].name.as_str(), manifest.max_concurrency), ("moody", 3));
}

#[test]
fn a_host_that_offers_too_little_is_refused() {
    assert!(octopoid_plugin_v1(null()).is_null());
    let mut short = host();
    short.size = 16;
    assert!(octopoid_plugin_v1(&raw const short).is_null());
    let mut without = host();
    without.call = None;
    assert!(octopoid_plugin_v1(&raw const without).is_null());
}

#[test]
fn a_panic_ends_at_the_fence() {
    let instance = instance(table());
    let (code, reply) = run(instance, &request("panic"));
    assert_eq!(code, status::PANIC);
    assert!(reply.contains("as told") && reply.contains("glue.rs:"), "{reply}");
    // The refusal of the host is handed on with its status.
    assert_eq!(run(instance, &request("work")).0, status::STALE);
}

#[test]
fn wrong_arguments_are_refused() {
    let instance = instance(table());
    let (code, reply) = run(instance, "no json");
    assert!(code == status::BAD_ARG && reply.contains("not understood"), "{reply}");
    assert_eq!(run(null_mut(), &request("work")).0, status::BAD_ARG);
    let table = table();
    let (create, run, destroy, cancel) =
        (table.create.unwrap(), table.run.unwrap(), table.destroy.unwrap(), table.cancel.unwrap());
    let host = Box::leak(Box::new(host()));
    let (mut made, mut error) = (null_mut(), OctoBuf::EMPTY);
    // SAFETY: null is what is tested, and everything else is there.
    unsafe {
        assert_eq!(run(instance, 7, OctoStr::new("{}"), null_mut()), status::BAD_ARG);
        let bad = OctoStr { ptr: null(), len: 4 };
        assert_eq!(create(host, bad, OctoStr::new("{}"), &raw mut made, &raw mut error), status::BAD_ARG);
        assert!(error.take().unwrap().contains("null"));
        let mut error = OctoBuf::EMPTY;
        let unknown = OctoStr::new("cheerful");
        assert_eq!(create(host, unknown, OctoStr::new(""), &raw mut made, &raw mut error), status::BAD_ARG);
        assert!(error.take().unwrap().contains("no role `cheerful`"));
        assert_eq!(create(null(), unknown, OctoStr::new(""), null_mut(), null_mut()), status::BAD_ARG);
        cancel(instance, 7);
        cancel(null_mut(), 7);
        destroy(instance);
        destroy(null_mut());
    }
    assert!(made.is_null());
}

#[test]
fn a_text_that_is_handed_over_is_freed_by_its_maker_once() {
    let mut buffer = OctoBuf::new("text".to_owned());
    let release = buffer.release.unwrap();
    // SAFETY: it is released by its own function; the second time must find nothing.
    unsafe {
        release(&raw mut buffer);
        release(&raw mut buffer);
        release(null_mut());
    }
    assert!(buffer.owner.is_null() && buffer.len == 0);
}
