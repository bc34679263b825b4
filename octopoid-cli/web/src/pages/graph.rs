//! Graphs as SVG: nodes in layers, from what comes first to what comes last.

use crate::text::{T, push_escaped};
use maud::{Markup, PreEscaped};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Node of a graph.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: String,
    /// First line.
    pub(crate) name: String,
    /// Second line.
    pub(crate) words: String,
    /// What its colour says.
    pub(crate) meaning: &'static str,
    /// Address that it leads to.
    pub(crate) href: Option<String>,
}

const WIDTH: usize = 190;
const HEIGHT: usize = 52;
const GAP_X: usize = 56;
const GAP_Y: usize = 18;
/// Longest line in a node, in characters.
const LINE: usize = 26;

/// Returns a graph. An edge leads from a node to one that comes after it.
pub(crate) fn graph(label: &str, nodes: &[Node], edges: &[(String, String)]) -> Markup {
    let places = places(nodes, edges);
    let columns = places.values().map(|(x, _)| x + 1).max().unwrap_or(0);
    let rows = places.values().map(|(_, y)| y + 1).max().unwrap_or(0);
    let (width, height) = (columns * (WIDTH + GAP_X), rows * (HEIGHT + GAP_Y) + GAP_Y);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<div class=\"scroll\"><svg class=\"graph\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" aria-label=\""
    );
    push_escaped(&mut svg, label);
    svg.push_str("\">");
    let corner =
        |id: &str| places.get(id).map(|(x, y)| (x * (WIDTH + GAP_X) + 2, y * (HEIGHT + GAP_Y) + GAP_Y));
    for (from, to) in edges {
        let (Some((x1, y1)), Some((x2, y2))) = (corner(from), corner(to)) else { continue };
        let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2);
        if x2 > x1 {
            let middle = (x1 + x2) / 2;
            let _ = write!(
                svg,
                "<path class=\"edge\" d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {} {y2}\"/><path class=\"head\" d=\"M{} {} l8 4 l-8 4z\"/>",
                x2 - 6,
                x2 - 8,
                y2 - 4
            );
        } else {
            // A way back.
            let under = y1.max(y2) + HEIGHT / 2 + GAP_Y / 2;
            let _ = write!(
                svg,
                "<path class=\"edge back\" d=\"M{} {} C{} {under} {} {under} {} {}\"/>",
                x1 - WIDTH / 2,
                y1 + HEIGHT / 2,
                x1 - WIDTH / 2,
                x2 + WIDTH / 2,
                x2 + WIDTH / 2,
                y2 + HEIGHT / 2
            );
        }
    }
    for node in nodes {
        let Some((x, y)) = corner(&node.id) else { continue };
        if let Some(href) = &node.href {
            svg.push_str("<a href=\"");
            push_escaped(&mut svg, href);
            svg.push_str("\">");
        }
        let _ = write!(svg, "<g class=\"node\" data-meaning=\"{}\"><title>", node.meaning);
        push_escaped(&mut svg, &node.name);
        let _ =
            write!(svg, "</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>");
        for (line, text, class) in [(21, &node.name, "name"), (39, &node.words, "words")] {
            let _ = write!(svg, "<text class=\"{class}\" x=\"{}\" y=\"{}\">", x + 12, y + line);
            push_escaped(&mut svg, &super::card::shortened(text, LINE));
            svg.push_str("</text>");
        }
        svg.push_str("</g>");
        if node.href.is_some() {
            svg.push_str("</a>");
        }
    }
    svg.push_str("</svg></div>");
    PreEscaped(svg)
}

/// Returns the column and the row of each node: the column is the longest way from a first node. Edges that lead back to where
/// one came from, such as of work that is sent back, do not count.
fn places(nodes: &[Node], edges: &[(String, String)]) -> BTreeMap<String, (usize, usize)> {
    let known: BTreeSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let mut after: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in edges.iter().filter(|(from, to)| from != to) {
        if known.contains(from.as_str()) && known.contains(to.as_str()) {
            after.entry(from).or_default().push(to);
        }
    }
    let mut order = Order {
        after: &after,
        done: BTreeSet::new(),
        on_the_way: BTreeSet::new(),
        last_first: Vec::new(),
        forward: Vec::new(),
    };
    for node in nodes {
        order.visit(&node.id);
    }
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for id in order.last_first.iter().rev() {
        let column = columns.get(id).copied().unwrap_or_default();
        columns.insert(id, column);
        for (_, to) in order.forward.iter().filter(|(from, _)| from == id) {
            let to = columns.entry(to).or_default();
            *to = (*to).max(column + 1);
        }
    }
    let mut filled: BTreeMap<usize, usize> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for node in nodes {
        let x = columns.get(node.id.as_str()).copied().unwrap_or_default();
        let y = filled.entry(x).or_default();
        places.insert(node.id.clone(), (x, *y));
        *y += 1;
    }
    places
}

/// Depth-first order of a graph.
struct Order<'a, 'b> {
    after: &'b BTreeMap<&'a str, Vec<&'a str>>,
    done: BTreeSet<&'a str>,
    on_the_way: BTreeSet<&'a str>,
    last_first: Vec<&'a str>,
    /// The edges that do not lead back.
    forward: Vec<(&'a str, &'a str)>,
}

impl<'a> Order<'a, '_> {
    fn visit(&mut self, id: &'a str) {
        if self.done.contains(id) || !self.on_the_way.insert(id) {
            return;
        }
        for to in self.after.get(id).into_iter().flatten() {
            if self.on_the_way.contains(to) {
                continue;
            }
            self.forward.push((id, to));
            self.visit(to);
        }
        self.on_the_way.remove(id);
        self.done.insert(id);
        self.last_first.push(id);
    }
}

/// Returns a bar of a part of a whole.
pub(crate) fn meter(part: f64, whole: f64, label: &str) -> Markup {
    let share = if whole > 0.0 { (part / whole).clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    maud::html! {
        svg.meter role="img" aria-label=(T(label)) viewBox="0 0 100 6" preserveAspectRatio="none" {
            rect.track width="100" height="6" {}
            rect.fill width=(format!("{share:.1}")) height="6" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(ids: &[&str], edges: &[(&str, &str)]) -> BTreeMap<String, (usize, usize)> {
        let node = |id: &&str| Node {
            id: (*id).to_owned(),
            name: String::new(),
            words: String::new(),
            meaning: "",
            href: None,
        };
        let nodes: Vec<_> = ids.iter().map(node).collect();
        let edges: Vec<_> = edges.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        places(&nodes, &edges)
    }

    #[test]
    fn what_waits_stands_right_of_what_it_waits_for() {
        let places = place(&["a", "b", "c", "d"], &[("a", "b"), ("b", "d"), ("a", "d"), ("x", "c")]);
        assert_eq!(places["a"], (0, 0));
        assert_eq!(places["c"], (0, 1));
        assert_eq!(places["b"], (1, 0));
        assert_eq!(places["d"], (2, 0));
    }

    #[test]
    fn ways_back_do_not_count() {
        let places = place(&["a", "b", "c"], &[("a", "b"), ("b", "a"), ("a", "a"), ("b", "c"), ("c", "a")]);
        assert_eq!((places["a"].0, places["b"].0, places["c"].0), (0, 1, 2));
    }
}
