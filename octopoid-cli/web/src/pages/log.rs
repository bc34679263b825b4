//! The log of a run.

use super::card::shortened;
use super::layout::region;
use super::task::TaskView;
use crate::access::Visit;
use crate::artifacts::Lines;
use crate::text::{T, push_escaped};
use maud::{Markup, PreEscaped, html};
use octopoid_core::model::{ArtifactKind, Timestamp};

/// An artifact of one run that is read as text.
#[derive(Debug)]
pub(crate) struct LogView {
    pub(crate) run: u32,
    pub(crate) kind: ArtifactKind,
    /// The kinds that the run has.
    pub(crate) kinds: Vec<ArtifactKind>,
    /// What there is of it so far; `None` if it is not to be had here.
    pub(crate) lines: Option<Lines>,
}

const fn name(kind: ArtifactKind) -> &'static str {
    match kind {
        ArtifactKind::Log => "Log",
        ArtifactKind::Transcript => "Raw transcript",
        ArtifactKind::Diff => "Diff",
        ArtifactKind::TestOutput => "Test output",
        _ => "Other",
    }
}

/// Returns the content of the tab.
pub(crate) fn log(visit: &Visit, view: &TaskView, log: &LogView) -> Markup {
    let task = &view.task().id;
    let runs = view.runs.iter().rev();
    let address =
        |run: u32, kind: ArtifactKind| visit.url(&format!("/tasks/{task}/log?run={run}&kind={kind}"));
    let words = view.runs.iter().find(|run| run.number == log.run).and_then(|run| run.last_words.as_ref());
    html! {
        section.panel.log-panel aria-labelledby="log-title" {
            header {
                h2 #log-title { (name(log.kind)) }
                (region("log-runs", &html! {
                    nav.pills aria-label="Runs" {
                        @for run in runs {
                            a href=(address(run.number, ArtifactKind::Log)) aria-current=[(run.number == log.run).then_some("page")] {
                                (run.number) ". " (T(run.role.as_ref().map_or("landing", |role| role.as_str())))
                            }
                        }
                    }
                    @if log.kinds.len() > 1 {
                        nav.pills aria-label="What" {
                            @for kind in &log.kinds {
                                a href=(address(log.run, *kind)) aria-current=[(*kind == log.kind).then_some("page")] { (name(*kind)) }
                            }
                        }
                    }
                }))
                label.check { input #follow type="checkbox" checked; " Follow" }
            }
            @if let Some(known) = &log.lines {
                @let feed = visit.url(&format!("/tasks/{task}/log/feed?run={}&kind={}&from={}", log.run, log.kind, known.next));
                div.log #log role="log" aria-live="off" aria-label=(name(log.kind)) tabindex="0" data-feed=(feed) { (lines(&known.text, log.kind)) }
            } @else if view.runs.is_empty() {
                p.quiet { "No agent has worked on it yet." }
            } @else {
                p.quiet { "The log of this run is not here: it is on the machine that the agent ran on." }
                @if let Some(words) = words { h3 { "The last that it said" } pre { (T(words)) } }
            }
        }
    }
}

/// Longest tool call that is shown without unfolding it, in characters.
const TOOL: usize = 110;

/// Returns lines of an artifact as HTML; long tool calls of a log are folded.
pub(crate) fn lines(text: &str, kind: ArtifactKind) -> Markup {
    let mut html = String::with_capacity(text.len() * 2);
    if kind != ArtifactKind::Log {
        for line in text.lines() {
            html.push_str("<p>");
            push_escaped(&mut html, line);
            html.push_str("</p>");
        }
        return PreEscaped(html);
    }
    for line in text.lines() {
        let (at, line) = dated(line);
        match tool(line) {
            Some(_) if line.chars().count() > TOOL => {
                html.push_str("<details class=\"tool\"><summary>");
                push_time(&mut html, at);
                push_escaped(&mut html, &shortened(line, TOOL));
                html.push_str("</summary><p>");
                push_escaped(&mut html, line);
                html.push_str("</p></details>");
            }
            found => {
                html.push_str(if found.is_some() { "<p class=\"tool\">" } else { "<p>" });
                push_time(&mut html, at);
                push_escaped(&mut html, line);
                html.push_str("</p>");
            }
        }
    }
    PreEscaped(html)
}

/// Splits the time off a line that begins with one.
fn dated(line: &str) -> (Option<Timestamp>, &str) {
    let found = line.split_once(' ').and_then(|(at, rest)| Some((at.parse().ok()?, rest)));
    found.map_or((None, line), |(at, rest)| (Some(at), rest))
}

/// Returns the name of the tool that a line says an agent calls, such as `Bash` in `[Bash] ls`.
fn tool(line: &str) -> Option<&str> {
    let (name, _) = line.strip_prefix('[')?.split_once(']')?;
    (!name.is_empty() && name.len() <= 64 && !name.contains(' ')).then_some(name)
}

fn push_time(html: &mut String, at: Option<Timestamp>) {
    if let Some(at) = at {
        let text = at.to_string();
        let clock = text.get(11..19).unwrap_or_default();
        html.push_str(&format!("<span class=\"at\" title=\"{text}\">{clock}</span>"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tool_calls_are_folded_and_nothing_is_obeyed() {
        let shown = lines("2026-03-01T12:00:05.000Z hello\n[Bash] ls <b>\n[not a tool] x", ArtifactKind::Log)
            .into_string();
        assert_eq!(
            shown,
            "<p><span class=\"at\" title=\"2026-03-01T12:00:05.000Z\">12:00:05</span>hello</p><p class=\"tool\">[Bash] ls &lt;b&gt;</p><p>[not a tool] x</p>"
        );
        let long = lines(&format!("[Edit] {}\x1b[2J", "x".repeat(200)), ArtifactKind::Log).into_string();
        assert!(long.starts_with("<details class=\"tool\"><summary>[Edit] xxx"), "{long}");
        assert!(long.ends_with("x␛[2J</p></details>"), "{long}");
    }
}
