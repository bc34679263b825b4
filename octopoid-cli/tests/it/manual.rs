//! The pages of the manual, each followed from its first command to its last in a new project.

use crate::guides_reader::Reader;
use crate::manual_page::{Block, read};
use crate::place::{Place, Running};
use crate::server::serve;
use serde_yaml::{Mapping, Value};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The reader of one page.
struct Session {
    reader: Reader,
    /// A server that a page starts, and its address.
    server: Option<(Running, String)>,
}

impl Session {
    /// A repository with tests, which is set up where the page does not do that itself.
    fn begin(page: &str) -> Self {
        let place = Place::repository();
        place.write("Makefile", "test:\n\ttrue\n");
        place.commit("Add tests");
        let reader = Reader::at(place);
        if !page.contains("$ octopoid init") {
            reader.follow(&reader.place.path(), "octopoid init --local");
        }
        Self { reader, server: None }
    }

    fn act(&mut self, block: Block) {
        match block {
            Block::Command { prompt, line, output } if prompt == "server" => self.serve(&line, &output),
            Block::Command { line, output, .. } => self.type_line(&line, &output),
            Block::File { path, text, added } => self.write(&path, &text, added),
            Block::Shell(text) => self.check(&text),
            Block::Yaml(text) => drop(serde_yaml::from_str::<Value>(&text).unwrap()),
        }
    }

    fn type_line(&self, line: &str, output: &[String]) {
        let here = self.server.as_ref().map_or("", |(_, url)| url);
        let line = line.replace("http://127.0.0.1:8787", here);
        let said = self.reader.follow(&self.reader.place.path(), &line);
        for wanted in output {
            assert!(is_in(wanted, &said), "{line} does not print {wanted:?} but {said}");
        }
    }

    /// Starts a server, at an address that is free.
    fn serve(&mut self, line: &str, output: &[String]) {
        assert_eq!((line, output), ("octopoid serve --database queue.db", &[][..]));
        self.server = Some(serve(&self.reader.place, &[]));
    }

    /// Writes a file; in `config.yaml` the keys are set, the others stay as they are.
    fn write(&self, path: &str, text: &str, added: bool) {
        let place = &self.reader.place;
        if added {
            return self.reader.add_agents(text);
        }
        if path == ".octopoid/config.yaml" {
            let mut config: Mapping = serde_yaml::from_str(&place.read(path)).unwrap();
            config.extend(serde_yaml::from_str::<Mapping>(text).unwrap());
            return place.write(path, serde_yaml::to_string(&config).unwrap());
        }
        place.write(path, text);
        if text.starts_with("#!") {
            let file = place.path().join(path);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    /// Checks the words of commands that cannot be run here: the program is asked for help on each.
    fn check(&self, text: &str) {
        for line in text.lines() {
            let line = line.split("    #").next().unwrap().trim();
            let words = line.strip_prefix("sudo ").unwrap_or(line);
            let Some(words) = words.strip_prefix("octopoid ") else { continue };
            // Help before `--`, behind which the words belong to another command.
            let words = words.split(" > ").next().unwrap().split(" -- ").next().unwrap();
            let said = self.reader.follow(&self.reader.place.path(), &format!("octopoid {words} --help"));
            assert!(said.contains("Usage: octopoid"), "{line}: {said}");
        }
    }
}

/// Whether a text has a line, in which `…` stands for anything.
fn is_in(wanted: &str, text: &str) -> bool {
    text.lines().any(|line| {
        let mut rest = line;
        wanted.trim().split('…').all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The pages, without their pictures.
fn pages() -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

fn follow(name: &str) {
    let page = std::fs::read_to_string(folder().join(name)).unwrap();
    let blocks = read(&page);
    assert!(!blocks.is_empty(), "{name} has nothing to follow");
    let mut session = Session::begin(&page);
    for block in blocks {
        session.act(block);
    }
}

macro_rules! pages {
    ($($test:ident: $name:literal,)*) => {
        const FOLLOWED: &[&str] = &[$($name),*];
        $(
            #[test]
            fn $test() {
                follow($name);
            }
        )*
    };
}

pages! {
    getting_started_leads_to_landed_tasks: "getting-started.md",
    the_page_on_tasks_can_be_followed: "tasks.md",
    the_page_on_reviewing_can_be_followed: "reviewing.md",
    the_page_on_flows_can_be_followed: "flows.md",
    the_page_on_roles_can_be_followed: "roles.md",
    the_page_on_landing_can_be_followed: "landing.md",
    the_page_on_forges_can_be_followed: "forges.md",
    the_page_on_several_machines_can_be_followed: "several-machines.md",
    the_page_on_running_can_be_followed: "running.md",
    the_page_on_the_dashboard_can_be_followed: "dashboard.md",
    the_page_on_troubleshooting_can_be_followed: "troubleshooting.md",
}

/// Pages with commands for another project, which have tests of their own.
const FOLLOWED_ELSEWHERE: [&str; 1] = ["coming-from-the-original.md"];

#[test]
fn every_page_with_commands_is_followed() {
    for path in pages() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let known = FOLLOWED.contains(&name) || FOLLOWED_ELSEWHERE.contains(&name);
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(known || !page.contains("```console"), "{name} has commands and is followed by no test");
    }
}

#[test]
fn the_index_of_the_manual_names_every_page() {
    let index = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for path in pages() {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name == "README.md" || index.contains(&format!("]({name})")), "{name} is not in the index");
    }
}

#[test]
fn what_a_command_prints_is_compared_with_gaps() {
    assert!(is_in(
        "task-1 added to incoming: ready; …",
        "x\ntask-1 added to incoming: ready; nothing runs\n"
    ));
    assert!(!is_in("a … c", "a b\nc"));
}
