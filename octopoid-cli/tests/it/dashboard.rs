//! The dashboard in a real terminal.

use crate::place::{PROGRAM, Place};
use crate::server::{Team, serve};
use crate::tmux::Tmux;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A place with a task that waits for a person.
fn to_decide() -> (Place, String) {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "rounds: 3", "rounds: 1");
    place.commit("One round");
    let id = place.enqueue(&["Say hello", "--description", "sim review: reject never"]);
    place.run(&["start", "--until-idle"]).ok();
    (place, id)
}

#[test]
fn a_task_is_approved_by_a_key_and_by_the_person() {
    if !Tmux::is_there() {
        return;
    }
    let (place, id) = to_decide();
    let terminal = Tmux::open(&place, (80, 24), &format!("{PROGRAM} dashboard"));
    let screen = terminal.until("NEEDS YOU 1");
    assert!(screen.contains("● task-1 Say hello") && screen.contains("octopoid approve task-1"), "{screen}");
    terminal.keys(&["a"]);
    terminal.until("Enter sends");
    terminal.types("Fine");
    terminal.keys(&["Enter"]);
    terminal.until("task-1 approved; it is in provisional");
    terminal.until("NEEDS YOU · nothing");
    let shown = place.json(&["show", &id]);
    assert_eq!(shown["approval"]["by"], "Tester (octopoid dashboard on laptop)");
    assert_eq!(shown["approval"]["person"], true);
    // What happens elsewhere is seen here.
    place.run(&["cancel", &id]).ok();
    terminal.until("DONE 1");
    terminal.keys(&["q"]);
    terminal.until("ended with 0");
    assert!(!terminal.is_taken());
}

#[test]
fn the_terminal_is_given_back_on_a_signal_and_fits_another_size() {
    if !Tmux::is_there() {
        return;
    }
    let (place, _) = to_decide();
    let line = format!("{PROGRAM} dashboard & echo $! > pid; fg >/dev/null");
    let terminal = Tmux::open(&place, (100, 30), &format!("set -m; {line}"));
    terminal.until("NEEDS YOU 1");
    assert!(terminal.is_taken());
    terminal.resize((60, 20));
    // The list has the narrow screen for itself.
    terminal.until(&"─".repeat(45));
    // Also while something is typed.
    terminal.keys(&["c"]);
    terminal.types("half a");
    for width in [120, 80, 40, 30, 100] {
        terminal.resize((width, 24));
    }
    terminal.types(" sentence");
    terminal.until("half a sentence");
    terminal.resize((100, 30));
    let pid: i32 = place.read("pid").trim().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    terminal.until("ended with 0");
    assert!(!terminal.is_taken());
}

#[test]
fn the_shell_gets_the_terminal_in_between() {
    if !Tmux::is_there() {
        return;
    }
    let (place, _) = to_decide();
    let terminal = Tmux::open(&place, (100, 30), "PS1='shell: ' exec sh -i");
    terminal.until("shell:");
    terminal.types(&format!("{PROGRAM} dashboard"));
    terminal.keys(&["Enter"]);
    terminal.until("NEEDS YOU 1");
    terminal.keys(&["C-z"]);
    terminal.until("topped");
    assert!(!terminal.is_taken());
    terminal.types("fg");
    terminal.keys(&["Enter"]);
    terminal.until("NEEDS YOU 1");
    assert!(terminal.is_taken());
    terminal.keys(&["C-c"]);
    terminal.until("shell:");
    assert!(!terminal.is_taken());
}

#[test]
fn a_reason_is_written_in_the_editor() {
    if !Tmux::is_there() {
        return;
    }
    let (place, id) = to_decide();
    place.write("editor", "#!/bin/sh\nprintf 'Greet the world.\\n\\nAnd wave.\\n' > \"$1\"\n");
    let line = format!("EDITOR='sh {}' {PROGRAM} dashboard", place.path().join("editor").display());
    let terminal = Tmux::open(&place, (80, 24), &line);
    terminal.until("NEEDS YOU 1");
    terminal.keys(&["r"]);
    terminal.until("what to improve");
    terminal.keys(&["C-e"]);
    terminal.until("And wave.");
    terminal.keys(&["Enter"]);
    terminal.until("task-1 sent back; it is in incoming");
    let thread = place.json(&["show", &id])["thread"].to_string();
    assert!(thread.contains("Greet the world.\\n\\nAnd wave."), "{thread}");
}

