//! What a person decides: every state has a way out by one command (I07).

use crate::place::Place;

#[test]
fn work_that_reviewers_keep_rejecting_waits_for_a_person_who_may_approve_it() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "rounds: 3", "rounds: 1");
    place.commit("One round");
    let id = place.enqueue(&["One", "--description", "sim review: reject never"]);
    let said = place.run(&["start", "--until-idle"]).ok().stdout;
    assert!(said.contains(&format!("→ octopoid approve {id}")), "the end says who is needed: {said}");
    let task = place.json(&["show", &id]);
    assert_eq!((task["queue"].as_str(), task["needs_person"].as_bool()), (Some("provisional"), Some(true)));
    let said = place.run(&["approve", &id, "--comment", "fine"]).ok().stdout;
    assert_eq!(
        said,
        "task-1 approved; it is in provisional\n  approved by Tester (octopoid approve on laptop); no orchestrator runs\n  → octopoid start\n"
    );
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}

#[test]
fn without_automatic_merging_a_person_approves_each_task() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    place.commit("By hand");
    let id = place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.json(&["show", &id])["state"], "approved by reviewer; a person must approve too");
    place.run(&["approve", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}

#[test]
fn a_person_may_reject_and_the_next_attempt_reads_why() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    place.commit("By hand");
    let id = place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).ok();
    place.run(&["reject", &id, "--reason", "shorter, please"]).ok();
    assert_eq!(place.queue(&id), "incoming");
    let thread = place.json(&["show", &id])["thread"].as_array().unwrap().clone();
    assert!(
        thread.iter().any(|message| message["kind"] == "feedback" && message["body"] == "shorter, please")
    );
    assert!(place.run(&["show", &id]).ok().stdout.contains("rejected → incoming by Tester"));
}

#[test]
fn a_question_is_answered_by_retry() {
    let place = Place::initialised();
    let id = place.enqueue(&["One", "--description", "sim @1: ask Red or blue?\nsim @2: say blue it is"]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.json(&["show", &id])["state"], "stopped: Red or blue?");
    place.run(&["retry", &id, "--note", "blue"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}

#[test]
fn tasks_are_called_off_taken_up_again_moved_and_unblocked() {
    let place = Place::initialised();
    let one = place.enqueue(&["One"]);
    let two = place.enqueue(&["Two", "--blocked-by", &one]);
    assert_eq!(place.json(&["cancel", &one, "--reason", "no"])["queue"], "failed");
    let waits = place.json(&["show", &two]);
    assert_eq!(waits["needs_person"], true, "what it waits for will never be done by itself");
    assert!(waits["commands"].as_array().unwrap().iter().any(|command| command == "octopoid retry task-1"));
    assert_eq!(place.json(&["unblock", &two, "--blocker", &one])["queue"], "incoming");
    assert_eq!(place.json(&["retry", &one])["queue"], "incoming");
    assert_eq!(place.json(&["force", &one, "done", "--reason", "by hand"])["queue"], "done");
    assert_eq!(place.json(&["force", &one, "incoming", "--reason", "again"])["queue"], "incoming");
    let later = place.enqueue(&["Later", "--backlog"]);
    assert_eq!(place.json(&["retry", &later])["queue"], "incoming");
}

#[test]
fn a_refusal_names_the_command_that_was_given() {
    let place = Place::initialised();
    let id = place.enqueue(&["One"]);
    place.run(&["retry", &id]).refused(
        5,
        &format!("cannot retry {id}: it is in `incoming`"),
        "octopoid show",
    );
}

#[test]
fn only_a_task_that_waits_is_unblocked() {
    let place = Place::initialised();
    let one = place.enqueue(&["One"]);
    let two = place.enqueue(&["Two", "--blocked-by", &one]);
    let three = place.enqueue(&["Three"]);
    let unblock = |id: &str, blocker: &str| place.run(&["unblock", id, "--blocker", blocker]);
    unblock(&three, &one).refused(
        5,
        "task-3 does not wait for task-1",
        "it waits for no task: it is in `incoming`",
    );
    unblock(&two, &three).refused(5, "task-2 does not wait for task-3", "it waits for task-1");
    unblock(&two, &one).ok();
    unblock(&two, &one).refused(5, "task-2 does not wait for task-1", "it waits for no task");
    unblock("task-9", &one).code(4);
}

#[test]
fn the_last_line_says_where_the_tasks_are_now() {
    let place = Place::initialised();
    let endless = place.enqueue(&["Endless", "--description", "sim implement: hang"]);
    let mut running = place.start_aloud(&["start"]);
    running.until(&endless);
    place.run(&["cancel", &endless, "--reason", "enough"]).ok();
    running.until("enough");
    // A person decides about work that this orchestrator has handed in, and has one more done by hand.
    let moved = place.enqueue(&["Moved", "--description", "sim implement: ask what colour"]);
    running.until("what colour");
    place.run(&["force", &moved, "done", "--reason", "by hand"]).ok();
    running.signal(nix::sys::signal::Signal::SIGTERM);
    let (status, lines) = running.end();
    assert!(status.success());
    let last = lines.last().unwrap();
    assert!(last.ends_with(": 1 done without a merge, 1 called off"), "{lines:#?}");
}

#[test]
fn a_cancelled_task_needs_nobody_and_hides_no_failed_one() {
    let place = Place::initialised();
    let cancelled: Vec<_> = (0..21).map(|_| place.enqueue(&["Not wanted", "--allow-duplicate"])).collect();
    let failed = place.enqueue(&["Fails", "--priority", "P3", "--description", "sim implement: fail no way"]);
    for id in &cancelled {
        place.run(&["cancel", id, "--reason", "no longer wanted"]).ok();
    }
    let said = place.run(&["start", "--until-idle"]).ok().stdout;
    assert!(said.trim_end().ends_with("1 failed; 1 task needs you, see above"), "{said}");
    let status = place.run(&["status"]).ok().stdout;
    assert!(!status.contains("Not wanted"), "{status}");
    assert!(status.contains("Needs you") && status.contains("given up: no way"), "{status}");
    assert!(!status.contains("more task"), "{status}");
    let waiting = place.json(&["status"])["waiting"].clone();
    assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["id"]), (1, &failed.into()), "{waiting}");
    // It is listed all the same, and can be taken up again.
    let shown = place.json(&["show", &cancelled[0]]);
    assert_eq!((&shown["queue"], &shown["needs_person"]), (&"failed".into(), &false.into()));
    assert_eq!(shown["state"], "cancelled by Tester (octopoid cancel on laptop): no longer wanted");
    assert!(shown["commands"][0].as_str().unwrap().starts_with("octopoid retry task-1"), "{shown}");
}

