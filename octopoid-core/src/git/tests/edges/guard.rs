//! Edge cases of the guard of files that an agent must not change (I18).

use super::{Room, git_in, read, write};
use crate::git::Guard;
use crate::git::tests::remove;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

struct Guarded {
    room: Room,
    common: PathBuf,
    aside: PathBuf,
}

impl Guarded {
    fn new() -> Self {
        let room = Room::new();
        let (common, aside) = (room.repository.common().to_owned(), room.user.beside("aside"));
        let hook = common.join("hooks/pre-commit");
        fs::create_dir_all(common.join("hooks")).unwrap();
        fs::write(&hook, "#!/bin/sh\nexit 0\n").unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        Self { room, common, aside }
    }

    /// Returns the files that are restored after an agent has done this.
    fn after(&self, tamper: impl FnOnce(&Path)) -> Vec<String> {
        let guard = Guard::take(&self.room.repository).unwrap();
        tamper(&self.common);
        let found = guard.restore(&self.room.repository, &self.aside).unwrap();
        assert!(guard.restore(&self.room.repository, &self.aside).unwrap().is_empty(), "once is enough");
        found.into_iter().map(|one| one.path.display().to_string()).collect()
    }

    fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.common.join(path)).unwrap().permissions().mode() & 0o777
    }
}

#[test]
fn i18_changed_configuration_is_put_back_and_kept_aside() {
    let it = Guarded::new();
    let before = read(&it.common, "config");
    let found = it.after(|common| {
        git_in(common, &["config", "core.sshCommand", "evil"]);
    });
    assert_eq!(found, ["config"]);
    assert_eq!(read(&it.common, "config"), before);
    assert!(read(&it.aside, "config").contains("evil"));
}

#[test]
fn i28_configuration_that_only_its_owner_reads_stays_so() {
    let it = Guarded::new();
    let owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(it.common.join("config"), owner).unwrap();
    it.after(|common| {
        fs::remove_file(common.join("config")).unwrap();
        write(common, "config", "[core]\n\tsshCommand = evil\n");
    });
    assert_eq!(it.mode("config"), 0o600);
}

#[test]
fn i18_hooks_that_were_added_changed_or_deleted_are_put_back() {
    let it = Guarded::new();
    let found = it.after(|common| {
        write(common, "hooks/post-checkout", "evil\n");
        write(common, "hooks/pre-commit", "evil\n");
    });
    assert_eq!(found, ["hooks/post-checkout", "hooks/pre-commit"]);
    assert!(!it.common.join("hooks/post-checkout").exists());
    assert_eq!(read(&it.common, "hooks/pre-commit"), "#!/bin/sh\nexit 0\n");
    assert_eq!(read(&it.aside, "hooks/post-checkout"), "evil\n");

    let found = it.after(|common| fs::remove_file(common.join("hooks/pre-commit")).unwrap());
    assert_eq!(found, ["hooks/pre-commit"]);
    assert_eq!(it.mode("hooks/pre-commit"), 0o755, "a hook that is not executable does not run");
}

