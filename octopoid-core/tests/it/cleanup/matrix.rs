//! Every end of a task with everything that may be left of its worktree.

use super::situation::{ENDS, End, Here, LEFT, Left};
use octopoid_core::orchestrator::{Item, KeptBecause, Proof};
use std::collections::BTreeSet;

async fn everything() -> Here {
    let mut here = Here::new();
    for end in ENDS {
        for (number, left) in LEFT.into_iter().enumerate() {
            here.add(end, left, number % 2 == 0).await;
            if matches!(left, Left::Committed | Left::Dirty) {
                here.add(end, left, number % 2 != 0).await;
            }
        }
    }
    std::fs::create_dir_all(here.layout.runs().join("task-1.1/files")).unwrap();
    std::fs::create_dir_all(here.layout.runs().join("task-2.1")).unwrap();
    std::fs::write(here.layout.runs().join("task-2.1.json"), "{}").unwrap();
    std::fs::write(here.layout.worktrees().join("notes.txt"), "mine").unwrap();
    here.user.git(&["branch", "agent/of-a-person"]);
    here
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_a_dry_run_lists_exactly_what_the_real_run_removes_and_nothing_is_lost() {
    let here = everything().await;
    here.check_nothing_is_lost();
    let before = here.inventory();
    let plan = here.plan().await;
    assert_eq!(here.plan().await, plan, "the same again");
    assert_eq!(here.inventory(), before, "a plan changes nothing");
    assert!(plan.removals.len() > 60 && plan.kept.len() > 40, "{} {}", plan.removals.len(), plan.kept.len());

    for (removal, result) in here.cleanup.carry_out(&plan) {
        assert!(result.is_ok(), "{removal:?}: {result:?}");
    }
    let after = here.inventory();
    // Of a worktree its registration goes too; everything else is listed by itself.
    let listed: BTreeSet<_> = plan
        .removals
        .iter()
        .flat_map(|removal| {
            let registration = match &removal.item {
                Item::Worktree { path, .. } => {
                    let name = path.file_name().unwrap();
                    Some(here.user.path().join(".git/worktrees").join(name).display().to_string())
                }
                _ => None,
            };
            [Some(removal.item.place()), registration].into_iter().flatten()
        })
        .collect();
    let gone: BTreeSet<_> = before.difference(&after).cloned().collect();
    assert_eq!(gone, listed);
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.iter().all(|name| name.starts_with("refs/octopoid/kept/")), "{new:?}");
    here.check_nothing_is_lost();

    // What can be removed is removed, and nothing comes of a second time.
    let again = here.plan().await;
    assert_eq!(again.removals, []);
    let places = |kept: &[octopoid_core::orchestrator::Kept]| -> BTreeSet<String> {
        let ours = kept.iter().filter(|kept| !matches!(kept.item, Item::KeptCommit { .. }));
        ours.map(|kept| kept.item.place()).collect()
    };
    assert_eq!(places(&again.kept), places(&plan.kept));
    assert!(!here.layout.worktrees().join(".trash").exists());
    assert!(after.contains("refs/heads/agent/of-a-person"), "a person's branch is not ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_what_belongs_to_tasks_that_go_on_stays() {
    let mut here = Here::new();
    for end in [End::Incoming, End::Claimed, End::Stopped, End::Failed, End::Unknown] {
        for left in [Left::Committed, Left::Dirty, Left::HalfRemovedWithFile, Left::MovedAside] {
            here.add(end, left, true).await;
        }
    }
    assert_eq!(here.plan().await.removals, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_work_that_landed_is_removed_without_a_copy_in_whichever_form_it_landed() {
    let mut here = Here::new();
    for end in [End::Landed, End::Squashed] {
        here.add(end, Left::Committed, true).await;
    }
    let plan = here.plan().await;
    assert!(plan.removals.iter().all(|removal| removal.why != Proof::KeptFirst), "{plan:?}");
    here.cleanup.carry_out(&plan);
    assert_eq!(here.user.git(&["for-each-ref", "refs/octopoid", "refs/heads/agent"]), "");
    assert_eq!(here.user.git(&["worktree", "list"]).lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_a_worktree_that_a_run_of_the_journal_uses_stays() {
    let mut here = Here::new();
    let id = here.add(End::Landed, Left::Committed, true).await;
    std::fs::create_dir_all(here.layout.runs()).unwrap();
    let entry = here.layout.runs().join(format!("{id}.1.json"));
    std::fs::write(&entry, "{}").unwrap();
    let plan = here.plan().await;
    assert_eq!(plan.removals, []);
    assert!(plan.kept.iter().all(|kept| kept.why == KeptBecause::InUse), "{plan:?}");
    // A run that begins after the plan was made is respected too.
    std::fs::remove_file(&entry).unwrap();
    let plan = here.plan().await;
    assert_eq!(plan.removals.len(), 2);
    std::fs::write(&entry, "{}").unwrap();
    let before = here.inventory();
    assert!(here.cleanup.carry_out(&plan).iter().all(|(_, result)| result.is_err()));
    assert_eq!(here.inventory(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_what_changed_since_the_plan_was_made_stays() {
    let mut here = Here::new();
    let id = here.add(End::Landed, Left::Committed, true).await;
    let plan = here.plan().await;
    std::fs::write(here.layout.worktree(&id).join("late.txt"), "late").unwrap();
    let branch = here.user.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/agent"]);
    let unseen = here.user.git(&["commit-tree", "-p", "main", "-m", "Late", "main^{tree}"]);
    here.user.git(&["branch", "--force", branch.trim(), unseen.trim()]);
    assert!(here.cleanup.carry_out(&plan).iter().all(|(_, result)| result.is_err()));
    assert!(here.layout.worktree(&id).join("late.txt").exists());
    assert_eq!(here.user.git(&["rev-parse", branch.trim()]), unseen);
    // The next plan keeps both first.
    let plan = here.plan().await;
    assert!(plan.removals.iter().all(|removal| removal.why == Proof::KeptFirst), "{plan:?}");
    for (removal, result) in here.cleanup.carry_out(&plan) {
        assert!(result.unwrap().is_some(), "{removal:?}");
    }
    assert!(here.user.git(&["rev-list", "--all"]).contains(unseen.trim()));
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_a_branch_that_is_checked_out_stays() {
    let mut here = Here::new();
    here.add(End::Landed, Left::Nothing, true).await;
    let branch = here.user.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/agent"]);
    here.user.git(&["checkout", "--quiet", branch.trim()]);
    let plan = here.plan().await;
    assert_eq!(plan.removals, []);
    assert!(matches!(plan.kept[0].why, KeptBecause::CheckedOut { .. }), "{plan:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i41_a_landing_that_is_not_in_the_base_branch_here_proves_nothing() {
    let mut here = Here::new();
    let id = here.add(End::Landed, Left::Committed, false).await;
    // The base branch was moved back: what the store says is not what is seen.
    here.user.git(&["reset", "--quiet", "--hard", "main^"]);
    let plan = here.plan().await;
    assert_eq!(plan.removals.iter().map(|removal| &removal.why).collect::<Vec<_>>(), [&Proof::KeptFirst]);
    here.cleanup.carry_out(&plan);
    assert!(!here.layout.worktree(&id).exists());
    here.check_nothing_is_lost();
}
