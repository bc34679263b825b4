//! Links in all Markdown files of the repository lead somewhere: to a file, and to a heading in it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Where links into this repository lead that have to work elsewhere too, such as on docs.rs.
const HERE: [&str; 2] =
    ["https://github.com/octopoid/octopoid/blob/main/", "https://github.com/octopoid/octopoid/tree/main/"];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The Markdown files below a folder. Symbolic links are left out: their targets are found themselves.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let name = entry.file_name().into_string().unwrap();
        if kind.is_dir() && !name.starts_with("target") && (!name.starts_with('.') || name == ".github") {
            pages(&path, found);
        } else if kind.is_file() && name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The text without blocks of code, and without code in lines.
fn prose(page: &str) -> String {
    let mut is_code = false;
    let mut text = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// The targets of links.
fn links(page: &str) -> Vec<String> {
    let text = prose(page);
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let text = prose(page);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// A path without `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// Why a link leads nowhere.
fn problem(page: &Path, link: &str) -> Option<String> {
    let absolute = HERE.iter().find_map(|here| link.strip_prefix(here));
    // Other sites cannot be looked at from here, and names of Rust items are for rustdoc.
    if absolute.is_none() && (link.contains("://") || link.starts_with("mailto:") || link.contains("::")) {
        return None;
    }
    let (path, heading) = match absolute.unwrap_or(link).split_once('#') {
        Some((path, heading)) => (path, Some(heading)),
        None => (absolute.unwrap_or(link), None),
    };
    let target = match (absolute, path) {
        (None, "") => page.to_owned(),
        (Some(_), path) => repository().join(path),
        (None, path) => plain(&page.parent().unwrap().join(path)),
    };
    if !target.exists() {
        return Some(format!("there is no {}", target.display()));
    }
    let heading = heading?;
    let text = std::fs::read_to_string(&target).ok()?;
    let missing = !anchors(&text).contains(heading) && !text.contains(&format!("name=\"{heading}\""));
    missing.then(|| format!("{} has no heading #{heading}", target.display()))
}

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    let mut found = Vec::new();
    pages(&repository(), &mut found);
    assert!(found.len() > 20, "{found:?}");
    let mut dead = Vec::new();
    for page in found {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if let Some(problem) = problem(&page, &link) {
                dead.push(format!("{}: ({link}): {problem}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn a_dead_link_is_found() {
    let page = repository().join("README.md");
    assert!(problem(&page, "octopoid-cli/docs/no-such.md").is_some());
    assert!(problem(&page, "octopoid-cli/docs/tasks.md#no-such-heading").is_some());
    assert!(problem(&page, &format!("{}no-such", HERE[0])).is_some());
    assert_eq!(problem(&page, "octopoid-cli/docs/tasks.md#deciding"), None);
    assert_eq!(anchor("`serve --compat`, and more"), "serve---compat-and-more");
}
