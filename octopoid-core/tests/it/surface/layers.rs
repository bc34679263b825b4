//! Rooms of the crate in their order: a file imports from its own room and from those below it, never from one above.

use std::path::{Path, PathBuf};

/// Rooms from the bottom to the top. Those in one line do not know each other.
const LAYERS: [&[&str]; 12] = [
    &["model", "backoff"],
    &["transition", "clock", "schema"],
    &["flow", "store"],
    &["process", "ops"],
    &["runner"],
    &["role", "git"],
    &["orchestrator/disk"],
    &["orchestrator/cleanup", "orchestrator/forge"],
    &["orchestrator/run"],
    &["orchestrator/scheduler"],
    &["orchestrator"],
    &["testing"],
];

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// Returns the room of a file, by its path below `src`.
fn room_of(path: &Path) -> String {
    let mut parts = path.iter().map(|part| part.to_string_lossy());
    let first = parts.next().unwrap().trim_end_matches(".rs").to_owned();
    match (first.as_str(), parts.next(), parts.next()) {
        ("orchestrator", Some(second), Some(_)) => format!("orchestrator/{second}"),
        _ => first,
    }
}

/// Returns the rooms that a text imports from by `crate::` paths.
fn imports(text: &str) -> Vec<String> {
    let code = text.split("\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut rooms = Vec::new();
    for path in lines.flat_map(|line| line.split("crate::").skip(1)) {
        let mut names =
            path.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next().unwrap().split("::");
        let (first, second) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let below = format!("{first}/{second}");
        rooms.push(if layer(&below).is_some() { below } else { first.to_owned() });
    }
    rooms
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().unwrap() != "tests" {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_imports_from_a_room_above_its_own() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&source, &mut all);
    let mut wrong = Vec::new();
    for path in all {
        let room = room_of(path.strip_prefix(&source).unwrap());
        let Some(own) = layer(&room) else {
            assert_eq!(room, "lib", "a room without a layer");
            continue;
        };
        for other in imports(&std::fs::read_to_string(&path).unwrap()) {
            // What all of the orchestrator shares lies at its top: settings, notices, the parts that were given to it.
            let shared = other == "orchestrator" && room.starts_with("orchestrator/");
            if other != room && !shared && layer(&other).is_none_or(|layer| layer >= own) {
                wrong.push(format!("{} ({room}) imports from {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_is_read_with_the_folder_that_it_names() {
    let text = "use crate::orchestrator::run::{A, B};\nuse crate::model::C;\n// use crate::ops::D;\nfn f() { crate::git::g() }";
    assert_eq!(imports(text), ["orchestrator/run", "model", "git"]);
    assert_eq!(room_of(Path::new("orchestrator/run/stages/land.rs")), "orchestrator/run");
    assert_eq!(room_of(Path::new("orchestrator/notice.rs")), "orchestrator");
    assert_eq!(room_of(Path::new("role/defaults.rs")), "role");
}
