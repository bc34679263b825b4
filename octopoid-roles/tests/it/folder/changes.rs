//! How a reviewer is given what the work changes: all of it, in the prompt or in files that the prompt names.

use super::builtin;
use super::host::KEPT;
use super::markdown::{in_order, parts, without};
use super::scene::{Ran, Scene};
use crate::support::{Place, environment};
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::{Change, Diff, FileDiff};
use serde_json::json;

/// A change to a text file, with a patch of about so many bytes.
fn text(path: &str, lines: u32) -> FileDiff {
    let mut patch =
        format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1,{lines} @@\n");
    for line in 1..=lines {
        patch.push_str(&format!("+{path} line {line}\n"));
    }
    FileDiff::new(path, Change::Modified).with_patch(lines, 1, patch)
}

async fn review(files: Vec<FileDiff>, most: Option<usize>) -> Ran {
    let mut scene = Scene::review().changing(Diff::new(files));
    if let Some(most) = most {
        scene.settings = json!({ "diff_bytes": most });
    }
    scene.run(&*builtin("review")).await
}

fn kept<'a>(ran: &'a Ran, path: &str) -> &'a str {
    let file = ran.kept.iter().find(|(kept, _)| kept == path);
    &file.unwrap_or_else(|| panic!("{path} was not kept in {:?}", ran.kept)).1
}

/// The list of files that are not shown: name, size, and where to read it.
fn left_out(ran: &Ran) -> Vec<(String, usize, String)> {
    let (_, list) = ran.prompt().split_once("**Not shown above").expect("a list of what is not shown");
    let list = &parts(list).quoted[0];
    let entry = |line: &str| {
        let (rest, file) = line.rsplit_once(": ").unwrap();
        let (path, bytes) = rest.strip_suffix(" bytes)").unwrap().rsplit_once(" (").unwrap();
        (path.to_owned(), bytes.parse().unwrap(), file.to_owned())
    };
    list.lines().filter(|line| !line.starts_with('…')).map(entry).collect()
}

/// Fails unless each file is either shown whole, or said to be left out and kept whole.
fn assert_complete(ran: &Ran, files: &[FileDiff]) {
    let left_out = left_out(ran);
    let quoted = parts(ran.prompt()).quoted.concat();
    for file in files {
        match left_out.iter().find(|(path, ..)| *path == file.path) {
            Some((_, bytes, place)) => {
                assert_eq!(*bytes, file.patch.len(), "{}", file.path);
                assert_eq!(kept(ran, place), file.patch, "{}", file.path);
                assert!(!quoted.contains(&file.patch), "{} is shown and called left out", file.path);
            }
            None => assert!(quoted.contains(&file.patch), "{} is lost", file.path),
        }
    }
}

#[tokio::test]
async fn a_small_change_is_shown_whole() {
    let files = vec![text("src/lib.rs", 3), text("README.md", 2)];
    let ran = review(files.clone(), None).await;
    in_order(
        ran.prompt(),
        &[
            "2 changed files:",
            "```text\nsrc/lib.rs (+3 -1)\nREADME.md (+2 -1)\n```",
            "The whole change:",
            &format!("```diff\n{}{}```", files[0].patch, files[1].patch),
        ],
    );
    without(ran.prompt(), &["too long", "Not shown above"]);
    assert_eq!(ran.kept, []);
}

#[tokio::test]
async fn a_large_change_names_every_file_and_where_the_rest_is() {
    let files: Vec<FileDiff> =
        (1..=9).map(|number| text(&format!("src/part{number}.rs"), number * 10)).collect();
    let ran = review(files.clone(), Some(2500)).await;
    let list = &parts(ran.prompt()).quoted[1];
    let expected: String = files.iter().map(|file| format!("{} (+{} -1)\n", file.path, file.added)).collect();
    assert_eq!(*list, expected);
    in_order(
        ran.prompt(),
        &[
            "9 changed files:",
            "The change is too long to be shown here as a whole",
            &format!("All of it is in `{KEPT}all-changes.diff`"),
            "These files' changes are complete:",
            "**Not shown above; read each in its file before you decide:**",
        ],
    );
    without(ran.prompt(), &["The whole change:"]);
    assert_complete(&ran, &files);
    let missing: Vec<String> = left_out(&ran).into_iter().map(|(path, ..)| path).collect();
    let expected: Vec<String> = (4..=9).map(|number| format!("src/part{number}.rs")).collect();
    assert_eq!(missing, expected);
    let all: String = files.iter().map(|file| file.patch.as_str()).collect();
    assert_eq!(kept(&ran, &format!("{KEPT}all-changes.diff")), all);
}

#[tokio::test]
async fn one_long_file_does_not_hide_the_short_ones_after_it() {
    let files = vec![text("lock.json", 500), text("src/lib.rs", 3)];
    let ran = review(files.clone(), Some(1000)).await;
    assert_complete(&ran, &files);
    assert_eq!(left_out(&ran).len(), 1);
    in_order(ran.prompt(), &["```diff\ndiff --git a/src/lib.rs", "Not shown above", "lock.json"]);
}

#[tokio::test]
async fn a_change_of_just_the_allowed_size_is_shown_whole() {
    let files = vec![text("a.rs", 30), text("b.rs", 20)];
    let size = files.iter().map(|file| file.patch.len()).sum();
    without(review(files.clone(), Some(size)).await.prompt(), &["too long"]);
    let ran = review(files.clone(), Some(size - 1)).await;
    assert_complete(&ran, &files);
    assert_eq!(left_out(&ran).len(), 1);
}

