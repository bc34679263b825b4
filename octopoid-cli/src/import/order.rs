//! The order in which tasks are made: each after those that it waits for.

use std::collections::{BTreeMap, BTreeSet};

/// Tasks in order, and the waits that had to be left out because they form a circle.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ordered<'a> {
    pub(super) order: Vec<&'a str>,
    /// The task, and what it waits for.
    pub(super) dropped: Vec<(&'a str, &'a str)>,
}

/// Orders tasks, as far as nothing else speaks against it as they came. Waits for tasks that are not among them do not count.
pub(super) fn ordered<'a>(tasks: &[(&'a str, &'a [String])]) -> Ordered<'a> {
    let waits: BTreeMap<&str, &[String]> = tasks.iter().copied().collect();
    let mut state = Ordered { order: Vec::new(), dropped: Vec::new() };
    let mut done = BTreeSet::new();
    for (task, _) in tasks {
        // The way to the task that is looked at: each with the number of its waits that were followed.
        let mut way: Vec<(&'a str, usize)> = vec![(task, 0)];
        while let Some((current, followed)) = way.last().copied() {
            let next = waits.get(current).and_then(|waits| waits.get(followed));
            if done.contains(current) || next.is_none() {
                if done.insert(current) {
                    state.order.push(current);
                }
                way.pop();
                continue;
            }
            if let Some(last) = way.last_mut() {
                last.1 += 1;
            }
            let Some((next, _)) = next.and_then(|next| waits.get_key_value(next.as_str())) else { continue };
            if way.iter().any(|(on_way, _)| on_way == next) {
                state.dropped.push((current, next));
            } else if !done.contains(next) {
                way.push((next, 0));
            }
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blockers_come_first_and_circles_are_broken() {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (c, two, x, y, own) = (of(&["c", "gone"]), of(&["b"]), of(&["y"]), of(&["x"]), of(&["s"]));
        let tasks =
            [("a", &two[..]), ("b", &c[..]), ("c", &[]), ("x", &x[..]), ("y", &y[..]), ("s", &own[..])];
        let ordered = ordered(&tasks);
        assert_eq!(ordered.order, ["c", "b", "a", "y", "x", "s"]);
        assert_eq!(ordered.dropped, [("y", "x"), ("s", "s")]);
    }
}
