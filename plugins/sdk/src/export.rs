//! Exporting a [`Role`] as the table that a host reads. What [`export_role!`](crate::export_role) expands to calls this.

#![expect(unsafe_code, reason = "this is the plugin's side of a C boundary")]

use crate::abi::{MINOR, OctoBuf, OctoHost, OctoPlugin, OctoRun, OctoStr, SMALLEST_HOST, status};
use crate::error::{Error, ErrorKind};
use crate::fence::{fenced, quieten};
use crate::host::{Calls, Host};
use crate::message::{Manifest, Outcome, RoleManifest, RunRequest};
use crate::role::Role;
use std::collections::HashMap;
use std::ffi::c_void;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Exports one or more roles from a dynamic library.
///
/// ```
/// # use octopoid_plugin::{Error, Host, Outcome, Role, RoleSpec, RunRequest};
/// struct Greeter;
///
/// impl Role for Greeter {
///     type Settings = ();
///
///     fn spec() -> RoleSpec {
///         RoleSpec::worker("greeter", "Greets the world")
///     }
///
///     fn new((): ()) -> Result<Self, Error> {
///         Ok(Self)
///     }
///
///     fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
///         host.log("greeting");
///         std::fs::write(request.workspace.path.join("hello.txt"), "Hello, world\n")?;
///         Ok(Outcome::Submitted { summary: "greeted the world".to_owned() })
///     }
/// }
///
/// octopoid_plugin::export_role!(Greeter);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export_role {
    ($($role:ty),+ $(,)?) => {
        #[cfg(panic = "abort")]
        compile_error!(
            "a plugin must be able to catch its own panics: remove `panic = \"abort\"` from the profile"
        );

        /// The plugin's one exported symbol.
        #[doc(hidden)]
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub extern "C" fn octopoid_plugin_v1(
            host: *const $crate::abi::OctoHost,
        ) -> *const $crate::abi::OctoPlugin {
            static TABLE: $crate::export::Table = $crate::export::Table::new();
            TABLE.get(
                host,
                env!("CARGO_PKG_NAME"),
                env!("CARGO_PKG_VERSION"),
                &[$($crate::export::Entry::of::<$role>()),+],
            )
        }
    };
}

/// A role, before it has settings.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    spec: fn() -> RoleManifest,
    create: fn(&str) -> Result<Box<dyn Instance>, Error>,
}

impl Entry {
    /// A role's entry.
    pub const fn of<R: Role>() -> Self {
        Self { spec: R::spec, create: create_role::<R> }
    }
}

/// A role with its settings.
pub(crate) trait Instance: Send + Sync {
    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error>;
    fn cancel(&self, run: &str);
}

impl<R: Role> Instance for R {
    fn run(&self, request: &RunRequest, host: &Host) -> Result<Outcome, Error> {
        Role::run(self, request, host)
    }

    fn cancel(&self, run: &str) {
        Role::cancel(self, run);
    }
}

pub(crate) fn create_role<R: Role>(config: &str) -> Result<Box<dyn Instance>, Error> {
    let settings = match config.trim() {
        // No settings at all, however that is said.
        "" | "null" | "{}" => R::Settings::default(),
        text => serde_json::from_str(text)
            .map_err(|error| Error::new(ErrorKind::Settings, format!("the settings do not fit: {error}")))?,
    };
    R::new(settings).map(|role| Box::new(role) as Box<dyn Instance>)
}

/// The library's table, made when a host asks first.
#[derive(Debug)]
pub struct Table {
    made: OnceLock<Made>,
}

#[derive(Debug)]
struct Made {
    table: OctoPlugin,
    /// What the table points to.
    _manifest: String,
}

/// What `create` chooses from. One for each library, because each has its own copy of this crate.
static ENTRIES: OnceLock<Vec<(String, Entry)>> = OnceLock::new();

impl Table {
    /// Before any host asked.
    #[expect(clippy::new_without_default, reason = "it is the value of a static")]
    pub const fn new() -> Self {
        Self { made: OnceLock::new() }
    }

    /// The table; null for a host that offers less than this crate needs.
    pub fn get(
        &'static self,
        host: *const OctoHost,
        name: &str,
        version: &str,
        entries: &[Entry],
    ) -> *const OctoPlugin {
        let made = fenced(|| {
            quieten();
            if !host_is_usable(host) {
                return None;
            }
            Some(self.made.get_or_init(|| make(name, version, entries)))
        });
        match made {
            Ok(Some(made)) => &raw const made.table,
            Ok(None) | Err(_) => std::ptr::null(),
        }
    }
}

