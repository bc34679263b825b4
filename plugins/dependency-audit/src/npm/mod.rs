//! JavaScript: `package-lock.json` and `npm audit`.

pub(crate) mod audit;
pub(crate) mod lock;
