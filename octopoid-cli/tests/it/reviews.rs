//! `review` and `comments`

use crate::place::Place;
use crate::terminal::Session;
use serde_json::Value;

/// A task whose work waits for its landing by hand.
fn submitted() -> (Place, String) {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    let script = "sim implement 1: write a.txt one\\ntwo\\nthree\nsim implement 1: commit Add a\n\
                  sim implement 2: write a.txt zero\\none\\n2\\nthree\nsim implement 2: commit Change a";
    let id = place.enqueue(&["Add a", "--description", script]);
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "provisional");
    (place, id)
}

fn bodies(value: &Value) -> Vec<&str> {
    value["comments"].as_array().unwrap().iter().map(|one| one["body"].as_str().unwrap()).collect()
}

#[test]
fn comments_on_lines_are_sent_with_the_verdict_and_followed_through_the_next_round() {
    let (place, id) = submitted();
    place.run(&["review", &id, "--comment", "a.txt:1", "Say zero first", "--draft"]).ok();
    assert_eq!(place.json(&["comments", &id])["comments"][0]["comment"]["state"], "draft");
    assert_eq!(place.queue(&id), "provisional");
    let sent = place.json(&[
        "review",
        &id,
        "--request-changes",
        "-m",
        "Almost",
        "--severity",
        "must",
        "--comment",
        "a.txt:2",
        "As a number",
        "--comment",
        "a.txt:1-3",
        "All of it",
    ]);
    assert_eq!((sent["queue"].as_str(), bodies(&sent).len()), (Some("incoming"), 3), "{sent:#}");
    let said = place.run(&["comments", &id]).ok().stdout;
    assert!(
        said.contains("1. a.txt:1  should  Tester, ") && said.contains("   | two\n   As a number"),
        "{said}"
    );

    place.run(&["start", "--until-idle"]).ok();
    let comments = place.json(&["comments", &id]);
    let positions: Vec<_> = comments["comments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["position"].as_str().unwrap())
        .collect();
    assert_eq!(positions, ["moved", "outdated", "outdated"], "{comments:#}");
    assert!(
        place.run(&["comments", &id]).ok().stdout.contains("1. a.txt:2  should"),
        "it is shown where it is by now"
    );

    place.run(&["comments", &id, "--resolve", "1", "--resolve", "2"]).ok();
    assert_eq!(place.json(&["comments", &id])["comments"][0]["comment"]["body"], "All of it");
    assert_eq!(place.json(&["comments", &id, "--all"])["comments"].as_array().unwrap().len(), 3);
    let replied = place.run(&["comments", &id, "--reply", "3", "Done"]).ok().stdout;
    assert_eq!(replied, "replied to 3 as 4\n");
    assert_eq!(place.json(&["comments", &id])["comments"][0]["replies"][0]["body"], "Done");
    place.run(&["comments", &id, "--resolve", "99"]).refused(4, "99", "--all");

    let done = place.run(&["review", &id, "--approve", "-m", "Good"]).ok().stdout;
    assert!(done.starts_with("task-1 approved; it is in provisional"), "{done}");
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}

#[test]
fn a_review_is_written_in_the_editor_below_the_lines() {
    let (place, id) = submitted();
    let review = |script: &str| {
        place.write("editor.sh", format!("#!/bin/sh\n{script}\n"));
        Session::start(&place, &["review", &id], &[("EDITOR", "sh ./editor.sh")]).end()
    };
    let (code, screen) = review("true");
    assert_eq!((code, screen.as_str()), (0, "the review says nothing, so nothing was sent\r\n"));
    let (code, screen) = review("sed -i 's/^>|+two$/>|+2/' \"$1\"");
    assert!(code == 2 && screen.contains("the quoted line is not one of the diff"), "{screen}");
    let kept = screen.split("the text is kept in ").nth(1).unwrap().lines().next().unwrap().trim();
    // The text is taken up again once it is right.
    assert!(screen.contains(&format!("octopoid review {id} --from {kept}")), "{screen}");
    place.run(&["review", &id, "--from", kept]).refused(2, "is not one of the diff", "--from");
    let right = std::fs::read_to_string(kept).unwrap().replace(">|+2\n", ">|+two\nA word\n");
    std::fs::write(kept, right.replace("Verdict: comment", "Verdict: draft")).unwrap();
    place.run(&["review", &id, "--from", kept]).ok();
    std::fs::remove_file(kept).unwrap();
    assert_eq!(place.json(&["comments", &id])["comments"][0]["comment"]["body"], "A word");
    place.run(&["approve", &id]).refused(5, "1 comment of yours on task-1 is not sent", "--discard-drafts");
    place.run(&["review", &id, "--discard-drafts"]).ok();
    let write = "sed -i 's/^Verdict:.*/Verdict: request-changes/; s/^>|+two$/&\\nmust: As a number\\n```suggestion\\n2\\n```/' \"$1\"";
    let (code, screen) = review(write);
    assert_eq!(code, 0, "{screen}");
    let comments = place.json(&["comments", &id]);
    let one = &comments["comments"][0]["comment"];
    assert_eq!((one["severity"].as_str(), one["replacement"].as_str()), (Some("must"), Some("2")), "{one:#}");
    assert_eq!((one["anchor"]["text"].as_str(), one["body"].as_str()), (Some("two"), Some("As a number")));
    assert_eq!(place.queue(&id), "incoming");
}

#[test]
fn what_a_review_cannot_say_is_refused() {
    let (place, id) = submitted();
    place.run(&["review", &id]).refused(2, "the review says nothing", "--request-changes");
    place.run(&["review", &id, "--draft"]).refused(2, "nothing to keep", "--comment");
    place.run(&["review", &id, "--comment", "a.txt:9", "x"]).refused(
        2,
        "a.txt has no line 9 in the work",
        "octopoid diff",
    );
    place.run(&["review", &id, "--comment", "gone.txt", "x"]).refused(
        2,
        "there is no file `gone.txt` in the work",
        "octopoid diff",
    );
    place.run(&["review", &id, "--comment", "a.txt:0", "x"]).refused(2, "`a.txt:0` is no place", "--comment");
    place.run(&["review", &id, "--comment", "a.txt:1", " "]).refused(2, "is empty", "say something");
    place.run(&["review", &id, "--approve", "--request-changes"]).code(2);
    let fresh = place.enqueue(&["Fresh"]);
    place.run(&["review", &fresh, "--comment", "a.txt:1", "x"]).refused(
        5,
        "nothing of task-2 has been submitted",
        "show",
    );
    assert_eq!(place.run(&["comments", &fresh]).ok().stdout, "task-2 has no review comments\n");
}

#[test]
fn files_are_commented_on_as_such_and_each_refused_comment_is_named() {
    let place = Place::initialised();
    place.write("gone.txt", "x\n");
    place.commit("Something to delete");
    place.write(
        "kinds.sh",
        "#!/bin/sh\nprintf '\\000' > logo.png\nprintf 'x\\n' > \"$(printf 'caf\\351')\"\nrm gone.txt\n\
         head -c 200000 /dev/zero | tr '\\0' x > long.txt\ngit add --all\ngit commit -q -m Kinds\n",
    );
    place.worker_is(&place.path().join("kinds.sh"));
    place.replace(".octopoid/config.yaml", "auto: true", "auto: false");
    let id = place.enqueue(&["Kinds"]);
    place.run(&["start", "--until-idle"]).ok();
    let on = |file: &str| place.run(&["review", &id, "--draft", "--comment", file, "About it"]).ok();
    for file in ["logo.png", "gone.txt", "caf\u{fffd}", "caf\u{fffd}:1", "long.txt:1"] {
        on(file);
    }
    let comments = place.json(&["comments", &id]);
    for (one, side) in
        comments["comments"].as_array().unwrap().iter().zip(["new", "old", "new", "new", "new"])
    {
        assert_eq!(
            (one["position"].as_str(), one["comment"]["anchor"]["side"].as_str()),
            (Some("same"), Some(side))
        );
    }
    let said = place.run(&["comments", &id]).ok().stdout;
    assert!(said.contains("1. logo.png  should") && said.contains("[cut: 200000 bytes"), "{said}");
    let shown = place.run(&["diff", &id, "--stat"]).ok().stdout;
    assert!(shown.contains("logo.png"), "{shown}");
    let long = "x".repeat(70_000);
    place.run(&["review", &id, "--comment", "logo.png", &long]).refused(
        2,
        "logo.png: the comment has more",
        "shorten",
    );
}
