//! What was made beside the commands: tasks, messages and runs, each once and as it was last written.

use super::{Answer, Ask, Call, Evidence};
use octopoid_core::model::{EventKind, Run, RunId};
use std::collections::BTreeMap;

pub(super) fn wrongs(evidence: &Evidence) -> Vec<String> {
    let bodies = evidence.messages.iter().map(|message| message.body.as_str());
    let titles = evidence.titles.iter().map(String::as_str);
    let mut wrongs = once("message", bodies, &evidence.calls, |ask| match ask {
        Ask::Post { body, .. } => Some(body),
        _ => None,
    });
    wrongs.extend(once("task", titles, &evidence.calls, |ask| match ask {
        Ask::Create { title } => Some(title),
        _ => None,
    }));
    let created = evidence.log.iter().filter(|event| event.kind == EventKind::Created).count();
    if created != evidence.titles.len() {
        wrongs.push(format!("records: {created} tasks were created, there are {}", evidence.titles.len()));
    }
    wrongs.extend(runs(evidence));
    wrongs
}

/// What the maker of a thing was told, and how often it is there.
#[derive(Default)]
struct Made {
    done: bool,
    unknown: bool,
    times: u32,
}

/// Each thing has a name of its own: it is there once when its maker was told so, never twice, and not at all when
/// nobody asked for it or it was refused.
fn once<'a>(
    what: &str,
    there: impl Iterator<Item = &'a str>,
    calls: &'a [Call],
    name: impl Fn(&'a Ask) -> Option<&'a String>,
) -> Vec<String> {
    let mut made: BTreeMap<&str, Made> = BTreeMap::new();
    for call in calls {
        if let Some(name) = name(&call.ask) {
            let made = made.entry(name).or_default();
            made.done |= matches!(call.answer, Answer::Done { .. });
            made.unknown |= call.answer == Answer::Unknown;
        }
    }
    let mut wrongs = Vec::new();
    for name in there {
        match made.get_mut(name) {
            Some(made) => made.times += 1,
            None => wrongs.push(format!("records: nobody asked for the {what} {name:?}")),
        }
    }
    for (name, Made { done, unknown, times }) in made {
        if times < u32::from(done) || times > u32::from(done || unknown) {
            wrongs.push(format!("records: the {what} {name:?} is there {times} times, told: {done}"));
        }
    }
    wrongs
}

/// A run is as its machine wrote it last, unless the last writing's end is unknown.
fn runs(evidence: &Evidence) -> Vec<String> {
    let mut last: BTreeMap<&RunId, (&Run, bool)> = BTreeMap::new();
    for call in &evidence.calls {
        if let Ask::SaveRun(run) = &call.ask {
            let told = matches!(call.answer, Answer::Done { .. });
            // One unknown end leaves open whether it came before or after.
            let known = told && last.get(&run.id).is_none_or(|(_, known)| *known);
            last.insert(&run.id, (run, known));
        }
    }
    let there: BTreeMap<_, _> = evidence.runs.iter().map(|run| (&run.id, run)).collect();
    let mut wrongs = Vec::new();
    for (id, (run, known)) in last {
        if known && there.get(id) != Some(&run) {
            let stage = there.get(id).map(|run| run.stage.as_str());
            wrongs.push(format!("records: run {id} was written as {}, it is {stage:?}", run.stage.as_str()));
        }
    }
    wrongs
}
