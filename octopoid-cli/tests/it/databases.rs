//! `octopoid db`, and databases of PostgreSQL.

use crate::cluster::shared;
use crate::place::{Place, Running};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

/// An installation with tasks.
fn filled() -> Place {
    let place = Place::repository();
    place.run(&["init", "--local", "--runner", "command", "--test", ""]).ok();
    for title in ["First", "Second"] {
        place.run(&["enqueue", title, "--description", "What is to be done."]).ok();
    }
    place
}

fn rows(place: &Place, more: &[&str]) -> Value {
    let checked = place.run(&[&["db", "check", "--json"], more].concat()).ok().stdout;
    let checked: Value = serde_json::from_str(&checked).unwrap();
    assert_eq!(checked["findings"], serde_json::json!([]));
    checked["rows"].clone()
}

fn text(place: &Place, name: &str) -> String {
    std::fs::read_to_string(place.path().join(name)).unwrap()
}

#[test]
fn a_database_is_exported_copied_and_imported_as_a_whole() {
    let place = filled();
    place.run(&["db", "export", "queue.jsonl"]).ok();
    let mode = place.path().join("queue.jsonl").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(rows(&place, &[])["tasks"], 2);
    // Nothing is written over.
    place.run(&["db", "export", "queue.jsonl"]).code(5);
    place.run(&["db", "backup", "copy.db"]).ok();
    assert_eq!(rows(&place, &["--database", "copy.db"]), rows(&place, &[]));
    place.run(&["db", "import", "queue.jsonl", "--database", "new.db"]).ok();
    let refused = place.run(&["db", "import", "queue.jsonl", "--database", "new.db"]).code(5);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    place.run(&["db", "import", "queue.jsonl", "--database", "new.db", "--force"]).ok();
    place.run(&["db", "export", "again.jsonl", "--database", "new.db"]).ok();
    assert_eq!(text(&place, "again.jsonl"), text(&place, "queue.jsonl"));
    assert_eq!(place.run(&["db", "export", "-"]).ok().stdout, text(&place, "queue.jsonl"));
    place.run(&["db", "check", "--database", "gone.db"]).code(2);
    assert!(!place.path().join("gone.db").exists());
}

#[test]
fn a_queue_moves_to_postgres_and_is_served_from_there_by_two_servers() {
    let Some(cluster) = shared() else { return };
    let (place, url) = (filled(), cluster.url());
    place.run(&["db", "export", "queue.jsonl"]).ok();
    place.run(&["db", "import", "queue.jsonl", "--database", &url]).ok();
    assert_eq!(rows(&place, &["--database", &url])["tasks"], 2);
    let schema = url.rsplit('=').next().unwrap();
    assert_eq!(cluster.sql(&format!("SELECT count(*) FROM {schema}.tasks")), "2");
    let serve = || -> (Running, String) {
        let mut server = place.start(&["serve", "--listen", "127.0.0.1:0", "--database", &url]);
        let line = server.until("listening on http");
        let address = line.split_whitespace().last().unwrap().to_owned();
        (server, address)
    };
    let (_one, first) = serve();
    let (_two, second) = serve();
    for (machine, address) in [("one", &first), ("two", &second)] {
        place.git(&["clone", "--quiet", ".", machine]);
        let init = ["--dir", machine, "init", "--server", address, "--machine-id", machine];
        place.run(&[&init[..], &["--scope", "default", "--runner", "command", "--test", ""]].concat()).ok();
    }
    place.run(&["--dir", "one", "enqueue", "Third", "--description", "What is to be done."]).ok();
    let listed = place.run(&["--dir", "two", "list"]).ok().stdout;
    assert!(["First", "Second", "Third"].iter().all(|title| listed.contains(title)), "{listed}");
    // And back, with the tasks that came since.
    place.run(&["db", "export", "back.jsonl", "--database", &url]).ok();
    place.run(&["db", "import", "back.jsonl", "--database", "back.db"]).ok();
    assert_eq!(rows(&place, &["--database", "back.db"])["tasks"], 3);
}

#[test]
fn i28_the_password_of_a_database_is_in_no_message() {
    let place = filled();
    let secret = "s3cret-word";
    for url in [
        format!("postgres://ada:{secret}@/queue?host=%2Fnowhere"),
        format!("postgres://ada:{secret}@db:port/queue"),
        format!("postgres://ada@db/queue?nonsense={secret}"),
    ] {
        for command in [
            &["db", "check"][..],
            &["key", "list"],
            &["serve", "--artifacts", "x", "--listen", "127.0.0.1:0"],
        ] {
            for more in [&[][..], &["--json"], &["--verbose"]] {
                let ended = place.run(&[command, &["--database", &url], more].concat());
                let said = format!("{}{}", ended.stdout, ended.stderr);
                assert!(!said.contains(secret) && !said.is_empty(), "{said}");
            }
        }
    }
}
