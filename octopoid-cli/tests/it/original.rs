//! What the README of the original Octopoid tells people to type, one after the other, each checked by its effect. The model is
//! played by the program itself, which speaks as `claude` does.

use crate::place::{Ended, PROGRAM, Place};
use crate::server::serve;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

/// The README's `agents.yaml`, letter for letter.
const AGENTS: &str = "\
agents:
  - name: implementer-1
    role: implement
    model: claude-sonnet-4-20250514
    max_turns: 50
    interval_seconds: 300
    paused: false

  - name: gatekeeper-1
    role: review
    model: claude-opus-4-20250514  # Use Opus for reviews
    max_turns: 20
    interval_seconds: 600
    paused: false

  - name: breakdown-1
    role: breakdown
    model: claude-sonnet-4-20250514
    max_turns: 30
    interval_seconds: 900
    paused: false
";

/// A project of a person who has `claude` on PATH and a key in the environment.
struct Reader {
    place: Place,
    path: String,
}

impl Reader {
    fn new() -> Self {
        let place = Place::repository();
        place.write("bin/claude", format!("#!/bin/sh\nexec {PROGRAM:?} sim-agent \"$@\"\n"));
        place.write(".gitignore", "/bin/\n/queue.db*\n/gone\n");
        place.commit("Ignore");
        let claude = place.path().join("bin/claude");
        std::fs::set_permissions(&claude, std::fs::Permissions::from_mode(0o755)).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the programs of the machine are wanted here")]
        let path = format!("{}:{}", claude.parent().unwrap().display(), std::env::var("PATH").unwrap());
        Self { place, path }
    }

    /// Types a line, as a shell splits it.
    fn types(&self, line: &str) -> Ended {
        let mut words = vec![String::new()];
        for (number, part) in line.split('"').enumerate() {
            if number % 2 == 1 {
                words.last_mut().unwrap().push_str(part);
                continue;
            }
            for (at, word) in part.split(' ').enumerate() {
                if at > 0 {
                    words.push(String::new());
                }
                words.last_mut().unwrap().push_str(word);
            }
        }
        words.retain(|word| !word.is_empty());
        assert_eq!(words.remove(0), "octopoid");
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        self.place.run_in(&words, &[("PATH", &self.path), ("ANTHROPIC_API_KEY", "sk-ant-test")])
    }

