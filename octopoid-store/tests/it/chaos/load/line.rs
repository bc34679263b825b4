//! A bad line between a machine and its store, without a network: what is lost is asked for again under the same key.

use super::super::proxy::{Dice, Fault, Faults};
use octopoid_core::store::{IdempotentStore, RequestKey, Result, Store, StoreError};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often a request is tried before its fate is left unknown.
const TRIES: u32 = 4;

/// A request, to be carried out on a store as often as it arrives there.
type Request<T> =
    Box<dyn Fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = Result<T>> + Send>> + Send + Sync>;

/// The line.
#[derive(Debug)]
pub(crate) struct Line {
    dice: Mutex<Dice>,
    requests: AtomicU64,
    /// Whether a request keeps its key when it is asked for again. A line without is broken on purpose.
    keeps_keys: bool,
}

impl Line {
    /// A line that loses requests and answers, and lets some requests arrive twice, the second time late.
    pub(crate) fn new(seed: u64, keeps_keys: bool) -> Arc<Self> {
        let mut dice = Dice::new(seed);
        let faults = [Fault::LoseRequest, Fault::LoseAnswer, Fault::DelayRequest];
        let faults = faults.into_iter().fold(Faults::none(), |all, fault| all.with(fault, 0.12));
        dice.set(faults.with_delay(Duration::ZERO..Duration::from_millis(30)));
        Arc::new(Self { dice: Mutex::new(dice), requests: AtomicU64::new(0), keeps_keys })
    }

    /// Carries a request to the store and its answer back, sooner or later.
    pub(crate) async fn carry<T: Send + 'static>(
        &self,
        store: &Arc<dyn IdempotentStore>,
        request: Request<T>,
    ) -> Result<T> {
        let request = Arc::new(request);
        let mut key = self.fresh_key();
        for _ in 0..TRIES {
            if !self.keeps_keys {
                key = self.fresh_key();
            }
            let arrives = |key: &RequestKey| request(Arc::clone(store).for_request(key.clone()));
            let (fault, delay) = {
                let mut dice = self.dice.lock().unwrap();
                (dice.draw(""), dice.delay())
            };
            match fault {
                Some(Fault::LoseRequest) => {}
                Some(Fault::LoseAnswer) => drop(arrives(&key).await),
                Some(_) => {
                    let late = arrives(&key);
                    tokio::spawn(async move {
                        tokio::time::sleep(delay).await;
                        let _ = late.await;
                    });
                }
                None => return arrives(&key).await,
            }
        }
        Err(StoreError::unavailable("the line is bad"))
    }

    fn fresh_key(&self) -> RequestKey {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        RequestKey { key: format!("request-{number}"), digest: [7; 32] }
    }
}
