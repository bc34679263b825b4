//! A crate's public surface as lines, from what rustdoc knows about it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The form of rustdoc's JSON that can be read here. The toolchain of the workspace's `rust-version` writes it; it changes with
/// the toolchain, and the crate `public-api` has to change with it.
const FORM: &str = "57";

/// One crate's surface.
pub(super) struct Listing {
    /// Where it is listed.
    pub(super) file: PathBuf,
    /// One line for each item, with all features on.
    pub(super) text: String,
}

/// The surfaces of some crates of the workspace, each with its folder; none where this toolchain's rustdoc cannot be read.
pub(super) fn listings(crates: &[(&str, &str)]) -> Option<Vec<Listing>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    document(workspace, target, crates);
    crates
        .iter()
        .map(|(name, folder)| {
            let json = target.join(format!("doc/{}.json", name.replace('-', "_")));
            let form = form(&json);
            if form != FORM {
                println!("left out: rustdoc writes its JSON in form {form} here, and form {FORM} is what can be read");
                return None;
            }
            Some(Listing { file: workspace.join(folder).join("public-api.txt"), text: lines(&json) })
        })
        .collect()
}

/// Has rustdoc write down what it knows. The dependencies are checked, not documented, beside what is built anyway.
fn document(workspace: &Path, target: &Path, crates: &[(&str, &str)]) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["doc", "--lib", "--no-deps", "--all-features", "--locked", "--offline", "--target-dir"])
        .arg(target)
        .args(crates.iter().flat_map(|(name, _)| ["--package", name]))
        .current_dir(workspace)
        .env("RUSTDOC", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/surface/rustdoc.sh"))
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json");
    // What cargo tells this test about its own package is nothing for build scripts: those that look at it would run again.
    for (name, _) in std::env::vars() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|own| name.starts_with(own))
        {
            cargo.env_remove(name);
        }
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{cargo:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// The form stands at the very end of the file.
fn form(json: &Path) -> String {
    let text = std::fs::read_to_string(json).unwrap();
    let (_, end) = text.rsplit_once("\"format_version\":").unwrap();
    end.trim_end_matches('}').to_owned()
}

/// Everything that a user can name or rely on. What a trait's implementation has is said by the trait; what is derived is one
/// line for each trait; threads are mentioned only where a type cannot go to another.
fn lines(json: &Path) -> String {
    let build = |automatic: bool, derived: bool| {
        let builder = public_api::Builder::from_rustdoc_json(json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(!automatic)
            .omit_auto_derived_impls(!derived);
        builder.build().unwrap().into_items().map(|item| item.to_string()).collect::<Vec<_>>()
    };
    let usual: HashSet<_> = build(false, true).into_iter().collect();
    let threads = |line: &str| line.contains("!core::marker::Send") || line.contains("!core::marker::Sync");
    let mut seen = HashSet::new();
    let mut implements: Option<String> = None;
    let mut text = String::new();
    for line in build(true, true) {
        if line.starts_with("impl") {
            // The members of an implementation follow it.
            implements = line.split_once(" for ").map(|(_, rest)| name(rest).to_owned() + "::");
            if !(usual.contains(&line) || threads(&line)) {
                continue;
            }
        } else if let Some(of) = &implements {
            match line.split_once("fn ").or_else(|| line.split_once("const ")) {
                Some((_, path)) if path.starts_with(of) => continue,
                _ => {}
            }
        }
        let line = readable(&line);
        if seen.insert(line.clone()) {
            text += &(line + "\n");
        }
    }
    text
}

/// A type's name, without what it is generic over and what is asked of that.
fn name(text: &str) -> &str {
    text.split(['<', ' ']).next().unwrap_or(text)
}

/// A method that `async_trait` has rewritten, as it was written.
fn readable(line: &str) -> String {
    let Some((name, rest)) = line.split_once("<'life0") else { return line.to_owned() };
    let (_, rest) = rest.split_once("'async_trait>").unwrap();
    let (rest, _) = rest.split_once(" where Self: ").unwrap();
    let mut line = format!("{name}{rest}")
        .replacen("pub fn", "pub async fn", 1)
        .replace("core::pin::Pin<alloc::boxed::Box<(dyn core::future::future::Future<Output = ", "")
        .replace("> + core::marker::Send + 'async_trait)>>", "");
    for number in 0..9 {
        line = line.replace(&format!("'life{number} "), "");
    }
    line
}
