//! Attempts that follow one that came to nothing: they are told why, and go on in its conversation (I34).

use super::setting::{Setting, content};
use octopoid_core::model::{MessageKind, Queue, SessionId, StopReason};
use octopoid_core::runner::{AgentReport, AgentRequest};
use octopoid_core::testing::Scene;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lets a worker end its first attempts by `ends`, one each, and then do its work. Gives the requests of all its attempts.
async fn attempts(ends: &'static [fn(&Scene<'_>) -> AgentReport]) -> (Setting, Vec<AgentRequest>) {
    let count = AtomicUsize::new(0);
    let setting = Setting::new(move |scene| {
        if scene.role() == "review" {
            return content(scene);
        }
        match ends.get(count.fetch_add(1, Ordering::SeqCst)) {
            Some(end) => {
                let mut report = end(scene);
                let session = scene.request().resume.clone();
                report.session =
                    session.or_else(|| SessionId::new(format!("s-{}", scene.request().run)).ok());
                report
            }
            None => content(scene),
        }
    });
    let id = setting.enqueue("Say hello").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done, "{:?}", setting.task(&id).await.state);
    let calls = setting.runner.calls();
    (setting, calls.into_iter().filter(|call| call.role.as_str() == "implement").collect())
}

fn crash(scene: &Scene<'_>) -> AgentReport {
    scene.stop(StopReason::Crashed { reason: "exit status 7".into() })
}

fn resumed(request: &AgentRequest) -> Option<&str> {
    request.resume.as_ref().map(SessionId::as_str)
}

#[tokio::test(flavor = "multi_thread")]
async fn i34_an_attempt_after_a_crash_goes_on_in_the_conversation_and_is_told_why() {
    let (_, calls) = attempts(&[crash]).await;
    assert_eq!((resumed(&calls[0]), resumed(&calls[1])), (None, Some("s-task-1.1")));
    assert!(calls[1].prompt.contains("exit status 7"), "{}", calls[1].prompt);
}

#[tokio::test(flavor = "multi_thread")]
async fn i15_a_conversation_that_fails_twice_is_given_up_for_a_new_one() {
    let (_, calls) = attempts(&[crash, crash]).await;
    let sessions: Vec<_> = calls.iter().map(resumed).collect();
    assert_eq!(sessions, [None, Some("s-task-1.1"), None]);
    assert!(calls[2].prompt.contains("exit status 7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn i22_a_submission_without_work_goes_back_with_what_was_found_in_the_same_conversation() {
    fn reset_away(scene: &Scene<'_>) -> AgentReport {
        scene.write("hello.txt", "hello\n");
        scene.commit("Say hello to all");
        scene.git(&["reset", "-q", "--hard", "HEAD~1"]);
        scene.submit("said hello")
    }
    let (setting, calls) = attempts(&[reset_away]).await;
    assert_eq!(resumed(&calls[1]), Some("s-task-1.1"));
    for words in ["no commit and no change", "Say hello to all", "git cherry-pick"] {
        assert!(calls[1].prompt.contains(words), "{words}: {}", calls[1].prompt);
    }
    let thread = setting.thread(&"task-1".parse().unwrap()).await;
    let returned: Vec<_> = thread.iter().filter(|said| said.kind == MessageKind::Returned).collect();
    assert_eq!(returned.len(), 1);
    assert!(returned[0].body.contains("Say hello to all"), "{}", returned[0].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn i22_work_on_another_branch_or_in_a_stash_is_named() {
    fn on_a_branch(scene: &Scene<'_>) -> AgentReport {
        let begun = scene.git(&["rev-parse", "HEAD"]);
        scene.git(&["checkout", "-q", "-b", "feature/hello"]);
        scene.write("hello.txt", "hello\n");
        scene.commit("Say hello on a branch");
        scene.git(&["checkout", "-q", "--detach", begun.trim()]);
        scene.submit("said hello")
    }
    fn in_a_stash(scene: &Scene<'_>) -> AgentReport {
        scene.write("hello.txt", "hello\n");
        scene.git(&["add", "-A"]);
        scene.git(&["stash", "push", "-q", "-m", "for later"]);
        scene.submit("said hello")
    }
    let (_, calls) = attempts(&[on_a_branch]).await;
    assert!(calls[1].prompt.contains("Say hello on a branch"), "{}", calls[1].prompt);
    assert!(calls[1].prompt.contains("feature/hello"), "{}", calls[1].prompt);
    let (_, calls) = attempts(&[in_a_stash]).await;
    assert!(calls[1].prompt.contains("refs/stash"), "{}", calls[1].prompt);
    assert!(calls[1].prompt.contains("git stash apply "), "{}", calls[1].prompt);
}

#[tokio::test(flavor = "multi_thread")]
async fn i34_a_review_that_was_interrupted_goes_on_in_its_conversation() {
    let count = AtomicUsize::new(0);
    let setting = Setting::new(move |scene| {
        if scene.role() == "review" && count.fetch_add(1, Ordering::SeqCst) == 0 {
            let mut report = crash(scene);
            report.session = SessionId::new("review-1").ok();
            return report;
        }
        content(scene)
    });
    let id = setting.enqueue("Say hello").await;
    setting.run_until_idle().await;
    assert_eq!(setting.task(&id).await.queue(), Queue::Done);
    let calls = setting.runner.calls();
    let reviews: Vec<_> = calls.iter().filter(|call| call.role.as_str() == "review").map(resumed).collect();
    assert_eq!(reviews, [None, Some("review-1")]);
}
