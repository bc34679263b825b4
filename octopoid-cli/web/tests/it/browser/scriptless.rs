//! Everything without JavaScript.

use super::Desk;
use octopoid_core::model::{Queue, Scope};
use octopoid_core::store::{MessageStore as _, ReviewStore as _};

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_read_and_forms_are_sent_without_javascript() {
    let Some(desk) = Desk::open("pages without JavaScript").await else { return };
    desk.place.repository.write("src/lib.rs", "fn one() -> u32 {\n    1\n}\n");
    desk.place.repository.commit("One");
    let id = desk.place.submitted("Some work", "HEAD~1").await;
    let browser = desk.browser_without_scripts("Ada", "/").await;
    let text = async |part: &str| browser.until_source_has(part).await;
    text("Some work").await;
    text("data-state=\"off\"").await;
    browser.client.goto(&desk.url(&format!("/tasks/{id}"))).await.unwrap();
    browser.type_into("#comment", "From a form").await;
    browser.click(".comment button").await;
    text("From a form").await;
    browser.client.goto(&desk.url(&format!("/tasks/{id}/changes"))).await.unwrap();
    browser.click("#f0-new-2 a").await;
    browser.type_into("#comment-body", "Why one?").await;
    browser.click(".comment-form .primary").await;
    text("Why one?").await;
    text("not sent yet").await;
    browser.click("#review-request_changes").await;
    text("sent back with your review").await;
    assert_eq!(desk.place.read(&id).await.queue(), Queue::Incoming);
    let comments = desk.place.store.review_comments(&Scope::single(), &id).await.unwrap();
    assert!(comments.iter().all(|comment| comment.is_open()), "{comments:?}");
    assert!(desk.place.store.messages(&Scope::single(), &id).await.unwrap().len() >= 2);
    browser.close().await;
}
