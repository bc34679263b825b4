//! `octopoid cost`: shows what the runs have cost.

use crate::args;
use crate::context::Context;
use crate::error::Result;
use crate::output::{style, table, text};
use comfy_table::{Cell, CellAlignment, Row};
use octopoid_core::model::Usage;
use octopoid_core::ops::{Cost, CostBy, CostQuery, costs};
use serde_json::json;

pub(super) async fn run(args: &args::Cost, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let mut query = CostQuery::new(installation.scope(), args.by);
    (query.since, query.until) = (args.since, args.until);
    let mut costs = costs(&*store, &query).await?;
    if args.by != CostBy::Day {
        // Where the money goes is what is asked for; days stay in their order.
        costs.rows.sort_by(|one, other| other.usage.cost_usd.total_cmp(&one.usage.cost_usd));
    }
    let output = context.output;
    if output.json {
        output.json(&json!({
            "by": args.by, "since": args.since, "until": args.until,
            "rows": costs.rows, "runs": costs.runs, "total": costs.total,
        }));
        return Ok(());
    }
    if costs.rows.is_empty() {
        output.line("no run is on record");
        return Ok(());
    }
    let mut rows = table::table(&[heading(args.by), "RUNS", "TURNS", "TOKENS IN", "TOKENS OUT", "COST"]);
    for Cost { of, runs, usage, .. } in &costs.rows {
        rows.add_row(row(&text::visible(&of.to_string()), *runs, usage));
    }
    rows.add_row(row("all", costs.runs, &costs.total));
    output.line(table::render(&mut rows));
    if costs.total.cost_usd == 0.0 && costs.total.turns > 0 {
        output.note(style::paint(style::DIM, "the agent programs report no dollars"));
    }
    Ok(())
}

const fn heading(by: CostBy) -> &'static str {
    match by {
        CostBy::Day => "DAY",
        CostBy::Task => "TASK",
        CostBy::Role => "ROLE",
        CostBy::Agent => "AGENT",
        CostBy::Project => "PROJECT",
        CostBy::Model => "MODEL",
        _ => "OF",
    }
}

fn row(name: &str, runs: u64, usage: &Usage) -> Row {
    let number = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    Row::from(vec![
        Cell::new(name),
        number(runs.to_string()),
        number(usage.turns.to_string()),
        number(text::short(usage.input_tokens)),
        number(text::short(usage.output_tokens)),
        number(text::money(usage.cost_usd)),
    ])
}
