//! Plugins, as their authors make them and their users load them.

use crate::place::Place;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a tool of the machine's; its output where it does not work.
fn tool(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| error.to_string())?;
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(text) } else { Err(text) }
}

/// A library in C, made from `plugins/hello-c` with the text of its manifest changed.
fn library(place: &Place, file: &str, role: &str) -> PathBuf {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let text = std::fs::read_to_string(plugins.join("hello-c/hello.c")).unwrap();
    place.write("plugin.c", text.replace("\"hello-c\\\"", &format!("\"{role}\\\"")).replace("hello-c", role));
    let path = place.path().join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let include = format!("-I{}", plugins.join("sdk/include").display());
    let target = path.display().to_string();
    tool(&place.path(), "cc", &["-std=c99", "-shared", "-fPIC", &include, "-o", &target, "plugin.c"])
        .unwrap();
    std::fs::remove_file(place.path().join("plugin.c")).unwrap();
    path
}

fn without_folder(place: &Place, text: &str) -> String {
    text.replace(&format!("{}/", place.path().canonicalize().unwrap().display()), "")
}

#[test]
fn a_new_plugin_in_rust_builds_and_passes_its_own_test() {
    let place = Place::empty();
    let made = place.run(&["plugin", "new", "release-notes"]).ok();
    assert!(made.stdout.contains("cargo test"), "{}", made.stdout);
    let folder = place.path().join("release-notes");
    // Everything it needs was fetched for this very test.
    let target = Path::new(crate::place::PROGRAM).parent().unwrap().join("new-plugin");
    let target = target.display().to_string();
    let cargo = |arguments: &[&str]| {
        let arguments = [arguments, &["--offline", "--target-dir", &target]].concat();
        tool(&folder, env!("CARGO"), &arguments).unwrap_or_else(|output| panic!("{output}"))
    };
    let tests = cargo(&["test"]);
    assert!(tests.contains("3 passed"), "{tests}");
    cargo(&["build"]);
    let library = format!("{target}/debug/librelease_notes{}", std::env::consts::DLL_SUFFIX);
    let checked = place.run(&["plugin", "check", &library, "--json"]).ok().json();
    assert_eq!(checked["manifest"]["roles"][0]["name"], "release-notes");
    assert_eq!(checked["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn a_new_plugin_in_c_builds_and_passes_its_own_test() {
    let place = Place::empty();
    place.run(&["plugin", "new", "greeter", "--lang", "c", "--path", "deep/greeter"]).ok();
    let folder = place.path().join("deep/greeter");
    let tests = tool(&folder, "make", &["test"]).unwrap();
    assert!(tests.contains("ok     hands on the agent's result"), "{tests}");
    tool(&folder, "make", &[]).unwrap();
    let checked = place.run(&["plugin", "check", "deep/greeter/greeter.so"]).ok();
    assert!(checked.stdout.contains("✓ greeter 0.1.0, C"), "{}", checked.stdout);
    assert!(checked.stdout.contains("role greeter: Does what a task says"), "{}", checked.stdout);
    assert!(checked.stdout.contains("may ask the host for agent.run, progress"), "{}", checked.stdout);
}

#[test]
fn a_project_that_is_there_is_left_alone_and_a_wrong_name_refused() {
    let place = Place::empty();
    place.write("taken/file", "mine");
    place.run(&["plugin", "new", "taken"]).refused(5, "already there", "--path");
    assert_eq!(place.read("taken/file"), "mine");
    for name in ["Upper", "../up", "a b", ""] {
        place.run(&["plugin", "new", name]).refused(2, "no name for a plugin", "lower case");
    }
    place.run(&["plugin", "new", "x", "--lang", "cobol"]).code(2);
}

#[test]
fn a_file_that_is_no_plugin_is_refused_and_harms_nobody() {
    let place = Place::empty();
    place.write("text.so", "just a text\n");
    std::fs::set_permissions(place.path().join("text.so"), std::fs::Permissions::from_mode(0o644)).unwrap();
    place.run(&["plugin", "check", "text.so"]).refused(1, "not a dynamic library", "cdylib");
    place.run(&["plugin", "check", "missing.so"]).refused(1, "cannot be read", "check the path");
    let refused = place.run(&["plugin", "check", "missing.so", "--json"]).code(1);
    let error: Value = serde_json::from_str(&refused.stderr).unwrap();
    assert!(error["error"].to_string().contains("missing.so"), "{error}");
}

#[test]
fn plugins_are_found_in_their_folder_and_by_the_configuration() {
    let place = Place::initialised();
    let none = place.run(&["plugin", "list"]).ok();
    assert!(none.stdout.contains("there are no plugins"), "{}", none.stdout);
    library(&place, ".octopoid/plugins/found.so", "found");
    let named = library(&place, "tools/named.so", "named");
    let checked = place.run(&["plugin", "check", "tools/named.so", "--json"]).ok().json();
    let pin = checked["sha256"].as_str().unwrap();
    let mut config = place.read(".octopoid/config.yaml");
    config
        .push_str(&format!("plugins:\n  - {{ path: tools/named.so, sha256: {pin}, isolation: process }}\n"));
    place.write(".octopoid/config.yaml", &config);

    let listed = place.run(&["plugin", "list", "--json"]).ok().json();
    let shown: Vec<_> = listed["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plugin| (plugin["manifest"]["name"].as_str().unwrap(), plugin["isolation"].as_str().unwrap()))
        .collect();
    assert_eq!(shown, [("named", "process"), ("found", "thread")]);
    place.run(&["validate"]).ok();

    // A pin that does not fit, and a file that others can write.
    place.write(".octopoid/config.yaml", config.replace(pin, &"0".repeat(64)));
    std::fs::set_permissions(
        place.path().join(".octopoid/plugins/found.so"),
        std::fs::Permissions::from_mode(0o666),
    )
    .unwrap();
    let refused = place.run(&["plugin", "list"]).code(3);
    let text = without_folder(&place, &refused.stdout);
    let line = config.lines().count();
    assert!(
        text.contains(&format!(
            "refused: .octopoid/config.yaml:{line}: the plugin tools/named.so: its SHA-256"
        )),
        "{text}"
    );
    assert!(
        text.contains("refused: .octopoid/plugins/found.so: the plugin can be written by others"),
        "{text}"
    );
    assert!(text.contains("fix:"), "{text}");
    // It stops whatever would use the roles.
    for command in [&["validate"][..], &["start", "--until-idle"]] {
        let ended = place.run(command).code(3);
        assert!(format!("{}{}", ended.stdout, ended.stderr).contains("its SHA-256"), "{command:?}");
    }
    drop(named);
}

#[test]
fn a_role_of_a_plugin_works_from_the_task_to_the_merged_commit() {
    for isolation in ["thread", "process"] {
        let place = Place::initialised();
        library(&place, "tools/greeter.so", "greeter");
        let mut config = place.read(".octopoid/config.yaml");
        config.push_str(&format!("plugins: [ {{ path: tools/greeter.so, isolation: {isolation} }} ]\n"));
        place.write(".octopoid/config.yaml", config);
        let mut agents = place.read(".octopoid/agents.yaml");
        agents.push_str("  - name: greeter-1\n    role: greeter\n    command: [octopoid-agent]\n");
        place.write(".octopoid/agents.yaml", agents.replace("octopoid-agent", "AGENT"));
        place.write(
            "agent.sh",
            "#!/bin/sh\necho hello > hello.txt && git add hello.txt && git commit -qm 'Say hello'\n\
             echo '{\"outcome\": \"submitted\", \"summary\": \"said hello\"}' > \"$OCTOPOID_RESULT\"\n",
        );
        std::fs::set_permissions(place.path().join("agent.sh"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        place.replace(".octopoid/agents.yaml", "[AGENT]", "[./agent.sh]");
        place.commit("A role of a plugin");

        place.run(&["enqueue", "Greet", "--description", "the world", "--role", "greeter"]).ok();
        place.run(&["start", "--until-idle"]).ok();
        let shown = place.run(&["show", "task-1", "--json"]).ok().json();
        assert_eq!(shown["queue"], "done", "{shown:#}");
        assert_eq!(place.git(&["show", "main:hello.txt"]).trim(), "hello");
        let log = place.run(&["logs", "task-1", "--attempt", "1"]).ok();
        assert!(log.stdout.contains("hello from C"), "{}", log.stdout);
    }
}

#[test]
fn i15_a_plugin_that_dies_costs_attempts_and_then_a_person_is_asked() {
    let place = Place::initialised();
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let text = std::fs::read_to_string(plugins.join("hello-c/hello.c")).unwrap();
    place.write("plugin.c", text.replace("host->log(run,", "abort(); host->log(run,"));
    let include = format!("-I{}", plugins.join("sdk/include").display());
    std::fs::create_dir_all(place.path().join("tools")).unwrap();
    tool(&place.path(), "cc", &["-std=c99", "-shared", "-fPIC", &include, "-o", "tools/dies.so", "plugin.c"])
        .unwrap();
    let mut config = place.read(".octopoid/config.yaml");
    config.push_str("plugins: [ { path: tools/dies.so, isolation: process } ]\n");
    place.write(".octopoid/config.yaml", config);
    let mut agents = place.read(".octopoid/agents.yaml");
    agents.push_str("  - name: greeter-1\n    role: hello-c\n    command: [sh]\n");
    place.write(".octopoid/agents.yaml", agents);
    place.run(&["enqueue", "Greet", "--role", "hello-c"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.run(&["show", "task-1", "--json"]).ok().json();
    assert_eq!(shown["queue"], "needs_continuation", "{shown:#}");
    assert!(shown.to_string().contains("its process was killed by SIGABRT"), "{shown:#}");
}

#[test]
fn a_name_that_is_taken_is_refused_with_both_files() {
    let place = Place::initialised();
    library(&place, ".octopoid/plugins/one.so", "implement");
    library(&place, ".octopoid/plugins/three.so", "greeter");
    library(&place, ".octopoid/plugins/two.so", "greeter");
    let text = without_folder(&place, &place.run(&["validate"]).code(3).stdout);
    assert!(text.contains("one.so: the role `implement` is there already, built in"), "{text}");
    assert!(
        text.contains("two.so: the role `greeter` is there already, from .octopoid/plugins/three.so"),
        "{text}"
    );
    let listed = place.run(&["plugin", "list", "--json"]).code(3).json();
    assert_eq!(listed["refused"].as_array().unwrap().len(), 2, "{listed:#}");
}

#[test]
fn a_library_that_kills_whoever_loads_it_is_refused_before_it_does() {
    let place = Place::initialised();
    place.write(
        "dies.c",
        "#include <stdlib.h>\nconst void *octopoid_plugin_v1(const void *host) { (void)host; abort(); }\n",
    );
    place.write(".octopoid/plugins/.keep", "");
    tool(&place.path(), "cc", &["-shared", "-fPIC", "-o", ".octopoid/plugins/dies.so", "dies.c"]).unwrap();
    for command in [&["validate"][..], &["plugin", "list"], &["start", "--until-idle"]] {
        let ended = place.run(command).code(3);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("dies.so") && said.contains("loading it was killed by SIGABRT"), "{said}");
    }
    place.run(&["status"]).ok();
}

/// A library in C in the folder of plugins, from `plugins/hello-c` with one text replaced.
fn changed(place: &Place, file: &str, from: &str, to: &str) {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let text = std::fs::read_to_string(plugins.join("hello-c/hello.c")).unwrap();
    assert!(text.contains(from), "{from:?} is not in {text}");
    place.write(
        "plugin.c",
        format!("#include <stdlib.h>\n#include <stdio.h>\n{}", text.replacen(from, to, 1)),
    );
    place.write(".octopoid/plugins/.keep", "");
    let include = format!("-I{}", plugins.join("sdk/include").display());
    let target = format!(".octopoid/plugins/{file}");
    tool(&place.path(), "cc", &["-shared", "-fPIC", &include, "-o", &target, "plugin.c"]).unwrap();
    std::fs::remove_file(place.path().join("plugin.c")).unwrap();
}

#[test]
fn i24_settings_are_checked_by_the_schema_in_a_plugins_manifest() {
    let place = Place::initialised();
    let outcomes = "\\\"outcomes\\\": [";
    let schema = "\\\"settings\\\": {\\\"properties\\\": {\\\"limit\\\": {\\\"type\\\": \\\"KIND\\\"}}}, ";
    changed(&place, "limited.so", outcomes, &format!("{}{outcomes}", schema.replace("KIND", "integer")));
    let agents = place.read(".octopoid/agents.yaml");
    let settings = |limit: &str| {
        let entry = format!(
            "  - name: a\n    role: hello-c\n    command: [sh]\n    settings: {{ limit: {limit} }}\n"
        );
        place.write(".octopoid/agents.yaml", format!("{agents}{entry}"));
    };
    settings("3");
    place.run(&["validate"]).ok();
    assert_eq!(
        place.json(&["role", "show", "hello-c"])["settings_schema"]["properties"]["limit"]["type"],
        "integer"
    );
    settings("three");
    let text = without_folder(&place, &place.run(&["validate"]).code(3).stdout);
    let line = agents.lines().count() + 4;
    let wrong = format!(
        "agents.yaml:{line}: role `hello-c`: the settings do not fit: at `/limit`: \"three\" is not of type"
    );
    assert!(text.contains(&wrong), "{text}");
    place.run(&["start", "--until-idle"]).code(3);
    changed(
        &place,
        "limited.so",
        outcomes,
        &format!("{}{outcomes}", schema.replace("KIND", "number of things")),
    );
    let text = without_folder(&place, &place.run(&["validate"]).code(3).stdout);
    assert!(
        text.contains("limited.so: the schema for the settings of its role `hello-c` is not a usable"),
        "{text}"
    );
    place.run(&["plugin", "check", ".octopoid/plugins/limited.so"]).refused(
        1,
        "the schema for the settings of its role `hello-c` is not a usable JSON schema",
        "rebuild",
    );
}

#[test]
fn i15_a_plugin_that_ends_the_process_in_its_run_is_counted_and_then_a_person_is_asked() {
    let place = Place::initialised();
    changed(&place, "dies.so", "host->log(run,", "abort(); host->log(run,");
    let mut agents = place.read(".octopoid/agents.yaml");
    agents.push_str("  - name: greeter-1\n    role: hello-c\n    command: [sh]\n");
    place.write(".octopoid/agents.yaml", agents);
    let bad = place.enqueue(&["Greet", "--role", "hello-c"]);
    for _ in 0..3 {
        assert_eq!(place.run(&["start", "--until-idle"]).status.code(), None, "it is ended by a signal");
        place.run(&["list"]).ok();
    }
    // What was under way beside it goes on.
    let good = place.enqueue(&["Innocent"]);
    place.run(&["start", "--until-idle"]).ok();
    let shown = place.json(&["show", &bad]);
    assert_eq!(shown["queue"], "needs_continuation", "{shown:#}");
    let state = shown["state"].as_str().unwrap();
    assert!(state.contains("ended 3 times while the plugin of the role `hello-c`"), "{state}");
    assert!(state.contains("isolation: process"), "{state}");
    assert_eq!(place.queue(&good), "done");
}

#[test]
fn a_plugin_that_ends_the_process_while_it_is_loaded_is_refused_by_name_and_harms_no_other_command() {
    let place = Place::initialised();
    // In the child that looks at it first, it behaves.
    let guard = "{ char line[4096] = {0}; FILE *f = fopen(\"/proc/self/cmdline\", \"r\"); size_t n = fread(line, 1, 4095, f); fclose(f);\n\
                 int child = 0; for (size_t i = 0; i + 11 < n; i++) { if (!memcmp(line + i, \"plugin-host\", 11)) child = 1; }\n\
                 if (!child) abort(); }\n";
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
    let text = std::fs::read_to_string(plugins.join("hello-c/hello.c")).unwrap();
    let constructor =
        format!("#include <string.h>\n__attribute__((constructor)) static void wake(void) {guard}\n");
    place.write(
        "plugin.c",
        format!("#include <stdlib.h>\n#include <stdio.h>\n#include <string.h>\n{text}\n{constructor}"),
    );
    place.write(".octopoid/plugins/.keep", "");
    let include = format!("-I{}", plugins.join("sdk/include").display());
    tool(&place.path(), "cc", &["-shared", "-fPIC", &include, "-o", ".octopoid/plugins/dies.so", "plugin.c"])
        .unwrap();
    let id = place.enqueue(&["One"]);
    for _ in 0..2 {
        assert_eq!(place.run(&["start", "--until-idle"]).status.code(), None, "it is ended by a signal");
        for command in [&["list"][..], &["status"], &["show", &id], &["validate"], &["plugin", "list"]] {
            assert!(place.run(command).status.code().is_some(), "{command:?}");
        }
    }
    let refused = place.run(&["start", "--until-idle"]).code(3);
    assert!(refused.stderr.contains("dies.so"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("has ended this program 2 times while it was loaded"),
        "{}",
        refused.stderr
    );
    assert!(place.run(&["validate"]).code(3).stdout.contains("isolation: process"));
    // With that it works beside the others.
    place.replace(
        ".octopoid/config.yaml",
        "repo:\n",
        "plugins: [{ path: .octopoid/plugins/dies.so, isolation: process }]\nrepo:\n",
    );
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue(&id), "done");
}
