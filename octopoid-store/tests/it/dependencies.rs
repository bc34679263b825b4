//! The REST contract is a router that others can serve, such as a Worker: without sockets, threads or files.

use std::process::Command;

/// Crates that need sockets or files.
const NEVER: [&str; 12] = [
    "git2",
    "hyper",
    "hyper-util",
    "mio",
    "nix",
    "notify",
    "reqwest",
    "rusqlite",
    "rustls",
    "socket2",
    "tempfile",
    "tokio-rustls",
];

/// All that is used of tokio: channels, tasks and `select!`, which need no operating system.
const OF_TOKIO: [&str; 5] = ["default", "macros", "rt", "sync", "tokio-macros"];

/// Returns the crates that the feature `api` needs on a target, each with its features.
fn crates(target: &str) -> Vec<(String, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["tree", "--package", "octopoid-store", "--no-default-features", "--features", "api"])
        .args(["--edges", "normal", "--target", target])
        .args(["--prefix", "none", "--format", "{p}|{f}", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{cargo:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates = text.lines().filter_map(|line| {
        let (package, features) = line.split_once('|')?;
        let features = features.trim_end_matches(" (*)");
        Some((package.split(' ').next()?.to_owned(), features.to_owned()))
    });
    crates.collect()
}

#[test]
fn the_contract_needs_no_sockets() {
    for target in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"] {
        let crates = crates(target);
        assert!(crates.iter().any(|(name, _)| name == "axum"), "{crates:?}");
        for (name, features) in &crates {
            assert!(!NEVER.contains(&name.as_str()), "{target}: {name} has crept in: {crates:?}");
            if name == "tokio" {
                assert_eq!(features.split(',').collect::<Vec<_>>(), OF_TOKIO, "{target}");
            }
        }
    }
}
