//! Taking over what the original has: from its server, in its exact shapes, and from its folder.

use crate::original_server::{KEY, Original, message, task};
use crate::place::{Place, Running};
use crate::server::serve;
use octopoid_core::clock::SystemClock;
use octopoid_core::model::{MessageDraft, MessageKind, NewTask, Policy, Queue, TaskId};
use octopoid_core::store::{MessageStore as _, TaskStore as _};
use octopoid_store::SqliteStore;
use serde_json::{Value, json};
use std::sync::Arc;

fn import(place: &Place, original: &Original, more: &[&str]) -> Value {
    place.json(&[&["import", "--server", &original.url, "--scope", "team"], more].concat())
}

/// What a report says of one thing.
fn of<'a>(report: &'a Value, id: &str) -> &'a Value {
    let all = report["imported"].as_array().unwrap();
    all.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("{id} is not in {report:#}"))
}

fn notes(report: &Value, id: &str) -> String {
    of(report, id)["notes"].to_string()
}

#[test]
fn everything_of_an_originals_server_comes_over_once_with_what_it_means_here() {
    let (place, original) = (Place::initialised(), Original::new());
    let count = |report: &Value, kind: &str| {
        (report[kind]["imported"].as_u64().unwrap(), report[kind]["known"].as_u64().unwrap())
    };
    let dry = import(&place, &original, &["--dry-run"]);
    assert_eq!((count(&dry, "tasks"), count(&dry, "messages")), ((10, 0), (2, 0)));
    assert_eq!(place.json(&["list"])["total"], 0, "nothing is written");
    assert_eq!(place.json(&["project", "list"])["total"], 0);

    place.write("notes/dark.md", "Less light.\n");
    let report = import(&place, &original, &["--key", KEY]);
    assert_eq!((count(&report, "tasks"), count(&report, "projects")), ((10, 0), (2, 0)));
    assert_eq!((count(&report, "drafts"), count(&report, "messages")), ((1, 0), (2, 0)));
    for (id, queue) in [
        ("first", "incoming"),
        ("later", "blocked"),
        ("review", "needs_continuation"),
        ("old", "done"),
        ("broken", "failed"),
        ("odd", "needs_continuation"),
        ("a", "blocked"),
        ("b", "incoming"),
        ("lost", "incoming"),
        ("task-1", "incoming"),
    ] {
        assert_eq!(place.queue(id), queue, "{id}");
    }
    let first = place.json(&["show", "first"]);
    assert_eq!((&first["priority"], &first["complexity"]), (&"P0".into(), &"M".into()));
    assert_eq!(first["description"], "What first is about.");
    let thread: Vec<_> =
        first["thread"].as_array().unwrap().iter().map(|one| one["body"].as_str().unwrap()).collect();
    assert_eq!(
        thread[..2],
        ["A question\n\n(said 2026-02-11T09:30:00.000Z)", "An answer\n\n(said 2026-02-11T09:30:00.500Z)"]
    );
    assert!(
        thread[2].starts_with(&format!("Imported from {}, where it was first", original.url)),
        "{thread:?}"
    );
    assert!(thread[2].contains("2026-02-11T09:30:00.000Z, 2 attempts"), "{thread:?}");
    assert_eq!(first["thread"][1]["parent"], first["thread"][0]["id"]);
    assert_eq!(first["thread"][0]["to"], "implementer-1");
    let later = place.json(&["show", "later"]);
    assert_eq!((&later["project"], &later["branch"]), (&"dash".into(), &"feature/dash".into()));

    for (id, word) in [
        ("first", "implementer-1 held it"),
        ("review", "https://example.invalid/pull/7"),
        ("broken", "its priority was `urgent`"),
        ("broken", "the role `tester`"),
        ("odd", "`requires-intervention`"),
        ("odd", "the flow `special`"),
        ("b", "waited for a, which waits for it"),
        ("lost", "waited for gone, which is not there"),
        ("lost", "the branch `feature/gone`"),
        ("lost", "its description is in tasks/TASK-lost.md"),
        ("lost", "its project none is not there"),
    ] {
        assert!(notes(&report, id).contains(word), "{id}: {word} is not in {}", notes(&report, id));
    }
    let skipped = report["skipped"].to_string();
    assert!(skipped.contains("message msg-3") && skipped.contains("task without an id"), "{skipped}");
    let project = place.json(&["project", "show", "dash"]);
    assert_eq!((&project["status"], &project["auto_accept"]), (&"active".into(), &true.into()));
    assert_eq!(place.json(&["project", "show", "past"])["status"], "completed");
    assert!(notes(&report, "past").contains("no branch `gone`"));
    let draft = place.json(&["draft", "show", "dark-mode"]);
    assert_eq!((&draft["status"], &draft["linked_task"]), (&"archived".into(), &"old".into()));
    assert_eq!(draft["body"], "Less light.\n", "the server keeps its path alone");
    assert_eq!(draft["tags"].as_array().unwrap()[..2], [json!("ui"), json!("colour")]);

    // Again: only what is new.
    let listed = place.json(&["list"]);
    let again = import(&place, &original, &[]);
    assert_eq!((count(&again, "tasks"), count(&again, "messages")), ((0, 10), (0, 2)), "{again:#}");
    assert_eq!((count(&again, "projects"), count(&again, "drafts")), ((0, 2), (0, 1)));
    assert_eq!(place.json(&["list"])["total"], listed["total"]);
    place.run(&["cancel", "first"]).ok();
    original.change("tasks", |tasks| tasks.push(task("newer", "incoming", json!({ "blocked_by": "first" }))));
    original.change("messages", |messages| {
        messages.push(message("msg-4", "old", "Well done", "2026-02-13 09:30:00", None));
    });
    let report = import(&place, &original, &[]);
    assert_eq!((count(&report, "tasks"), count(&report, "messages")), ((1, 10), (1, 2)));
    assert_eq!(
        (place.queue("first").as_str(), place.queue("newer").as_str()),
        ("failed", "blocked"),
        "what is here stays"
    );
}