#[test]
fn i18_a_hook_that_was_switched_off_or_on_is_switched_back() {
    let it = Guarded::new();
    let set = |mode| {
        move |common: &Path| {
            fs::set_permissions(common.join("hooks/pre-commit"), fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    assert_eq!(it.after(set(0o644)), ["hooks/pre-commit"]);
    assert_eq!(it.mode("hooks/pre-commit"), 0o755);
}

#[test]
fn i18_folders_that_were_deleted_come_back() {
    let it = Guarded::new();
    let found = it.after(|common| {
        fs::remove_dir_all(common.join("hooks")).unwrap();
        fs::remove_dir_all(common.join("info")).unwrap();
    });
    assert!(found.contains(&"info/exclude".to_owned()), "{found:?}");
    assert_eq!(read(&it.common, "info/exclude"), ".octopoid/\n");
    assert_eq!(read(&it.common, "hooks/pre-commit"), "#!/bin/sh\nexit 0\n");
}

#[test]
fn i18_a_folder_in_a_files_place_is_cleared_away() {
    let it = Guarded::new();
    it.after(|common| {
        fs::remove_file(common.join("hooks/pre-commit")).unwrap();
        write(common, "hooks/pre-commit/inside", "evil\n");
    });
    assert_eq!(read(&it.common, "hooks/pre-commit"), "#!/bin/sh\nexit 0\n");
    assert_eq!(read(&it.aside, "hooks/pre-commit/inside"), "evil\n");
}

#[test]
fn i18_putting_back_never_writes_through_a_link() {
    let it = Guarded::new();
    let before = read(&it.common, "config");
    let outside = it.room.user.beside("outside");
    fs::write(&outside, "somebody's file\n").unwrap();
    it.after(|common| {
        fs::remove_file(common.join("config")).unwrap();
        std::os::unix::fs::symlink(&outside, common.join("config")).unwrap();
    });
    assert_eq!(fs::read_to_string(&outside).unwrap(), "somebody's file\n");
    assert!(!fs::symlink_metadata(it.common.join("config")).unwrap().is_symlink());
    assert_eq!(read(&it.common, "config"), before);
}

#[test]
fn i18_a_folder_that_became_a_link_is_put_back() {
    let it = Guarded::new();
    let outside = it.room.user.beside("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("pre-commit"), "somebody's file\n").unwrap();
    it.after(|common| {
        fs::remove_dir_all(common.join("hooks")).unwrap();
        std::os::unix::fs::symlink(&outside, common.join("hooks")).unwrap();
    });
    assert_eq!(read(&outside, "pre-commit"), "somebody's file\n");
    assert!(!fs::symlink_metadata(it.common.join("hooks")).unwrap().is_symlink());
    assert_eq!(read(&it.common, "hooks/pre-commit"), "#!/bin/sh\nexit 0\n");
}

#[test]
fn i18_a_hook_that_is_a_link_stays_a_link() {
    let it = Guarded::new();
    write(it.room.user.path(), "scripts/hook", "#!/bin/sh\n");
    let link = it.common.join("hooks/commit-msg");
    std::os::unix::fs::symlink("../../scripts/hook", &link).unwrap();
    let found = it.after(|common| {
        fs::remove_file(common.join("hooks/commit-msg")).unwrap();
        write(common, "hooks/commit-msg", "evil\n");
    });
    assert_eq!(found, ["hooks/commit-msg"]);
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("../../scripts/hook"));
}

#[test]
fn everyday_changes_of_a_users_stay() {
    let it = Guarded::new();
    it.room.user.add_remote("upstream");
    let found = it.after(|common| {
        git_in(common, &["config", "branch.main.remote", "upstream"]);
        git_in(common, &["config", "branch.main.merge", "refs/heads/main"]);
        git_in(common, &["config", "extensions.worktreeConfig", "false"]);
        git_in(common, &["config", "gc.auto", "1000"]);
        git_in(common, &["remote", "add", "up", "https://host.example/x.git"]);
    });
    assert!(found.is_empty(), "{found:?}");
    assert!(read(&it.common, "config").contains("host.example"));
}

#[test]
fn i18_settings_that_run_programs_are_never_everyday() {
    for (key, value) in [
        ("gc.recentObjectsHook", "evil"),
        ("remote.evil.uploadpack", "evil"),
        ("remote.evil.receivepack", "evil"),
        ("remote.evil.vcs", "evil"),
        ("core.fsmonitor", "evil"),
        ("core.hooksPath", "/tmp/evil"),
        ("include.path", "/tmp/evil"),
        ("filter.x.clean", "evil"),
        ("url.https://evil/.insteadOf", "https://good/"),
        ("submodule.x.update", "!evil"),
    ] {
        let it = Guarded::new();
        let found = it.after(|common| {
            git_in(common, &["config", "remote.evil.url", "."]);
            git_in(common, &["config", key, value]);
        });
        assert_eq!(found, ["config"], "{key}");
        assert!(!read(&it.common, "config").contains("evil"), "{key}");
    }
}

#[test]
fn what_git_does_itself_is_no_tampering() {
    let it = Guarded::new();
    let room = &it.room;
    let found = it.after(|_| {
        let worktree = room.add("task-1");
        super::commit_in(&worktree, "a.txt", "a\n");
        room.user.git(&["gc", "--quiet"]);
        room.user.git(&["checkout", "--quiet", "-b", "side", "--track", "main"]);
        remove(worktree).unwrap();
    });
    assert!(found.is_empty(), "{found:?}");
}