    /// Types a line that works, and gives what it says.
    #[track_caller]
    fn said(&self, line: &str) -> String {
        self.types(line).ok().stdout
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.place.path().join(".octopoid")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

#[test]
fn what_the_original_tells_its_readers_to_type_works() {
    let reader = Reader::new();
    let place = &reader.place;
    let (_server, url) = serve(place, &[]);
    assert!(reader.said("octopoid --version").starts_with("octopoid "));

    // Setup.
    reader.said(&format!("octopoid init --server {url} --cluster prod"));
    for name in ["config.yaml", "agents.yaml", "runtime", "logs", "worktrees"] {
        assert!(reader.files().contains(&name.to_owned()), "{name}");
    }
    place.write(".octopoid/agents.yaml", AGENTS);
    assert_eq!(reader.said("octopoid validate"), "✓ the configuration is right: 3 agents\n");

    // Usage: tasks before the orchestrator runs.
    reader.said("octopoid enqueue \"Add user authentication\" --role implement --priority P1 --complexity M");
    let listed = reader.said("octopoid list --queue incoming");
    assert!(listed.contains("task-1") && listed.contains("Add user authentication"), "{listed}");
    for line in ["octopoid tasks --queue incoming", "octopoid tasks -q incoming"] {
        let tasks = reader.said(line);
        assert!(tasks.contains("task-1") && tasks.contains("P1") && tasks.contains(" M "), "{line}: {tasks}");
    }
    assert!(!reader.said("octopoid tasks --queue done").contains("task-1"));
    for line in [
        "octopoid show task-1",
        "octopoid task task-1",
        "octopoid task task-1 --verbose",
        "octopoid task task-1 -v",
    ] {
        assert!(reader.said(line).contains("Add user authentication"), "{line}");
    }

    // The orchestrator.
    assert!(reader.said("octopoid start --daemon").contains("started in the background"));
    assert!(reader.said("octopoid status").contains("running"));
    let id = place.read(".octopoid/runtime/orchestrator_id.txt");
    assert_eq!(id.trim(), "prod-laptop");
    place.shown_until("task-1", "landed as");
    for agent in ["implementer-1", "gatekeeper-1"] {
        let state: Value =
            serde_json::from_str(&place.read(&format!(".octopoid/runtime/agents/{agent}/state.json")))
                .unwrap();
        assert!(state["last_started"].is_string(), "{agent}: {state}");
    }
    assert!(place.path().join(".octopoid/logs/tasks/task-1.log").exists());
    assert!(place.git(&["log", "--format=%s", "-1", "main"]).contains("Add user authentication"));
    for line in [
        "octopoid debug-task task-1",
        "octopoid debug-queues",
        "octopoid debug-agents",
        "octopoid debug-status",
    ] {
        reader.said(line);
    }
    reader.said("octopoid stop");
    assert!(!place.path().join(".octopoid/runtime/orchestrator.pid").exists());
    assert!(reader.said("octopoid status").contains("not running"));

    // What a person does with tasks.
    reader.said("octopoid enqueue \"Implement dark mode\" --role implement --priority P1");
    reader.said("octopoid cancel task-2 --force");
    assert_eq!(place.queue("task-2"), "failed");
    reader.said("octopoid requeue task-2");
    assert_eq!(place.queue("task-2"), "incoming");
    reader.said("octopoid cancel task-2");
    reader.said("octopoid worktrees");
    reader.said("octopoid worktrees-clean --dry-run");
    reader.said("octopoid worktrees-clean");
    assert_eq!(std::fs::read_dir(place.path().join(".octopoid/worktrees")).unwrap().count(), 0);
    reader.types("octopoid install-commands").refused(5, "no slash commands", "octopoid help");
    reader.said("octopoid db init");

    // Drafts.
    reader.said("octopoid draft create \"Add dark mode support\" --author \"Your Name\" --status idea --domain frontend");
    let listed = reader.said("octopoid draft list --status idea");
    assert!(listed.contains("Add dark mode support") && listed.contains("Your Name"), "{listed}");
    reader.said("octopoid draft update dark-mode-support --status approved");
    let draft = place.json(&["draft", "show", "dark-mode-support"]);
    assert_eq!((&draft["status"], &draft["domain"]), (&"approved".into(), &"frontend".into()));

    // Projects.
    reader.said(
        "octopoid project create \"User Dashboard Redesign\" --description \"Complete redesign of user dashboard\" \
         --status active --auto-accept",
    );
    reader.said("octopoid enqueue \"Lay out the cards\" --project user-dashboard-redesign");
    let shown = reader.said("octopoid project show user-dashboard-redesign");
    assert!(shown.contains("Complete redesign") && shown.contains("Lay out the cards"), "{shown}");
    reader.said("octopoid project update user-dashboard-redesign --status completed");
    let project = place.json(&["project", "show", "user-dashboard-redesign"]);
    assert_eq!((&project["status"], &project["auto_accept"]), (&"completed".into(), &true.into()));

    // Troubleshooting: the server is unreachable.
    let config = place.read(".octopoid/config.yaml");
    reader.said("octopoid init --local");
    reader.said("octopoid enqueue \"Work without a server\"");
    reader.said("octopoid start --once --debug --tick-interval 1000");
    assert_eq!(place.queue("task-1"), "provisional");
    reader.said("octopoid reject task-1 \"Say hello as well\" --by reviewer");
    assert_eq!(place.queue("task-1"), "incoming");
    let thread = place.json(&["show", "task-1"])["thread"].to_string();
    assert!(thread.contains("Say hello as well") && thread.contains("reviewer (octopoid reject"), "{thread}");

    // And back.
    reader.said(&format!("octopoid init --server {url} --cluster prod"));
    assert_eq!(place.read(".octopoid/config.yaml"), config);
    assert_eq!(place.json(&["list", "--all"])["total"], 3);
}

#[test]
fn work_that_a_person_approves_lands_without_a_gatekeeper() {
    let reader = Reader::new();
    reader.said("octopoid init --local");
    let agents = AGENTS.replacen("600\n    paused: false", "600\n    paused: true", 1);
    reader.place.write(".octopoid/agents.yaml", agents);
    reader.said("octopoid enqueue \"Add user authentication\"");
    reader.said("octopoid start --once");
    reader.said("octopoid approve task-1 --by \"Your Name\"");
    let history = reader.place.json(&["show", "task-1"]).to_string();
    assert!(history.contains("Your Name (octopoid approve"), "{history}");
    reader.said("octopoid start --until-idle");
    assert_eq!(reader.place.queue("task-1"), "done");
}

#[test]
fn machines_of_one_cluster_are_set_up_as_the_readme_says() {
    let reader = Reader::new();
    let (_server, url) = serve(&reader.place, &[]);
    // The quick start names no cluster.
    reader.said(&format!("octopoid init --server {url}"));
    reader.place.write(".octopoid/agents.yaml", AGENTS);
    for machine in ["laptop-001", "vm-gpu-001", "workstation-001"] {
        reader.said(&format!("octopoid init --server {url} --cluster prod --machine-id {machine}"));
        reader.said("octopoid start --daemon");
        reader.said("octopoid stop");
    }
    let machines = reader.said("octopoid machines");
    for machine in ["prod-laptop-001", "prod-vm-gpu-001", "prod-workstation-001"] {
        assert!(machines.contains(machine), "{machine} is not in {machines}");
    }
}

#[test]
fn drafts_and_projects_are_deleted_only_on_purpose() {
    let reader = Reader::new();
    reader.said("octopoid init --local");
    reader.said("octopoid draft create \"Old idea\" -s idea -a me -d frontend -t one,two");
    reader.types("octopoid draft delete old-idea").refused(5, "gone for good", "--force");
    reader.said("octopoid draft delete old-idea --force");
    reader
        .said("octopoid project create \"Old project\" --base main --created-by me -s draft -b feature/old");
    assert!(reader.said("octopoid project list --created-by me").contains("old-project"));
    reader.types("octopoid project delete old-project").refused(5, "gone for good", "--status archived");
    reader.said("octopoid project delete old-project --force");
    reader.types("octopoid project show old-project").refused(4, "old-project", "octopoid project list");
}
