//! Dependencies between tasks.

use std::collections::HashSet;
use std::hash::Hash;

/// Returns the path by which `start` would wait for itself if it waited for `on`, or `None` if it would not.
///
/// `blockers_of` returns the tasks that a task waits for.
///
/// # Errors
/// The first error of `blockers_of`.
pub fn find_cycle<T: Clone + Eq + Hash, E>(
    start: &T,
    on: &[T],
    mut blockers_of: impl FnMut(&T) -> Result<Vec<T>, E>,
) -> Result<Option<Vec<T>>, E> {
    let mut seen = HashSet::new();
    let mut open: Vec<Vec<T>> = on.iter().map(|id| vec![start.clone(), id.clone()]).collect();
    while let Some(path) = open.pop() {
        let Some(last) = path.last().cloned() else { continue };
        if &last == start {
            return Ok(Some(path));
        }
        if seen.insert(last.clone()) {
            for next in blockers_of(&last)? {
                let mut longer = path.clone();
                longer.push(next);
                open.push(longer);
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TaskId;
    use std::collections::HashMap;
    use std::convert::Infallible;

    #[test]
    fn i05_a_cycle_is_found_with_its_path() {
        let id = |n| TaskId::numbered(n);
        let waits: HashMap<_, _> =
            [(id(2), vec![id(3)]), (id(3), vec![id(1), id(4)]), (id(4), vec![])].into_iter().collect();
        let find = |start, on: &[TaskId]| {
            find_cycle(&start, on, |task| Ok::<_, Infallible>(waits.get(task).cloned().unwrap_or_default()))
                .unwrap()
        };
        assert_eq!(find(id(1), &[id(2)]), Some(vec![id(1), id(2), id(3), id(1)]));
        assert_eq!(find(id(1), &[id(1)]), Some(vec![id(1), id(1)]));
        assert_eq!(find(id(5), &[id(2), id(4)]), None);
    }
}