#[tokio::test]
async fn nothing_is_shown_where_nothing_fits() {
    let files = vec![text("a.rs", 30), text("b.rs", 20)];
    let ran = review(files.clone(), Some(0)).await;
    assert_complete(&ran, &files);
    assert_eq!(left_out(&ran).len(), 2);
    without(ran.prompt(), &["These files' changes are complete", "```diff"]);
}

#[tokio::test]
async fn files_of_one_name_in_two_folders_are_kept_apart() {
    let files = vec![text("a/mod.rs", 3), text("b/mod.rs", 3), text("ä.rs", 3), text("ö.rs", 3)];
    let ran = review(files.clone(), Some(0)).await;
    assert_complete(&ran, &files);
}

#[tokio::test]
async fn a_list_that_is_too_long_says_how_many_more_and_where() {
    let files: Vec<FileDiff> = (1..=1500)
        .map(|number| text(&format!("src/a_rather_long_folder_name/größe_{number:04}.rs"), 2))
        .collect();
    let ran = review(files.clone(), None).await;
    let prompt = ran.prompt();
    assert!(prompt.len() < 60_000 + 2 * 20_000 + 5_000, "{} bytes", prompt.len());
    in_order(prompt, &["1500 changed files:"]);

    let list = &parts(prompt).quoted[1];
    let shown = list.lines().filter(|line| line.ends_with(".rs (+2 -1)")).count();
    let rest = format!("… and {} more: the whole list is in {KEPT}changed-files.txt\n", 1500 - shown);
    assert!(shown > 0 && list.ends_with(&rest), "{rest} in:\n{list}");
    let whole = kept(&ran, &format!("{KEPT}changed-files.txt"));
    let expected: Vec<String> = files.iter().map(|file| format!("{} (+2 -1)", file.path)).collect();
    assert_eq!(whole.lines().collect::<Vec<_>>(), expected);

    let named = left_out(&ran);
    let patches = parts(prompt).quoted.concat();
    let unseen: Vec<&FileDiff> = files.iter().filter(|file| !patches.contains(&file.patch)).collect();
    in_order(
        prompt,
        &[
            "Not shown above",
            &format!("… and {} more: the whole list is in {KEPT}not-shown.txt\n", unseen.len() - named.len()),
        ],
    );
    let whole = kept(&ran, &format!("{KEPT}not-shown.txt"));
    assert_eq!(whole.lines().count(), unseen.len());
    for (line, file) in whole.lines().zip(unseen) {
        let (about, place) = line.rsplit_once(": ").unwrap();
        assert_eq!(about, format!("{} ({} bytes)", file.path, file.patch.len()));
        assert_eq!(kept(&ran, place), file.patch);
    }
}

/// Work that adds, changes, renames and deletes, with a binary file and a name beyond ASCII.
fn every_kind() -> Diff {
    let place = Place::new();
    let path = |name: &str| place.repository().join(name);
    let lines = |from: u32, to: u32| (from..=to).map(|line| format!("line {line}\n")).collect::<String>();
    place.write("gone.rs", "one\ntwo\nthree\n");
    place.write("before.rs", &lines(1, 20));
    std::fs::write(path("logo.png"), [0, 1, 2, 255]).unwrap();
    place.write("größe 名.txt", "eins\n");
    let base = place.commit("base");
    std::fs::remove_file(path("gone.rs")).unwrap();
    std::fs::rename(path("before.rs"), path("after.rs")).unwrap();
    place.write("after.rs", &lines(1, 21));
    std::fs::write(path("logo.png"), [0, 1, 2, 254, 3]).unwrap();
    place.write("größe 名.txt", "eins\nzwei\n");
    place.write("new.rs", &lines(1, 2));
    let head = place.commit("work");
    let repository = Repository::open(place.repository(), Git::new(environment(place.path()))).unwrap();
    repository.diff(&base, &head).unwrap()
}

#[tokio::test]
async fn the_list_says_what_happened_to_each_file() {
    for most in [None, Some(0)] {
        let ran = review(every_kind().files, most).await;
        let list = &parts(ran.prompt()).quoted[1];
        let mut lines: Vec<&str> = list.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "after.rs (renamed from before.rs, +1 -0)",
                "gone.rs (deleted, +0 -3)",
                "größe 名.txt (+1 -0)",
                "logo.png (binary)",
                "new.rs (added, +2 -0)",
            ]
        );
    }
}

#[tokio::test]
async fn every_kind_of_change_is_complete() {
    let files = every_kind().files;
    let ran = review(files.clone(), Some(0)).await;
    assert_complete(&ran, &files);
    assert_eq!(left_out(&ran).len(), 5);
    let ran = review(files, None).await;
    in_order(
        ran.prompt(),
        &["rename from before.rs", "rename to after.rs", "deleted file mode", "-three", "+zwei"],
    );
    in_order(ran.prompt(), &["Binary files", "logo.png", "differ"]);
}

#[tokio::test]
async fn a_file_that_became_a_link_is_called_that() {
    let mut link = text("hello.txt", 1);
    link.change = Change::TypeChanged;
    let ran = review(vec![link], None).await;
    in_order(ran.prompt(), &["hello.txt (of another type now, +1 -1)"]);
}

#[tokio::test]
async fn an_empty_patch_is_shown_as_nothing() {
    let mut moved = text("moved.rs", 0);
    moved.patch.clear();
    moved.change = Change::Renamed;
    moved.old_path = Some("here.rs".to_owned());
    let ran = review(vec![moved, text("a.rs", 1)], None).await;
    in_order(ran.prompt(), &["moved.rs (renamed from here.rs, +0 -1)", "```diff\ndiff --git a/a.rs"]);
}
