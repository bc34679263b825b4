//! Accounts, to which a model's limits belong: an account at its limit pauses all agents that use it, and reopens gradually
//! (I17).

use super::cooldown::Cooldown;
use crate::model::Timestamp;
use crate::orchestrator::disk::journal::replace;
use crate::orchestrator::run::pause::Pause;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

/// Time after which the number of allowed agents doubles, once a limit has lifted.
const STEP: Duration = Duration::from_secs(30);
/// Number of doublings after which all agents are allowed.
const STEPS: u32 = 8;

/// Accounts that met a limit, kept across restarts.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    path: PathBuf,
    pauses: BTreeMap<String, Cooldown>,
}

/// Number of agents that an account allows to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Room {
    /// All agents may work.
    All,
    /// At most `agents` agents may work before `next`.
    Some { agents: usize, next: Timestamp },
    /// No agent may work.
    None(Cooldown),
}

impl Accounts {
    /// Reads the stored limits. An unreadable file is ignored: the limits will be met again.
    pub(crate) fn open(path: PathBuf) -> Self {
        let pauses = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path, pauses: pauses.unwrap_or_default() }
    }

    fn save(&self) {
        if let Err(error) = self.write() {
            tracing::warn!(%error, "the limits of accounts could not be saved for the next start");
        }
    }

    fn write(&self) -> io::Result<()> {
        if self.pauses.is_empty() {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        replace(&self.path, &serde_json::to_vec(&self.pauses)?)
    }

    /// Records a limit that an agent has met. Returns the cooldown of the account.
    pub(crate) fn limited(&mut self, account: &str, pause: Pause, now: Timestamp) -> Cooldown {
        let earlier = self.pauses.get(account);
        let mut next = Cooldown::after(earlier, pause, now);
        if let Some(earlier) = earlier.filter(|earlier| earlier.until > now) {
            // Agents that work at the same time meet the same limit, which counts as one failure.
            next.faults = earlier.faults;
            if !next.fixed || earlier.until > next.until {
                (next.until, next.fixed) = (earlier.until, earlier.fixed);
            }
        }
        self.pauses.insert(account.to_owned(), next.clone());
        self.save();
        next
    }

    /// Records that an agent met no limit.
    pub(crate) fn went_well(&mut self, account: &str, now: Timestamp) {
        if let Some(pause) =
            self.pauses.get_mut(account).filter(|pause| pause.until <= now && pause.faults > 0)
        {
            pause.faults = 0;
            self.save();
        }
    }

    /// Removes accounts that have been fully open for long enough.
    pub(crate) fn tidy(&mut self, now: Timestamp) {
        let before = self.pauses.len();
        self.pauses.retain(|_, pause| now < pause.until + STEP * STEPS);
        if self.pauses.len() != before {
            self.save();
        }
    }

    /// Keeps the length of cooldowns after the clock was set back.
    pub(crate) fn set_back(&mut self, by: Duration) {
        self.pauses.values_mut().for_each(|pause| pause.set_back(by));
        self.save();
    }

    /// Returns how many agents may use an account.
    pub(crate) fn room(&self, account: &str, now: Timestamp) -> Room {
        let Some(pause) = self.pauses.get(account) else { return Room::All };
        if pause.until > now {
            return Room::None(pause.clone());
        }
        let steps = now.since(pause.until).as_secs() / STEP.as_secs();
        match u32::try_from(steps) {
            Ok(steps) if steps < STEPS => {
                Room::Some { agents: 1 << steps, next: pause.until + STEP * (steps + 1) }
            }
            _ => Room::All,
        }
    }

    /// Returns the accounts that let no agent work, with their cooldowns.
    pub(crate) fn closed(&self, now: Timestamp) -> impl Iterator<Item = (&str, &Cooldown)> {
        self.pauses
            .iter()
            .filter(move |(_, pause)| pause.until > now)
            .map(|(name, pause)| (name.as_str(), pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orchestrator::run::pause::{PauseLength, Paused};
    use std::path::Path;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const HOUR: Duration = Duration::from_secs(3600);

    fn file(folder: &Path) -> PathBuf {
        folder.join("accounts.json")
    }

    fn limit(length: PauseLength) -> Pause {
        Pause { whose: Paused::Account, length, reason: "429".into() }
    }

    #[test]
    fn a_limit_that_several_agents_meet_at_once_is_one_fault() {
        let folder = tempfile::tempdir().unwrap();
        let mut accounts = Accounts::open(file(folder.path()));
        let first = accounts.limited("a", limit(PauseLength::Growing), NOW);
        let second = accounts.limited("a", limit(PauseLength::Growing), NOW);
        assert_eq!(first, second);
        // One of the agents knows when the limit lifts.
        let known = accounts.limited("a", limit(PauseLength::Until(NOW + HOUR)), NOW);
        assert_eq!((known.until, known.faults), (NOW + HOUR, 1));
        assert_eq!(accounts.limited("a", limit(PauseLength::Growing), NOW).until, NOW + HOUR);
        // Met again after it had lifted, it counts as a second failure.
        let again = accounts.limited("a", limit(PauseLength::Growing), NOW + HOUR);
        assert_eq!((again.faults, again.until.since(NOW + HOUR).as_secs()), (2, 10));
    }

    #[test]
    fn an_account_opens_a_few_agents_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut accounts = Accounts::open(file(folder.path()));
        assert_eq!(accounts.room("a", NOW), Room::All);
        let pause = accounts.limited("a", limit(PauseLength::Until(NOW + HOUR)), NOW);
        assert_eq!(accounts.room("a", NOW), Room::None(pause));
        assert_eq!(accounts.room("b", NOW), Room::All);
        let opens = NOW + HOUR;
        let agents = |steps: u32| match accounts.room("a", opens + STEP * steps) {
            Room::Some { agents, next } => {
                assert_eq!(next, opens + STEP * (steps + 1));
                agents
            }
            other => panic!("{other:?}"),
        };
        assert_eq!((0..STEPS).map(agents).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 128]);
        assert_eq!(accounts.room("a", opens + STEP * STEPS), Room::All);
    }

    #[test]
    fn limits_outlive_a_restart_until_they_have_long_lifted() {
        let folder = tempfile::tempdir().unwrap();
        let mut accounts = Accounts::open(file(folder.path()));
        let pause = accounts.limited("a", limit(PauseLength::Until(NOW + HOUR)), NOW);
        let mut accounts = Accounts::open(file(folder.path()));
        assert_eq!(accounts.closed(NOW).collect::<Vec<_>>(), [("a", &pause)]);
        accounts.tidy(NOW + HOUR);
        assert!(file(folder.path()).exists());
        accounts.tidy(NOW + 2 * HOUR);
        assert!(!file(folder.path()).exists());
    }
}
