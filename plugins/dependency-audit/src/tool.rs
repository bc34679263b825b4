//! The tools that know of advisories.

use serde::Deserialize;

/// A tool that compares a lock file with a database of advisories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// `cargo deny`, for `Cargo.lock`.
    CargoDeny,
    /// `npm audit`, for `package-lock.json`.
    NpmAudit,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::CargoDeny, Self::NpmAudit];

    /// Its name in settings and texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CargoDeny => "cargo-deny",
            Self::NpmAudit => "npm-audit",
        }
    }

    /// The file that it checks.
    pub(crate) const fn lock_file(self) -> &'static str {
        match self {
            Self::CargoDeny => "Cargo.lock",
            Self::NpmAudit => "package-lock.json",
        }
    }

    /// The program. `cargo deny` is a program of its own, which says more plainly that it is missing.
    pub(crate) const fn program(self) -> &'static str {
        match self {
            Self::CargoDeny => "cargo-deny",
            Self::NpmAudit => "npm",
        }
    }

    pub(crate) const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::CargoDeny => &["--format", "json", "--color", "never", "check", "advisories"],
            Self::NpmAudit => &["audit", "--json"],
        }
    }

    /// What to do where it is missing.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::CargoDeny => "install it with `cargo install --locked cargo-deny`",
            Self::NpmAudit => "install npm 7 or later",
        }
    }
}