#[test]
fn an_import_that_was_cut_off_goes_on() {
    let (place, original) = (Place::initialised(), Original::new());
    original.change("tasks", |tasks| tasks.retain(|task| task["id"] == "first"));
    // As it stands when the task was made with its first message, and nothing more was done.
    let mut new = NewTask::new("Task first", "What first is about.").with_author("octopoid import");
    (new.id, new.key) = (Some(TaskId::new("first").unwrap()), Some("original:first".to_owned()));
    new.place = Some(Queue::Backlog.into());
    let said = "A question\n\n(said 2026-02-11T09:30:00.000Z)";
    let database = place.path().join(".octopoid/octopoid.db");
    let store = SqliteStore::open(database, Arc::new(SystemClock), Policy::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let task = store.create_task(new).await.unwrap();
        let message = MessageDraft::new(MessageKind::Comment, "human", said);
        store.post_message(&task.scope, &task.id, message).await.unwrap();
    });
    drop(store);

    let report = import(&place, &original, &[]);
    let counts = (&report["tasks"]["known"], &report["messages"]["known"], &report["messages"]["imported"]);
    assert_eq!(counts, (&1.into(), &1.into(), &1.into()), "{report:#}");
    assert_eq!(place.queue("first"), "incoming");
    let thread = place.json(&["show", "first"])["thread"].as_array().unwrap().clone();
    assert_eq!((thread.len(), &thread[0]["body"], &thread[1]["parent"]), (3, &said.into(), &thread[0]["id"]));
    // What a person does afterwards stays.
    place.run(&["force", "first", "backlog", "--reason", "later"]).ok();
    import(&place, &original, &[]);
    assert_eq!(place.queue("first"), "backlog");
}

