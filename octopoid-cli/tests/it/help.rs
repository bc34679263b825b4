//! The help of every command, as snapshots.

use crate::place::Place;

const COMMANDS: [&str; 39] = [
    "init",
    "enqueue",
    "list",
    "show",
    "start",
    "stop",
    "pause",
    "resume",
    "status",
    "dashboard",
    "logs",
    "approve",
    "reject",
    "requeue",
    "cancel",
    "retry",
    "force",
    "unblock",
    "import",
    "serve",
    "key",
    "machines",
    "role",
    "worktrees",
    "validate",
    "doctor",
    "db",
    "service",
    "completions",
    "man",
    "demo",
    "edit",
    "diff",
    "review",
    "comments",
    "tell",
    "revert",
    "open",
    "cost",
];

#[test]
fn every_command_has_help_with_examples() {
    let place = Place::empty();
    for command in COMMANDS {
        let help = place.run(&[command, "--help"]).ok().stdout;
        assert!(help.contains("Examples:"), "{command} has no examples");
        insta::assert_snapshot!(format!("help_{command}"), help);
    }
}

#[test]
fn the_long_help_lists_the_commands_and_the_exit_codes() {
    let help = Place::empty().run(&["--help"]).ok().stdout;
    for command in COMMANDS {
        assert!(help.contains(&format!("  {command}")), "{command}");
    }
    assert!(!help.contains("sim-agent"));
    for file in ["config.yaml", "agents.yaml", "jobs.yaml", "flows/", "roles/", "tasks/", "plugins/"] {
        assert!(help.contains(&format!("\n  .octopoid/{file} ")), "{file} is not among the files: {help}");
    }
    insta::assert_snapshot!("help", help);
}

#[test]
fn a_wrong_command_line_exits_with_2_and_says_what_was_meant() {
    let place = Place::empty();
    let ended = place.run(&["enqeue", "x"]).code(2);
    assert!(ended.stderr.contains("enqueue"), "{}", ended.stderr);
    let value: serde_json::Value =
        serde_json::from_str(&place.run(&["list", "--priority", "P9", "--json"]).code(2).stderr).unwrap();
    assert_eq!(value["error"]["kind"], "usage");
    assert_eq!(value["error"]["exit_code"], 2);
}

#[test]
fn completions_are_scripts() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.run(&["completions", shell]).ok().stdout.contains("octopoid"), "{shell}");
    }
}

#[test]
fn manual_pages_are_written_for_the_commands_that_the_help_lists() {
    let place = Place::empty();
    let page = place.run(&["man"]).ok().stdout;
    assert!(page.contains(".TH octopoid 1") && page.contains("octopoid\\-enqueue(1)"), "{page}");
    place.run(&["man", "man1"]).ok();
    let pages = std::fs::read_dir(place.path().join("man1")).unwrap();
    let pages: Vec<_> = pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    for command in COMMANDS {
        assert!(pages.contains(&format!("octopoid-{command}.1")), "{command}: {pages:?}");
    }
    assert!(pages.contains(&"octopoid-draft-create.1".to_owned()), "{pages:?}");
    assert!(!pages.iter().any(|page| page.contains("sim-agent")), "{pages:?}");
}
