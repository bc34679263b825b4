//! The whole life of work, from what a person types to what stands on the branch.

use crate::place::{PROGRAM, Place};
use serde_json::{Value, json};

#[test]
fn a_rejection_is_mended_in_the_second_round() {
    let place = Place::initialised();
    let script = "sim implement 1: write a.txt first\nsim implement 1: commit Add a\n\
                  sim review 1: reject please add a test\n\
                  sim implement 2: write a_test.txt tested\nsim implement 2: commit Test a";
    let id = place.enqueue(&["Add a", "--description", script]);
    let said = place.run(&["start", "--until-idle"]).ok().stdout;
    assert!(said.contains("✔ landed → done"), "{said}");
    assert_eq!(place.git(&["log", "--format=%s", "-2", "main"]), "Test a\nAdd a");
    let shown = place.json(&["show", &id]);
    assert_eq!((shown["queue"].as_str(), shown["counters"]["rejections"].as_u64()), (Some("done"), Some(1)));
    let kinds: Vec<_> = messages(&shown).iter().map(|message| message["kind"].clone()).collect();
    assert_eq!(kinds, ["summary", "feedback", "summary", "approval"]);
    assert!(messages(&shown)[1]["body"].as_str().unwrap().contains("please add a test"), "{shown:#}");
    let runs: Vec<_> = shown["runs"].as_array().unwrap().iter().map(|run| run["role"].clone()).collect();
    assert_eq!(runs, [json!("implement"), json!("review"), json!("implement"), json!("review"), Value::Null]);
}

fn messages(shown: &Value) -> &Vec<Value> {
    shown["thread"].as_array().unwrap()
}

