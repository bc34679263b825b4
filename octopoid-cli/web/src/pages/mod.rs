//! The pages, rendered on the server. Each has regions that the page's script replaces when what they show has changed.

pub(crate) mod board;
pub(crate) mod card;
pub(crate) mod changes;
pub(crate) mod costs;
pub(crate) mod decide;
pub(crate) mod drafts;
pub(crate) mod flows;
pub(crate) mod graph;
pub(crate) mod layout;
pub(crate) mod log;
pub(crate) mod machines;
pub(crate) mod needs_you;
pub(crate) mod projects;
pub(crate) mod prose;
pub(crate) mod review;
mod review_list;
pub(crate) mod sign_in;
pub(crate) mod task;
pub(crate) mod task_form;
pub(crate) mod thread;
pub(crate) mod timeline;
