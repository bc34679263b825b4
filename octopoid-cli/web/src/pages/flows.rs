//! Flows: the states that a task goes through, with how many stand in each now.

use super::graph::{Node, graph};
use super::layout::{Page, Section, region};
use crate::access::Visit;
use crate::hub::Snapshot;
use crate::text::{T, count};
use maud::{Markup, html};
use octopoid_core::model::{FlowRecord, Queue};
use serde_json::Value;
use std::collections::BTreeMap;

/// Returns the page.
pub(crate) fn flows(visit: &Visit, snapshot: &Snapshot, flows: &[FlowRecord]) -> Markup {
    let mut counts: BTreeMap<(Option<&str>, String), usize> = BTreeMap::new();
    for card in snapshot.cards.values() {
        let place = card.task.flow_state().map_or_else(|| card.task.place().to_string(), ToString::to_string);
        *counts.entry((card.task.attributes.flow.as_deref(), place)).or_default() += 1;
    }
    let standing = |flow: &str, state: &str| {
        let of = |name: Option<&str>| counts.get(&(name, state.to_owned())).copied().unwrap_or_default();
        of(Some(flow)) + if flow == "default" { of(None) } else { 0 }
    };
    let body = html! {
        @for flow in flows { (one(flow, &|state| standing(&flow.name, state))) }
        @if flows.is_empty() {
            (one_graph("default", "The queues that every task goes through. Flows of your own are shown here once a machine has registered them.", &queues(), &|state| {
                snapshot.cards.values().filter(|card| card.task.place().to_string() == state).count()
            }))
        }
    };
    let content = html! { header.title { h1 { "Flows" } p.quiet { "The numbers are those of now." } } (region("flows-list", &body)) };
    Page { wide: true, ..Page::new("Flows", Section::Flows, content) }.render(visit, snapshot)
}

type Edges = Vec<(String, String)>;

fn queues() -> (Vec<String>, Edges) {
    let pairs = [
        (Queue::Incoming, Queue::Claimed),
        (Queue::Claimed, Queue::Provisional),
        (Queue::Provisional, Queue::Done),
        (Queue::Blocked, Queue::Incoming),
    ];
    let states = [Queue::Blocked, Queue::Incoming, Queue::Claimed, Queue::Provisional, Queue::Done];
    (
        states.into_iter().map(|queue| queue.to_string()).collect(),
        pairs.into_iter().map(|(from, to)| (from.to_string(), to.to_string())).collect(),
    )
}

fn one(flow: &FlowRecord, standing: &dyn Fn(&str) -> usize) -> Markup {
    let text =
        |transition: &Value, name: &str| transition.get(name).and_then(Value::as_str).map(str::to_owned);
    let edges: Edges =
        flow.transitions.iter().filter_map(|one| Some((text(one, "from")?, text(one, "to")?))).collect();
    html! {
        (one_graph(&flow.name, "", &(flow.states.clone(), edges), standing))
        section.panel.transitions aria-label={ "Transitions of " (flow.name) } {
            div.scroll {
                table.list {
                    thead { tr { th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "What happens on the way" } } }
                    tbody {
                        @for transition in &flow.transitions {
                            tr {
                                td { (T(&text(transition, "from").unwrap_or_default())) }
                                td { (T(&text(transition, "to").unwrap_or_default())) }
                                td.quiet { (T(&details(transition))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the further fields of a transition, in a line.
fn details(transition: &Value) -> String {
    let words = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    let fields = transition.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| !matches!(name.as_str(), "from" | "to") && !value.is_null());
    fields.map(|(name, value)| format!("{name}: {}", words(value))).collect::<Vec<_>>().join(" · ")
}

fn one_graph(
    name: &str,
    words: &str,
    (states, edges): &(Vec<String>, Edges),
    standing: &dyn Fn(&str) -> usize,
) -> Markup {
    let node = |state: &String| {
        let standing = standing(state);
        Node {
            id: state.clone(),
            name: state.clone(),
            words: count(standing as u64, "task"),
            meaning: if standing > 0 { "working" } else { "neutral" },
            href: None,
        }
    };
    let nodes: Vec<_> = states.iter().map(node).collect();
    html! {
        section.panel {
            h2 { (T(name)) }
            @if !words.is_empty() { p.quiet { (words) } }
            (graph(&format!("The states of the flow {name}"), &nodes, edges))
        }
    }
}
