//! Files that an orchestrator keeps on disk: the layout of `.octopoid`, the run journal, locks, logs and small state files.

pub(crate) mod artifacts;
pub(crate) mod bounded_file;
pub(crate) mod holds;
pub(crate) mod installation;
pub(crate) mod journal;
pub(crate) mod layout;
pub(crate) mod line_copy;
pub(crate) mod lock;
pub(crate) mod log;
pub(crate) mod redact;
pub(crate) mod runtime_files;
pub(crate) mod secret;
pub(crate) mod test_output;
pub(crate) mod thread;
pub(crate) mod transcript;
pub(crate) mod unsettled;
pub(crate) mod wait;
