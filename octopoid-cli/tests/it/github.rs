//! `forge: github`: work lands through pull requests, on a GitHub of our own.

use crate::github_server::{Server, Trouble};
use crate::place::{Place, Running};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const TOKEN: [(&str, &str); 1] = [("GITHUB_TOKEN", "secret-token")];

/// A repository whose remote is on that GitHub.
struct Hub {
    place: Place,
    server: Server,
    _runtime: tokio::runtime::Runtime,
}

impl Hub {
    fn new() -> Self {
        let place = Place::initialised();
        place.git(&["init", "--quiet", "--bare", "--initial-branch", "main", "../remote.git"]);
        place.git(&["remote", "add", "origin", "../remote.git"]);
        place.git(&["push", "--quiet", "origin", "main"]);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let server = runtime.block_on(Server::begin(&place.path().join("../remote.git")));
        place.replace(".octopoid/config.yaml", "# remote: origin", "remote: origin");
        let github = format!("forge: github\ngithub:\n  api_url: {}\n  repository: acme/tool\n#", server.url);
        place.replace(".octopoid/config.yaml", "forge: local", &github);
        Self { place, server, _runtime: runtime }
    }

    fn start(&self) -> Running {
        self.place.start_with_env(&["start"], &TOKEN)
    }

    fn remote(&self, arguments: &[&str]) -> String {
        self.place.git(&[&["-C", "../remote.git"], arguments].concat())
    }
}

/// Fails until there is a file that an agent adds when it is told so.
fn build(files: &str) -> Value {
    let conclusion = if files.contains("mended.txt") { "success" } else { "failure" };
    json!([{
        "name": "build", "status": "completed", "conclusion": conclusion, "html_url": "https://ci.example/1",
        "output": { "title": null, "summary": "mended.txt is missing" },
    }])
}

fn passes(_: &str) -> Value {
    json!([{ "name": "build", "status": "completed", "conclusion": "success", "html_url": null }])
}

fn pending(_: &str) -> Value {
    json!([{ "name": "build", "status": "in_progress", "conclusion": null }])
}

