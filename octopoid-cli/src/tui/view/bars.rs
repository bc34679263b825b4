//! The line at the top, which says how things are, and the one at the bottom, which says what can be done.

use super::{fill, put};
use crate::output::text::{money, span as time};
use crate::tui::binding::{Verb, key_of};
use crate::tui::layout::Focus;
use crate::tui::model::Model;
use crate::tui::pane::Pane;
use crate::tui::text::{cut, fit};
use crate::tui::theme::Tone;
use octopoid_core::ops::{Attention, Remedy};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

pub(super) fn top(model: &Model, area: Rect, buffer: &mut Buffer) {
    let bar = model.theme.style(Tone::Bar);
    fill(buffer, area, 0, 1, bar);
    let parts = status(model);
    let right = money_today(model);
    let room = usize::from(area.width).saturating_sub(right.width() + 3);
    // What does not fit is left out from the end.
    let mut left = String::new();
    for part in parts {
        let more = if left.is_empty() { part } else { format!("  {part}") };
        if left.width() + more.width() > room {
            // Why nothing is known any more is said as far as there is room.
            if model.snapshot.away.is_some() {
                left.push_str(&cut(&more, room.saturating_sub(left.width())));
            }
            break;
        }
        left.push_str(&more);
    }
    put(buffer, area, 0, &Line::styled(format!(" {left}"), bar));
    let x = area.right().saturating_sub(u16::try_from(right.width()).unwrap_or_default() + 1);
    buffer.set_stringn(x, area.y, &right, right.width(), bar);
}

