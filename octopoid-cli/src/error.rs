//! Errors as people see them: what failed, why, what to do next; and the exit code of each kind, in one place.

use serde::Serialize;
use std::fmt;
use std::process::ExitCode;

/// The kind of a failure, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// It failed, or found something that is not right.
    Failure,
    /// The command line is wrong.
    Usage,
    /// Not initialised, or the configuration is wrong.
    Configuration,
    /// There is no such task.
    NotFound,
    /// It does not apply as things stand.
    Refused,
    /// The database, an agent program or the lock cannot be used just now.
    Unavailable,
    /// Tasks are left that no agent works on.
    Leftover,
}

impl Kind {
    /// Returns the exit code. Documented in the long help and in the README.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Kind::Failure => 1,
            Kind::Usage => 2,
            Kind::Configuration => 3,
            Kind::NotFound => 4,
            Kind::Refused => 5,
            Kind::Unavailable => 6,
            Kind::Leftover => 7,
        }
    }
}

/// Error returned by a command.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: Kind,
    /// What failed and why, one line or more.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
    /// Whether the message was already printed on the standard output.
    pub(crate) said: bool,
}

/// The result of a command.
pub(crate) type Result<T, E = CliError> = std::result::Result<T, E>;

impl CliError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, said: false }
    }

    pub(crate) fn failure(message: impl Into<String>) -> Self {
        Self::new(Kind::Failure, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(Kind::Configuration, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, message)
    }

    /// Returns an error whose message was already printed; only the exit code is left.
    pub(crate) fn said(kind: Kind) -> Self {
        Self { said: true, ..Self::new(kind, String::new()) }
    }

    /// Adds the next step.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind.code())
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Renders an error with its causes, in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        // Some errors repeat their cause in their own words.
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}

/// Adds what was being done to an I/O error.
pub(crate) trait IoContext<T> {
    /// Adds what failed.
    fn doing(self, what: impl fmt::Display) -> Result<T>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn doing(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| {
            let hint = match error.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    "check the permissions of that path"
                }
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    "make room on the disk"
                }
                _ => "`octopoid doctor` checks the folder and the disk",
            };
            CliError::failure(format!("cannot {what}: {error}")).hint(hint)
        })
    }
}
