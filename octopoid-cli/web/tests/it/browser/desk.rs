//! The desk by hand and by keyboard.

use super::Desk;
use axum::http::Method;
use octopoid_core::model::{MessageDraft, MessageKind, Priority, Scope};
use octopoid_core::store::{MessageStore as _, ReviewStore as _};

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_can_be_used_by_keyboard_alone() {
    let Some(desk) = Desk::open("the desk by keyboard").await else { return };
    let waits = desk.place.task("Waits").await;
    let decides = desk.place.submitted("Decides", "HEAD").await;
    let browser = desk.browser("Ada", "/").await;
    browser.is_live().await;
    browser.press("?").await;
    browser.until("document.querySelector('#keys').open").await;
    browser.press("\u{e00c}").await;
    browser.until("!document.querySelector('#keys').open").await;
    browser.press("jj").await;
    browser.until(&format!("document.activeElement.id === 'card-{waits}'")).await;
    browser.press("0").await;
    browser.until(&format!("document.querySelector('#card-{waits}').dataset.priority === 'P0'")).await;
    assert_eq!(desk.place.read(&waits).await.priority, Priority::P0);
    browser.press("/").await;
    browser.until("document.activeElement.name === 'q'").await;
    browser.press("dec\u{e007}").await;
    browser.is_at("/?q=dec").await;
    browser.until("document.querySelectorAll('.card').length === 1").await;
    browser.press("j\u{e007}").await;
    browser.is_at(&format!("/tasks/{decides}")).await;
    browser.press("g2").await;
    browser.is_at(&format!("/tasks/{decides}/changes")).await;
    browser.press("gn").await;
    browser.is_at("/needs-you").await;
    browser.press("j\u{e007}").await;
    browser.is_at(&format!("/tasks/{decides}")).await;
    browser.press("a").await;
    browser.until("document.activeElement.id === 'do-approve'").await;
    browser.press("\u{e007}").await;
    browser.until("document.querySelector('#task-head').textContent.includes('approved by Ada')").await;
    browser.press("n").await;
    browser.is_at("/tasks/new").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_written_below_its_line_and_stays_there() {
    let Some(desk) = Desk::open("a comment below its line").await else { return };
    desk.place.repository.write("src/lib.rs", "fn one() -> u32 {\n    1\n}\n");
    desk.place.repository.commit("One");
    let id = desk.place.submitted("Some work", "HEAD~1").await;
    let browser = desk.browser("Ada", &format!("/tasks/{id}/changes")).await;
    browser.is_live().await;
    browser.script("window.sameDocument = true").await;
    browser.click("#f0-new-2 a").await;
    browser.until("document.activeElement.id === 'comment-body'").await;
    browser.press("Why").await;
    // What happens meanwhile does not take the form away.
    let draft = MessageDraft::new(MessageKind::Comment, "Bob", "Hello");
    desk.place.store.post_message(&Scope::single(), &id, draft).await.unwrap();
    desk.place.post("/bulk", &[("task", id.as_str()), ("do", "P0")]).await;
    browser.until("document.querySelector('#task-head').textContent.includes('P0')").await;
    browser.press(" one?").await;
    browser.click(".comment-form .primary").await;
    browser.until("document.querySelector('.review-comment')?.textContent.includes('Why one?')").await;
    browser.until("document.querySelector('#f0-new-2').closest('tr').nextElementSibling.contains(document.querySelector('.review-comment'))").await;
    browser.until("window.sameDocument && document.querySelector('#review-panel').textContent.includes('1 comment')").await;
    browser.click("#review-request_changes").await;
    browser.until("document.querySelector('#said').textContent.includes('sent back')").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_agents_write_runs() {
    let Some(desk) = Desk::open("nothing that agents write runs").await else { return };
    let evil = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>";
    desk.place.repository.write("src/<img src=x onerror=hacked=1>.rs", &format!("// {evil}\n"));
    desk.place.repository.commit("Evil");
    let id = desk.place.submitted(evil, "HEAD~1").await;
    desk.place
        .store
        .post_message(&Scope::single(), &id, MessageDraft::new(MessageKind::Comment, evil, evil))
        .await
        .unwrap();
    let browser = desk.browser("Ada", "/").await;
    for path in [
        "/",
        "/needs-you",
        "/tasks/task-1",
        "/tasks/task-1/changes",
        "/tasks/task-1/changes?view=split",
        "/tasks/task-1/history",
    ] {
        browser.client.goto(&desk.url(path)).await.unwrap();
        browser.is_live().await;
        desk.place.post("/bulk", &[("task", id.as_str()), ("do", "P1")]).await;
        desk.place.post("/bulk", &[("task", id.as_str()), ("do", "P2")]).await;
        browser
            .until(
                "document.body.textContent.includes('window.hacked = 1') && document.body.dataset.revision",
            )
            .await;
        assert_eq!(browser.script("return window.hacked === undefined").await, true, "{path}");
        assert_eq!(browser.script("return document.querySelectorAll('main img').length").await, 0, "{path}");
    }
    // Not even a script that got into the page would run.
    browser.script("const script = document.createElement('script'); script.textContent = 'window.hacked = 1'; document.body.append(script)").await;
    assert_eq!(browser.script("return window.hacked === undefined").await, true);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_is_wider_than_its_window() {
    let Some(desk) = Desk::open("no page is wider than its window").await else { return };
    desk.place.repository.write(
        "src/a_file_with_a_rather_long_name_in_it.rs",
        &format!("let x = \"{}\";\n", "long ".repeat(80)),
    );
    desk.place.repository.commit("Long");
    desk.place.submitted(&"Averylongwordwithoutanyspaces".repeat(8), "HEAD~1").await;
    desk.place.task(&"words and words ".repeat(15)).await;
    let browser = desk.browser("Ada", "/").await;
    for width in [360, 768, 1280, 1920] {
        let script = json_size(width);
        browser.client.issue_cmd(script).await.unwrap();
        for path in [
            "/",
            "/needs-you",
            "/tasks/task-1",
            "/tasks/task-1/changes",
            "/tasks/task-1/changes?view=split",
            "/tasks/new",
            "/costs",
            "/machines",
            "/flows",
            "/drafts",
            "/projects",
            "/done",
        ] {
            browser.client.goto(&desk.url(path)).await.unwrap();
            let over = browser
                .script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
            assert_eq!(over, 0, "{path} at {width}");
        }
    }
    browser.close().await;
}

/// A command of Chromium that gives the page a width, below what a window can have too.
fn json_size(width: u32) -> DeviceMetrics {
    DeviceMetrics(width)
}

#[derive(Debug)]
struct DeviceMetrics(u32);

impl fantoccini::wd::WebDriverCompatibleCommand for DeviceMetrics {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        let parameters =
            serde_json::json!({ "width": self.0, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        let body = serde_json::json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": parameters });
        (Method::POST, Some(body.to_string()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_that_is_being_written_goes_with_the_review_and_words_outlive_a_reload() {
    let Some(desk) = Desk::open("an open comment goes with the review").await else { return };
    desk.place.repository.write("src/lib.rs", "fn one() -> u32 {\n    1\n}\n");
    desk.place.repository.commit("One");
    let id = desk.place.submitted("Some work", "HEAD~1").await;
    let browser = desk.browser("Ada", &format!("/tasks/{id}/changes")).await;
    browser.is_live().await;
    browser.type_into("#review-words", "As a whole").await;
    browser.script("location.reload()").await;
    browser.is_live().await;
    browser.until("document.querySelector('#review-words').value === 'As a whole'").await;
    browser.click("#f0-new-2 a").await;
    browser.until("document.activeElement.id === 'comment-body'").await;
    browser.press("Why one?").await;
    browser.click("#review-request_changes").await;
    browser.until("document.querySelector('#said').textContent.includes('sent back')").await;
    let comments = desk.place.store.review_comments(&Scope::single(), &id).await.unwrap();
    assert_eq!(
        comments.iter().map(|one| (&*one.body, one.is_draft())).collect::<Vec<_>>(),
        [("Why one?", false)]
    );
    let thread = desk.place.store.messages(&Scope::single(), &id).await.unwrap();
    assert_eq!(thread.last().unwrap().body, "As a whole");
    browser.script("location.reload()").await;
    browser.is_live().await;
    browser.until("!document.querySelector('#review-words')?.value").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_an_earlier_round_approves_nothing_and_a_dashboard_that_is_away_is_said() {
    let Some(mut desk) = Desk::open("a page of an earlier round").await else { return };
    desk.place.repository.write("a.txt", "one\n");
    desk.place.repository.commit("One");
    let id = desk.place.submitted("Some work", "HEAD~1").await;
    let browser = desk.browser("Ada", &format!("/tasks/{id}/changes")).await;
    browser.is_live().await;
    desk.place.post(&format!("/tasks/{id}/decide"), &[("do", "reject"), ("words", "No.")]).await;
    desk.place.repository.write("a.txt", "two\n");
    desk.place.repository.commit("Two");
    desk.place.submit_again(&id, "HEAD~2").await;
    let head = desk.place.read(&id).await.submission.unwrap().head.unwrap();
    // The panel knows of the new round by then, and the diff on the page is the old one.
    browser.until(&format!("document.querySelector('#review-panel [name=head]')?.value === '{head}'")).await;
    browser.click("#review-approve").await;
    browser
        .until("document.querySelector('#said').textContent.includes('has changed since you read it')")
        .await;
    assert!(desk.place.read(&id).await.needs_person().is_some());
    browser.until("document.querySelector('#offline').hidden").await;
    desk.go_away().await;
    browser.until("!document.querySelector('#offline').hidden").await;
    desk.come_back().await;
    browser.until("document.querySelector('#offline').hidden").await;
    browser.close().await;
}
