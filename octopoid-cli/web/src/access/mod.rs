//! Who looks at the dashboard, and what they may do.
//!
//! A browser shows a cookie that stands for a session of this process. It gets one for a one-time link, which the
//! program prints for its user, or for an API key; or the program that embeds the dashboard says itself who is there.

mod guard;
mod sessions;
mod viewer;
mod visit;

pub use guard::Hosts;
pub(crate) use guard::guard;
pub(crate) use sessions::{Admission, Sessions};
pub use viewer::{KeyHolder, Keys, SignIn, Viewer};
pub(crate) use visit::{Submitted, Visit, cookie_name};