#[test]
fn an_id_that_is_taken_here_is_another_task() {
    let (place, original) = (Place::initialised(), Original::new());
    place.enqueue(&["Mine"]);
    original.change("tasks", |tasks| *tasks = vec![task("task-1", "incoming", json!({}))]);
    let report = import(&place, &original, &[]);
    assert_eq!(of(&report, "task-1")["as"], "task-2", "{report:#}");
    assert!(notes(&report, "task-1").contains("another task task-1 here"), "{report:#}");
    assert_eq!(place.json(&["show", "task-1"])["title"], "Mine");
    assert_eq!(import(&place, &original, &[])["tasks"]["known"], 1);
}

#[test]
fn a_server_that_refuses_or_is_none_is_said() {
    let (place, original) = (Place::initialised(), Original::new());
    let run = |url: &str, more: &[&str]| place.run(&[&["import", "--server", url], more].concat());
    run(&original.url, &["--key", "oct_wrong"]).refused(5, "Invalid API key", "--key-file");
    run("http://127.0.0.1:9", &[]).refused(6, "cannot reach", "does the server run");
    run("ftp://x", &[]).refused(2, "not the address", "https://");
    place.write("key", format!("{KEY}\n"));
    run(&original.url, &["--key-file", "key"]).ok();
    place.run(&["import"]).refused(2, "pass --server or --folder", "--help");
    place.run(&["import", "--folder", "nowhere"]).refused(2, "no folder", ".octopoid");
    place.write("empty/file", "");
    place.run(&["import", "--folder", "empty"]).refused(5, "holds nothing of the original", "--server");
    // The first servers have neither messages nor scopes.
    original.lists.lock().unwrap().remove("messages");
    let report = import(&Place::initialised(), &original, &[]);
    assert!(report["skipped"].to_string().contains("no such list"), "{report:#}");
}

/// Sends what a client of the original sends.
fn send(url: &str, path: &str, body: &Value) {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer =
            reqwest::Client::new().post(format!("{url}/api/v1/{path}")).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    });
}

#[test]
fn a_server_of_ours_that_serves_clients_of_the_original_can_be_imported_from() {
    let served = Place::repository();
    let (_running, url): (Running, String) = serve(&served, &["--compat"]);
    send(
        &url,
        "projects",
        &json!({ "id": "dash", "title": "Dashboard", "status": "active", "branch": "feature/dash", "scope": "default" }),
    );
    let new = |id: &str| json!({ "id": id, "file_path": format!("tasks/{id}.md"), "branch": "main", "scope": "default", "title": id, "content": "Do it" });
    send(&url, "tasks", &new("gh-8-2a4ad137"));
    let mut second = new("fae4ad46");
    second.as_object_mut().unwrap().extend([
        ("blocked_by".to_owned(), json!("gh-8-2a4ad137")),
        ("project_id".to_owned(), json!("dash")),
    ]);
    send(&url, "tasks", &second);
    send(
        &url,
        "orchestrators/register",
        &json!({ "cluster": "prod", "machine_id": "m", "repo_url": "x", "scope": "default" }),
    );
    send(
        &url,
        "tasks/claim",
        &json!({ "orchestrator_id": "prod-m", "agent_name": "implementer-1", "scope": "default" }),
    );
    send(
        &url,
        "messages",
        &json!({ "task_id": "fae4ad46", "from_actor": "human", "type": "comment", "content": "Hi", "scope": "default" }),
    );
    send(
        &url,
        "drafts",
        &json!({ "title": "Dark mode", "author": "me", "tags": ["ui"], "scope": "default" }),
    );

    let place = Place::initialised();
    let nothing = place.run(&["import", "--server", &url, "--scope", "elsewhere"]).ok();
    assert!(nothing.stdout.contains("nothing is in the scope `elsewhere` there"), "{}", nothing.stdout);
    for known in [false, true] {
        let report = place.json(&["import", "--server", &url]);
        let which = if known { "known" } else { "imported" };
        for (kind, count) in [("projects", 1), ("tasks", 2), ("drafts", 1), ("messages", 1)] {
            assert_eq!(report[kind][which], count, "{kind}: {report:#}");
        }
    }
    assert_eq!(
        (place.queue("gh-8-2a4ad137").as_str(), place.queue("fae4ad46").as_str()),
        ("incoming", "blocked")
    );
    assert_eq!(place.json(&["project", "show", "dash"])["status"], "active");
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue("fae4ad46"), "done");
}

