//! The pane of costs and limits.

use super::{dim, field, heading, span, styled};
use crate::output::text::{money, short};
use crate::tui::event::Data;
use crate::tui::pane::Row;
use crate::tui::snapshot::Snapshot;
use crate::tui::text::pad;
use crate::tui::theme::{Theme, Tone};
use octopoid_core::model::Usage;
use octopoid_core::ops::{Cost, CostOf, Costs};
use ratatui::text::Line;

/// The most rows of each sum; of days the newest are shown, of the rest the dearest.
const SHOWN: usize = 12;
/// Columns of the longest bar.
const BAR: usize = 16;

pub(super) fn rows(snapshot: &Snapshot, data: Option<&Data>, theme: Theme) -> Vec<Row> {
    let mut rows = vec![today(snapshot, theme)];
    if let Some(here) = &snapshot.here {
        rows.push(field("one task", format!("at most {}", money(here.limits.task)), theme));
        rows.extend(heading("Limits of accounts", theme));
        let accounts = here.status.as_ref().map_or(&[][..], |status| &status.accounts);
        if accounts.is_empty() {
            rows.push(dim("none is reached", theme));
        }
        for account in accounts {
            let agents: Vec<_> = account.agents.iter().map(ToString::to_string).collect();
            let words = format!("{} until {}: {}", account.account, account.until, agents.join(", "));
            rows.push(Row::indented(styled(words, Tone::Attention, theme), 2));
            rows.push(dim(&account.reason, theme));
        }
    }
    match data {
        Some(Data::Costs(sums)) => {
            rows.extend(sums.iter().flat_map(|(name, costs)| table(name, costs, theme)))
        }
        Some(Data::Nothing(words)) => rows.extend([Row::empty(), dim(words, theme)]),
        _ => rows.extend([Row::empty(), dim("adding up …", theme)]),
    }
    rows
}

fn today(snapshot: &Snapshot, theme: Theme) -> Row {
    match &snapshot.here {
        Some(here) => {
            let words = format!("{} of {} used", money(snapshot.today), money(here.limits.day));
            field("today", words, theme)
        }
        None => field("today", format!("{} used", money(snapshot.today)), theme),
    }
}

fn table(name: &str, costs: &Costs, theme: Theme) -> Vec<Row> {
    let mut sums: Vec<&Cost> = costs.rows.iter().collect();
    let by_day = matches!(sums.first(), Some(Cost { of: CostOf::Day(_), .. }));
    match by_day {
        true => sums.reverse(),
        false => sums.sort_by(|one, other| other.usage.cost_usd.total_cmp(&one.usage.cost_usd)),
    }
    let mut rows = heading(name, theme).to_vec();
    if sums.is_empty() {
        rows.push(dim("nothing was used yet", theme));
        return rows;
    }
    let most = sums.iter().map(|cost| cost.usage.cost_usd).fold(0.0, f64::max);
    for cost in sums.iter().take(SHOWN) {
        rows.push(row(&cost.of.to_string(), cost.runs, &cost.usage, most, theme));
    }
    if sums.len() > SHOWN {
        rows.push(dim(&format!("and {} more", sums.len() - SHOWN), theme));
    }
    if sums.len() > 1 {
        rows.push(row("in all", costs.runs, &costs.total, 0.0, theme));
    }
    rows
}

fn row(name: &str, runs: u64, used: &Usage, most: f64, theme: Theme) -> Row {
    let tokens = used.input_tokens.saturating_add(used.output_tokens);
    let figures = format!(
        "{} {:>9} {:>5} runs {:>7} tokens  ",
        pad(name, 16),
        money(used.cost_usd),
        runs,
        short(tokens)
    );
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "between 0 and BAR"
    )]
    let length = if most > 0.0 { (used.cost_usd / most * BAR as f64).round() as usize } else { 0 };
    let bar = theme.symbol("▇", "#").repeat(length);
    Row::clipped(Line::from(vec![span(figures, Tone::Plain, theme), span(bar, Tone::Busy, theme)]))
}
