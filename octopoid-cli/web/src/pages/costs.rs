//! What runs have used.

use super::graph::meter;
use super::layout::{Page, Section, region};
use crate::access::Visit;
use crate::hub::Snapshot;
use crate::text::{T, count, money, push_escaped, short};
use maud::{Markup, PreEscaped, html};
use octopoid_core::model::{Timestamp, Usage};
use octopoid_core::ops::{Cost, CostBy, CostOf, Costs};
use std::fmt::Write;

const KINDS: [(CostBy, &str, &str); 6] = [
    (CostBy::Day, "day", "Day"),
    (CostBy::Role, "role", "Role"),
    (CostBy::Agent, "agent", "Agent"),
    (CostBy::Project, "project", "Project"),
    (CostBy::Task, "task", "Task"),
    (CostBy::Model, "model", "Model"),
];

/// Spans that can be shown, in days; 0 is all of it.
const SPANS: [(u32, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (0, "All")];
const DAY: i64 = 24 * 3600 * 1000;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) by: CostBy,
    pub(crate) days: u32,
}

impl Shown {
    pub(crate) fn of(visit: &Visit) -> Self {
        let named = visit.fields.text("by");
        let by =
            KINDS.into_iter().find(|(_, name, _)| Some(*name) == named).map_or(CostBy::Role, |(by, ..)| by);
        let days = visit.fields.text("days").and_then(|days| days.parse().ok());
        Self { by, days: days.filter(|days| SPANS.iter().any(|(known, _)| known == days)).unwrap_or(30) }
    }

    /// Returns the beginning of the span: the start of a day in UTC.
    pub(crate) fn since(self, now: Timestamp) -> Option<Timestamp> {
        let today = now.as_millis().div_euclid(DAY);
        (self.days > 0).then(|| Timestamp::from_millis((today - i64::from(self.days) + 1) * DAY))
    }
}

/// Returns the page. `by_day` has the days alone, `costs` what was asked for.
pub(crate) fn costs(
    visit: &Visit,
    snapshot: &Snapshot,
    shown: Shown,
    by_day: &Costs,
    costs: &Costs,
) -> Markup {
    let address = |by: CostBy, days: u32| {
        let name = KINDS.into_iter().find(|(one, ..)| *one == by).map_or("role", |(_, name, _)| name);
        visit.url(&format!("/costs?by={name}&days={days}"))
    };
    let today = visit.now.to_string();
    let today =
        by_day.rows.iter().find(|row| matches!(&row.of, CostOf::Day(day) if today.starts_with(day.as_str())));
    let today = today.map_or(0.0, |row| row.usage.cost_usd);
    let Usage { turns, input_tokens, output_tokens, cost_usd, .. } = costs.total;
    let body = html! {
        dl.figures {
            div { dt { "In all" } dd { (money(cost_usd)) } }
            div {
                dt { "Today" }
                dd {
                    (money(today))
                    @if let Some(limit) = snapshot.facts.limit_today.filter(|limit| limit.is_finite() && *limit > 0.0) {
                        span.quiet { " of " (money(limit)) } (meter(today, limit, "Of the limit of a day"))
                    }
                }
            }
            div { dt { "Runs" } dd { (costs.runs) } }
            div { dt { "Turns" } dd { (short(turns.into())) } }
            div { dt { "Tokens" } dd { (short(input_tokens)) " in, " (short(output_tokens)) " out" } }
        }
        section.panel aria-labelledby="days-title" {
            h2 #days-title { "By day" }
            @if by_day.rows.is_empty() { p.quiet { "Nothing was used." } } @else { (days(by_day, shown, visit.now)) }
        }
        section.panel aria-labelledby="table-title" {
            h2 #table-title { "By " (KINDS.into_iter().find(|(one, ..)| *one == shown.by).map_or("", |(_, name, _)| name)) }
            (table(visit, costs))
        }
    };
    let content = html! {
        header.title {
            h1 { "Costs" }
            div.toolbar { nav.pills aria-label="Span" { @for (days, name) in SPANS { a href=(address(shown.by, days)) aria-current=[(days == shown.days).then_some("page")] { (name) } } }
            nav.pills aria-label="By what" { @for (by, _, name) in KINDS { a href=(address(by, shown.days)) aria-current=[(by == shown.by).then_some("page")] { (name) } } } }
        }
        (region("costs", &body))
        p.quiet { "Sums over the records of runs, as their programs report them; days are in UTC." }
    };
    Page::new("Costs", Section::Costs, content).render(visit, snapshot)
}

