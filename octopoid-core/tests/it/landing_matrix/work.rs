//! The agents of the matrix.

use super::ground::{Ground, Kind};
use octopoid_core::runner::AgentReport;
use octopoid_core::testing::Scene;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// How an agent leaves its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Commits,
    Amends,
    MergesItsBranch,
    MergesMain,
    LeavesUncommitted,
}

impl Way {
    pub(super) const ALL: [Self; 5] =
        [Self::Commits, Self::Amends, Self::MergesItsBranch, Self::MergesMain, Self::LeavesUncommitted];
}

/// Does the task; meanwhile the base branch moves on.
pub(super) fn work(scene: &Scene<'_>, way: Way, ground: &Ground) -> AgentReport {
    match way {
        Way::Commits => {
            change(scene, ground);
            scene.commit("Change");
            add(scene, ground);
            move_pointer(scene, ground);
            scene.commit("Add");
            ground.move_on();
        }
        Way::Amends => {
            scene.write("src/app.txt", &ground.kind.text("not like this\n"));
            scene.write("src/mistake.txt", &ground.kind.text("a mistake\n"));
            scene.commit("Change and add");
            fs::remove_file(scene.request().directory.join("src/mistake.txt")).unwrap();
            change(scene, ground);
            add(scene, ground);
            scene.git(&["add", "--all"]);
            scene.git(&["commit", "--quiet", "--amend", "--no-edit"]);
            ground.move_on();
        }
        Way::MergesItsBranch => {
            scene.git(&["checkout", "--quiet", "-b", "side"]);
            change(scene, ground);
            scene.commit("Change");
            scene.git(&["checkout", "--quiet", "--detach", "HEAD~1"]);
            add(scene, ground);
            scene.commit("Add");
            scene.git(&["merge", "--quiet", "--no-ff", "--no-edit", "side"]);
            ground.move_on();
        }
        Way::MergesMain => {
            change(scene, ground);
            scene.commit("Change");
            ground.move_on();
            match ground.remote {
                Some(_) => {
                    scene.git(&["fetch", "--quiet", "origin", "main"]);
                    scene.git(&["merge", "--quiet", "--no-edit", "FETCH_HEAD"]);
                }
                None => drop(scene.git(&["merge", "--quiet", "--no-edit", "main"])),
            }
            add(scene, ground);
            move_pointer(scene, ground);
            scene.commit("Add");
        }
        Way::LeavesUncommitted => {
            change(scene, ground);
            add(scene, ground);
            ground.move_on();
        }
    }
    scene.submit("did it")
}

/// Changes and removes what is there.
fn change(scene: &Scene<'_>, ground: &Ground) {
    let folder = &scene.request().directory;
    let text = scene.read("src/app.txt").replace("two", "zwei");
    scene.write("src/app.txt", &text);
    fs::remove_file(folder.join("src/old.txt")).unwrap();
    fs::set_permissions(folder.join("src/tool.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    if ground.kind == Kind::Lfs {
        assert_eq!(scene.read("assets/a.bin"), "the first content\n", "an agent has the content");
        scene.write("assets/a.bin", "another content\n");
    }
}

/// Adds what is new.
fn add(scene: &Scene<'_>, ground: &Ground) {
    scene.write("src/a new one.txt", &ground.kind.text("new\n"));
    scene.write("src/tief/größe.txt", &ground.kind.text("ü\n"));
    symlink("app.txt", scene.request().directory.join("src/link")).unwrap();
    if ground.kind == Kind::Lfs {
        scene.write("assets/b.bin", "a second one\n");
    }
}

/// Moves the pointer to the submodule to a commit that its remote has.
fn move_pointer(scene: &Scene<'_>, ground: &Ground) {
    if let Some((library, commit)) = &ground.library {
        scene.git(&["-C", "sub", "fetch", "--quiet", library.to_str().unwrap(), "main"]);
        scene.git(&["-C", "sub", "checkout", "--quiet", commit]);
    }
}
