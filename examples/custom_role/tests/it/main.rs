//! The example does what it says.

use std::process::Command;

#[test]
fn headers_are_added_reviewed_and_land() {
    let output = Command::new(env!("CARGO_BIN_EXE_custom_role")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    // In this order, with other lines between. When a run is told to be over, the next may have begun.
    let mut rest = text.as_str();
    for line in [
        "task-1 clerk begins to add-headers\n",
        "task-1   header added to src/main.rs\n",
        "task-1   header added to src/tools/mod.rs\n",
        "task-1 auditor begins to check-headers\n",
        "task-1   merge: main is at ",
        "task-2 clerk begins to add-headers\n",
        "\ntask-1 done Add licence headers\n",
        "task-2 needs_continuation Add them again: the agent found nothing to do: all 2 files have the header\n",
        "main:src/main.rs:1:// SPDX-License-Identifier: MIT\n",
        "main:src/tools/mod.rs:1:// SPDX-License-Identifier: MIT\n",
    ] {
        let (_, after) =
            rest.split_once(line).unwrap_or_else(|| panic!("{line:?} is not in its place in\n{text}"));
        rest = after;
    }
    for line in ["task-1 is in provisional\n", "task-1 is in done\n", "task-2 is in needs_continuation\n"] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}