fn host_is_usable(host: *const OctoHost) -> bool {
    if host.is_null() {
        return false;
    }
    // SAFETY: not null, and every version of the table begins with its size.
    let size = unsafe { (&raw const (*host).size).read() } as usize;
    if size < SMALLEST_HOST {
        return false;
    }
    // SAFETY: the size covers these fields.
    unsafe {
        (&raw const (*host).log).read().is_some()
            && (&raw const (*host).cancelled).read().is_some()
            && (&raw const (*host).call).read().is_some()
    }
}

fn make(name: &str, version: &str, entries: &[Entry]) -> Made {
    let entries: Vec<_> = entries.iter().map(|entry| ((entry.spec)(), *entry)).collect();
    let roles = entries.iter().map(|(spec, _)| spec.clone()).collect();
    let manifest = serde_json::to_string(&Manifest::new(name, version, roles)).unwrap_or_default();
    let named = entries.into_iter().map(|(spec, entry)| (spec.name, entry)).collect();
    let _ = ENTRIES.set(named);
    let table = OctoPlugin {
        size: size_of::<OctoPlugin>() as u32,
        minor: MINOR,
        manifest_json: OctoStr { ptr: manifest.as_ptr(), len: manifest.len() },
        create: Some(create),
        run: Some(run),
        destroy: Some(destroy),
        cancel: Some(cancel),
        extension: None,
    };
    Made { table, _manifest: manifest }
}

/// What an instance's pointer points to.
struct Handle {
    host: HostTable,
    role: Box<dyn Instance>,
    /// The names of the runs under way, by their tokens.
    runs: Mutex<HashMap<OctoRun, String>>,
}

/// Carries out one call of the host: whatever happens, panics included, becomes a status and a reply.
fn answer(reply: *mut OctoBuf, body: impl FnOnce() -> Result<String, Error>) -> i32 {
    let (code, text) = match fenced(body) {
        Ok(Ok(text)) => (status::OK, text),
        Ok(Err(error)) => (error.status(), error.to_json()),
        Err(words) => (status::PANIC, Error::role(words).to_json()),
    };
    if reply.is_null() {
        return status::BAD_ARG;
    }
    // SAFETY: the host gave a place to write the reply to.
    unsafe { reply.write(OctoBuf::new(text)) };
    code
}

/// Borrows a text of the host's.
///
/// # Safety
/// The host vouches for it for the length of its call.
unsafe fn text<'a>(text: OctoStr) -> Result<&'a str, Error> {
    // SAFETY: as above.
    unsafe { text.read() }.map_err(|problem| Error::new(ErrorKind::Invalid, problem))
}

unsafe extern "C" fn create(
    host: *const OctoHost,
    role: OctoStr,
    config: OctoStr,
    instance: *mut *mut c_void,
    error: *mut OctoBuf,
) -> i32 {
    let mut made = std::ptr::null_mut();
    let mut reply = OctoBuf::EMPTY;
    let code = answer(&raw mut reply, || {
        if instance.is_null() || !host_is_usable(host) {
            return Err(Error::new(ErrorKind::Invalid, "`create` was called without a host or a place"));
        }
        // SAFETY: the host's texts live until this returns.
        let (role, config) = unsafe { (text(role)?, text(config)?) };
        let entries = ENTRIES.get().map(Vec::as_slice).unwrap_or_default();
        let Some((_, entry)) = entries.iter().find(|(name, _)| name == role) else {
            return Err(Error::new(ErrorKind::Invalid, format!("there is no role `{role}` in this plugin")));
        };
        let role = (entry.create)(config)?;
        let handle = Handle { host: HostTable(host), role, runs: Mutex::default() };
        made = Box::into_raw(Box::new(handle)).cast();
        Ok(String::new())
    });
    if code == status::OK {
        // SAFETY: checked above. The empty reply is freed here, because nobody else sees it.
        unsafe {
            instance.write(made);
            let _ = reply.take();
        }
    } else if error.is_null() {
        // SAFETY: nobody else sees the reply.
        let _ = unsafe { reply.take() };
    } else {
        // SAFETY: the host gave a place to write the error to.
        unsafe { error.write(reply) };
    }
    code
}

