//! The changes of a task.

use crate::place::Place;

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
