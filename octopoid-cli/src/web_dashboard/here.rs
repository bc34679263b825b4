//! The installation as the web dashboard reads it.

use crate::assembly::{Explainer, Roles};
use crate::environment::Environment;
use crate::installation::{Installation, running_status};
use crate::watch::FolderWatch;
use async_trait::async_trait;
use octopoid_core::model::{RoleName, Timestamp};
use octopoid_core::store::Store;
use octopoid_core::transition::Purpose;
use octopoid_web::LocalFacts;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Installation with what of it does not change while the dashboard is served.
#[derive(Debug)]
pub(crate) struct Here {
    installation: Arc<Installation>,
    store: Arc<dyn Store>,
    /// What roles claim tasks for; loading them may start programs, which is done once.
    purposes: BTreeMap<RoleName, Purpose>,
    changes: watch::Sender<()>,
    watching: JoinHandle<()>,
}

impl Here {
    /// Begins to watch an installation.
    pub(crate) async fn new(
        installation: Arc<Installation>,
        store: Arc<dyn Store>,
        environment: &Environment,
    ) -> io::Result<Self> {
        let purposes = Roles::load(&installation, environment).await.purposes();
        let folder = installation.layout.runtime();
        std::fs::create_dir_all(&folder)?;
        let (changes, mut watch) = (watch::Sender::new(()), FolderWatch::new(&folder).for_days());
        let sender = changes.clone();
        let watching = tokio::spawn(async move {
            loop {
                watch.changed().await;
                sender.send_replace(());
            }
        });
        Ok(Self { installation, store, purposes, changes, watching })
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

#[async_trait]
impl octopoid_web::Installation for Here {
    async fn facts(&self) -> LocalFacts {
        let mut facts = LocalFacts::default();
        let explained = Explainer::with_purposes(&self.installation, &self.purposes, &*self.store, []).await;
        match explained {
            Ok(explainer) => facts.situation = explainer.situation,
            Err(error) => {
                tracing::debug!(error = %error.message, "the situation of the installation is not known")
            }
        }
        facts.status = running_status(&self.installation).map(|mut status| {
            // Written again and again, it differs only where something is different.
            status.at = Timestamp::default();
            status
        });
        if let Ok(settings) = self.installation.settings(&Environment::empty()) {
            facts.limit_today = Some(settings.limits.cost_usd_per_day);
            facts.base_branch = Some(settings.base_branch);
        }
        facts
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}