fn table(visit: &Visit, costs: &Costs) -> Markup {
    let mut rows: Vec<&Cost> = costs.rows.iter().collect();
    if rows.iter().any(|row| !matches!(row.of, CostOf::Day(_))) {
        rows.sort_by(|one, other| other.usage.cost_usd.total_cmp(&one.usage.cost_usd));
    } else {
        rows.reverse();
    }
    let most = rows.iter().map(|row| row.usage.cost_usd).fold(0.0, f64::max);
    html! {
        div.scroll {
            table.list.costs {
                thead { tr { th scope="col" { "Of" } th.number scope="col" { "Cost" } th scope="col" { span.hidden { "Share" } } th.number scope="col" { "Runs" } th.number scope="col" { "Turns" } th.number scope="col" { "Tokens" } } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (name(visit, &row.of)) }
                            td.number { (money(row.usage.cost_usd)) }
                            td.bar-cell { (meter(row.usage.cost_usd, most, "Share")) }
                            td.number { (row.runs) }
                            td.number { (row.usage.turns) }
                            td.number { (short(row.usage.input_tokens + row.usage.output_tokens)) }
                        }
                    }
                }
            }
        }
    }
}

fn name(visit: &Visit, of: &CostOf) -> Markup {
    let words = of.to_string();
    match of {
        CostOf::Task(id) => html! { a href=(visit.url(&format!("/tasks/{id}"))) { (words) } },
        CostOf::Project(id) => html! { a href=(visit.url(&format!("/projects/{id}"))) { (words) } },
        _ => html! { (T(&words)) },
    }
}

/// Returns the number of a day.
fn number(of: &CostOf) -> Option<i64> {
    let CostOf::Day(day) = of else { return None };
    let at: Timestamp = format!("{day}T00:00:00Z").parse().ok()?;
    Some(at.as_millis().div_euclid(DAY))
}

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 150.0;
const FOOT: f64 = 18.0;

/// Returns the costs of days as bars; days on which nothing was used have their place too.
fn days(costs: &Costs, shown: Shown, now: Timestamp) -> Markup {
    let known: Vec<_> = costs.rows.iter().filter_map(|row| Some((number(&row.of)?, row))).collect();
    let today = now.as_millis().div_euclid(DAY);
    let first = match shown.days {
        0 => known.first().map_or(today, |(day, _)| *day).min(today - 6),
        days => today - i64::from(days) + 1,
    };
    let count_of_days = (today - first + 1).max(1) as f64;
    let most = known.iter().map(|(_, row)| row.usage.cost_usd).fold(0.01, f64::max);
    let step = WIDTH / count_of_days;
    let mut svg = format!(
        "<div class=\"scroll\"><svg class=\"bars\" role=\"img\" viewBox=\"0 0 {WIDTH} {}\" aria-label=\"Costs of each day\">",
        HEIGHT + FOOT
    );
    for share in [0.0, 0.5, 1.0] {
        let y = HEIGHT - share * (HEIGHT - 14.0);
        let _ = write!(svg, "<line class=\"grid\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        if share > 0.0 {
            let _ = write!(
                svg,
                "<text class=\"axis\" x=\"2\" y=\"{:.1}\">{}</text>",
                y - 3.0,
                money(most * share)
            );
        }
    }
    for (day, row) in &known {
        let x = (*day - first) as f64 * step;
        let height = (row.usage.cost_usd / most * (HEIGHT - 14.0)).max(1.0);
        let _ = write!(
            svg,
            "<g class=\"bar\"><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" rx=\"2\"><title>",
            x + step * 0.12,
            HEIGHT - height,
            (step * 0.76).min(40.0)
        );
        push_escaped(
            &mut svg,
            &format!("{}: {}, {}", row.of, money(row.usage.cost_usd), count(row.runs, "run")),
        );
        svg.push_str("</title></rect></g>");
    }
    for (at, anchor, x) in [(first, "start", 0.0), (today, "end", WIDTH)] {
        let label = Timestamp::from_millis(at * DAY).to_string();
        let _ = write!(
            svg,
            "<text class=\"axis\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{}\">{}</text>",
            HEIGHT + FOOT - 4.0,
            &label[..10]
        );
    }
    svg.push_str("</svg></div>");
    PreEscaped(svg)
}
