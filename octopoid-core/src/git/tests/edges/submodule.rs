//! Edge cases of worktrees with submodules.

use super::{Room, git_in, read};
use crate::git::tests::remove;

fn with_submodules() -> (Room, Room, Room) {
    let (room, cloned, other) = (Room::new(), Room::new(), Room::new());
    cloned.commit("library.txt", "library\n");
    for (name, from) in [("cloned", &cloned), ("other", &other)] {
        let url = from.user.path().to_str().unwrap().to_owned();
        room.user.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, name]);
    }
    room.user.commit("Add submodules");
    // The second submodule is not in the user's checkout.
    room.user.git(&["submodule", "--quiet", "deinit", "--force", "other"]);
    std::fs::remove_dir_all(room.repository.common().join("modules/other")).unwrap();
    (room, cloned, other)
}

#[test]
fn submodules_are_filled_from_the_users_checkout_without_the_network() {
    let (room, cloned, other) = with_submodules();
    let config = std::fs::read_to_string(room.repository.common().join("config")).unwrap();
    // Neither origin can be reached.
    let (cloned_path, other_path) = (cloned.user.path().to_owned(), other.user.path().to_owned());
    std::fs::rename(&cloned_path, cloned.user.beside("away")).unwrap();
    std::fs::rename(&other_path, other.user.beside("away")).unwrap();
    let worktree = room.add("task-1");
    assert_eq!(read(worktree.path(), "cloned/library.txt"), "library\n");
    assert!(std::fs::read_dir(worktree.path().join("other")).unwrap().next().is_none());
    assert!(!worktree.is_dirty().unwrap());
    assert_eq!(std::fs::read_to_string(room.repository.common().join("config")).unwrap(), config);
}

#[test]
fn a_worktree_with_submodules_can_be_removed() {
    let (room, ..) = with_submodules();
    let worktree = room.add("task-1");
    let path = worktree.path().to_owned();
    assert_eq!(remove(worktree).unwrap(), None);
    assert!(!path.exists());
    // The user's own submodule is untouched.
    assert_eq!(read(room.user.path(), "cloned/library.txt"), "library\n");
    assert!(git_in(room.user.path(), &["status", "--porcelain"]).is_empty());
}
