//! `octopoid service`, with a home of its own and a `systemctl` that only writes down what it is asked.
#![cfg(target_os = "linux")]

use crate::place::{Ended, PROGRAM, Place};
use std::os::unix::fs::PermissionsExt;

/// An installation, and programs that are found before those of the machine.
struct Machine {
    place: Place,
    path: String,
}

const UNIT: &str = "../home/.config/systemd/user/octopoid-work.service";

impl Machine {
    /// A machine whose `systemctl` ends with an exit code.
    fn new(place: Place, code: u8) -> Self {
        let script = format!("#!/bin/sh\necho \"$@\" >> \"$HOME/asked\"\necho 'no bus' >&2\nexit {code}\n");
        place.write("../bin/systemctl", script);
        let bin = place.path().join("../bin");
        std::fs::set_permissions(bin.join("systemctl"), std::fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:/usr/bin:/bin", bin.canonicalize().unwrap().display());
        Self { place, path }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.place.run_in(&[&["service"], arguments].concat(), &[("PATH", &self.path)])
    }

    /// What `systemctl` was asked, a line each time.
    fn asked(&self) -> String {
        std::fs::read_to_string(self.place.path().join("../home/asked")).unwrap_or_default()
    }

    fn has_unit(&self) -> bool {
        self.place.path().join(UNIT).exists()
    }
}

#[test]
fn a_service_is_installed_started_and_removed() {
    let machine = Machine::new(Place::initialised(), 0);
    let said = machine.run(&["install", "--", "--agents", "2"]).ok().stdout;
    assert!(said.contains("installed octopoid-work") && said.contains("journalctl --user"), "{said}");
    let unit = machine.place.read(UNIT);
    let folder = machine.place.path().canonicalize().unwrap();
    let folder = folder.display();
    for line in [
        format!("WorkingDirectory={folder}\n"),
        format!("ExecStart=\"{PROGRAM}\" \"--dir\" \"{folder}\" \"start\" \"--agents\" \"2\"\n"),
        format!("Environment=\"PATH={}\"\n", machine.path),
        "/.config/octopoid/octopoid-work.env\n".to_owned(),
        "KillSignal=SIGQUIT\n".to_owned(),
        "WantedBy=default.target\n".to_owned(),
    ] {
        assert!(unit.contains(&line), "{line} is not in {unit}");
    }
    assert!(!unit.contains("User="), "{unit}");
    assert_eq!(machine.asked(), "--user daemon-reload\n--user enable --now octopoid-work\n");

    let again = machine.run(&["install", "--json", "--", "--agents", "2"]).ok().json();
    assert_eq!((&again["changed"], &again["started"]), (&false.into(), &true.into()), "{again:#}");
    assert_eq!(machine.place.read(UNIT), unit);
    let said = machine.run(&["install"]).ok().stdout;
    assert!(said.contains("until it is restarted"), "{said}");

    machine.run(&["uninstall"]).ok();
    assert!(!machine.has_unit());
    assert!(machine.asked().ends_with("--user disable --now octopoid-work\n--user daemon-reload\n"));
    let gone = machine.run(&["uninstall", "--json"]).ok().json();
    assert_eq!(gone["removed"], false, "{gone:#}");
}

#[test]
fn a_dry_run_prints_everything_and_changes_nothing() {
    let machine = Machine::new(Place::initialised(), 0);
    let said = machine.run(&["install", "--dry-run"]).ok().stdout;
    assert!(said.contains("ExecStart=") && said.contains("would run: systemctl --user enable"), "{said}");
    assert!(!machine.has_unit() && machine.asked().is_empty());
    machine.run(&["install"]).ok();
    let before = machine.asked();
    let said = machine.run(&["uninstall", "--dry-run"]).ok().stdout;
    assert!(said.contains("would remove: ") && machine.has_unit(), "{said}");
    assert_eq!(machine.asked(), before);
    let system = machine.run(&["install", "--system", "--dry-run", "--json"]).ok().json();
    assert_eq!(system["file"], "/etc/systemd/system/octopoid-work.service");
    let unit = system["content"].as_str().unwrap();
    assert!(unit.contains("\nUser=") && unit.contains("WantedBy=multi-user.target"), "{unit}");
    assert_eq!(system["commands"][0][1], "daemon-reload", "{system:#}");
}

#[test]
fn where_systemd_cannot_be_reached_the_commands_are_left_to_the_person() {
    let machine = Machine::new(Place::initialised(), 1);
    let ended = machine.run(&["install"]).ok();
    assert!(ended.stderr.contains("not started") && ended.stderr.contains("no bus"), "{}", ended.stderr);
    assert!(ended.stdout.contains("run: systemctl --user enable --now octopoid-work"), "{}", ended.stdout);
    assert!(machine.has_unit());
}

#[test]
fn only_what_was_written_for_this_folder_is_replaced_or_removed() {
    let machine = Machine::new(Place::initialised(), 0);
    machine.place.write(UNIT, "[Service]\nExecStart=/bin/true\n");
    machine.run(&["install"]).refused(5, "was not written for this folder", "--name");
    machine.run(&["uninstall"]).refused(5, "was not written for this folder", "by hand");
    machine.run(&["install", "--name", "other"]).ok();
    let other = UNIT.replace("work", "other");
    // The same name from another folder.
    machine.place.replace(&other, "/work\nExecStart", "/elsewhere\nExecStart");
    machine.run(&["uninstall", "--name", "other"]).refused(5, "was not written for this folder", "--name");
    assert!(machine.has_unit() && machine.place.path().join(other).exists());
}

#[test]
fn a_service_needs_an_installation_and_options_that_fit() {
    let machine = Machine::new(Place::repository(), 0);
    machine.run(&["install"]).refused(3, "there is no .octopoid", "octopoid init");
    machine.run(&["install", "serve"]).refused(3, "there is no .octopoid", "octopoid init");
    machine.run(&["install", "serve", "--", "--database", "queue.db"]).ok();
    let unit = machine.place.read(&UNIT.replace("work", "work-server"));
    assert!(unit.contains("\"serve\" \"--database\" \"queue.db\"") && !unit.contains("SIGQUIT"), "{unit}");
    machine.run(&["uninstall", "serve"]).ok();

    let machine = Machine::new(Place::initialised(), 0);
    machine.run(&["install", "--", "--no-such"]).refused(2, "--no-such", "octopoid help start");
    machine.run(&["install", "--", "--daemon"]).refused(2, "until it is stopped", "--daemon");
    machine.run(&["install", "--name", "a b"]).refused(2, "`a b` cannot be the name", "letters");
    machine.place.write(".octopoid/config.yaml", "repo: {}\n");
    machine.run(&["install"]).code(3);
    assert!(!machine.has_unit());
}