unsafe extern "C" fn run(instance: *mut c_void, run: OctoRun, request: OctoStr, reply: *mut OctoBuf) -> i32 {
    answer(reply, || {
        if instance.is_null() {
            return Err(Error::new(ErrorKind::Invalid, "`run` was called without an instance"));
        }
        // SAFETY: `create` made it, and the host destroys none of which a run is live.
        let handle = unsafe { &*instance.cast::<Handle>() };
        // SAFETY: the host's text lives until this returns.
        let request: RunRequest = serde_json::from_str(unsafe { text(request)? }).map_err(|error| {
            Error::new(ErrorKind::Invalid, format!("the request is not understood: {error}"))
        })?;
        let _known = Known::new(handle, run, &request.run);
        let host = Host::new(Arc::new(TableCalls { host: handle.host, run }));
        let outcome = handle.role.run(&request, &host)?;
        Ok(serde_json::to_string(&outcome)?)
    })
}

/// A run under way, by its name, until it ends in whatever way.
struct Known<'a>(&'a Handle, OctoRun);

impl<'a> Known<'a> {
    fn new(handle: &'a Handle, token: OctoRun, name: &str) -> Self {
        handle.runs.lock().unwrap_or_else(PoisonError::into_inner).insert(token, name.to_owned());
        Self(handle, token)
    }
}

impl Drop for Known<'_> {
    fn drop(&mut self) {
        self.0.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

unsafe extern "C" fn destroy(instance: *mut c_void) {
    if !instance.is_null() {
        // SAFETY: `create` made it with `Box::into_raw`, and the host destroys it once.
        let handle = unsafe { Box::from_raw(instance.cast::<Handle>()) };
        // A panic of a destructor ends here; the host has nobody to tell.
        let _ = fenced(move || drop(handle));
    }
}

unsafe extern "C" fn cancel(instance: *mut c_void, run: OctoRun) {
    if instance.is_null() {
        return;
    }
    // SAFETY: `create` made it, and the host keeps it while a run of it is live.
    let handle = unsafe { &*instance.cast::<Handle>() };
    let _ = fenced(|| {
        let name = handle.runs.lock().unwrap_or_else(PoisonError::into_inner).get(&run).cloned();
        if let Some(name) = name {
            handle.role.cancel(&name);
        }
    });
}

/// The host's table. It lives as long as the process, and was checked when the instance was made.
#[derive(Debug, Clone, Copy)]
struct HostTable(*const OctoHost);

// SAFETY: the host's table is never changed, and its functions may be called from any thread.
unsafe impl Send for HostTable {}
// SAFETY: as above.
unsafe impl Sync for HostTable {}

#[derive(Debug)]
struct TableCalls {
    host: HostTable,
    run: OctoRun,
}

impl Calls for TableCalls {
    fn log(&self, level: u32, event_json: &str) {
        // SAFETY: the table lives, and `log` is covered by its size and not null.
        if let Some(log) = unsafe { (&raw const (*self.host.0).log).read() } {
            // SAFETY: the text lives until this returns.
            unsafe { log(self.run, level, OctoStr::new(event_json)) };
        }
    }

    fn cancelled(&self) -> bool {
        // SAFETY: the table lives, and `cancelled` is covered by its size.
        let cancelled = unsafe { (&raw const (*self.host.0).cancelled).read() };
        // SAFETY: it may be called from any thread with any run.
        cancelled.is_none_or(|cancelled| unsafe { cancelled(self.run) } != 0)
    }

    fn call(&self, op: &str, request_json: &str) -> Result<String, Error> {
        // SAFETY: the table lives, and `call` is covered by its size.
        let Some(call) = (unsafe { (&raw const (*self.host.0).call).read() }) else {
            return Err(Error::new(ErrorKind::Unsupported, "the host has no `call`"));
        };
        let mut reply = OctoBuf::EMPTY;
        // SAFETY: the texts live until this returns, and the reply has a place.
        let code = unsafe { call(self.run, OctoStr::new(op), OctoStr::new(request_json), &raw mut reply) };
        // SAFETY: the host filled it, or left it empty.
        let text = unsafe { reply.take() };
        match (code, text) {
            (status::OK, Ok(text)) => Ok(text),
            (status::OK, Err(problem)) => {
                Err(Error::new(ErrorKind::Host, format!("the host's answer: {problem}")))
            }
            (code, text) => Err(Error::from_reply(code, text.as_deref().unwrap_or_default())),
        }
    }
}
