//! An orchestrator that is killed while it lands through a pull request.

use super::Case;
use crate::github::server::{Server, Trouble};
use axum::http::Method;
use octopoid_core::model::{Queue, Scope};
use octopoid_core::orchestrator::Point;
use octopoid_core::store::TaskStore;
use octopoid_core::testing::TempRemote;
use std::os::unix::process::ExitStatusExt;

/// The same case, whose work lands at a GitHub.
struct Shown {
    case: Case,
    server: Server,
    remote: TempRemote,
}

impl Shown {
    async fn new() -> Self {
        let mut case = Case::new().await;
        let remote = case.repository.add_remote("origin");
        let server = Server::begin(remote.path()).await;
        case.github = Some(server.url.clone());
        Self { case, server, remote }
    }

    /// Checks that it ended as if nothing had happened, over there too.
    async fn check(&self, what: &str) {
        self.case.check(what).await;
        let (pulls, calls) = {
            let world = self.server.world.lock().unwrap();
            (world.pulls.len(), world.calls.clone())
        };
        assert_eq!(pulls, 1, "{what}: one pull request");
        let merges = calls.iter().filter(|call| call.starts_with("PUT")).count();
        assert_eq!(merges, 1, "{what}: merged once: {calls:?}");
        let task = self.case.store().task(&Scope::single(), &self.case.task).await.unwrap();
        assert_eq!(task.attributes.pr_number, Some(1), "{what}: it is noted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i04_killed_at_each_point_of_a_landing_it_makes_one_pull_request_and_one_merge() {
    for point in [Point::StepRecorded, Point::LandingChosen, Point::Landed] {
        let mut nth = 1;
        loop {
            let shown = Shown::new().await;
            let end = shown.case.orchestrate(Some((point, nth)));
            if end.success() {
                assert!(nth > 1, "{point:?} is never reached");
                break;
            }
            let what = format!("{point:?} number {nth}");
            assert_eq!(end.signal(), Some(9), "{what}");
            assert!(shown.case.orchestrate(None).success(), "{what}: the second orchestrator");
            shown.check(&what).await;
            nth += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i04_killed_before_it_hears_that_a_pull_request_is_open_or_merged_it_makes_no_second() {
    for method in [Method::POST, Method::PUT] {
        let shown = Shown::new().await;
        shown.server.world.lock().unwrap().trouble = vec![Trouble::NoAnswer(method.clone())];
        let mut first = shown.case.command().spawn().unwrap();
        while shown.server.world.lock().unwrap().unheard == 0 {
            assert!(first.try_wait().unwrap().is_none(), "{method}: it waits for the answer");
            tokio::task::yield_now().await;
        }
        first.kill().unwrap();
        first.wait().unwrap();
        assert!(shown.case.orchestrate(None).success(), "{method}");
        shown.check(method.as_str()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_killed_before_it_hears_of_a_merge_commit_it_follows_and_leaves_no_branch() {
    let shown = Shown::new().await;
    shown.server.world.lock().unwrap().trouble = vec![Trouble::NoAnswer(Method::PUT)];
    let mut first = shown.case.command().env("CRASH_MERGES", "yes").spawn().unwrap();
    while shown.server.world.lock().unwrap().unheard == 0 {
        assert!(first.try_wait().unwrap().is_none(), "it waits for the answer");
        tokio::task::yield_now().await;
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(shown.case.command().env("CRASH_MERGES", "yes").status().unwrap().success());
    let task = shown.case.store().task(&Scope::single(), &shown.case.task).await.unwrap();
    assert_eq!(task.queue(), Queue::Done, "{:?}", task.state);
    let there = shown.remote.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let here = shown.case.repository.git(&["rev-parse", "main"]);
    assert_eq!(there.trim(), format!("refs/heads/main {}", here.trim()), "it follows, and no branch is left");
    assert_eq!(shown.remote.git(&["rev-list", "--count", "--merges", "main"]).trim(), "1");
}
