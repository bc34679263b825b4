//! Answering many callers while the next group is already being carried out.

use super::writer::Job;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// Groups up to this size are answered by the writer itself: that is quicker than to wake another thread.
const SMALL: usize = 4;

/// The thread that answers; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Answers {
    groups: Option<Sender<Vec<Box<dyn Job>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Answers {
    pub(super) fn start() -> std::io::Result<Self> {
        let (groups, committed) = channel::<Vec<Box<dyn Job>>>();
        let thread = std::thread::Builder::new().name("octopoid-answers".to_owned()).spawn(move || {
            while let Ok(group) = committed.recv() {
                answer(group);
            }
        })?;
        Ok(Self { groups: Some(groups), thread: Some(thread) })
    }

    /// Sends the results of a group that is committed.
    pub(super) fn send(&self, group: Vec<Box<dyn Job>>) {
        match &self.groups {
            Some(groups) if group.len() > SMALL => {
                if let Err(unsent) = groups.send(group) {
                    answer(unsent.0);
                }
            }
            _ => answer(group),
        }
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.groups.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(group: Vec<Box<dyn Job>>) {
    for job in group {
        job.answer(Ok(()));
    }
}
