//! `octopoid plugin new`: a project that builds and passes its own test, with everything it needs beside it.

use crate::args::PluginLanguage;
use crate::context::Context;
use crate::error::{CliError, IoContext, Result};
use crate::output::style;
use octopoid_core::model::RoleName;
use serde_json::json;
use std::path::PathBuf;

/// A file's path in the project, and its text.
type File = (&'static str, &'static str);

macro_rules! sdk {
    ($($path:literal),+ $(,)?) => {
        &[$((concat!("sdk/", $path), include_str!(concat!("../../../templates/sdk/", $path)))),+]
    };
}

/// The crate for authors, as far as a plugin needs it.
const SDK: &[File] = sdk![
    "README.md",
    "MESSAGES.md",
    "include/octopoid_messages.schema.json",
    "include/octopoid_plugin.h",
    "src/abi.rs",
    "src/error.rs",
    "src/export.rs",
    "src/fence.rs",
    "src/host.rs",
    "src/lib.rs",
    "src/message/call.rs",
    "src/message/manifest.rs",
    "src/message/mod.rs",
    "src/message/outcome.rs",
    "src/message/request.rs",
    "src/message/schema.rs",
    "src/role.rs",
    "src/testing.rs",
];

const RUST: &[File] = &[
    ("Cargo.toml", include_str!("../../../templates/rust/Cargo.toml.txt")),
    ("README.md", include_str!("../../../templates/rust/README.md")),
    ("src/lib.rs", include_str!("../../../templates/rust/lib.rs.txt")),
    ("sdk/Cargo.toml", include_str!("../../../templates/rust/sdk.toml.txt")),
    (".gitignore", "/target\n"),
];

const C: &[File] = &[
    ("NAME.c", include_str!("../../../templates/c/hello.c")),
    ("test.c", include_str!("../../../templates/c/test.c")),
    ("Makefile", include_str!("../../../templates/c/Makefile")),
    ("octopoid_plugin.h", include_str!("../../../templates/sdk/include/octopoid_plugin.h")),
    (
        "octopoid_messages.schema.json",
        include_str!("../../../templates/sdk/include/octopoid_messages.schema.json"),
    ),
    ("MESSAGES.md", include_str!("../../../templates/sdk/MESSAGES.md")),
    ("README.md", include_str!("../../../templates/c.md")),
    (".gitignore", "/*.so\n/run-test\n"),
];

pub(super) fn run(name: &str, lang: PluginLanguage, path: Option<PathBuf>, context: &Context) -> Result<()> {
    check(name)?;
    let folder = context.directory.join(path.unwrap_or_else(|| PathBuf::from(name)));
    if folder.exists() {
        return Err(CliError::refused(format!("{} is already there", folder.display()))
            .hint("name another folder with --path"));
    }
    let files: Vec<(String, String)> = match lang {
        PluginLanguage::Rust => RUST.iter().chain(SDK).map(|file| rust(file, name)).collect(),
        PluginLanguage::C => C.iter().map(|file| c(file, name)).collect(),
    };
    for (file, content) in &files {
        let path = folder.join(file);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).doing(format!("make {}", parent.display()))?;
        }
        std::fs::write(&path, content).doing(format!("write {}", path.display()))?;
    }
    let commands = match lang {
        PluginLanguage::Rust => ["cargo test".to_owned(), "cargo build --release".to_owned()],
        PluginLanguage::C => ["make test".to_owned(), "make".to_owned()],
    };
    let output = context.output;
    let written: Vec<_> = files.iter().map(|(file, _)| file).collect();
    output.json(&json!({ "path": folder, "files": written, "test": commands[0], "build": commands[1] }));
    output.line(format_args!("{} {}", style::paint(style::GOOD, "made"), folder.display()));
    output.note(format_args!("  cd {} && {}    # then {}", folder.display(), commands[0], commands[1]));
    output.note("  README.md says how to load it");
    Ok(())
}

/// The name of a role that is the name of a package and of a file too.
fn check(name: &str) -> Result<()> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.ends_with('-');
    if plain && RoleName::new(name).is_ok() && name != "octopoid-plugin" && name != "test" {
        return Ok(());
    }
    Err(CliError::usage(format!("{name:?} is no name for a plugin"))
        .hint(
            "begin with a lower case letter, then use lower case letters, digits and `-`, such as `release-notes`; `test` and \
             `octopoid-plugin` are taken",
        ))
}

fn rust(file: &File, name: &str) -> (String, String) {
    let (path, text) = *file;
    if path.starts_with("sdk/") {
        return (path.to_owned(), text.replace("{{VERSION}}", env!("CARGO_PKG_VERSION")));
    }
    (path.to_owned(), text.replace("{{NAME}}", name).replace("{{CRATE}}", &name.replace('-', "_")))
}

/// The example in C, under another name.
fn c(file: &File, name: &str) -> (String, String) {
    let (path, text) = *file;
    let text = text
        .replace("INCLUDE ?= ../sdk/include", "INCLUDE ?= .")
        .replace("hello-c", name)
        .replace("hello.c", &format!("{name}.c"))
        .replace("{{NAME}}", name)
        .replace(
            &format!("(const uint8_t *)\"{name}\", 7"),
            &format!("(const uint8_t *)\"{name}\", {}", name.len()),
        );
    (path.replace("NAME", name), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path, found) } else { found.extend([path]) }
        }
    }

    #[test]
    fn the_whole_crate_for_authors_is_written() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins/sdk"));
        let mut found = BTreeSet::new();
        sources(&root.join("src"), &mut found);
        let written: BTreeSet<_> = SDK
            .iter()
            .map(|(path, _)| root.join(path.trim_start_matches("sdk/")))
            .filter(|path| path.starts_with(root.join("src")))
            .collect();
        assert_eq!(written, found);
    }

    #[test]
    fn a_name_is_a_package_a_file_and_a_role() {
        for good in ["a", "release-notes", "audit2"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "Upper", "2fast", "with space", "../x", "a_b", "a-", "octopoid-plugin", "über"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
