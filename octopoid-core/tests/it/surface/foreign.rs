//! Crates whose types stand in public signatures: a new major version of one of them is a new major version of ours.

use super::CRATES;
use std::collections::BTreeSet;
use std::path::Path;

/// Crates whose types may stand in a public signature, each with the reason.
const ALLOWED: [(&str, &str); 7] = [
    ("axum", "the server is a router that embedders nest into theirs"),
    ("axum_core", "bodies of that router's requests and answers"),
    ("http", "requests and answers of that router, which a host without sockets hands to it"),
    ("serde_core", "bounds of what is read from files and messages"),
    ("serde_json", "values whose shape a role, a plugin or a client decides"),
    ("tokio", "the listener that an embedding program has opened"),
    ("tokio_util", "the token by which a run is cancelled"),
];

/// Parts of the language.
const LANGUAGE: [&str; 3] = ["alloc", "core", "std"];

#[test]
fn no_other_crates_type_stands_in_a_public_signature() {
    let own: Vec<String> = CRATES.iter().map(|(name, _)| name.replace('-', "_")).collect();
    let mut found = BTreeSet::new();
    for (_, folder) in CRATES {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(folder).join("public-api.txt");
        let text = std::fs::read_to_string(&file).unwrap();
        // Which traits a type implements is no promise about the trait's crate.
        for line in text.lines().filter(|line| !line.starts_with("impl")) {
            for name in crates_in(line).filter(|name| !LANGUAGE.contains(name)) {
                if !own.iter().any(|one| one == name) {
                    found.insert(name.to_owned());
                }
            }
        }
    }
    let allowed: BTreeSet<_> = ALLOWED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, allowed, "crates in public signatures; add a reason to the list, or hide the type");
}

/// Returns the names with which the paths of a line begin.
fn crates_in(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .filter_map(|path| path.split_once("::"))
        .map(|(first, _)| first)
        .filter(|first| first.starts_with(|c: char| c.is_ascii_lowercase()))
}

#[test]
fn the_first_name_of_a_path_is_its_crate() {
    let line = "pub fn a_b::C::d(&self, core::option::Option<&e_f::G>) -> alloc::vec::Vec<Self::H>";
    assert_eq!(crates_in(line).collect::<Vec<_>>(), ["a_b", "core", "e_f", "alloc"]);
}
