//! The model, the state machine and the traits are for programs without git, files or a runtime, such as those in a browser.

use std::process::Command;

/// Crates that need an operating system.
const NEVER: [&str; 9] =
    ["git2", "libgit2-sys", "libc", "mio", "nix", "rand", "rustix", "socket2", "tempfile"];

/// All that is wanted of tokio are its channels; what it has by default is nothing.
const OF_TOKIO: [&str; 2] = ["default", "sync"];

#[test]
fn without_default_features_nothing_needs_an_operating_system() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["tree", "--package", "octopoid-core", "--no-default-features", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}|{f}", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{cargo:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: Vec<(&str, &str)> =
        text.lines().filter_map(|line| Some((line.split(' ').next()?, line.split_once('|')?.1))).collect();
    assert!(crates.iter().any(|(name, _)| *name == "octopoid-core"), "{text}");
    let tokio = crates.iter().find(|(name, _)| *name == "tokio").expect("its channels are used");
    assert_eq!(tokio.1.split(',').collect::<Vec<_>>(), OF_TOKIO, "{text}");
    for (name, _) in crates {
        assert!(!NEVER.contains(&name), "{name} has crept in:\n{text}");
    }
}
