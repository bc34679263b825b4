//! The libraries under test, built when they are first needed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// A folder for what is built, as long as the test program runs.
pub(super) fn folder() -> &'static Path {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    FOLDER.path()
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// Makes a file under its final name only when it is whole: tests of one program build at the same time.
fn once(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let target = folder().join(name);
    if !target.exists() {
        let half = folder().join(format!("half-{name}"));
        make(&half);
        std::fs::rename(half, &target).unwrap();
    }
    target
}

fn cc(from: &Path, to: &Path, more: &[String]) {
    let include = source("../plugins/sdk/include");
    run(Command::new("cc")
        .args(["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I"])
        .arg(include)
        .args(more)
        .arg("-o")
        .args([to, from]));
}

/// `plugins/hello-c`.
pub(super) fn hello_c() -> PathBuf {
    once("hello-c.so", |to| cc(&source("../plugins/hello-c/hello.c"), to, &[]))
}

/// `record.c`, which keeps every message.
pub(super) fn record() -> PathBuf {
    once("record.so", |to| cc(&source("tests/plugins/record.c"), to, &[]))
}

/// `odd.c`, in one way.
pub(super) fn odd(case: &str) -> PathBuf {
    once(&format!("odd-{case}.so"), |to| {
        cc(&source("tests/plugins/odd.c"), to, &[format!("-DCASE={case}")]);
    })
}

/// A library from a text in C.
pub(super) fn text(name: &str, text: &str) -> PathBuf {
    once(name, |to| {
        let from = folder().join(format!("{name}.c"));
        std::fs::write(&from, text).unwrap();
        cc(&from, to, &[]);
    })
}

/// The library of the first version, by a compiler.
pub(super) fn older(name: &str, rustc: &mut Command) -> PathBuf {
    once(name, |to| {
        run(rustc
            .args(["--edition=2021", "--crate-type=cdylib", "-o"])
            .arg(to)
            .arg(source("tests/plugins/older.rs")));
    })
}

/// Where this program itself was built to: what both need is built once.
fn target() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_octopoid-plugin-host")).ancestors().nth(2).unwrap()
}

/// Cargo, for a package of this workspace.
fn cargo(command: &str, package: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([command, "--locked", "--package", package, "--target-dir"])
        .arg(target())
        .current_dir(source(".."));
    cargo
}

/// The roles in `tests/plugins/fixtures`.
pub(super) fn fixtures() -> PathBuf {
    library("plugin-fixtures")
}

/// The library of a package of this workspace, as a user builds it.
pub(super) fn library(package: &str) -> PathBuf {
    once(&format!("{package}.so"), |to| {
        run(&mut cargo("build", package));
        let file = format!("lib{}{}", package.replace('-', "_"), std::env::consts::DLL_SUFFIX);
        std::fs::copy(target().join("debug").join(file), to).map(|_| ()).unwrap();
    })
}

/// The fixtures, by a compiler whose panics abort; what it says where that fails.
pub(super) fn aborting() -> Result<(), String> {
    let output =
        cargo("rustc", "plugin-fixtures").args(["--lib", "--", "-C", "panic=abort"]).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
