//! Author and committer of commits, and the environment for git in agents.

use super::{GitError, Repository, trace};
use std::path::Path;

/// Variables that set git's author and committer.
const VARIABLES: [&str; 4] =
    ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];

/// Pattern of the settings that contain the addresses of remotes.
const REMOTE_ADDRESS: &str = r"^remote\..*\.(url|pushurl)$";

/// Address that replaces the push address for agents: an impossible path, which git prints in its error.
const NO_PUSH: &str = "/dev/null/Octopoid: agents do not push, the orchestrator lands their work (`push: true` in agents.yaml allows it); not pushed to ";

impl Repository {
    /// Returns the variables that give an agent's commits an author, if git's configuration has none.
    pub(crate) fn identity_for_agents(&self, agent: &str) -> Vec<(String, String)> {
        let email = format!("{agent}@octopoid.invalid");
        let known = self.has_identity();
        VARIABLES
            .iter()
            .filter_map(|name| {
                let value = match self.git.variable(name) {
                    Some(given) => given,
                    None if known => return None,
                    None if name.ends_with("NAME") => agent,
                    None => &email,
                };
                Some(((*name).to_owned(), value.to_owned()))
            })
            .collect()
    }

    /// Returns the environment variables for an agent's git.
    ///
    /// They make it trace its commands and, unless `push` is set, prevent it from pushing to the repository's remotes.
    pub(crate) fn environment_for_agents(&self, trace: &Path, push: bool) -> Vec<(String, String)> {
        let mut variables = vec![
            (trace::VARIABLE.to_owned(), trace.display().to_string()),
            ("GIT_TRACE2_EVENT_NESTING".to_owned(), "1".to_owned()),
        ];
        if push {
            return variables;
        }
        let settings = self.push_refusals();
        variables.push(("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string()));
        for (number, (key, value)) in settings.into_iter().enumerate() {
            variables.push((format!("GIT_CONFIG_KEY_{number}"), key));
            variables.push((format!("GIT_CONFIG_VALUE_{number}"), value));
        }
        variables
    }

    /// Returns the settings that prevent pushes to the addresses of the repository's remotes.
    fn push_refusals(&self) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        for (key, url) in self.remote_addresses().unwrap_or_default() {
            settings.push((format!("url.{NO_PUSH}.pushInsteadOf"), url.clone()));
            if key.ends_with(".pushurl") {
                // A `pushurl` is not rewritten by `pushInsteadOf`, so the list is cleared and replaced.
                settings.push((key.clone(), String::new()));
                settings.push((key, format!("{NO_PUSH}{url}")));
            }
        }
        settings
    }

    /// Returns the addresses of the remotes, with the names of their settings.
    fn remote_addresses(&self) -> Result<Vec<(String, String)>, GitError> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let config = self.library()?.config()?.snapshot()?;
        let mut entries = config.entries(Some(REMOTE_ADDRESS))?;
        let mut found = Vec::new();
        while let Some(entry) = entries.next() {
            let entry = entry?;
            found.push((text(entry.name_bytes()), text(entry.value_bytes())));
        }
        Ok(found)
    }

    /// Returns whether git has an author and a committer in its environment or configuration.
    pub(super) fn has_identity(&self) -> bool {
        if self.identity.get().is_some() {
            return true;
        }
        let knows = |who| {
            let arguments = ["-c", "user.useConfigOnly=true", "var", who];
            self.git.run(self.common(), &arguments).is_ok_and(|printed| printed.success)
        };
        let known = knows("GIT_COMMITTER_IDENT") && knows("GIT_AUTHOR_IDENT");
        if known {
            // Only a positive result is cached: a missing identity may be added at any time.
            let _ = self.identity.set(());
        }
        known
    }
}
