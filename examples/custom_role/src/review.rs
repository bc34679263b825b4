//! The role that reviews: nothing but headers may have been added.

use super::header::Header;
use async_trait::async_trait;
use octopoid_core::model::{Change, FileDiff, Finding, Outcome, RoleName};
use octopoid_core::role::{Role, RoleContext, RoleError, RoleSpec};

/// Looks at the difference between the work and its base, which is all that a reviewer needs.
#[derive(Debug)]
pub(crate) struct CheckHeaders {
    spec: RoleSpec,
}

impl CheckHeaders {
    pub(crate) fn new(name: RoleName) -> Self {
        Self { spec: RoleSpec::reviewer(name, "checks that nothing but licence headers was added") }
    }
}

#[async_trait]
impl Role for CheckHeaders {
    fn spec(&self) -> &RoleSpec {
        &self.spec
    }

    async fn run(&self, context: &RoleContext) -> Result<Outcome, RoleError> {
        let header = Header::of(context)?;
        let files = context.host.diff().await?.files;
        let wrong: Vec<_> = files.iter().filter(|file| !adds_only(&header, file)).collect();
        if wrong.is_empty() {
            return Ok(Outcome::Approved {
                comments: format!("{} headers, nothing else", files.len()),
                findings: Vec::new(),
            });
        }
        // The next attempt reads this in its thread.
        let names: Vec<_> = wrong.iter().map(|file| file.path.as_str()).collect();
        let findings =
            names.iter().map(|path| Finding::new("More than the header changed.").at(*path, 1, None));
        Ok(Outcome::Rejected {
            feedback: format!("more than the header changed in {}", names.join(", ")),
            findings: findings.collect(),
        })
    }
}

/// Whether a file got the header and nothing else.
fn adds_only(header: &Header, file: &FileDiff) -> bool {
    let counts = (file.change, file.added, file.removed) == (Change::Modified, 1, 0);
    counts && file.patch.lines().any(|line| line.strip_prefix('+') == Some(&header.line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_beside_the_header_is_found() {
        let header = Header { line: "// MIT".to_owned(), extension: "rs".to_owned() };
        let file = |change, added, removed, patch: &str| {
            let patch = format!("@@ -1 +1,2 @@\n{patch}\n fn main() {{}}\n");
            FileDiff::new("a.rs", change).with_patch(added, removed, patch)
        };
        assert!(adds_only(&header, &file(Change::Modified, 1, 0, "+// MIT")));
        for wrong in [
            file(Change::Modified, 1, 0, "+// GPL"),
            file(Change::Modified, 2, 0, "+// MIT\n+// and more"),
            file(Change::Modified, 1, 1, "+// MIT\n-// BSD"),
            file(Change::Added, 1, 0, "+// MIT"),
        ] {
            assert!(!adds_only(&header, &wrong), "{}", wrong.patch);
        }
    }
}