#[test]
fn a_folder_of_the_original_comes_over_once() {
    let place = Place::initialised();
    let file = |id: &str, more: &str| {
        format!(
            "# [TASK-{id}] Task {id}\n\nROLE: implement\nPRIORITY: P1\nBRANCH: main\nCREATED: 2026-02-11T09:30:00Z\nCREATED_BY: ada\n{more}\n## Context\n\nWhat it is about.\n"
        )
    };
    let old = |name: &str, text: &str| place.write(&format!("old/{name}"), text);
    old(".octopoid/tasks/TASK-one.md", &file("one", ""));
    old(".octopoid/tasks/incoming/TASK-two.md", &file("two", "BLOCKED_BY: TASK-one\n"));
    old("tasks/claimed/TASK-three.md", &format!("{}\nCLAIMED_BY: implementer-1\n", file("three", "")));
    old("tasks/done/TASK-four.md", &file("four", ""));
    old(".octopoid/tasks/TASK-five.md", &file("five", ""));
    old(
        ".octopoid/runtime/tasks/five/task.json",
        &json!({ "id": "five", "title": "Task five", "queue": "provisional", "pr_number": 9 }).to_string(),
    );
    old(".octopoid/tasks/notes.md", "Only notes.\n");
    old(".octopoid/tasks/ours.md", "---\ntitle: Ours\n---\nDo it.\n");
    old(
        "project-management/drafts/0001-dark.md",
        "# Dark mode\n\n**Captured:** 2026-02-13\n**Author:** ada\n**Status:** Superseded\n\nText.\n",
    );
    old(
        ".octopoid/agents.yaml",
        "agents:\n  implementer:\n    role: implementer\n    max_instances: 2\n  gate:\n    role: gatekeeper\n",
    );

    let report = place.json(&["import", "--folder", "old"]);
    assert_eq!(
        (&report["tasks"]["imported"], &report["drafts"]["imported"]),
        (&5.into(), &1.into()),
        "{report:#}"
    );
    for (id, queue) in [
        ("one", "backlog"),
        ("two", "blocked"),
        ("three", "incoming"),
        ("four", "done"),
        ("five", "needs_continuation"),
    ] {
        assert_eq!(place.queue(id), queue, "{id}");
    }
    assert!(notes(&report, "one").contains("does not say where it stood"), "{report:#}");
    assert!(notes(&report, "five").contains("#9"), "{report:#}");
    assert_eq!(place.json(&["show", "two"])["description"], "## Context\n\nWhat it is about.");
    let skipped = report["skipped"].to_string();
    assert!(skipped.contains("notes.md") && skipped.contains("octopoid sync"), "{skipped}");
    let draft = place.json(&["draft", "show", "dark-mode"]);
    assert_eq!((&draft["status"], &draft["author"]), (&"archived".into(), &"ada".into()));
    assert!(draft["body"].as_str().unwrap().contains("Text."));
    place.write(".octopoid/agents.yaml", report["agents_yaml"].as_str().unwrap());
    assert_eq!(place.run(&["validate"]).ok().stdout, "✓ the configuration is right: 3 agents\n");

    // The folder itself, and again.
    let again = place.json(&["import", "--folder", "old/.octopoid"]);
    assert_eq!((&again["tasks"]["known"], &again["tasks"]["imported"]), (&5.into(), &0.into()), "{again:#}");
    assert_eq!(again["drafts"]["known"], 1);
}