#[test]
fn a_task_becomes_a_pull_request_whose_checks_fail_is_mended_and_merged() {
    let hub = Hub::new();
    hub.server.world.lock().unwrap().checks = Some(build);
    let script = "sim implement 1: write a.txt one\nsim implement 1: commit Add a\n\
                  sim implement 2: write mended.txt yes\nsim implement 2: commit Mend it";
    let id = hub.place.enqueue(&["Add a", "--description", script]);
    let said = hub.place.run_with_env(&["start", "--until-idle"], &TOKEN).ok().stdout;
    assert!(said.contains("https://github.com/acme/tool/pull/1 shows"), "{said}");
    let shown = hub.place.json(&["show", &id]);
    assert_eq!(shown["queue"], "done", "{shown:#}");
    assert_eq!(shown["pr_number"], 1, "{shown:#}");
    assert_eq!(shown["pr_url"], "https://github.com/acme/tool/pull/1");
    let thread = shown["thread"].as_array().unwrap();
    let failure = thread.iter().find(|message| message["kind"] == "test_failure").unwrap();
    let body = failure["body"].as_str().unwrap();
    assert!(body.contains("- `build`: failure <https://ci.example/1>\nmended.txt is missing"), "{body}");
    assert_eq!(hub.remote(&["show", "main:a.txt"]), "one");
    assert_eq!(hub.remote(&["show", "main:mended.txt"]), "yes");
    assert_eq!(hub.place.git(&["rev-parse", "main"]), hub.remote(&["rev-parse", "main"]), "it follows");
    assert_eq!(shown["landed"], hub.remote(&["rev-parse", "main"]));
    assert_eq!(hub.remote(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    assert_eq!(hub.server.world.lock().unwrap().pulls.len(), 1);
    let people = hub.place.run(&["show", &id]).ok().stdout;
    assert!(people.contains("https://github.com/acme/tool/pull/1"), "{people}");
    // The token is nowhere.
    let logs = std::fs::read_dir(hub.place.path().join(".octopoid/logs")).unwrap();
    for log in logs.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        assert!(!std::fs::read_to_string(&log).unwrap().contains("secret-token"), "{}", log.display());
    }
}

#[test]
fn i07_closed_by_hand_the_task_waits_for_a_person_who_reopens_it_and_lets_it_go_on() {
    let hub = Hub::new();
    hub.server.world.lock().unwrap().checks = Some(pending);
    let id = hub.place.enqueue(&[
        "Maybe",
        "--description",
        "sim implement @1: write a.txt a\nsim implement @1: commit A",
    ]);
    let mut running = hub.start();
    running.until("checks are under way: build");
    hub.server.world.lock().unwrap().pulls[0]["state"] = json!("closed");
    running.until("was closed without merging");
    running.until("→ needs_continuation");
    let status = hub.place.run(&["status"]).ok().stdout;
    assert!(status.contains("pull/1 was closed without merging"), "{status}");
    assert!(status.contains(&format!("octopoid retry {id}")), "{status}");
    {
        let mut world = hub.server.world.lock().unwrap();
        world.pulls[0]["state"] = json!("open");
        world.checks = Some(passes);
    }
    hub.place.run(&["retry", &id, "--note", "it is wanted after all"]).ok();
    running.until("✔ landed → done");
    assert_eq!(hub.server.world.lock().unwrap().pulls.len(), 1, "the same pull request");
    assert_eq!(hub.remote(&["show", "main:a.txt"]), "a");
}

#[test]
fn i08_each_of_githubs_bad_days_is_told_by_status_and_passes() {
    let troubles = [
        (Trouble::Status(500), "500 Internal Server Error"),
        (Trouble::Status(401), "set GITHUB_TOKEN to a new one, or run `gh auth login`"),
        (Trouble::Status(403), "it needs write access to contents and pull requests"),
        (Trouble::RateLimit, "GitHub asks for a pause of"),
        (Trouble::Nonsense, "gives no usable answer: it is no JSON"),
    ];
    // Side by side, because each waits for its pause.
    std::thread::scope(|scope| {
        for (trouble, words) in troubles {
            scope.spawn(move || a_bad_day(trouble, words));
        }
    });
}

fn a_bad_day(trouble: Trouble, words: &str) {
    let hub = Hub::new();
    {
        let mut world = hub.server.world.lock().unwrap();
        world.checks = Some(passes);
        world.always = Some(trouble.clone());
    }
    let id = hub.place.enqueue(&["One"]);
    let mut running = hub.start();
    running.until("landing ended → provisional: ");
    let shown = hub.place.shown_until(&id, words);
    let state = shown["state"].as_str().unwrap();
    assert!(state.starts_with("waits to land: "), "{trouble:?}: {state}");
    let status = hub.place.json(&["status"]);
    assert!(status["waiting"].to_string().contains(words), "{trouble:?}: {status:#}");
    assert_eq!(
        (shown["queue"].as_str(), shown["needs_person"].as_bool()),
        (Some("provisional"), Some(false))
    );
    hub.server.world.lock().unwrap().always = None;
    running.until("✔ landed → done");
    assert_eq!(hub.place.json(&["show", &id])["counters"]["attempts"], 0, "{trouble:?}");
}

#[test]
fn i06_the_token_is_that_of_the_environment_or_else_what_gh_keeps() {
    let hub = Hub::new();
    hub.server.world.lock().unwrap().checks = Some(passes);
    // A `gh` that has a token, or none, before everything else on the path.
    let programs = hub.place.path().join("../programs");
    std::fs::create_dir_all(&programs).unwrap();
    let gh = |script: &str| {
        std::fs::write(programs.join("gh"), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(programs.join("gh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    #[expect(clippy::disallowed_methods, reason = "the programs of the machine are wanted too")]
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let start = |more: &[(&str, &str)]| {
        let environment = [&[("PATH", path.as_str())], more].concat();
        hub.place.run_with_env(&["start", "--until-idle"], &environment)
    };
    hub.place.enqueue(&["One"]);
    gh("echo 'no oauth token' >&2; exit 1");
    start(&[]).refused(3, "set GITHUB_TOKEN, or run `gh auth login`", "octopoid validate");
    start(&[("GITHUB_TOKEN", " ")]).refused(3, "needs a token, and there is none", "octopoid validate");
    gh("test \"$*\" = 'auth token' && echo secret-token");
    start(&[]).ok();
    assert_eq!(hub.place.queue("task-1"), "done");
    // What stands in the environment goes before it: the server takes no other token.
    gh("echo another-token");
    hub.place.enqueue(&["Two"]);
    start(&[("GH_TOKEN", "secret-token")]).ok();
    assert_eq!(hub.place.queue("task-2"), "done");
    hub.place.enqueue(&["Three"]);
    start(&[("GITHUB_TOKEN", "secret-token"), ("GH_TOKEN", "another-token")]).ok();
    assert_eq!(hub.place.queue("task-3"), "done");
}

#[test]
fn i24_a_forge_that_cannot_be_reached_by_its_configuration_is_refused_before_anything_runs() {
    let hub = Hub::new();
    hub.place.replace(".octopoid/config.yaml", "  repository: acme/tool\n", "");
    hub.place.run_with_env(&["start", "--until-idle"], &TOKEN).refused(
        3,
        "the remote `origin` is not a repository on GitHub: ../remote.git",
        "octopoid validate",
    );
    hub.place.replace(".octopoid/config.yaml", "  remote: origin", "  # remote: origin");
    hub.place.run_with_env(&["start", "--until-idle"], &TOKEN).refused(
        3,
        "`forge: github` needs `repo.remote`",
        "octopoid validate",
    );
}
