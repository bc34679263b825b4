//! Somebody who follows a page of documentation: the blocks of the page, and a machine on which their lines are typed.

use crate::place::{PROGRAM, Place};
use std::path::Path;
use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "the programs of the machine are wanted here")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The fenced blocks of a page in one language.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        if open && line == "```" {
            open = false;
        } else if open {
            let block = found.last_mut().unwrap();
            block.push_str(line);
            block.push('\n');
        } else if line.strip_prefix("```") == Some(language) {
            open = true;
            found.push(String::new());
        }
    }
    found
}

/// The commands of a page, without their comments.
pub(crate) fn commands(page: &str) -> Vec<String> {
    let lines = blocks(page, "console").concat();
    let command = |line: &str| Some(line.strip_prefix("$ ")?.split("    #").next()?.trim().to_owned());
    lines.lines().filter_map(command).collect()
}

/// An installation whose `claude` is the sim agent, and where the programs that a guide calls are found.
pub(crate) struct Reader {
    pub(crate) place: Place,
    bin: tempfile::TempDir,
}

impl Reader {
    /// A reader with an installation whose agents are sim agents.
    pub(crate) fn new() -> Self {
        Self::at(Place::initialised())
    }

    /// A reader in a place, who has the programs that a page calls.
    pub(crate) fn at(place: Place) -> Self {
        let bin = tempfile::tempdir().unwrap();
        let script = |name: &str, text: String| {
            use std::os::unix::fs::PermissionsExt;
            let path = bin.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        };
        script("octopoid", format!("exec {PROGRAM:?} \"$@\""));
        script("claude", format!("export ANTHROPIC_API_KEY=none; exec {PROGRAM:?} sim-agent \"$@\""));
        // Logged in, as far as can be told without a network.
        place.write("../home/.claude/.credentials.json", "{}");
        Self { place, bin }
    }

    /// Runs a line of a guide in a folder, in a shell. What would run for ever ends once nothing is left to do.
    pub(crate) fn follow(&self, folder: &Path, line: &str) -> String {
        let line = line.replace("/path/to/project", &self.place.path().display().to_string());
        let line = if line == "octopoid start" { "octopoid start --until-idle".to_owned() } else { line };
        let mut command = Command::new("sh");
        let (path, home) = (variable("PATH").unwrap(), variable("HOME").unwrap());
        let cargo = Path::new(env!("CARGO")).parent().unwrap().display().to_string();
        let folder_of = |name, default| variable(name).unwrap_or_else(|| format!("{home}/{default}"));
        command
            .args(["-c", &line])
            .current_dir(folder)
            .env("PATH", format!("{}:{cargo}:{path}", self.bin.path().display()))
            .env("HOME", self.place.path().join("../home"))
            .env("CARGO_HOME", folder_of("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", folder_of("RUSTUP_HOME", ".rustup"))
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("OCTOPOID_RUN_ID");
        let output = command.output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{line}: {text}");
        text
    }

    /// Adds the agents of a guide's agents.yaml to the installation's.
    pub(crate) fn add_agents(&self, yaml: &str) {
        let (_, entries) = yaml.split_once("agents:\n").unwrap();
        let agents = self.place.read(".octopoid/agents.yaml");
        self.place.write(".octopoid/agents.yaml", format!("{agents}{entries}"));
    }

    pub(crate) fn is_done(&self, id: &str) {
        let shown = self.place.json(&["show", id]);
        assert_eq!(shown["queue"], "done", "{shown:#}");
    }
}
