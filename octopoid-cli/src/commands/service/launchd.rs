//! Property lists of launchd.

use super::definition::{Definition, MARK};
use crate::args::ServiceCommand;
use nix::unistd::Uid;

/// Reads the variables of a file, which may be missing, and becomes the service: launchd reads no such file itself.
const WRAPPER: &str = r#"if [ -r "$0" ]; then set -a; . "$0"; set +a; fi; exec "$@""#;

/// Returns the label of a service, which is also the name of its file.
pub(super) fn label(name: &str) -> String {
    format!("org.octopoid.{name}")
}

/// Returns the property list of a service.
pub(super) fn property_list(definition: &Definition, home: &str) -> String {
    let words = ["/bin/sh".to_owned(), "-c".to_owned(), WRAPPER.to_owned()]
        .into_iter()
        .chain([definition.environment_file.display().to_string(), definition.program.display().to_string()])
        .chain(definition.arguments.iter().cloned());
    let arguments: String =
        words.map(|word| format!("        <string>{}</string>\n", escaped(&word))).collect();
    let user = definition
        .user
        .as_ref()
        .map(|user| format!("    <key>UserName</key>\n    <string>{}</string>\n", escaped(user)));
    // Agents that outlive the orchestrator are taken up by its next start.
    let agents = match definition.command {
        ServiceCommand::Start => "    <key>AbandonProcessGroup</key>\n    <true/>\n",
        ServiceCommand::Serve => "",
    };
    format!(
        "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<!-- {MARK}; `octopoid service uninstall` removes it. -->
<plist version=\"1.0\">
<dict>
    <key>Label</key>
    <string>{label}</string>
    <key>ProgramArguments</key>
    <array>
{arguments}    </array>
    <key>WorkingDirectory</key>
    {folder}
    <key>EnvironmentVariables</key>
    <dict>
        <key>PATH</key>
        <string>{path}</string>
    </dict>
{user}{agents}    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>30</integer>
    <key>ExitTimeOut</key>
    <integer>60</integer>
    <key>StandardOutPath</key>
    <string>{log}</string>
    <key>StandardErrorPath</key>
    <string>{log}</string>
</dict>
</plist>
",
        label = label(&definition.name),
        folder = working_directory(definition),
        path = escaped(&definition.path),
        user = user.unwrap_or_default(),
        log = escaped(&log_file(definition, home)),
    )
}

/// Returns the line of the property list that names the folder.
pub(super) fn working_directory(definition: &Definition) -> String {
    format!("<string>{}</string>", escaped(&definition.folder.to_string_lossy()))
}

/// Returns the file that the service writes its output to.
pub(super) fn log_file(definition: &Definition, home: &str) -> String {
    let home = if definition.user.is_some() { "" } else { home };
    format!("{home}/Library/Logs/{}.log", definition.name)
}

pub(super) fn start_commands(definition: &Definition, path: &str) -> Vec<Vec<String>> {
    let bootstrap = ["launchctl", "bootstrap", &domain(definition), path];
    vec![bootstrap.map(str::to_owned).to_vec()]
}

/// Stops the agents in an orderly way first: launchd only asks the process to end, which waits for agents.
pub(super) fn stop_commands(definition: &Definition) -> Vec<Vec<String>> {
    let target = format!("{}/{}", domain(definition), label(&definition.name));
    let bootout = ["launchctl", "bootout", &target].map(str::to_owned).to_vec();
    match definition.command {
        ServiceCommand::Serve => vec![bootout],
        ServiceCommand::Start => {
            let program = definition.program.display().to_string();
            let folder = definition.folder.display().to_string();
            let stop = [program.as_str(), "--dir", &folder, "stop", "--now"].map(str::to_owned).to_vec();
            vec![stop, bootout]
        }
    }
}

fn domain(definition: &Definition) -> String {
    match definition.user {
        Some(_) => "system".to_owned(),
        None => format!("gui/{}", Uid::current()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::service::manager::Manager;
    use std::path::PathBuf;

    fn definition() -> Definition {
        Definition {
            name: "octopoid-a-b".to_owned(),
            command: ServiceCommand::Start,
            folder: PathBuf::from("/Users/ada/a & b"),
            program: PathBuf::from("/usr/local/bin/octopoid"),
            arguments: ["--dir", "/Users/ada/a & b", "start"].map(str::to_owned).to_vec(),
            path: "/usr/local/bin:/usr/bin:/bin".to_owned(),
            user: None,
            environment_file: PathBuf::from("/Users/ada/.config/octopoid/octopoid-a-b.env"),
        }
    }

    #[test]
    fn a_property_list_has_its_paths_escaped_and_is_known_again() {
        let definition = definition();
        let list = property_list(&definition, "/Users/ada");
        for line in [
            "<string>org.octopoid.octopoid-a-b</string>",
            "<string>/Users/ada/a &amp; b</string>",
            "<string>/Users/ada/Library/Logs/octopoid-a-b.log</string>",
        ] {
            assert!(list.contains(line), "{line} is not in {list}");
        }
        assert!(!list.contains("a & b"), "{list}");
        assert!(Manager::Launchd.is_ours(&list, &definition));
        let other = Definition { folder: PathBuf::from("/Users/ada/other"), ..definition };
        assert!(!Manager::Launchd.is_ours(&list, &other));
    }

    #[test]
    fn the_wrapper_reads_the_variables_and_becomes_the_service() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.env");
        let run = || {
            let words =
                ["-c", WRAPPER, file.to_str().unwrap(), "sh", "-c", "echo \"$KEY-$0-$1\"", "a b", "c"];
            let output = std::process::Command::new("/bin/sh").args(words).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(run(), "-a b-c\n");
        std::fs::write(&file, "KEY=secret\n").unwrap();
        assert_eq!(run(), "secret-a b-c\n");
    }
}
