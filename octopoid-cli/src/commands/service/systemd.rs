//! Units of systemd.

use super::definition::{Definition, MARK, words};
use crate::args::ServiceCommand;
use std::path::Path;

/// Returns the unit of a service.
pub(super) fn unit(definition: &Definition) -> String {
    let Definition { folder, program, arguments, path, environment_file, .. } = definition;
    let (what, ending) = match definition.command {
        // SIGQUIT stops the agents and gives their tasks back with their work kept; waiting for agents would take minutes. Agents
        // that outlive a crash of the orchestrator are taken up by its next start, so they are not killed with it.
        ServiceCommand::Start => ("agents", "KillSignal=SIGQUIT\nKillMode=process\n"),
        ServiceCommand::Serve => ("server", ""),
    };
    let line: Vec<_> = std::iter::once(program.to_string_lossy().as_ref())
        .chain(arguments.iter().map(String::as_str))
        .map(quoted)
        .collect();
    let user = definition.user.as_ref().map(|user| format!("User={user}\n")).unwrap_or_default();
    // The network is a matter of the system; a user's manager knows no such target.
    let (network, target) = match definition.user {
        Some(_) => ("Wants=network-online.target\nAfter=network-online.target\n", "multi-user.target"),
        None => ("", "default.target"),
    };
    format!(
        "\
# {MARK}; `octopoid service uninstall` removes it.
[Unit]
Description=Octopoid {what} for {description}
Documentation=https://github.com/octopoid/octopoid
StartLimitIntervalSec=0
{network}
[Service]
Type=exec
{user}{working_directory}
ExecStart={line}
Environment={path}
EnvironmentFile=-{environment_file}
Restart=on-failure
RestartSec=30
# A wrong command line, a wrong configuration and a refusal stay as they are until a person acts.
RestartPreventExitStatus=2 3 5
TimeoutStopSec=60
{ending}
[Install]
WantedBy={target}
",
        description = without_specifiers(&folder.to_string_lossy()),
        working_directory = working_directory(definition),
        line = line.join(" "),
        path = quoted_value("PATH", path),
        environment_file = path_text(environment_file),
    )
}

/// Returns the line of the unit that names the folder.
pub(super) fn working_directory(definition: &Definition) -> String {
    format!("WorkingDirectory={}", path_text(&definition.folder))
}

pub(super) fn start_commands(definition: &Definition) -> Vec<Vec<String>> {
    vec![
        control(definition, "daemon-reload"),
        control(definition, &format!("enable --now {}", definition.name)),
    ]
}

pub(super) fn stop_commands(definition: &Definition) -> Vec<Vec<String>> {
    vec![control(definition, &format!("disable --now {}", definition.name))]
}

pub(super) fn forget_commands(definition: &Definition) -> Vec<Vec<String>> {
    vec![control(definition, "daemon-reload")]
}

pub(super) fn log_command(definition: &Definition) -> String {
    let user = if definition.user.is_some() { "" } else { "--user " };
    format!("journalctl {user}--unit {} --follow", definition.name)
}

fn control(definition: &Definition, what: &str) -> Vec<String> {
    words(&format!("systemctl {}{what}", if definition.user.is_some() { "" } else { "--user " }))
}

/// A word of a command line, in quotes: specifiers and variables would be replaced in it otherwise.
fn quoted(word: &str) -> String {
    format!("\"{}\"", without_specifiers(&escaped(word)).replace('$', "$$"))
}

fn quoted_value(name: &str, value: &str) -> String {
    format!("\"{name}={}\"", without_specifiers(&escaped(value)))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A path where the rest of the line is the value.
fn path_text(path: &Path) -> String {
    without_specifiers(&path.to_string_lossy())
}

fn without_specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_would_replace_is_kept_as_it_is() {
        assert_eq!(quoted("/a b/50%/$HOME"), "\"/a b/50%%/$$HOME\"");
        assert_eq!(quoted("say \"x\" \\ y"), "\"say \\\"x\\\" \\\\ y\"");
        assert_eq!(quoted_value("PATH", "/$x:/%h"), "\"PATH=/$x:/%%h\"");
        assert_eq!(path_text(Path::new("/a b/50%")), "/a b/50%%");
    }
}
