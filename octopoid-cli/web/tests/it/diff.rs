//! The changes of a task.

use crate::place::Place;
use octopoid_core::model::{ArtifactKey, ArtifactKind, LineRange, Scope};
use octopoid_core::store::ReviewStore as _;

#[tokio::test]
async fn a_diff_has_colours_words_and_both_layouts() {
    let place = Place::signed_in().await;
    place.repository.write("src/lib.rs", "fn one() -> u32 {\n    1 + 1\n}\n");
    place.repository.commit("One");
    place.repository.write("src/lib.rs", "fn one() -> u32 {\n    1 + 2\n}\n");
    place.repository.write("new.txt", "hello\n");
    place.repository.commit("Two");
    let id = place.submitted("Some work", "HEAD~1").await;
    let unified = place.page(&format!("/tasks/{id}/changes")).await;
    unified
        .has("<i class=\"tk\">fn</i>")
        .has("<mark><i class=\"tn\">2</i></mark>")
        .has("class=\"diff unified\"");
    unified.has("data-path=\"new.txt\"").has(">added<").has("2 files").has("0 of 2 viewed");
    place
        .page(&format!("/tasks/{id}/changes?view=split"))
        .await
        .has("class=\"diff split\"")
        .has("<td class=\"code removed\">");
}

#[tokio::test]
async fn what_changed_beside_lines_is_said() {
    let place = Place::signed_in().await;
    let long: String = (0..300).map(|line| format!("line {line}\n")).collect();
    place.repository.write("old.txt", &long);
    place.repository.write("run.sh", "#!/bin/sh\n");
    place.repository.commit("One");
    let path = place.repository.path();
    std::fs::remove_file(path.join("old.txt")).unwrap();
    place.repository.write("moved.txt", &long.replace("line 7\n", "line seven\n"));
    place.repository.write("a\nb", "x\n");
    place.repository.write("long.txt", &format!("{}\n", "x".repeat(200_000)));
    std::fs::write(path.join("picture.png"), [0x89, b'P', 0, 1]).unwrap();
    std::os::unix::fs::symlink("run.sh", path.join("link")).unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path.join("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    place.repository.commit("Two");
    let id = place.submitted("Some work", "HEAD~1").await;
    let page = place.page(&format!("/tasks/{id}/changes")).await;
    page.has("became executable: 100644 → 100755").has("a symbolic link").has("an image");
    page.has(">renamed<").has("old.txt").has("moved.txt").has("+1").lacks("+300");
    page.has("&quot;a\\nb&quot;").has("198000 more characters");
    assert!(page.text.len() < 150_000, "{}", page.text.len());
}

#[tokio::test]
async fn a_file_that_was_viewed_stays_so_until_it_changes() {
    let place = Place::signed_in().await;
    place.repository.write("a.txt", "one\n");
    place.repository.commit("A file");
    let id = place.submitted("Some work", "HEAD~1").await;
    let path = format!("/tasks/{id}/changes");
    let page = place.page(&path).await;
    let mark =
        page.text.split("name=\"file\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    place.post(&format!("/tasks/{id}/viewed"), &[("file", &mark), ("viewed", "1")]).await;
    place.page(&path).await.has("1 of 1 viewed").has("✓ Viewed");
    place.post(&format!("/tasks/{id}/viewed"), &[("file", &mark), ("viewed", "0")]).await;
    place.page(&path).await.has("0 of 1 viewed");
}

#[tokio::test]
async fn commits_can_be_read_one_by_one() {
    let place = Place::signed_in().await;
    for (name, message) in [("a.txt", "First"), ("b.txt", "Second")] {
        place.repository.write(name, "text\n");
        place.repository.commit(message);
    }
    let id = place.submitted("Two commits", "HEAD~2").await;
    place
        .page(&format!("/tasks/{id}/changes"))
        .await
        .has("2 commits")
        .has("First")
        .has("data-path=\"b.txt\"");
    let first = place.repository.git(&["rev-parse", "HEAD~1"]);
    let one = place.page(&format!("/tasks/{id}/changes?part=commit-{}", first.trim())).await;
    one.has("data-path=\"a.txt\"").lacks("data-path=\"b.txt\"");
}

#[tokio::test]
async fn without_work_there_is_a_sentence() {
    let place = Place::signed_in().await;
    let id = place.task("New").await;
    place.page(&format!("/tasks/{id}/changes")).await.has("No work has been submitted yet.");
}

/// A task with work in two files, and the address of its changes.
async fn with_work(place: &Place) -> (octopoid_core::model::TaskId, String) {
    place.repository.write("src/lib.rs", "fn one() -> u32 {\n    1\n}\n");
    place.repository.commit("One");
    place.repository.write("src/lib.rs", "fn one() -> u32 {\n    2\n}\n");
    place.repository.write("new.txt", "first\nsecond\nthird\n");
    place.repository.commit("Two");
    let id = place.submitted("Some work", "HEAD~1").await;
    let path = format!("/tasks/{id}/changes");
    (id, path)
}

const LINE: [(&str, &str); 4] = [("path", "src/lib.rs"), ("side", "new"), ("first", "2"), ("last", "2")];

#[tokio::test]
async fn a_line_is_commented_on_without_a_script() {
    let place = Place::signed_in().await;
    let (id, path) = with_work(&place).await;
    let address = "part=all&amp;path=src%2Flib.rs&amp;side=new&amp;line=2&amp;base=";
    place.page(&path).await.has(address).lacks("id=\"comment-form\"");
    place
        .page(&format!("{path}?part=all&path=src%2Flib.rs&side=new&line=2"))
        .await
        .has("id=\"comment-form\"");
    let fields = [&LINE[..], &[("body", "Why 2?"), ("severity", "must"), ("draft", "0")]].concat();
    let sent = place.post(&format!("/tasks/{id}/review-comments"), &fields).await;
    assert_eq!(sent.to(), format!("{path}#comment-1"), "{}", sent.text);
    let page = place.page(&path).await;
    page.has("Why 2?").has("must change").has("<tr class=\"below\">").has("✓ Resolve");
    place.post(&format!("/tasks/{id}/review-comments"), &[("parent", "1"), ("body", "Because.")]).await;
    place.post(&format!("/tasks/{id}/review-comments/1/resolve"), &[("resolved", "1")]).await;
    place.page(&path).await.has("Because.").has("data-state=\"resolved\"").has("Open it again");
    place.page(&format!("/tasks/{id}")).await.has("0 open of 1").has("src/lib.rs");
}

#[tokio::test]
async fn a_file_is_commented_on_as_such_and_a_removal_says_so_everywhere() {
    let place = Place::signed_in().await;
    let (id, path) = with_work(&place).await;
    let add = format!("/tasks/{id}/review-comments");
    let file =
        [("path", "new.txt"), ("side", "new"), ("whole", "1"), ("body", "Why here?"), ("severity", "nit")];
    place.page(&path).await.has("Comment on the file");
    assert_eq!(place.post(&add, &file).await.to(), format!("{path}#comment-1"));
    place.page(&path).await.has("Why here?").lacks("Comments elsewhere");
    let removal = [&LINE[..], &[("replace", "1"), ("replacement", "")]].concat();
    place.post(&add, &removal).await;
    let change = [&LINE[..], &[("replace", "1"), ("replacement", "    3\r\n\r\n")]].concat();
    place.post(&add, &change).await;
    place.page(&path).await.has("proposes to remove these lines").has("<pre>    3\n\n\n</pre>");
    let overview = place.page(&format!("/tasks/{id}")).await;
    overview
        .has("<code>new.txt</code>")
        .has(">nit<")
        .has("proposes to remove these lines")
        .has("proposes a change");
    place.repository.write("src/lib.rs", "// moved\nfn one() -> u32 {\n    2\n}\n");
    place.repository.git(&["mv", "new.txt", "newer.txt"]);
    place.repository.commit("Three");
    place.post(&format!("/tasks/{id}/decide"), &[("do", "reject"), ("words", "Again")]).await;
    place.submit_again(&id, "HEAD~2").await;
    let overview = place.page(&format!("/tasks/{id}")).await;
    overview.has("<code>newer.txt</code>").has("<code>src/lib.rs:3</code>").has(">moved<");
}

#[tokio::test]
async fn a_review_sends_all_drafts_of_its_author_at_once() {
    let mut place = Place::signed_in().await;
    let (id, path) = with_work(&place).await;
    let comment = |body: &'static str, file: &'static str, line: &'static str| {
        [("path", file), ("side", "new"), ("first", line), ("last", line), ("body", body), ("draft", "1")]
    };
    let add = format!("/tasks/{id}/review-comments");
    place.post(&add, &comment("One of Ada", "src/lib.rs", "2")).await;
    place.post(&add, &comment("Two of Ada", "new.txt", "3")).await;
    place.page(&path).await.has("2 comments").has("not sent yet").has("Two of Ada");
    place.page(&format!("/tasks/{id}")).await.has("2 comments").has("not sent yet");
    let ada = place.clone_cookie();
    place.sign_in(octopoid_web::Viewer::new("Bob", octopoid_core::model::Scope::single())).await;
    place.post(&add, &comment("One of Bob", "new.txt", "1")).await;
    place.page(&path).await.lacks("of Ada").has("One of Bob");
    let foreign = place.post(&format!("{add}/1/delete"), &[]).await;
    assert_eq!(foreign.status, axum::http::StatusCode::FORBIDDEN);
    place.use_cookie(ada);
    place.post(&format!("{add}/2/edit"), &[("body", "Two of Ada, edited")]).await;
    let sent = place
        .post(&format!("/tasks/{id}/review"), &[("verdict", "request_changes"), ("summary", "Please.")])
        .await;
    assert_eq!(sent.status, axum::http::StatusCode::SEE_OTHER, "{}", sent.text);
    assert_eq!(place.read(&id).await.queue(), octopoid_core::model::Queue::Incoming);
    let page = place.page(&path).await;
    page.has("One of Ada").has("Two of Ada, edited").lacks("One of Bob").lacks(">not sent<");
    place.page(&format!("/tasks/{id}")).await.has("Please.").has("2 open of 2");
}

#[tokio::test]
async fn a_comment_is_never_shown_at_other_code() {
    let place = Place::signed_in().await;
    let (id, path) = with_work(&place).await;
    let fields = [&LINE[..], &[("body", "About the two"), ("draft", "0")]].concat();
    place.post(&format!("/tasks/{id}/review-comments"), &fields).await;
    let outside = [
        ("path", "src/lib.rs"),
        ("side", "new"),
        ("first", "7"),
        ("last", "9"),
        ("body", "No"),
        ("draft", "0"),
    ];
    let refused = place.post(&format!("/tasks/{id}/review-comments"), &outside).await;
    assert_eq!(refused.status, axum::http::StatusCode::UNPROCESSABLE_ENTITY);
    refused.has("has no lines 7-9").has("What you had written:");
    place.post(&format!("/tasks/{id}/decide"), &[("do", "reject"), ("words", "Again.")]).await;
    place.repository.write("src/lib.rs", "fn one() -> u32 {\n    3\n}\n");
    place.repository.commit("Three");
    place.submit_again(&id, "HEAD~2").await;
    let page = place.page(&path).await;
    page.has("Comments elsewhere").has("outdated").has("About the two").lacks("<tr class=\"below\">");
}

#[tokio::test]
async fn i40_a_comment_from_a_page_of_an_earlier_round_is_on_the_lines_of_that_round() {
    let place = Place::signed_in().await;
    let (id, path) = with_work(&place).await;
    place.record_run(&id).await;
    let work = place.read(&id).await.submission.unwrap();
    let (base, head) = (work.base.unwrap().to_string(), work.head.unwrap().to_string());
    // Meanwhile another round comes, with lines above.
    place.post(&format!("/tasks/{id}/decide"), &[("do", "reject"), ("words", "Again.")]).await;
    place.repository.write("new.txt", "above\nabove\nfirst\nsecond\nthird\n");
    place.repository.commit("Above");
    place.submit_again(&id, "HEAD~2").await;
    let add = format!("/tasks/{id}/review-comments");
    let fields = |head| {
        [
            ("path", "new.txt"),
            ("side", "new"),
            ("first", "1"),
            ("last", "1"),
            ("body", "About the first"),
            ("draft", "0"),
            ("base", base.as_str()),
            ("head", head),
        ]
    };
    place.post(&add, &fields(head.as_str())).await;
    let comments = place.store.review_comments(&Scope::single(), &id).await.unwrap();
    let anchor = comments[0].anchor.as_ref().unwrap();
    assert_eq!((anchor.head.as_str(), anchor.lines), (head.as_str(), Some(LineRange::line(1))));
    assert_eq!(anchor.text, "first");
    // Where that is now.
    place.page(&path).await.has("About the first");
    let placed = octopoid_core::git::Repository::open(place.repository.path(), crate::place::git()).unwrap();
    let now = place.read(&id).await.submission.unwrap();
    let work = (now.base.unwrap(), now.head.unwrap());
    let placed = placed.place_review_comments(comments, (&work.0, &work.1)).unwrap();
    assert_eq!(placed[0].place().and_then(|(_, lines)| lines).map(|lines| lines.first), Some(3));
    // What is no work of the task is not commented on.
    let foreign = place.repository.git(&["rev-parse", "HEAD~2"]);
    let refused = place.post(&add, &fields(foreign.trim())).await;
    assert_eq!(refused.status, axum::http::StatusCode::UNPROCESSABLE_ENTITY);
    refused.has("no work of the task").has("About the first");
}

#[tokio::test]
async fn what_is_written_as_a_replacement_is_one_and_the_lines_themselves_are_not() {
    let place = Place::signed_in().await;
    let (id, _) = with_work(&place).await;
    let add = format!("/tasks/{id}/review-comments");
    for (replacement, proposed) in [("    7", Some("    7")), ("    2", None), ("", None)] {
        let fields = [&LINE[..], &[("body", "So"), ("replacement", replacement), ("draft", "1")]].concat();
        place.post(&add, &fields).await;
        let comments = place.store.review_comments(&Scope::single(), &id).await.unwrap();
        let last = comments.last().unwrap();
        assert_eq!(last.anchor.as_ref().unwrap().text, "    2", "the case is about this line");
        assert_eq!(last.replacement.as_deref(), proposed, "{replacement:?}");
    }
    let edit = |fields: &'static [(&'static str, &'static str)]| {
        let (place, path) = (&place, format!("{add}/1/edit"));
        async move { place.post(&path, fields).await }
    };
    edit(&[("body", "Rather"), ("severity", "nit"), ("replacement", "    8")]).await;
    let first = place.store.review_comments(&Scope::single(), &id).await.unwrap().remove(0);
    assert_eq!(
        (&*first.body, first.severity.as_str(), first.replacement.as_deref()),
        ("Rather", "nit", Some("    8"))
    );
    edit(&[("body", "Rather"), ("severity", "nit"), ("replacement", "")]).await;
    let first = place.store.review_comments(&Scope::single(), &id).await.unwrap().remove(0);
    assert_eq!(first.replacement, None);
}

