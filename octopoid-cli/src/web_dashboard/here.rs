//! The installation as the web dashboard reads it.

use crate::assembly::{Explainer, Roles};
use crate::environment::Environment;
use crate::installation::{Installation, running_status};
use crate::watch::FolderWatch;
use async_trait::async_trait;
use octopoid_core::model::{RoleName, TaskId, Timestamp};
use octopoid_core::store::Store;
use octopoid_core::transition::Purpose;
use octopoid_web::{LocalFacts, LogPart};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Most bytes of a log that are read at once.
const PART: u64 = 512 << 10;

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
        let (changes, mut watch) = (watch::Sender::new(()), FolderWatch::new(&folder));
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

    async fn log(&self, task: &TaskId, run: u32, from: u64) -> io::Result<Option<LogPart>> {
        let path = self.installation.layout.attempt_log(task, run);
        let read = tokio::task::spawn_blocking(move || part(&path, from)).await;
        read.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// Reads whole lines of a file from an offset on; `None` if there is no such file.
fn part(path: &Path, from: u64) -> io::Result<Option<LogPart>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(PART).read_to_end(&mut bytes)?;
    let is_full = bytes.len() as u64 == PART;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map(|end| end + 1);
    // A line that is longer than a part is split.
    let length = whole.unwrap_or(if is_full { bytes.len() } else { 0 });
    let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
    Ok(Some(LogPart::new(text, from + length as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_read_and_none_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attempt-1.log");
        assert_eq!(part(&path, 0).unwrap(), None);
        std::fs::write(&path, "one\ntw").unwrap();
        assert_eq!(part(&path, 0).unwrap(), Some(LogPart::new("one\n", 4)));
        assert_eq!(part(&path, 4).unwrap(), Some(LogPart::new("", 4)));
        std::fs::write(&path, "one\ntwo\n").unwrap();
        assert_eq!(part(&path, 4).unwrap(), Some(LogPart::new("two\n", 8)));
        assert_eq!(part(&path, 99).unwrap(), Some(LogPart::new("", 99)));
    }
}
