//! Ideas that roles propose, and what becomes of them.

use crate::place::Place;
use std::os::unix::fs::PermissionsExt;

/// An installation with a role that proposes two ideas, each time it is asked.
fn proposing() -> Place {
    let place = Place::initialised();
    place.write(
        ".octopoid/roles/scout/role.yaml",
        "description: Looks for work\nworkspace: none\noutcomes: [proposed, nothing]\n",
    );
    place.write(".octopoid/roles/scout/prompt.md", "Look for work.\n");
    place.write(
        "scout.sh",
        "#!/bin/sh\ncat > \"$OCTOPOID_RESULT\" <<'END'\n{\"outcome\": \"proposed\", \"drafts\": [\n  \
         {\"title\": \"Update serde\", \"body\": \"It is old.\\nVery.\"}, {\"title\": \"Add a licence\", \"body\": \"\"}]}\nEND\n",
    );
    std::fs::set_permissions(place.path().join("scout.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut agents = place.read(".octopoid/agents.yaml");
    agents.push_str("  - name: scout-1\n    role: scout\n    command: [./scout.sh]\n");
    place.write(".octopoid/agents.yaml", agents);
    place
}

fn look(place: &Place, title: &str) {
    place.run(&["enqueue", title, "--role", "scout"]).ok();
    place.run(&["start", "--until-idle"]).ok();
}

#[test]
fn proposals_can_be_looked_at_approved_and_archived_and_come_once() {
    let place = proposing();
    assert!(place.run(&["draft", "list"]).ok().stdout.contains("there are no drafts"));
    look(&place, "Look for work");
    let state = place.run(&["show", "task-1", "--json"]).ok().json()["state"].to_string();
    assert!(state.contains("done without anything to merge"), "{state}");
    let listed = place.run(&["draft", "list", "--author", "scout"]).ok().stdout;
    assert!(listed.contains("Update serde") && listed.contains("idea"), "{listed}");
    let shown = place.run(&["draft", "show", "1"]).ok().stdout;
    assert!(
        shown.contains("draft 1 (update-serde), by scout") && shown.contains("  It is old.\n  Very."),
        "{shown}"
    );

    let approved = place.run(&["draft", "approve", "1", "--priority", "P1", "--json"]).ok().json();
    let task = approved["task"].as_str().unwrap();
    let task = place.run(&["show", task, "--json"]).ok().json();
    assert_eq!((task["title"].as_str(), task["priority"].as_str()), (Some("Update serde"), Some("P1")));
    assert_eq!(task["description"], "It is old.\nVery.");
    place.run(&["draft", "approve", "1"]).refused(5, "has become task-2 already", "octopoid show task-2");
    place.run(&["draft", "archive", "2"]).ok();
    place.run(&["draft", "approve", "2"]).refused(5, "draft 2 is archived", "octopoid enqueue");
    let listed = place.run(&["draft", "list", "--json"]).ok().json();
    assert_eq!(listed["drafts"].as_array().unwrap().len(), 1);

    // What was approved or put away is not proposed again.
    look(&place, "Look for work again");
    let all = place.run(&["draft", "list", "--status", "archived", "--json"]).ok().json();
    assert_eq!(all["drafts"][0]["title"], "Add a licence");
    let listed = place.run(&["draft", "list", "--json"]).ok().json();
    assert_eq!(listed["drafts"].as_array().unwrap().len(), 1, "{listed:#}");
}

#[test]
fn what_is_not_there_or_does_not_fit_is_refused() {
    let place = Place::initialised();
    place.run(&["draft", "show", "7"]).refused(4, "", "octopoid draft list");
    place.run(&["draft", "archive", "7"]).refused(4, "", "octopoid draft list");
    place.run(&["draft", "approve", "7", "--role", "review"]).refused(2, "takes submitted work", "role list");
    place.run(&["draft", "list", "--status", "famous"]).code(2);
}

#[test]
fn a_draft_is_named_by_its_number_its_slug_or_words_of_it() {
    let place = Place::initialised();
    let made = place.json(&["draft", "create", "Add dark mode support", "--tags", "ui,colour"]);
    assert_eq!(
        (made["slug"].as_str(), &made["tags"]),
        (Some("add-dark-mode-support"), &serde_json::json!(["ui", "colour"]))
    );
    let said = place.run(&["draft", "create", "Dark mode for the docs"]).ok().stdout;
    assert!(said.contains("draft 2 (dark-mode-for-the-docs) is there"), "{said}");
    place.run(&["draft", "create", "1984"]).ok();
    let listed = place.run(&["draft", "list"]).ok().stdout;
    assert!(listed.contains("add-dark-mode-support") && listed.contains("SLUG"), "{listed}");

    let shown = |name: &str| place.json(&["draft", "show", name])["id"].clone();
    assert_eq!(shown("add-dark-mode-support"), 1);
    assert_eq!(shown("dark-mode-support"), 1);
    assert_eq!((shown("2"), shown("1984")), (2.into(), 3.into()));
    place.run(&["draft", "show", "dark-mode"]).refused(
        2,
        "any of 2 drafts",
        "dark-mode-for-the-docs (2), add-dark-mode-support (1)",
    );
    place.run(&["draft", "show", "dark-mod-support"]).refused(
        4,
        "no draft `dark-mod-support`",
        "octopoid draft list",
    );
    place.run(&["draft", "show", "add-drak-mode-support"]).refused(
        4,
        "no draft",
        "did you mean `add-dark-mode-support`?",
    );

    assert_eq!(
        place.json(&["draft", "update", "dark-mode-support", "--status", "review"])["status"],
        "review"
    );
    place.run(&["draft", "update", "dark-mode-support"]).refused(2, "nothing to update", "--help");
    let task = place.json(&["draft", "approve", "dark-mode-support"])["task"].as_str().unwrap().to_owned();
    assert_eq!(place.json(&["show", &task])["title"], "Add dark mode support");
    place.run(&["draft", "archive", "the-docs"]).ok();
    assert_eq!(place.json(&["draft", "show", "2"])["status"], "archived");
    place.run(&["draft", "delete", "1984"]).refused(5, "gone for good", "--force");
    place.run(&["draft", "delete", "1984", "--force"]).ok();
    place.run(&["draft", "show", "3"]).refused(4, "no draft `3`", "octopoid draft list");
}
