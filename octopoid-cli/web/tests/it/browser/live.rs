//! What changes by itself, and what does not.

use super::Desk;
use octopoid_core::model::{MessageDraft, MessageKind, Scope};
use octopoid_core::store::MessageStore as _;

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_in_one_browser_moves_the_card_in_the_other() {
    let Some(desk) = Desk::open("an approval in one browser").await else { return };
    let id = desk.place.submitted("Some work", "HEAD").await;
    let (ada, bob) = (desk.browser("Ada", &format!("/tasks/{id}")).await, desk.browser("Bob", "/").await);
    bob.is_live().await;
    bob.until(&format!("document.querySelector('[data-cards=needs_you] #card-{id}')")).await;
    bob.until("document.title === '(1) Board · Octopoid'").await;
    ada.click("#do-approve").await;
    bob.until(&format!("document.querySelector('[data-cards=landing] #card-{id}')")).await;
    bob.until("document.title === 'Board · Octopoid' && document.querySelectorAll('.card').length === 1")
        .await;
    ada.until("document.querySelector('#said').textContent.includes('approved')").await;
    ada.until("document.querySelector('#task-head').textContent.includes('approved by Ada')").await;
    ada.close().await;
    bob.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_was_cut_goes_on_where_it_was() {
    let Some(mut desk) = Desk::open("a feed that was cut").await else { return };
    let first = desk.place.task("First").await;
    let browser = desk.browser("Ada", "/").await;
    browser.is_live().await;
    browser.script("window.sameDocument = true; window.first = document.querySelector('.card')").await;
    desk.go_away().await;
    browser.until("document.body.dataset.live === 'broken'").await;
    let second = desk.place.task("Second").await;
    desk.come_back().await;
    browser.until(&format!("document.querySelector('#card-{second}')")).await;
    browser.is_live().await;
    let third = desk.place.task("Third").await;
    browser.until(&format!("document.querySelector('#card-{third}')")).await;
    let ids =
        browser.script("return [...document.querySelectorAll('.card')].map((card) => card.dataset.id)").await;
    assert_eq!(ids, serde_json::json!([first, second, third]));
    browser.until("window.sameDocument && window.first.isConnected").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_types_survives_what_happens_meanwhile() {
    let Some(desk) = Desk::open("what somebody types").await else { return };
    let id = desk.place.submitted("Some work", "HEAD").await;
    let browser = desk.browser("Ada", &format!("/tasks/{id}")).await;
    browser.is_live().await;
    browser.type_into("#words-reject", "Not qu").await;
    browser.type_into("#comment", "Half a sent").await;
    let say = async |text: &str| {
        let draft = MessageDraft::new(MessageKind::Comment, "Bob", text);
        desk.place.store.post_message(&Scope::single(), &id, draft).await.unwrap();
        browser
            .until(&format!("document.querySelector('#task-thread').textContent.includes('{text}')"))
            .await;
    };
    say("Something else").await;
    browser.press("ence").await;
    desk.place.post(&format!("/tasks/{id}/decide"), &[("do", "approve")]).await;
    browser.until("document.querySelector('#task-head').textContent.includes('approved by Ada')").await;
    say("And again").await;
    let texts =
        "return [...document.querySelectorAll('textarea')].map((area) => area.value).filter(Boolean).sort()";
    assert_eq!(browser.script(texts).await, serde_json::json!(["Half a sentence", "Not qu"]));
    assert_eq!(browser.script("return document.activeElement.id").await, "comment");
    browser.close().await;
}