#[test]
fn a_server_alone_is_enough() {
    if !Tmux::is_there() {
        return;
    }
    let place = Place::empty();
    let (_server, url) = serve(&place, &[]);
    let terminal = Tmux::open(&place, (100, 30), &format!("{PROGRAM} dashboard --server {url}"));
    terminal.until("no tasks yet");
    terminal.keys(&["n"]);
    terminal.until("New task");
    terminal.types("Say hello");
    terminal.keys(&["Enter"]);
    terminal.until("task-1 added to incoming");
    terminal.keys(&["3"]);
    terminal.until("nothing of task-1 has been submitted yet");
    terminal.keys(&["2"]);
    terminal.until("nothing has happened to it yet");
    terminal.keys(&["7"]);
    terminal.until("what the agents of a machine do is known on that machine");
    // Drafts too are written, edited and approved without a repository.
    terminal.keys(&["0", "n"]);
    terminal.until("New draft");
    terminal.types("Wave");
    terminal.keys(&["Enter"]);
    terminal.until("1. Wave  idea");
    terminal.keys(&["a"]);
    terminal.until("Approve draft 1: Wave");
    terminal.keys(&["Enter"]);
    terminal.until("has become task-2");
    terminal.keys(&["q"]);
    terminal.until("ended with 0");
}

#[test]
fn i40_lines_are_commented_on_with_a_server_alone() {
    if !Tmux::is_there() {
        return;
    }
    let team = Team::new();
    let (_server, url) = serve(&team.place, &[]);
    let north = team.machine("north", &url, &["implement"]);
    team.place.run(&["--dir", &north, "enqueue", "Number 1"]).ok();
    team.place.run(&["--dir", &north, "start", "--until-idle"]).ok();
    let line = format!("{PROGRAM} dashboard --server {url} --scope prod");
    let terminal = Tmux::open(&team.place, (100, 30), &line);
    terminal.until("task-1 Number 1");
    terminal.keys(&["3"]);
    terminal.until("as it was handed in");
    terminal.keys(&["Enter", "]", "j", "j", "c"]);
    terminal.until("Comment on task-1.txt:1");
    terminal.types("must: say more");
    terminal.keys(&["Enter"]);
    terminal.until("must by");
    // The machine that has the commits finds it at the same line.
    let comments = team.place.json(&["--dir", &north, "comments", "task-1"]);
    let placed = &comments["comments"][0];
    let comment = &placed["comment"];
    assert_eq!(comment["anchor"]["path"], "task-1.txt", "{comments}");
    assert_eq!(placed["position"], "same", "{comments}");
    let text = team.place.git(&[
        "-C",
        &north,
        "show",
        &format!("{}:task-1.txt", comment["anchor"]["head"].as_str().unwrap()),
    ]);
    assert_eq!(comment["anchor"]["text"].as_str(), text.lines().next());
    terminal.keys(&["q"]);
    terminal.until("ended with 0");
}

#[test]
fn i36_a_panic_gives_the_terminal_back_and_is_read_there() {
    if !Tmux::is_there() || !cfg!(debug_assertions) {
        return;
    }
    let (place, _) = to_decide();
    let line = format!("OCTOPOID_TEST_DEFECT=draw {PROGRAM} dashboard; echo \"code $?\"; stty -a");
    let terminal = Tmux::open(&place, (100, 30), &line);
    terminal.until("NEEDS YOU 1");
    assert!(terminal.is_taken());
    terminal.keys(&["?"]);
    let screen = terminal.until("ended with 0");
    assert!(screen.contains("a defect, for the test") && screen.contains("code 101"), "{screen}");
    let words: Vec<_> = screen.split_whitespace().collect();
    assert!(words.contains(&"icanon") && words.contains(&"echo"), "{screen}");
    assert!(!terminal.is_taken());
}

#[test]
fn i36_a_panic_in_a_pane_or_a_decision_is_said_and_the_rest_goes_on() {
    if !Tmux::is_there() || !cfg!(debug_assertions) {
        return;
    }
    for (place_of_defect, keys, words) in [
        ("read", &["8"][..], "reading this ended by a defect: a defect, for the test"),
        ("act", &["a", "Enter"], "that ended by a defect: a defect, for the test"),
    ] {
        let (place, _) = to_decide();
        let line = format!("OCTOPOID_TEST_DEFECT={place_of_defect} {PROGRAM} dashboard");
        let terminal = Tmux::open(&place, (120, 30), &line);
        terminal.until("NEEDS YOU 1");
        terminal.keys(keys);
        terminal.until(words);
        terminal.keys(&["1"]);
        terminal.until("octopoid approve task-1");
        assert!(terminal.is_taken());
        terminal.keys(&["q", "q"]);
        terminal.until("ended with 0");
    }
}

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    let place = Place::initialised();
    let terms = [("TERM", "xterm")];
    place.run_in(&["dashboard"], &terms).refused(2, "needs a terminal", "octopoid status");
    place.run_in(&["dashboard"], &[("TERM", "dumb")]).refused(2, "TERM is `dumb`", "set TERM");
    let ended = place.run_in(&["dashboard", "--json"], &terms).code(2);
    assert!(ended.stderr.contains("octopoid status --json"), "{}", ended.stderr);
}
