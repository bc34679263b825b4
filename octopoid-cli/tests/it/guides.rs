//! Each guide for authors, followed word for word from an empty folder.

use crate::guides_reader::{Reader, blocks, commands};
use crate::place::PROGRAM;
use serde_json::json;
use std::path::{Path, PathBuf};

const ROLES: &str = include_str!("../../../octopoid-roles/README.md");
const CUSTOM_ROLE: &str = include_str!("../../../octopoid-core/guides/custom-role.md");
const CUSTOM_RUNNER: &str = include_str!("../../../octopoid-core/guides/custom-runner.md");

/// A folder for what is built, shared by all guides and kept between runs of the tests.
fn target() -> PathBuf {
    Path::new(PROGRAM).parent().unwrap().join("guides")
}

fn link_target(folder: &Path) {
    std::fs::create_dir_all(target()).unwrap();
    std::os::unix::fs::symlink(target(), folder.join("target")).unwrap();
}

/// Follows the README of a new plugin, from its first command to the task that is done.
fn follow_plugin(name: &str, arguments: &[&str]) {
    let reader = Reader::new();
    let place = &reader.place;
    place.run(&[&["plugin", "new", name, "--path", "../plugin"], arguments].concat()).ok();
    let folder = place.path().join("../plugin");
    if arguments.is_empty() {
        link_target(&folder);
    }
    let page = std::fs::read_to_string(folder.join("README.md")).unwrap();
    reader.add_agents(&blocks(&page, "yaml").remove(0));
    let commands = commands(&page);
    assert!(commands.len() >= 6, "{commands:?}");
    for line in commands {
        let in_project = line.starts_with("octopoid enqueue") || line == "octopoid start";
        reader.follow(if in_project { place.path() } else { folder.clone() }.as_path(), &line);
    }
    reader.is_done("task-1");
    let shown = place.json(&["show", "task-1"]);
    assert_eq!(shown["runs"][0]["role"], name, "{shown:#}");
}

#[test]
fn the_guide_of_a_plugin_in_rust_leads_to_a_task_that_is_done() {
    follow_plugin("release-notes", &[]);
}

#[test]
fn the_guide_of_a_plugin_in_c_leads_to_a_task_that_is_done() {
    follow_plugin("greeter", &["--lang", "c"]);
}

#[test]
fn the_guide_of_a_roles_folder_leads_to_a_task_that_is_done() {
    let reader = Reader::new();
    let place = &reader.place;
    let (_, guide) = ROLES.split_once("## A role that is a folder\n").unwrap();
    let said = reader.follow(&place.path(), "octopoid role new docs");
    // What the command says to add, and what the guide says the files can hold.
    assert!(said.contains("- name: docs-1\n         role: docs"), "{said}");
    reader.add_agents("agents:\n  - name: docs-1\n    role: docs\n");
    let yaml = blocks(guide, "yaml");
    place.write(".octopoid/roles/docs/role.yaml", format!("{}{}", yaml[0], yaml[1]));
    reader.follow(&place.path(), "octopoid validate");
    let result = json!({ "outcome": "written", "summary": "Said it.", "risk": "low" });
    let script = format!("sim docs: write a.md x\nsim docs: commit Say it\nsim docs: result {result}");
    place.run(&["enqueue", "Say it", "--role", "docs", "--description", &script]).ok();
    let prompt = reader.follow(&place.path(), "octopoid role render docs task-1");
    assert!(prompt.contains("`Say it`"), "{prompt}");
    reader.follow(&place.path(), "octopoid start");
    reader.is_done("task-1");
    assert_eq!(place.json(&["show", "task-1"])["runs"][0]["report"], json!({ "risk": "low" }));
    assert!(reader.follow(&place.path(), "octopoid show task-1").contains("risk: low"));
}

/// Follows a guide with a whole project in it: each block of code begins with the name of its file.
fn follow_project(page: &str) {
    let reader = Reader::new();
    let folder = reader.place.path().join("../project");
    std::fs::create_dir(&folder).unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let files = blocks(page, "toml").into_iter().chain(blocks(page, "rust"));
    for file in files {
        let (name, text) = file.split_once('\n').unwrap();
        let path = folder.join(name.trim_start_matches(['#', '/', ' ']));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // From here, and not from the registry.
        let version = format!("version = {:?}", env!("CARGO_PKG_VERSION"));
        let text: String = text
            .lines()
            .map(|line| match line.split_once(" = ") {
                Some((package, rest)) if package.starts_with("octopoid-") => {
                    let place = format!("path = {:?}", workspace.join(package));
                    let plain = format!("{:?}", env!("CARGO_PKG_VERSION"));
                    let rest =
                        if rest == plain { format!("{{ {place} }}") } else { rest.replace(&version, &place) };
                    format!("{package} = {rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        std::fs::write(path, text).unwrap();
    }
    // The versions that are there.
    std::fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    link_target(&folder);
    for line in commands(page) {
        let said = reader.follow(&folder, &line);
        assert!(said.contains("promises ... ok"), "{said}");
    }
}

#[test]
fn the_guide_of_a_custom_role_builds_and_passes_its_tests() {
    follow_project(CUSTOM_ROLE);
}

#[test]
fn the_guide_of_a_custom_runner_builds_and_passes_its_tests() {
    follow_project(CUSTOM_RUNNER);
}
