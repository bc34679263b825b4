//! The object of a scope.

use crate::artifacts::ObjectArtifacts;
use crate::clock::PlatformClock;
use crate::database::ObjectDatabase;
use crate::instance::{Instance, Parts, open};
use crate::overdue::grace;
use crate::registered;
use crate::remote_keys::RemoteKeys;
use crate::respond::{refuse, respond};
use crate::settings::{ARTIFACTS, Objects, Settings};
use crate::testing::{StoreClock, object_name};
use octopoid_core::clock::Clock as _;
use octopoid_core::model::{Scope, Timestamp};
use octopoid_core::store::{KeyStore, StoreError, TaskStore as _};
use octopoid_store::server::Problem;
use octopoid_store::sqlite::HostError;
use std::cell::{Cell, OnceCell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;
use worker::js_sys::Date;
use worker::wasm_bindgen::JsValue;
use worker::{
    DurableObject, Env, Method, Request, Response, Result, ScheduledTime, State, console_warn, durable_object,
};

/// Time between two passes over the history.
const HISTORY: Duration = Duration::from_secs(24 * 3600);
/// Time after a failed alarm until the next.
const AGAIN: Duration = Duration::from_secs(5);

/// Object of a scope: its tasks, and everything else of it but its keys.
#[durable_object(alarm)]
pub struct ScopeObject {
    state: State,
    env: Env,
    clock: StoreClock,
    running: OnceCell<Running>,
    /// When the next alarm is due, as far as this instance knows.
    alarm: Cell<Option<Timestamp>>,
    /// When the history was last gone over by this instance.
    swept: Cell<Option<Timestamp>>,
    /// The scopes that are known to the object of the keys.
    registered: RefCell<Vec<Scope>>,
}

// A panic is answered with 500, and its transaction is undone. What the object has in memory are caches.
impl UnwindSafe for ScopeObject {}
impl RefUnwindSafe for ScopeObject {}

/// The server of an object, and what it was started with.
struct Running {
    settings: &'static Settings,
    database: Arc<ObjectDatabase>,
    instance: Instance,
    /// Keys of the deployment, where they are in another object.
    keys: Option<Arc<RemoteKeys>>,
}

impl DurableObject for ScopeObject {
    fn new(state: State, env: Env) -> Self {
        let testing = Settings::of(&env).is_ok_and(|settings| settings.testing);
        let clock = StoreClock::of(testing);
        Self {
            state,
            env,
            clock,
            running: OnceCell::new(),
            alarm: Cell::new(None),
            swept: Cell::new(None),
            registered: RefCell::default(),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        self.clock.hear(&request);
        let running = match self.running(&request) {
            Ok(running) => running,
            Err(error) => return refuse(&request, Problem::from(error)).await,
        };
        let method = request.method();
        let writes = !matches!(method, Method::Get | Method::Head | Method::Options);
        let response = respond(&running.instance.router, request).await?;
        if writes && !running.settings.testing {
            self.arm(running).await;
        }
        // A scope begins with its first record, and ends with its last.
        if writes && (method == Method::Delete || self.registered.borrow().is_empty()) {
            self.register(running).await;
        }
        Ok(response)
    }

    async fn alarm(&self) -> Result<Response> {
        self.alarm.set(None);
        let request = Request::new("http://object/", Method::Get)?;
        let worked = match self.running(&request) {
            Ok(running) => self.keep_house(running).await,
            Err(error) => Err(error),
        };
        if let Err(error) = worked {
            console_warn!("the housekeeping failed: {error}");
            self.set_alarm(PlatformClock::default().now() + AGAIN).await;
        }
        Response::empty()
    }
}

impl ScopeObject {
    /// Returns the server, which the first request starts.
    fn running(&self, request: &Request) -> Result<&Running, StoreError> {
        if let Some(running) = self.running.get() {
            return Ok(running);
        }
        let started = self.start(request)?;
        Ok(self.running.get_or_init(|| started))
    }

    fn start(&self, request: &Request) -> Result<Running, StoreError> {
        let failed =
            |error: worker::Error| StoreError::unavailable(format!("the Worker is not set up: {error}"));
        let settings = Settings::of(&self.env).map_err(failed)?;
        let database = Arc::new(ObjectDatabase::of(&self.state));
        let store = open(Arc::clone(&database), &self.clock, settings)?;
        let remote = match settings.objects {
            Objects::One => None,
            Objects::PerScope => {
                let name = object_name(settings, request, crate::keys::NAME).map_err(failed)?;
                Some(Arc::new(RemoteKeys::of(&self.env, &name).map_err(failed)?))
            }
        };
        let keys: Arc<dyn KeyStore> = match &remote {
            Some(keys) => keys.clone(),
            None => store.clone(),
        };
        let grace = if settings.testing {
            Duration::ZERO
        } else {
            let now = self.clock.get().now();
            grace(&database, store.backend().first_lease_end()?, now).map_err(unwritten)?
        };
        *self.registered.borrow_mut() = registered::read(&database).map_err(unwritten)?;
        let artifacts = ObjectArtifacts::new(
            Arc::clone(&database),
            self.env.bucket(ARTIFACTS).ok(),
            settings.artifact_bound,
            self.clock.get(),
        )?;
        let parts = Parts { store, keys, artifacts: Some(Arc::new(artifacts)), grace };
        let instance = Instance::start(settings, parts);
        Ok(Running { settings, database, instance, keys: remote })
    }

    /// Expires leases, and goes over the history if this instance has not lately.
    async fn keep_house(&self, running: &Running) -> Result<(), StoreError> {
        running.instance.handle.expire_leases().await?;
        let now = self.clock.get().now();
        if self.swept.get().is_none_or(|swept| now.since(swept) >= HISTORY) {
            running.instance.handle.remove_old().await?;
            self.swept.set(Some(now));
        }
        self.arm(running).await;
        Ok(())
    }

    /// Sets the alarm for what is due next: the end of the first lease, or a pass over the history.
    async fn arm(&self, running: &Running) {
        let now = self.clock.get().now();
        let soonest = now + Duration::from_secs(1);
        let end = running.instance.store.backend().first_lease_end().ok().flatten();
        let due = end.map_or(now + HISTORY, |end| end.max(soonest).min(now + HISTORY));
        // One that comes too early finds nothing to do and sets the next.
        if self.alarm.get().is_none_or(|alarm| due < alarm) {
            self.set_alarm(due).await;
        }
    }

    async fn set_alarm(&self, due: Timestamp) {
        let date = Date::new(&JsValue::from_f64(due.as_millis() as f64));
        match self.state.storage().set_alarm(ScheduledTime::new(date)).await {
            Ok(()) => self.alarm.set(Some(due)),
            Err(error) => console_warn!("the alarm cannot be set: {error}"),
        }
    }

    /// Tells the object of the keys which scopes are here. It is tried again with the next write where that fails.
    async fn register(&self, running: &Running) {
        let Some(keys) = &running.keys else { return };
        if let Err(error) = self.try_to_register(running, keys).await {
            console_warn!("the scope cannot be registered: {error}");
        }
    }

    async fn try_to_register(&self, running: &Running, keys: &RemoteKeys) -> Result<(), StoreError> {
        let here = running.instance.store.scopes().await?;
        let known = self.registered.borrow().clone();
        if here == known {
            return Ok(());
        }
        let gone = known.into_iter().filter(|scope| !here.contains(scope)).collect();
        keys.register(here.clone(), gone).await?;
        registered::write(&running.database, &here).map_err(unwritten)?;
        *self.registered.borrow_mut() = here;
        Ok(())
    }
}

fn unwritten(error: HostError) -> StoreError {
    StoreError::unavailable("the database cannot be written").with_source(error)
}
