//! `diff`

use crate::place::Place;
use crate::terminal::Session;

/// A task whose first round was rejected, and whose second waits for its landing.
fn two_rounds() -> (Place, String) {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    let script = "sim implement 1: write a.txt one\nsim implement 1: commit Add a\nsim review 1: reject more\n\
                  sim implement 2: write b.txt two\nsim implement 2: commit Add b";
    let id = place.enqueue(&["Two rounds", "--description", script]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "provisional");
    (place, id)
}

fn paths(value: &serde_json::Value) -> Vec<&str> {
    value["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn each_round_is_shown_and_what_changed_since_the_review() {
    let (place, id) = two_rounds();
    let newest = place.json(&["diff", &id]);
    assert_eq!((newest["round"].as_u64(), paths(&newest)), (Some(2), vec!["a.txt", "b.txt"]));
    let rounds = newest["rounds"].as_array().unwrap();
    assert_eq!(rounds.iter().map(|round| round["reviewed"].as_bool()).collect::<Vec<_>>()[0], Some(true));
    assert_eq!(paths(&place.json(&["diff", &id, "--round", "1"])), ["a.txt"]);
    let since = place.json(&["diff", &id, "--since-review"]);
    assert_eq!((since["round"].as_u64(), paths(&since)), (Some(2), vec!["b.txt"]));
    place.run(&["diff", &id, "--round", "3"]).refused(4, "has no round 3", "there are rounds 1 to 2");
}

#[test]
fn a_pipe_gets_a_patch_that_git_applies_and_the_counts() {
    let (place, id) = two_rounds();
    let patch = place.run(&["diff", &id]).ok().stdout;
    place.write("work.patch", &patch);
    place.git(&["apply", "--check", "work.patch"]);
    let stat = place.run(&["diff", &id, "--stat"]).ok().stdout;
    assert_eq!(stat, " a.txt |   1 +\n b.txt |   1 +\n 2 files changed, 2 insertions(+)\n");
}

#[test]
fn a_pipe_gets_binary_files_and_other_encodings_whole() {
    let place = Place::initialised();
    place.write(
        "bytes.sh",
        "#!/bin/sh\nprintf '\\000\\001\\377' > data.bin\nprintf 'caf\\351\\n' > latin.txt\n\
         git add --all\ngit commit -q -m 'Add bytes'\n",
    );
    place.worker_is(&place.path().join("bytes.sh"));
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    let id = place.enqueue(&["Bytes"]);
    place.run(&["start", "--until-idle"]).ok();
    let line = format!("{} diff {id} | git apply", env!("CARGO_BIN_EXE_octopoid"));
    let mut shell = place.program("sh");
    assert!(shell.args(["-c", &line]).status().unwrap().success());
    assert_eq!(std::fs::read(place.path().join("data.bin")).unwrap(), [0, 1, 255]);
    assert_eq!(std::fs::read(place.path().join("latin.txt")).unwrap(), b"caf\xe9\n");
}

#[test]
fn a_terminal_gets_colours_through_the_pager_and_nothing_that_controls_it() {
    let place = Place::initialised();
    place.write(
        "evil.sh",
        "#!/bin/sh\nprintf '\\033[31mred\\n' > a.txt\ngit add a.txt\ngit commit -q -m 'Add a'\n",
    );
    place.worker_is(&place.path().join("evil.sh"));
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    let id = place.enqueue(&["Red"]);
    place.run(&["start", "--until-idle"]).ok();
    let pager = [("GIT_PAGER", "tee paged.txt")];
    let (code, screen) = Session::start(&place, &["diff", &id], &pager).end();
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("+^[[31mred") && !screen.contains("\u{1b}[31mred"), "{screen:?}");
    assert!(screen.contains("\u{1b}[32m"), "added lines are green: {screen:?}");
    assert_eq!(place.read("paged.txt").replace('\n', "\r\n"), screen);
    let plain = [("GIT_PAGER", "cat"), ("NO_COLOR", "1")];
    let (_, screen) = Session::start(&place, &["diff", &id], &plain).end();
    assert!(!screen.contains('\u{1b}') && screen.contains("round 1 of 1"), "{screen:?}");
}

#[test]
fn a_round_whose_commits_are_gone_says_so_and_what_landed_is_still_shown() {
    let place = Place::initialised();
    let script = "sim implement 1: write a.txt one\nsim implement 1: commit Add a\nsim review 1: reject other\n\
                  sim implement 2: git reset --quiet --hard HEAD~1\nsim implement 2: write b.txt two\n\
                  sim implement 2: commit Add b";
    place.replace(".octopoid/config.yaml", "strategy: rebase", "strategy: squash");
    let id = place.enqueue(&["Other", "--description", script]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
    place.git(&["reflog", "expire", "--expire=all", "--all"]);
    place.git(&["gc", "--quiet", "--prune=now"]);
    let kept = place.json(&["diff", &id, "--round", "1"]);
    assert_eq!(paths(&kept), ["a.txt"]);
    assert!(kept["note"].as_str().unwrap().contains("the diff that was kept"), "{kept}");
    let patch = place.run(&["diff", &id, "--round", "1"]).ok().stdout;
    assert!(patch.contains("\n+one\n"), "{patch}");
    for entry in std::fs::read_dir(place.path().join(".octopoid/logs/tasks/task-1")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "diff") {
            std::fs::remove_file(path).unwrap();
        }
    }
    place.run(&["diff", &id, "--round", "1"]).refused(
        4,
        "round 1 of task-1 is gone",
        "shows the newest round",
    );
    let landed = place.json(&["diff", &id]);
    assert_eq!(paths(&landed), ["b.txt"]);
    assert!(landed["note"].as_str().unwrap().contains("what landed"), "{landed}");
}

#[test]
fn a_task_without_a_submission_says_where_it_is() {
    let place = Place::initialised();
    let id = place.enqueue(&["Later"]);
    place.run(&["diff", &id]).refused(
        5,
        "nothing of task-1 has been submitted: it is in `incoming`",
        "octopoid show task-1",
    );
    place.run(&["diff", "task-9"]).code(4);
    let (place, id) = two_rounds();
    place.git(&["branch", "other"]);
    place.run(&["approve", &id]).ok();
    place.run(&["start", "--until-idle"]).ok();
    place.run(&["diff", &id, "--stat"]).ok();
}
