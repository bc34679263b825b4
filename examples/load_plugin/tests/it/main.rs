//! The example does what it says, with the role in C.

#![expect(clippy::unwrap_used, reason = "a test has nobody to recover for")]

use std::path::Path;
use std::process::Command;

fn plugin(folder: &Path) -> String {
    let (plugins, library) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins"), folder.join("hello-c.so"));
    let made = Command::new("cc")
        .args(["-std=c99", "-shared", "-fPIC", "-I"])
        .arg(plugins.join("sdk/include"))
        .arg("-o")
        .arg(&library)
        .arg(plugins.join("hello-c/hello.c"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    library.display().to_string()
}

#[test]
fn a_role_from_a_library_works_and_its_work_lands() {
    let folder = tempfile::tempdir().unwrap();
    let path = plugin(folder.path());
    for (more, place) in [(vec![], "thread"), (vec!["--isolated"], "process")] {
        let output = Command::new(env!("CARGO_BIN_EXE_load_plugin")).arg(&path).args(more).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.starts_with(&format!("loaded hello-c 0.1.0, to run in a {place}\n")), "{text}");
        assert!(text.contains("Something for hello-c is in done"), "{text}");
        assert!(text.ends_with("main has: Hello from a plugin\n"), "{text:?}");
    }
}

#[test]
fn a_file_that_is_no_plugin_is_refused_with_the_reason() {
    let output = Command::new(env!("CARGO_BIN_EXE_load_plugin")).arg(file!()).output().unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("cannot be read") || text.contains("not a dynamic library"), "{text}");
}
