//! What a case comes to, and the few ways to say that something is wrong.

use octopoid_core::model::InvalidId;
use octopoid_core::store::{ErrorKind, StoreError};
use std::fmt::Debug;
use std::panic::Location;

/// What is wrong, and where the case noticed it.
#[derive(Debug)]
pub(super) struct Wrong(pub(super) String);

pub(super) type Verdict<T = ()> = Result<T, Wrong>;

impl Wrong {
    #[track_caller]
    pub(super) fn new(what: impl Into<String>) -> Self {
        let place = Location::caller();
        Self(format!("{} ({}:{})", what.into(), place.file(), place.line()))
    }
}

impl From<StoreError> for Wrong {
    #[track_caller]
    fn from(error: StoreError) -> Self {
        Self::new(format!("refused with {:?}: {error}", error.kind()))
    }
}

impl From<InvalidId> for Wrong {
    #[track_caller]
    fn from(error: InvalidId) -> Self {
        Self::new(error.to_string())
    }
}

/// `is` must be true.
#[track_caller]
pub(super) fn holds(is: bool, what: &str) -> Verdict {
    if is { Ok(()) } else { Err(Wrong::new(format!("not so: {what}"))) }
}

/// Both must be the same.
#[track_caller]
pub(super) fn same<T: PartialEq + Debug>(is: T, should: T) -> Verdict {
    if is == should { Ok(()) } else { Err(Wrong::new(format!("it is {is:?}, and should be {should:?}"))) }
}

/// Must be refused, with an error of this kind.
#[track_caller]
pub(super) fn refused<T: Debug>(result: Result<T, StoreError>, kind: ErrorKind) -> Verdict<StoreError> {
    match result {
        Err(error) if error.kind() == &kind => Ok(error),
        Err(error) => {
            Err(Wrong::new(format!("refused with {:?} instead of {kind:?}: {error}", error.kind())))
        }
        Ok(value) => Err(Wrong::new(format!("accepted with {value:?}, and should be refused with {kind:?}"))),
    }
}

/// Must be refused because of this field.
#[track_caller]
pub(super) fn invalid<T: Debug>(result: Result<T, StoreError>, field: &str) -> Verdict<StoreError> {
    refused(result, ErrorKind::Invalid { field: field.to_owned() })
}