#[tokio::test]
async fn a_replacement_may_be_empty() {
    let place = Place::signed_in().await;
    let (id, path) = with_work(&place).await;
    let fields = [&LINE[..], &[("body", ""), ("replace", "1"), ("replacement", ""), ("draft", "0")]].concat();
    place.post(&format!("/tasks/{id}/review-comments"), &fields).await;
    place.page(&path).await.has("proposes to remove these lines");
    let fields =
        [&LINE[..], &[("body", "So"), ("replace", "1"), ("replacement", "    <3>"), ("draft", "0")]].concat();
    place.post(&format!("/tasks/{id}/review-comments"), &fields).await;
    place.page(&path).await.has("<pre>    &lt;3&gt;</pre>");
}

#[tokio::test]
async fn a_machine_without_the_repository_shows_what_was_handed_in() {
    let folder = octopoid_core::testing::TempRepository::new();
    let layout = octopoid_core::orchestrator::Layout::new(folder.path());
    let scope = octopoid_core::model::Scope::single();
    let artifacts = std::sync::Arc::new(octopoid_core::orchestrator::LocalArtifacts::new(layout, scope));
    let given = artifacts.clone();
    let mut place = Place::without_repository(|builder| builder.artifacts(given));
    place.sign_in(octopoid_web::Viewer::new("Ada", octopoid_core::model::Scope::single())).await;
    place.repository.write("new.txt", "hello\n");
    place.repository.commit("One");
    let id = place.submitted("Some work", "HEAD~1").await;
    place.page(&format!("/tasks/{id}/changes")).await.has("The repository is not on this machine");
    let run = place.record_run(&id).await;
    for (kind, text) in [
        (
            ArtifactKind::Diff,
            "diff --git a/new.txt b/new.txt\nnew file mode 100644\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+hello <there>\n",
        ),
        (ArtifactKind::Log, "2026-03-01T12:00:05.000Z [Bash] ls\n"),
        (ArtifactKind::TestOutput, "1 test <passed>\n"),
    ] {
        let key = ArtifactKey::new(octopoid_core::model::Scope::single(), id.clone(), run.clone(), kind);
        let path = artifacts.path(&key).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let page = place.page(&format!("/tasks/{id}/changes")).await;
    // The lines of the kept diff can be commented on.
    let place_of = [("path", "new.txt"), ("side", "new"), ("first", "1"), ("last", "1")];
    let fields = [&place_of[..], &[("body", "Why there?"), ("draft", "0")]].concat();
    let sent = place.post(&format!("/tasks/{id}/review-comments"), &fields).await;
    assert_eq!(sent.status, axum::http::StatusCode::SEE_OTHER, "{}", sent.text);
    let comments = place.store.review_comments(&Scope::single(), &id).await.unwrap();
    assert_eq!(comments[0].anchor.as_ref().unwrap().text, "hello <there>");
    place.page(&format!("/tasks/{id}/changes")).await.has("<tr class=\"below\">").has("Why there?");
    page.has("as it was handed in")
        .has("line=1&amp;base=")
        .has("hello &lt;there&gt;")
        .has("data-path=\"new.txt\"");
    place.page(&format!("/tasks/{id}/log")).await.has("<p class=\"tool\">").has("Test output");
    place.page(&format!("/tasks/{id}/log?run=1&kind=test_output")).await.has("1 test &lt;passed&gt;");
}
