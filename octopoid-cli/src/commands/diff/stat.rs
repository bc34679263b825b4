//! The files of a diff with their counts of lines, as `git diff --stat` shows them.

use crate::output::style::{self, paint};
use crate::output::text::{self, visible};
use octopoid_core::model::{Change, Diff, FileDiff};
use octopoid_core::ops::diff::{facts, quoted_name};

/// The width of a line where the terminal's is not known.
const WIDTH: usize = 80;
/// The narrowest bar.
const LEAST: usize = 10;

/// Renders a line for each file, and one for all of them.
pub(super) fn render(diff: &Diff, width: Option<usize>) -> String {
    let names: Vec<_> = diff.files.iter().map(name).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let most = diff.files.iter().map(|file| file.added + file.removed).max().unwrap_or(0);
    let digits = most.to_string().len().max("new".len());
    let room = width.unwrap_or(WIDTH).saturating_sub(longest + digits + 5).max(LEAST);
    let mut lines: Vec<_> = diff
        .files
        .iter()
        .zip(&names)
        .map(|(file, name)| {
            let pad = " ".repeat(longest - name.chars().count());
            format!(" {name}{pad} | {}{}", counts(file, digits, room, most), mode(file))
        })
        .collect();
    lines.push(total(diff));
    lines.join("\n")
}

fn name(file: &FileDiff) -> String {
    match &file.old_path {
        Some(old) => format!("{} => {}", shown(old), shown(&file.path)),
        None => shown(&file.path),
    }
}

/// Returns what became of a file beside its lines, where that is its mode or its type.
fn mode(file: &FileDiff) -> String {
    let said: Vec<_> = facts(file).into_iter().filter(|fact| fact.contains('→')).collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(" ({})", said.join(", ")),
    }
}

fn shown(path: &str) -> String {
    visible(&quoted_name(path))
}

fn counts(file: &FileDiff, digits: usize, room: usize, most: u32) -> String {
    if file.binary {
        return match file.change {
            Change::Added => format!("{:>digits$} (binary)", "new"),
            Change::Deleted => format!("{:>digits$} (binary)", "gone"),
            Change::Modified | Change::Renamed | Change::TypeChanged => format!("{:>digits$}", "Bin"),
        };
    }
    let (plus, minus) = bars(file.added, file.removed, room, most);
    let bar = format!("{}{}", paint(style::GOOD, "+".repeat(plus)), paint(style::BAD, "-".repeat(minus)));
    format!("{:>digits$} {bar}", file.added + file.removed)
}

/// Returns how many signs stand for the lines, scaled so that the longest bar fits; what is there has at least one.
fn bars(added: u32, removed: u32, room: usize, most: u32) -> (usize, usize) {
    let most = most as usize;
    let scaled = |count: u32| match count as usize {
        0 => 0,
        count if most <= room => count,
        count => (count * room / most).max(1),
    };
    (scaled(added), scaled(removed))
}

fn total(diff: &Diff) -> String {
    let (added, removed) = diff.files.iter().fold((0, 0), |(added, removed), file| {
        (added + u64::from(file.added), removed + u64::from(file.removed))
    });
    let mut parts = vec![format!(" {} changed", text::count(diff.files.len() as u64, "file"))];
    parts.extend((added > 0).then(|| format!("{}(+)", text::count(added, "insertion"))));
    parts.extend((removed > 0).then(|| format!("{}(-)", text::count(removed, "deletion"))));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fit_and_show_that_something_is_there() {
        assert_eq!(bars(3, 2, 10, 5), (3, 2));
        assert_eq!(bars(1, 0, 10, 1000), (1, 0));
        assert_eq!(bars(1000, 1000, 20, 2000), (10, 10));
    }

    #[test]
    fn each_file_has_a_line_and_all_of_them_one() {
        let file = |path: &str, old: Option<&str>, added, removed, binary| {
            let mut file = FileDiff::new(path, Change::Modified).with_patch(added, removed, "");
            (file.old_path, file.binary) = (old.map(str::to_owned), binary);
            file
        };
        let diff = Diff::new(vec![
            file("a.txt", None, 1, 2, false),
            file("new", Some("old"), 0, 0, false),
            file("x.png", None, 0, 0, true),
        ]);
        let text = anstream::adapter::strip_str(&render(&diff, None)).to_string();
        assert_eq!(
            text,
            " a.txt      |   3 +--\n old => new |   0 \n x.png      | Bin\n 3 files changed, 1 insertion(+), 2 deletions(-)"
        );
    }
}
