//! Filters, and content that is kept elsewhere.

use super::{agent, read, says, with_files};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::testing::{Scene, TempRepository};
use std::process::Command;

/// A repository in which `*.bin` goes through a filter of a test's own.
fn with_filter() -> TempRepository {
    let repository = TempRepository::empty("repository", &[]);
    for (key, value) in [
        ("filter.stored.clean", "sed 's/^/stored:/'"),
        ("filter.stored.smudge", "sed 's/^stored://'"),
        ("filter.stored.required", "true"),
    ] {
        repository.git(&["config", key, value]);
    }
    repository.write(".gitattributes", "*.bin filter=stored -text\n");
    repository.write("big.bin", "one\ntwo\n");
    repository.commit("Initial commit");
    repository
}

#[tokio::test(flavor = "multi_thread")]
async fn what_git_sees_as_clean_through_a_filter_does_not_block_the_landing() {
    let setting = Setting::of(
        with_filter(),
        agent(|scene| {
            let text = scene.read("big.bin");
            scene.write("big.bin", &format!("{text}three\n"));
            scene.commit("Add three");
        }),
    );
    // The same content at another time, so that git has to look inside.
    setting.repository.write("big.bin", "one\ntwo\n");
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("big.bin", "stored:one\nstored:two\nstored:three\n");
    assert_eq!(read(setting.repository.path(), "big.bin"), "one\ntwo\nthree\n");
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_works_one_way_only_does_not_make_changes_of_the_users() {
    // As `nbstripout` works: what is committed has less than the files.
    let repository = with_files(&[(".gitattributes", "*.nb filter=strip\n"), ("a.nb", "code\n")]);
    repository.git(&["config", "filter.strip.clean", "grep -v '^output'"]);
    repository.write("a.nb", "code\noutput 1\n");
    assert!(repository.git(&["diff"]).is_empty());
    let setting = Setting::of(
        repository,
        agent(|scene| {
            scene.write("b.nb", "more code\noutput 2\n");
            scene.commit("More code");
        }),
    );
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("b.nb", "more code\n");
    assert_eq!(read(setting.repository.path(), "a.nb"), "code\noutput 1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_another_encoding_land_and_stay_clean() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let repository = with_files(&[(".gitattributes", "*.rc text working-tree-encoding=UTF-16\n")]);
    std::fs::write(repository.path().join("app.rc"), utf16("one\n")).unwrap();
    repository.commit("A resource");
    let changed = utf16("one\nzwölf\n");
    let wanted = changed.clone();
    let setting = Setting::of(
        repository,
        agent(move |scene| {
            std::fs::write(scene.request().directory.join("app.rc"), &changed).unwrap();
            scene.commit("Twelve");
        }),
    );
    let id = setting.take().await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{}", setting.said(&id).await);
    setting.assert_in_main("app.rc", "one\nzwölf\n");
    let here = std::fs::read(setting.repository.path().join("app.rc")).unwrap();
    let decoded = |bytes: &[u8]| {
        let units = bytes.chunks_exact(2).map(|pair| match bytes[0] {
            0xff => u16::from_le_bytes([pair[0], pair[1]]),
            _ => u16::from_be_bytes([pair[0], pair[1]]),
        });
        String::from_utf16(&units.collect::<Vec<_>>()).unwrap()
    };
    assert_eq!(decoded(&here), decoded(&wanted));
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
}

/// Commits a pointer of LFS whose content does not exist.
fn commit_a_pointer_to_nothing(scene: &Scene<'_>) {
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5000\n", "4d".repeat(32));
    scene.write("a.bin", &pointer);
    // The filter leaves what is a pointer already as it is.
    scene.commit("A big file");
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_pointer_of_lfs_without_its_content_is_sent_back_to_the_agent() {
    if !Command::new("git").args(["lfs", "version"]).output().unwrap().status.success() {
        println!("git-lfs is not installed: left out");
        return;
    }
    let setting = Setting::of(
        with_files(&[(".gitattributes", "*.bin filter=lfs -text\n")]),
        agent(|scene| match scene.request().attempt {
            1 if scene.request().resume.is_none() => commit_a_pointer_to_nothing(scene),
            _ => {
                scene.write("a.bin", "the content itself\n");
                scene.git(&["add", "--all"]);
                scene.git(&["commit", "--quiet", "--amend", "--no-edit"]);
            }
        }),
    );
    for (key, value) in [
        ("filter.lfs.clean", "git-lfs clean -- %f"),
        ("filter.lfs.smudge", "git-lfs smudge --skip -- %f"),
        ("filter.lfs.required", "true"),
    ] {
        setting.repository.git(&["config", key, value]);
    }
    let id = setting.take().await;
    let said = setting.said(&id).await;
    says(&said, &["`a.bin` is a pointer of Git LFS whose content is not in this repository"]);
    let asked = setting.prompts("implement");
    assert!(asked[1].contains("put the file itself into the commit"), "{asked:?}");
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    says(&setting.repository.git(&["show", "main:a.bin"]), &["oid sha256:", "size 19"]);
}
