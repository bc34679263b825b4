//! Whose name commits bear.

use super::Repository;

/// The variables by which git is told a name.
const VARIABLES: [&str; 4] =
    ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];

impl Repository {
    /// The variables by which an agent's commits get an author, where git's configuration names none.
    pub fn identity_for_agents(&self, agent: &str) -> Vec<(String, String)> {
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

    /// Whether git itself, in the environment that it is given, knows who commits.
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
            // Only a yes is remembered: who lacks one may add it any time.
            let _ = self.identity.set(());
        }
        known
    }
}
