//! The guides for those who embed Octopoid, followed word for word from an empty folder.

mod package;

use package::{Guide, Package, run};
use std::process::Command;

#[test]
fn a_program_by_the_guide_lands_a_task_and_says_what_it_lacks() {
    let guide = Guide::read("octopoid-core/guides/embedding.md", "A whole program");
    let package = Package::new("my-tool", &guide.block("toml"));
    let program = guide.block("rust");
    package.write("src/main.rs", &program);
    let project = package.beside("project");
    for line in guide.block("console").lines().filter_map(|line| line.strip_prefix("$ git ")) {
        let script = format!("git {line}");
        run(Command::new("sh").args(["-c", &script]).current_dir(package.path()).envs(IDENTITY)).unwrap();
    }
    run(Command::new("git").args(["config", "user.name", "Ada"]).current_dir(&project)).unwrap();
    run(Command::new("git").args(["config", "user.email", "ada@example.invalid"]).current_dir(&project))
        .unwrap();
    let said = package.cargo(&["run", "--quiet", "--", "../project"]).unwrap_or_else(|said| panic!("{said}"));
    assert_eq!(said, "1 landed\n");
    let landed = run(Command::new("git").args(["show", "main:GREETING.md"]).current_dir(&project)).unwrap();
    assert_eq!(landed, "Hello, world\n");

    // Somebody who leaves out what nobody reviews.
    let wrong = program.replace(".with_flow(\"default\", flow)", "");
    assert_ne!(wrong, program);
    package.write("src/main.rs", &wrong);
    let said = package.cargo(&["run", "--quiet", "--", "../project"]).unwrap_err();
    assert!(
        said.contains("the flow `default` asks for a review, and no agent has a role that reviews"),
        "{said}"
    );
}

#[test]
fn a_test_of_a_flow_by_the_guide_passes() {
    let guide = Guide::read("octopoid-core/README.md", "Testing a flow");
    let package = Package::new("my-flow", &guide.block("toml"));
    package.write("tests/flow.rs", &guide.block("rust"));
    let said = package.cargo(&["test", "--test", "flow"]).unwrap_or_else(|said| panic!("{said}"));
    assert!(said.contains("test a_task_becomes_a_commit ... ok"), "{said}");
}

#[test]
fn a_store_by_the_guide_passes_the_suite() {
    let guide = Guide::read("octopoid-store/README.md", "A custom store");
    let package = Package::new("custom_store", &guide.block("toml"));
    package.copy("examples/custom_store/src", "src");
    package.copy("examples/custom_store/tests", "tests");
    let said = package.cargo(&["test"]).unwrap_or_else(|said| panic!("{said}"));
    assert!(said.contains("test suite::it_conforms_and_every_end_of_a_case_is_there_again ... ok"), "{said}");
}

/// Who commits, where the machine does not say it.
const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "Ada"),
    ("GIT_AUTHOR_EMAIL", "ada@example.invalid"),
    ("GIT_COMMITTER_NAME", "Ada"),
    ("GIT_COMMITTER_EMAIL", "ada@example.invalid"),
];
