//! What the libraries offer, and what they need for it: both change only on purpose.

mod dependencies;
mod documents;
mod foreign;
mod growth;
mod layers;
mod listing;
mod packages;
mod programs;

use listing::{Listing, listings};
use std::collections::BTreeSet;

/// The crates whose public surface is listed, with their folders, each in `public-api.txt` there.
const CRATES: [(&str, &str); 5] = [
    ("octopoid-core", "octopoid-core"),
    ("octopoid-store", "octopoid-store"),
    ("octopoid-roles", "octopoid-roles"),
    ("octopoid-plugin", "plugins/sdk"),
    ("octopoid-web", "octopoid-cli/web"),
];

#[test]
fn the_public_surface_is_the_listed_one() {
    let Some(listings) = listings(&CRATES) else { return };
    let mut wrong = String::new();
    for Listing { file, text, .. } in listings {
        let listed = std::fs::read_to_string(&file).unwrap_or_default();
        if listed == text {
            continue;
        }
        let (listed, found): (BTreeSet<_>, BTreeSet<_>) = (listed.lines().collect(), text.lines().collect());
        wrong += &format!("\n{}:\n", file.display());
        wrong.extend(listed.difference(&found).map(|line| format!("- {line}\n")));
        wrong.extend(found.difference(&listed).map(|line| format!("+ {line}\n")));
    }
    assert!(
        wrong.is_empty(),
        "the public surface has changed:\n{wrong}\nA line that is gone or differs breaks whoever uses it. If that is meant, \
         write the lists anew:\n\n    cargo test -p octopoid-core --test it write_the_public_surface -- --ignored\n"
    );
}

#[test]
#[ignore = "writes the lists anew"]
fn write_the_public_surface() {
    for Listing { file, text, .. } in listings(&CRATES).expect("a toolchain whose rustdoc can be read") {
        std::fs::write(file, text).unwrap();
    }
}
