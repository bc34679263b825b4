//! `octopoid list`: lists tasks.

pub(super) mod places;

use crate::args::List;
use crate::assembly::Explainer;
use crate::context::Context;
use crate::error::Result;
use crate::output::{json, style, table, text};
use comfy_table::{Cell, Row};
use octopoid_core::model::{Queue, Task};
use octopoid_core::ops::TaskFilter;
use octopoid_core::store::{StoreExt, TaskOrder, TaskQuery};
use places::Places;
use serde_json::json;

/// The order of the queues: what needs a person, what moves, what waits, what is over.
const ORDER: [Queue; 9] = [
    Queue::NeedsContinuation,
    Queue::Claimed,
    Queue::Provisional,
    Queue::Incoming,
    Queue::Blocked,
    Queue::Custom,
    Queue::Backlog,
    Queue::Failed,
    Queue::Done,
];

pub(super) async fn run(args: List, context: &Context) -> Result<()> {
    let installation = context.installation()?;
    let store = installation.store(&context.environment).await?;
    let chosen = filter(&args);
    let queues = [args.queues, args.queue].concat();
    // What the store filters by itself needs no more than a page of each queue.
    let is_plain = {
        let mut rest = chosen.clone();
        rest.project = None;
        rest.is_empty()
    };
    let places = Places::named(&queues, &installation, &*store, context).await?;
    let (mut tasks, mut total, mut hidden) = (Vec::new(), 0, 0);
    let hides_done = queues.is_empty() && !args.all;
    let mut filter = TaskQuery::new(installation.scope());
    filter.priorities.clone_from(&args.priority);
    filter.roles.clone_from(&args.role);
    filter.project.clone_from(&chosen.project);
    filter.order = TaskOrder::Priority;
    for queue in ORDER.into_iter().filter(|queue| places.has_queue(*queue)) {
        let mut query = filter.clone().in_queue(queue);
        if queue == Queue::Done && hides_done {
            query.limit = 1;
            // What is found by other words than the queue's name would be looked for there too.
            hidden = if is_plain { store.list_tasks(&query).await?.total } else { 0 };
            continue;
        }
        if !is_plain {
            let found: Vec<_> =
                store.all_tasks(&query).await?.into_iter().filter(|task| chosen.matches(task)).collect();
            total += found.len() as u64;
            tasks.extend(found);
            continue;
        }
        query.limit = args.limit.clamp(1, TaskQuery::MAX_LIMIT);
        let page = store.list_tasks(&query).await?;
        total += page.total;
        tasks.extend(page.items);
    }
    if !places.states.is_empty() {
        filter.states = places.states.iter().cloned().collect();
        let mut found = store.all_tasks(&filter).await?;
        found.retain(|task| !places.has_queue(task.queue()) && chosen.matches(task));
        total += found.len() as u64;
        tasks.extend(found);
        tasks.sort_by_key(|task| ORDER.iter().position(|queue| *queue == task.queue()));
    }
    tasks.truncate(args.limit as usize);

    let explainer = Explainer::gather(&installation, &context.environment, &*store, &tasks).await?;
    let output = context.output;
    if output.json {
        let items: Vec<_> = tasks.iter().map(|task| json::task(task, &explainer.explain(task))).collect();
        output.json(&json!({ "tasks": items, "total": total, "hidden_done": hidden }));
        return Ok(());
    }
    if tasks.is_empty() {
        let filtered =
            !(queues.is_empty() && args.priority.is_empty() && args.role.is_empty() && chosen.is_empty());
        output.line(match (filtered, hidden) {
            (true, _) => "no task matches".to_owned(),
            (false, 0) => "no tasks yet: `octopoid enqueue \"…\"` adds one".to_owned(),
            (false, hidden) => format!("nothing to do; {}", done_ones(hidden)),
        });
        return Ok(());
    }
    let mut rows = table::table(&["ID", "QUEUE", "PRI", "SIZE", "ROLE", "TITLE", "WHERE IT STANDS"]);
    for task in &tasks {
        rows.add_row(row(task, &explainer));
    }
    output.line(table::render(&mut rows));
    let shown = tasks.len() as u64;
    if shown < total {
        output.note(style::paint(style::DIM, format_args!("{shown} of {total}; --limit shows more")));
    }
    if hidden > 0 {
        output.note(style::paint(style::DIM, done_ones(hidden)));
    }
    Ok(())
}

/// Returns the note about tasks that are left out.
fn done_ones(hidden: u64) -> String {
    format!("{} done; --all lists them", text::count(hidden, "task"))
}

/// Returns what the options ask for beyond queues, priorities and roles.
fn filter(args: &List) -> TaskFilter {
    let mut filter = TaskFilter::default();
    filter.project.clone_from(&args.project);
    filter.text = args.text.clone().filter(|words| !words.trim().is_empty());
    filter.author.clone_from(&args.author);
    (filter.since, filter.until) = (args.since, args.until);
    filter
}

fn row(task: &Task, explainer: &Explainer) -> Row {
    let explained = explainer.explain(task);
    Row::from(vec![
        Cell::new(&task.id),
        table::coloured(task.place(), style::of_queue(task.queue())),
        Cell::new(task.priority),
        Cell::new(task.complexity.map_or("", |size| size.as_str())),
        Cell::new(&task.role),
        Cell::new(text::one_line(&task.title, 60)),
        Cell::new(text::one_line(&explained.text, 70)),
    ])
}