#[test]
fn i15_after_three_rejections_a_person_lets_it_go_on_or_approves_it() {
    let place = Place::initialised();
    let never = "sim review 1: reject no\nsim review 2: reject still not\nsim review 3: reject never";
    let goes_on = place.enqueue(&["Goes on", "--description", never]);
    let approved = place.enqueue(&["Approved", "--description", never]);
    place.run(&["start", "--until-idle"]).ok();
    for id in [&goes_on, &approved] {
        let shown = place.json(&["show", id]);
        assert_eq!(
            (shown["queue"].as_str(), shown["needs_person"].as_bool()),
            (Some("provisional"), Some(true))
        );
        assert_eq!(shown["counters"]["rejections"], 3);
        assert!(shown["state"].as_str().unwrap().starts_with("waits for a person: "), "{}", shown["state"]);
        let commands: Vec<_> =
            shown["commands"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        assert!(commands.contains(&format!("octopoid approve {id}").as_str()), "{commands:?}");
        assert!(commands.iter().any(|one| one.starts_with(&format!("octopoid retry {id}"))), "{commands:?}");
        let status = place.run(&["status"]).ok().stdout;
        assert!(
            status.contains("3 review rounds were not enough; the last: never")
                && status.contains(commands[0]),
            "{status}"
        );
    }
    assert_eq!(place.git(&["log", "-1", "--format=%s", "main"]), "Set up Octopoid", "nothing has landed");
    place.run(&["approve", &approved, "--comment", "good enough"]).ok();
    place.run(&["retry", &goes_on, "--note", "make it shorter"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!((place.queue(&goes_on), place.queue(&approved)), ("done".to_owned(), "done".to_owned()));
    let shown = place.json(&["show", &goes_on]);
    assert!(messages(&shown).iter().any(|message| message["body"] == "make it shorter"), "{shown:#}");
}

/// A part that stops where the work of those it waits for is not there, and leaves a file of its own name.
fn part(key: &str, waits_for: &[&str]) -> Value {
    let mut lines = vec![format!("Write {key}.txt.")];
    lines.extend(waits_for.iter().map(|other| format!("sim implement: git cat-file -e HEAD:{other}.txt")));
    lines.push(format!("sim implement: write {key}.txt {key}"));
    lines.push(format!("sim implement: commit Write {key}"));
    json!({ "key": key, "title": format!("Write {key}"), "description": lines.join("\n"), "blocked_by": waits_for })
}

#[test]
fn a_draft_becomes_a_project_of_six_tasks_that_land_on_its_branch_in_their_order_and_then_as_one() {
    let place = Place::initialised();
    place.write(
        ".octopoid/agents.yaml",
        format!(
            "runner: command\nagents:\n  - {{ name: worker, role: implement, instances: 2, command: [{PROGRAM:?}, sim-agent] }}\n  \
             - {{ name: planner, role: breakdown, command: [{PROGRAM:?}, sim-agent] }}\n  \
             - {{ name: reviewer, role: review, command: [{PROGRAM:?}, sim-agent] }}\n"
        ),
    );
    place.commit("A planner");
    let parts = json!({ "outcome": "broken_down", "subtasks": [
        part("model", &[]), part("store", &["model"]), part("http", &["store"]), part("cli", &["store"]),
        part("docs", &["http", "cli"]), part("ci", &[]),
    ]});
    let plan = format!("A new index.\nsim breakdown: result {parts}\n");
    place.write("plan.md", &plan);

    place.run(&["draft", "create", "The new index", "--file", "plan.md"]).ok();
    let approved = place.json(&["draft", "approve", "1", "--project", "--branch", "feature/index"]);
    let project = approved["project"].as_str().unwrap();
    let whole = place.enqueue(&["All of it", "--file", "plan.md", "--breakdown", "--project", project]);
    place.run(&["start", "--until-idle"]).ok();

    let shown = place.json(&["project", "show", project]);
    let landing = shown["landing"].as_str().unwrap();
    let tasks: Vec<_> =
        shown["tasks"].as_array().unwrap().iter().filter(|task| task["id"] != landing).collect();
    let queues: Vec<_> =
        tasks.iter().map(|task| (task["title"].as_str().unwrap(), task["queue"].as_str().unwrap())).collect();
    assert_eq!(queues.len(), 7, "{shown:#}");
    assert!(queues.iter().all(|(_, queue)| *queue == "done"), "{queues:?}");
    assert_eq!(
        (shown["done"].as_u64(), shown["total"].as_u64(), shown["ready"].as_bool()),
        (Some(7), Some(7), Some(true))
    );
    // All of it is on the project's branch and nothing on the base branch.
    let log = place.git(&["log", "--reverse", "--format=%s", "main..feature/index"]);
    let landed: Vec<_> = log.lines().collect();
    assert_eq!(landed.len(), 6, "{landed:?}");
    let at = |title: &str| {
        landed.iter().position(|one| *one == title).unwrap_or_else(|| panic!("{title}: {landed:?}"))
    };
    for (earlier, later) in
        [("model", "store"), ("store", "http"), ("store", "cli"), ("http", "docs"), ("cli", "docs")]
    {
        assert!(at(&format!("Write {earlier}")) < at(&format!("Write {later}")), "{landed:?}");
    }
    assert_eq!(place.git(&["log", "-1", "--format=%s", "main"]), "A planner");
    // The tree says what waited for what, for people and for programs.
    let said = place.run(&["project", "show", project]).ok().stdout;
    assert!(said.contains("7 of 7 tasks done"), "{said}");
    let depth =
        |title: &str| tasks.iter().find(|task| task["title"] == title).unwrap()["depth"].as_u64().unwrap();
    assert!(
        depth("Write model") < depth("Write store") && depth("Write store") < depth("Write docs"),
        "{shown:#}"
    );
    let whole = place.json(&["show", &whole]);
    assert_eq!(whole["queue"], "done");
    assert!(whole["state"].as_str().unwrap().starts_with("done in parts"), "{}", whole["state"]);
    for task in tasks.iter().filter(|task| task["title"].as_str().unwrap().starts_with("Write ")) {
        let task = place.json(&["show", task["id"].as_str().unwrap()]);
        assert_eq!(task["parent_id"], whole["id"]);
        let roles: Vec<_> = task["runs"].as_array().unwrap().iter().map(|run| run["role"].clone()).collect();
        assert_eq!(roles, [json!("implement"), json!("review"), Value::Null], "{task:#}");
    }
    // A reviewer has seen the whole, and a person's word lets it go to the base branch.
    let proposed = place.json(&["show", landing]);
    assert_eq!(
        (proposed["queue"].as_str(), proposed["needs_person"].as_bool()),
        (Some("provisional"), Some(true))
    );
    assert_eq!(proposed["runs"].as_array().unwrap().len(), 1, "{proposed:#}");
    place.run(&["project", "approve", project]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(landing), "done");
    for name in ["model", "store", "http", "cli", "docs", "ci"] {
        assert_eq!(place.git(&["show", &format!("main:{name}.txt")]), name);
    }
    assert_eq!(place.json(&["project", "show", project])["status"], "completed");
    assert_eq!(place.json(&["draft", "show", "1"])["status"], "implemented");
}
