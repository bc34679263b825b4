//! Files that are refused before, or while, they are loaded.

use super::{build, load, options};
use octopoid_roles::plugin::{Isolation, Plugin, PluginFile};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Why a file is refused, in both ways to run it.
async fn refusal(path: &Path) -> String {
    let thread = load(path, Isolation::Thread).await.unwrap_err();
    let process = load(path, Isolation::Process).await.unwrap_err();
    assert_eq!(thread, process);
    let text = thread.to_string();
    assert!(text.starts_with(&format!("{}: ", path.display())), "{text}");
    assert!(!thread.remedy.is_empty());
    text
}

fn file(name: &str, content: &[u8]) -> std::path::PathBuf {
    let path = build::folder().join(name);
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    path
}

#[tokio::test]
async fn what_is_no_library_is_refused() {
    assert!(refusal(&build::folder().join("missing.so")).await.contains("cannot be read"));
    assert!(refusal(build::folder()).await.contains("not a regular file"));
    assert!(refusal(&file("text.so", b"just a text\n")).await.contains("not a dynamic library"));
    assert!(refusal(&file("empty.so", b"")).await.contains("not a dynamic library"));
    assert!(refusal(Path::new(env!("CARGO"))).await.contains("no role plugin"), "a program");
}

#[tokio::test]
async fn a_truncated_library_is_refused_at_every_length() {
    let whole = std::fs::read(build::hello_c()).unwrap();
    for part in 1..16 {
        let text = refusal(&file("part.so", &whole[..whole.len() * part / 16])).await;
        assert!(text.contains("truncated") || text.contains("not a dynamic library"), "{part}: {text}");
    }
}

#[tokio::test]
async fn a_library_without_the_symbol_is_refused() {
    let path = build::text("plain.so", "int answer(void) { return 42; }\n");
    assert!(refusal(&path).await.contains("exports no `octopoid_plugin_v1`"));
}

#[tokio::test]
async fn a_library_of_another_major_version_is_refused_with_both_versions() {
    let path = build::text("later.so", "const void *octopoid_plugin_v7(const void *h) { return h; }\n");
    let text = refusal(&path).await;
    assert!(text.contains("version 7 of the plugin ABI") && text.contains("speaks 1"), "{text}");
}

#[tokio::test]
async fn a_file_that_others_can_write_is_refused() {
    let path = file("open.so", &std::fs::read(build::hello_c()).unwrap());
    for mode in [0o666, 0o664, 0o646] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let text = refusal(&path).await;
        assert!(text.contains(&format!("mode {mode:o}")), "{text}");
    }
}

#[tokio::test]
async fn a_pin_is_held() {
    let path = build::hello_c();
    let plugin = load(&path, Isolation::Thread).await.unwrap();
    let pinned = PluginFile::new(&path).with_sha256(plugin.sha256().to_uppercase());
    assert!(Plugin::load(&pinned, &options()).await.is_ok());
    let wrong = PluginFile::new(&path).with_sha256("0".repeat(64));
    let text = Plugin::load(&wrong, &options()).await.unwrap_err().to_string();
    assert!(text.contains(plugin.sha256()) && text.contains(&"0".repeat(64)), "{text}");
}

#[tokio::test]
async fn the_same_bytes_are_loaded_once_and_an_overwritten_file_harms_nobody() {
    let bytes = std::fs::read(build::hello_c()).unwrap();
    let path = file("replaced.so", &bytes);
    let first = load(&path, Isolation::Thread).await.unwrap();
    let again = load(&build::hello_c(), Isolation::Thread).await.unwrap();
    assert_eq!(first.sha256(), again.sha256());
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mapped: std::collections::BTreeSet<_> = maps
        .lines()
        .filter(|line| line.contains(first.sha256()))
        .filter_map(|line| line.split_whitespace().next_back())
        .collect();
    assert_eq!(mapped.len(), 1, "one private copy, mapped once: {mapped:?}");
    // Overwritten in place, which kills whoever has mapped the file itself.
    std::fs::write(&path, vec![0; bytes.len()]).unwrap();
    let role = first.roles().next().unwrap();
    let host = super::host::Host::with(Some(serde_json::json!({ "outcome": "submitted" })));
    assert!(role.run(&super::context(&host, serde_json::Value::Null)).await.is_ok());
}