/// Returns what the top says, the most important first.
fn status(model: &Model) -> Vec<String> {
    let snapshot = &model.snapshot;
    let mut parts = vec![fit(&snapshot.name, 32)];
    if !model.is_loaded {
        parts.push("reading …".to_owned());
        return parts;
    }
    if let Some(away) = &snapshot.away {
        parts.push(format!("THE QUEUE CANNOT BE READ: {}", fit(away, 200)));
        return parts;
    }
    match snapshot.count(Attention::NeedsYou) {
        0 => parts.push("nothing needs you".to_owned()),
        1 => parts.push("1 needs you".to_owned()),
        many => parts.push(format!("{many} need you")),
    }
    for (group, word) in
        [(Attention::Working, "working"), (Attention::Landing, "landing"), (Attention::Waiting, "waiting")]
    {
        let count = snapshot.count(group);
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    if let Some(here) = &snapshot.here {
        parts.push(match &here.status {
            None => "no orchestrator runs".to_owned(),
            Some(status) if status.stopping => "ending".to_owned(),
            Some(status) if status.maintenance => "out of service".to_owned(),
            Some(_) if here.paused => "paused".to_owned(),
            Some(status) => format!("running for {}", time(model.now.since(status.started_at))),
        });
    }
    parts
}

fn money_today(model: &Model) -> String {
    let snapshot = &model.snapshot;
    match &snapshot.here {
        Some(here) if model.size.0 >= 100 => {
            format!("today {} of {}", money(snapshot.today), money(here.limits.day))
        }
        _ if model.is_loaded => format!("today {}", money(snapshot.today)),
        _ => String::new(),
    }
}

pub(super) fn bottom(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.theme;
    if let Some(said) = &model.said {
        let tone = if said.is_bad { Tone::Bad } else { Tone::Good };
        let text = cut(&fit(&said.text, usize::MAX), usize::from(area.width).saturating_sub(2));
        put(buffer, area, 0, &Line::from(Span::styled(format!(" {text}"), theme.style(tone))));
        return;
    }
    let mut spans = vec![Span::raw(" ")];
    let mut left = usize::from(area.width).saturating_sub(2);
    for (verb, words) in offers(model) {
        let key = key_of(verb);
        let width = key.width() + 1 + words.width() + 2;
        if width > left + 2 {
            break;
        }
        left = left.saturating_sub(width);
        spans.push(Span::styled(key, theme.style(Tone::Key)));
        spans.push(Span::raw(format!(" {words}  ")));
    }
    put(buffer, area, 0, &Line::from(spans));
}

/// Says how to get through the help, and out of it.
pub(super) fn below_help(model: &Model, area: Rect, buffer: &mut Buffer) {
    let key = |verb: Verb| Span::styled(key_of(verb), model.theme.style(Tone::Key));
    let line = Line::from(vec![
        Span::raw(" "),
        key(Verb::Down),
        Span::raw(" "),
        key(Verb::Up),
        Span::raw(" more  "),
        key(Verb::Back),
        Span::raw(" back"),
    ]);
    put(buffer, area, 0, &line);
}

/// Returns the keys that are most likely wanted now.
fn offers(model: &Model) -> Vec<(Verb, &'static str)> {
    let mut offers = vec![(Verb::Help, "keys")];
    let mut add = |verb: Verb, words: &'static str| {
        if !offers.iter().any(|(known, _)| *known == verb) {
            offers.push((verb, words));
        }
    };
    // Where the keys are about what the pane lists, those of tasks mean nothing.
    let has_items = model.focus == Focus::Pane && model.wanted.pane.has_items();
    if !has_items {
        of_task(model, &mut add);
    }
    if model.focus == Focus::Pane {
        match model.wanted.pane {
            Pane::Log => add(Verb::Older, "attempt before"),
            Pane::Diff => {
                add(Verb::Comment, "comment on the line");
                add(Verb::Review, "send the review");
                add(Verb::Next, "next file");
            }
            Pane::Machines => add(Verb::Pause, "out of service, or back"),
            Pane::Projects => {
                add(Verb::Approve, "approve");
                add(Verb::Open, "its tasks");
                add(Verb::Enqueue, "new project");
                add(Verb::Cancel, "put away");
            }
            Pane::Drafts => {
                add(Verb::Approve, "make a task of it");
                add(Verb::Edit, "edit");
                add(Verb::Enqueue, "new draft");
                add(Verb::Cancel, "put away");
                add(Verb::Discard, "delete");
            }
            Pane::Task | Pane::Thread | Pane::Runs | Pane::Graph | Pane::Costs => {}
        }
        add(Verb::Back, "back");
    }
    if model.selected().is_some() && !has_items {
        add(Verb::Comment, "comment");
        add(Verb::Show(Pane::Log), "log");
        add(Verb::Show(Pane::Diff), "diff");
    }
    add(Verb::Zoom, "zoom");
    add(Verb::Search, "search");
    if !has_items {
        add(Verb::Enqueue, "new task");
    }
    add(Verb::Quit, "quit");
    offers
}

/// Adds what the selected task asks for.
fn of_task(model: &Model, add: &mut impl FnMut(Verb, &'static str)) {
    if model.drafts_of_review() > 0 {
        add(Verb::Review, "send the review");
    }
    let remedies = model.selected().map_or(&[][..], |entry| &entry.explanation.remedies);
    for remedy in remedies {
        match remedy {
            Remedy::Approve { .. } | Remedy::ApproveProject { .. } => add(Verb::Approve, "approve"),
            Remedy::Reject { .. } => add(Verb::Reject, "request changes"),
            Remedy::Retry { .. } => add(Verb::Retry, "go on"),
            Remedy::Cancel { .. } => add(Verb::Cancel, "cancel"),
            Remedy::Unblock { .. } => add(Verb::Unblock, "unblock"),
            Remedy::Force { .. } => add(Verb::Force, "move"),
            Remedy::ResumeOrchestrator => add(Verb::Pause, "resume"),
            Remedy::AddAgent { .. } | Remedy::StartOrchestrator => {}
        }
    }
    if octopoid_core::ops::open_question(model.thread()).is_some() {
        add(Verb::Answer, "answer");
    }
}
