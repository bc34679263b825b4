//! The feed that a client read: the log, each event once and in order.

use octopoid_core::model::Event;
use std::collections::BTreeSet;

pub(crate) fn wrongs(feed: &[Event], log: &[Event]) -> Vec<String> {
    if feed == log {
        return Vec::new();
    }
    let mut wrongs = Vec::new();
    let mut seen = BTreeSet::new();
    let mut last = 0;
    for event in feed {
        if !seen.insert(event.seq) {
            wrongs.push(format!("feed: event {} came twice", event.seq));
        } else if event.seq < last {
            wrongs.push(format!("feed: event {} came after {last}", event.seq));
        }
        last = event.seq;
        match log.iter().find(|one| one.seq == event.seq) {
            None => wrongs.push(format!("feed: event {} is not in the log", event.seq)),
            Some(one) if one != event => wrongs.push(format!("feed: {event:?} is {one:?} in the log")),
            Some(_) => {}
        }
    }
    for event in log.iter().filter(|event| !seen.contains(&event.seq)) {
        wrongs.push(format!("feed: event {} is missing", event.seq));
    }
    if wrongs.is_empty() {
        wrongs.push("feed: it differs from the log".to_owned());
    }
    wrongs
}
