//! What was asked and answered, what the server wrote down, and whether the two can both be true.

mod answers;
mod feed;
mod holds;
mod log;
mod recorder;
mod records;

pub(crate) use feed::wrongs as wrongs_of_feed;
pub(crate) use recorder::{History, Recorder};

use octopoid_core::model::{ClaimToken, Event, Message, Run, TaskId, Timestamp};
use octopoid_core::store::ErrorKind;
use octopoid_core::transition::Purpose;

/// What a machine asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ask {
    Create { title: String },
    Claim { purpose: Purpose, token: ClaimToken },
    Command { task: TaskId, name: &'static str, token: Option<ClaimToken> },
    Post { task: TaskId, body: String },
    SaveRun(Box<Run>),
}

impl Ask {
    /// Whether it is this command.
    pub(crate) fn is_command(&self, wanted: &str) -> bool {
        matches!(self, Ask::Command { name, .. } if *name == wanted)
    }
}

/// What it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was carried out on this task; with the lease, where it is held now.
    Done { task: TaskId, lease: Option<(Timestamp, Timestamp)> },
    /// There was nothing to claim.
    Nothing,
    /// It was refused, and nothing has changed.
    Refused(ErrorKind),
    /// It may or may not have been carried out.
    Unknown,
}

/// One request, from the moment it was made to the moment it was answered, both counted over all machines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) machine: String,
    pub(crate) ask: Ask,
    pub(crate) asked: u64,
    pub(crate) answered: Option<u64>,
    pub(crate) answer: Answer,
}

/// Everything there is to know after a load.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence {
    /// What the machines asked and were told.
    pub(crate) calls: Vec<Call>,
    /// The events that a client read while it went on.
    pub(crate) feed: Vec<Event>,
    /// The events that others read who followed the stream of them.
    pub(crate) streams: Vec<Vec<Event>>,
    /// The events that the server wrote, read from its store.
    pub(crate) log: Vec<Event>,
    /// Every message in the store.
    pub(crate) messages: Vec<Message>,
    /// Every run in the store.
    pub(crate) runs: Vec<Run>,
    /// Every task's title.
    pub(crate) titles: Vec<String>,
}

impl Evidence {
    /// Everything that is wrong, in words. `people` act without a claim.
    pub(crate) fn wrongs(&self, people: &[&str]) -> Vec<String> {
        let streams = self.streams.iter().flat_map(|stream| feed::wrongs(stream, &self.log)).collect();
        [
            streams,
            log::wrongs(&self.log, people),
            feed::wrongs(&self.feed, &self.log),
            holds::wrongs(&self.calls),
            answers::wrongs(&self.calls, &self.log),
            records::wrongs(self),
        ]
        .concat()
    }
}