#[test]
fn cancelling_stops_an_agent_at_work() {
    let place = Place::initialised();
    let id = place.enqueue(&["Endless", "--description", "sim implement: hang"]);
    let mut running = place.start(&["start"]);
    running.until("begins to implement");
    place.run(&["cancel", &id, "--reason", "enough"]).ok();
    running.until("the claim was lost");
    assert_eq!(place.queue(&id), "failed");
}

#[test]
fn i41_clean_removes_what_its_dry_run_listed_and_loses_nothing() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "rounds: 3", "rounds: 1");
    place.commit("One round");
    let clean = place.enqueue(&["Clean", "--description", "sim review: reject no"]);
    let open = place.enqueue(&["Open", "--description", "sim review: reject no\nsim: say another"]);
    let dirty = place.enqueue(&[
        "Dirty",
        "--description",
        "sim implement: write a.txt precious\nsim implement: ask And now?",
    ]);
    place.run(&["start", "--until-idle"]).ok();
    place.run(&["cancel", &dirty]).ok();
    place.run(&["cancel", &clean]).ok();
    let folder = place.path().join(".octopoid/worktrees");
    // A person's folder, and a removal that was cut off.
    std::fs::create_dir_all(folder.join("mine")).unwrap();
    std::fs::create_dir_all(folder.join(".trash/task-77-1/deep")).unwrap();

    let listed = place.json(&["worktrees"]);
    let sizes = listed["worktrees"].as_array().unwrap().iter();
    let sum: u64 = sizes.map(|entry| entry["bytes"].as_u64().unwrap()).sum();
    assert!(sum > 0 && listed["bytes"].as_u64() == Some(sum), "{listed}");
    let table = place.run(&["worktrees"]).ok().stdout;
    assert!(table.contains("SIZE") && table.contains("KiB") && table.contains("total "), "{table}");

    let refs = || place.git(&["for-each-ref", "--format=%(refname)"]);
    let before = refs();
    let mut tried = place.json(&["worktrees", "clean", "--dry-run"]);
    let said = place.run(&["worktrees", "clean", "--dry-run"]).ok().stdout;
    assert!(said.contains("would remove the worktree") && said.contains("would free"), "{said}");
    assert!(folder.join(&clean).exists() && folder.join(".trash/task-77-1").exists() && refs() == before);
    let mut cleaned = place.json(&["worktrees", "clean"]);
    for removed in cleaned["removed"].as_array_mut().unwrap() {
        removed.as_object_mut().unwrap().remove("kept_as");
    }
    tried["dry_run"] = true.into();
    cleaned["dry_run"] = true.into();
    assert_eq!(cleaned, tried, "the dry run lists exactly this");
    assert!(
        !folder.join(&clean).exists() && !folder.join(&dirty).exists() && !folder.join(".trash").exists()
    );
    assert!(folder.join(&open).exists() && folder.join("mine").exists());
    let kept = place.git(&["for-each-ref", "--format=%(refname)", &format!("refs/octopoid/kept/{dirty}-*")]);
    assert_eq!(place.git(&["show", &format!("{kept}:a.txt")]), "precious");
    let branches = place.git(&["branch", "--list", "agent/*"]);
    assert!(branches.contains(&format!("agent/{open}-")) && branches.lines().count() == 1, "{branches}");

    let again = place.json(&["worktrees", "clean"]);
    assert!(again["removed"].as_array().unwrap().is_empty(), "{again}");
    let why = place.run(&["worktrees", "clean"]).ok().stdout;
    assert!(why.contains("will go on in it") && why.contains("git branch NAME"), "{why}");
}
