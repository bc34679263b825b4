//! Edge cases of creating, using and removing worktrees.

use super::{Room, commit_in, git, git_in, id, is_clean, read, write};
use crate::git::tests::remove;
use crate::git::{GitError, Repository, Worktree};
use crate::testing::TempRepository;
use std::fs;

#[test]
fn a_worktree_has_the_commits_content_on_a_detached_head() {
    let room = Room::new();
    let worktree = room.add("task-1");
    assert_eq!(worktree.head().unwrap(), room.tip());
    assert_eq!(read(worktree.path(), "README.md"), "# A repository\n");
    assert!(git_in(worktree.path(), &["branch", "--show-current"]).is_empty());
    assert!(!worktree.is_dirty().unwrap());
    let again = Worktree::open(&room.repository, worktree.path()).unwrap();
    assert_eq!(again.head().unwrap(), room.tip());
}

#[test]
fn paths_with_spaces_and_other_alphabets_work() {
    let room = Room::of(TempRepository::named("mein Projekt – 项目"));
    let base = room.tip();
    let worktree = room.add("task 1 ü");
    let head = commit_in(&worktree, "ein Ordner/datei ä.txt", "hallo\n");
    assert_eq!(room.repository.count_commits(&base, &head).unwrap(), 1);
    let diff = room.repository.diff(&base, &head).unwrap();
    assert_eq!(diff.files[0].path, "ein Ordner/datei ä.txt");
    room.repository.set_branch("agent/x", &head).unwrap();
    let path = worktree.path().to_owned();
    assert_eq!(remove(worktree).unwrap(), None);
    assert!(!path.exists());
}

#[test]
fn a_bare_repository_has_worktrees_too() {
    let room = Room::new();
    let bare = room.user.beside("bare.git");
    git_in(room.user.path(), &["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let repository = Repository::open(&bare, git()).unwrap();
    assert!(repository.is_bare().unwrap());
    let path = room.user.beside("trees/task-1");
    let worktree = repository.worktree_add(&path, &room.tip()).unwrap();
    let head = commit_in(&worktree, "a.txt", "a\n");
    assert_eq!(repository.count_commits(&room.tip(), &head).unwrap(), 1);
    remove(worktree).unwrap();
    assert!(!path.exists());
}

#[test]
fn a_repository_can_be_opened_from_a_linked_worktree_and_from_a_folder_below() {
    let room = Room::new();
    let linked = room.user.beside("linked");
    room.user.git(&["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    let repository = Repository::open(&linked, git()).unwrap();
    assert_eq!(repository.root(), linked.canonicalize().unwrap());
    assert_eq!(repository.common(), room.user.path().join(".git"));
    assert_eq!(repository.tip("main").unwrap(), room.tip());

    write(room.user.path(), "deep/er/x", "");
    let below = Repository::open(room.user.path().join("deep/er"), git()).unwrap();
    assert_eq!(below.root(), room.user.path());
}

#[test]
fn i23_a_stale_registration_does_not_block_and_its_commits_are_kept() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let only_there = commit_in(&worktree, "a.txt", "unsaved\n");
    // The folder is deleted; only the entry in git's worktree list still refers to the commit.
    fs::remove_dir_all(worktree.path()).unwrap();
    let worktree = room.add("task-1");
    assert_eq!(worktree.head().unwrap(), room.tip());
    room.user.git(&["reflog", "expire", "--expire=now", "--all"]);
    room.user.git(&["gc", "--quiet", "--prune=now"]);
    assert!(room.repository.has_commit(&only_there), "the commit was lost; kept: {:?}", room.kept());
}

#[test]
fn i23_a_locked_stale_registration_does_not_block() {
    let room = Room::new();
    let worktree = room.add("task-1");
    room.user.git(&["worktree", "lock", worktree.path().to_str().unwrap()]);
    fs::remove_dir_all(worktree.path()).unwrap();
    assert_eq!(room.add("task-1").head().unwrap(), room.tip());
}

#[test]
fn i23_a_folder_in_the_way_is_moved_aside_with_everything_in_it() {
    let room = Room::new();
    for number in 1..=2 {
        write(&room.place("task-1"), "notes.txt", &format!("precious {number}\n"));
        room.add("task-1");
        let place = room.place(&format!("task-1.kept-{number}"));
        assert_eq!(read(&place, "notes.txt"), format!("precious {number}\n"));
        // The next iteration finds a plain folder again, not a worktree.
        room.user.git(&["worktree", "remove", "--force", room.place("task-1").to_str().unwrap()]);
    }
    let listed = room.repository.worktrees(&room.user.path().join(".octopoid/worktrees")).unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
}

#[test]
fn i23_an_empty_folder_in_the_way_is_used() {
    let room = Room::new();
    fs::create_dir_all(room.place("task-1")).unwrap();
    room.add("task-1");
    assert!(!room.place("task-1.kept-1").exists());
}

#[test]
fn i23_commits_of_a_worktree_that_lost_its_git_file_are_kept() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let only_there = commit_in(&worktree, "a.txt", "unsaved\n");
    write(worktree.path(), "b.txt", "not even committed\n");
    fs::remove_file(worktree.path().join(".git")).unwrap();
    assert!(Worktree::open(&room.repository, worktree.path()).is_err());
    room.add("task-1");
    assert_eq!(read(&room.place("task-1.kept-1"), "b.txt"), "not even committed\n");
    room.user.git(&["reflog", "expire", "--expire=now", "--all"]);
    room.user.git(&["gc", "--quiet", "--prune=now"]);
    assert!(room.repository.has_commit(&only_there), "the commit was lost; kept: {:?}", room.kept());
}

#[test]
fn i23_a_worktree_that_was_half_made_is_made_whole() {
    let room = Room::new();
    room.commit("src/lib.rs", "fn main() {}\n");
    let path = room.place("task-1");
    // As `git worktree add` leaves it when it is killed while it writes the files.
    room.user.git(&["worktree", "add", "--quiet", "--detach", "--no-checkout", path.to_str().unwrap()]);
    let private = room.repository.common().join("worktrees/task-1");
    fs::write(private.join("locked"), "initializing").unwrap();
    fs::write(private.join("index.lock"), "").unwrap();
    fs::write(path.join("README.md"), "# A repository\n").unwrap();

    let worktree = match Worktree::open(&room.repository, &path) {
        Ok(worktree) => {
            worktree.recover().unwrap();
            worktree
        }
        Err(_) => room.repository.worktree_add(&path, &room.tip()).unwrap(),
    };
    assert_eq!(read(worktree.path(), "src/lib.rs"), "fn main() {}\n");
    assert!(is_clean(&worktree));
}

#[test]
fn i18_a_plain_folder_inside_the_repository_is_never_taken_for_a_worktree() {
    let room = Room::new();
    let folder = room.place("task-1");
    fs::create_dir_all(&folder).unwrap();
    let error = Worktree::open(&room.repository, &folder).unwrap_err();
    assert!(matches!(error, GitError::NotAWorktree { .. }), "{error}");
    let error = Worktree::open(&room.repository, room.user.path()).unwrap_err();
    assert!(matches!(error, GitError::NotAWorktree { .. }), "{error}");
    // Nor is a folder a worktree that an agent has pointed at the user's own checkout.
    fs::write(folder.join(".git"), format!("gitdir: {}\n", room.repository.common().display())).unwrap();
    assert!(Worktree::open(&room.repository, &folder).is_err());
}

#[test]
fn i18_a_worktree_that_was_pointed_at_anothers_is_refused() {
    let room = Room::new();
    let (mine, others) = (room.add("task-1"), room.add("task-2"));
    let link = fs::read_to_string(others.path().join(".git")).unwrap();
    fs::write(mine.path().join(".git"), link).unwrap();
    let error = Worktree::open(&room.repository, mine.path()).unwrap_err();
    assert!(matches!(error, GitError::NotAWorktree { .. }), "{error}");
}

#[test]
fn i18_a_worktree_of_another_repository_is_refused() {
    let (room, other) = (Room::new(), Room::new());
    let theirs = other.add("task-1");
    assert!(Worktree::open(&room.repository, theirs.path()).is_err());
}

#[test]
fn dirty_means_changed_or_new_but_not_ignored() {
    let room = Room::new();
    room.commit(".gitignore", "*.log\n");
    let worktree = room.add("task-1");
    write(worktree.path(), "build.log", "noise\n");
    assert!(!worktree.is_dirty().unwrap());
    write(worktree.path(), "new.txt", "new\n");
    assert!(worktree.is_dirty().unwrap());
    fs::remove_file(worktree.path().join("new.txt")).unwrap();
    write(worktree.path(), "README.md", "changed\n");
    assert!(worktree.is_dirty().unwrap());
}

#[test]
fn what_an_agent_forgot_is_committed_with_the_agent_as_author() {
    let room = Room::new();
    room.commit(".gitignore", "*.log\n");
    let worktree = room.add("task-1");
    assert_eq!(worktree.commit_all("Nothing", "agent-1").unwrap(), None);
    write(worktree.path(), "new.txt", "new\n");
    write(worktree.path(), "build.log", "noise\n");
    fs::remove_file(worktree.path().join("README.md")).unwrap();
    let commit = worktree.commit_all("Everything", "agent-1").unwrap().unwrap();
    assert_eq!(commit, worktree.head().unwrap());
    let shown = git_in(worktree.path(), &["show", "--format=%an|%cn|%s", "--name-status", "HEAD"]);
    assert_eq!(shown, "agent-1|Test|Everything\n\nD\tREADME.md\nA\tnew.txt\n");
    assert!(is_clean(&worktree));
}

#[test]
fn without_an_identity_an_agents_commit_bears_the_agents_name() {
    let room = Room::new();
    room.user.git(&["config", "--unset", "user.name"]);
    room.user.git(&["config", "--unset", "user.email"]);
    let worktree = room.add("task-1");
    write(worktree.path(), "new.txt", "new\n");
    // Independent of this machine's configuration, which the program is told not to read.
    worktree.commit_all("Everything", "agent-1").unwrap().unwrap();
    let author = git_in(worktree.path(), &["log", "-1", "--format=%an <%ae>"]);
    assert_eq!(author, "agent-1 <agent-1@octopoid.invalid>\n");
    let told = room.repository.identity_for_agents("agent-1");
    assert!(told.contains(&("GIT_AUTHOR_NAME".to_owned(), "agent-1".to_owned())), "{told:?}");
}

#[test]
fn i23_removing_keeps_what_nothing_else_has() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let commit = commit_in(&worktree, "a.txt", "committed\n");
    write(worktree.path(), "b.txt", "not committed\n");
    let path = worktree.path().to_owned();
    let kept = remove(worktree).unwrap().unwrap();
    assert!(!path.exists());
    assert!(room.user.git(&["worktree", "list"]).lines().count() == 1);
    assert_eq!(room.user.git(&["show", &format!("{kept}:b.txt")]), "not committed\n");
    assert_eq!(id(&room.user.git(&["rev-parse", &format!("{kept}^")])), commit);
}

#[test]
fn removing_what_a_branch_has_keeps_no_second_copy() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let commit = commit_in(&worktree, "a.txt", "a\n");
    room.repository.set_branch("agent/task-1", &commit).unwrap();
    assert_eq!(remove(worktree).unwrap(), None);
    assert!(room.kept().is_empty());
}

#[test]
fn i23_a_repository_of_an_agents_own_inside_the_worktree_is_not_deleted() {
    let room = Room::new();
    let worktree = room.add("task-1");
    let inner = worktree.path().join("vendor/library");
    fs::create_dir_all(&inner).unwrap();
    git_in(&inner, &["init", "--quiet"]);
    write(&inner, "precious.txt", "hours of work\n");
    git_in(&inner, &["add", "--all"]);
    git_in(&inner, &["commit", "--quiet", "--message", "Hours of work"]);
    let path = worktree.path().to_owned();
    let kept = remove(worktree).unwrap().unwrap();
    assert!(!path.exists());
    assert_eq!(room.user.git(&["show", &format!("{kept}:vendor/library/precious.txt")]), "hours of work\n");
}

#[test]
fn saving_leftovers_changes_nothing_and_the_same_state_is_saved_once() {
    let room = Room::new();
    let worktree = room.add("task-1");
    assert_eq!(worktree.save_leftovers().unwrap(), None);
    write(worktree.path(), "README.md", "changed\n");
    write(worktree.path(), "new.txt", "new\n");
    let before = git_in(worktree.path(), &["status", "--porcelain"]);
    let name = worktree.save_leftovers().unwrap().unwrap();
    assert_eq!(worktree.save_leftovers().unwrap(), Some(name.clone()));
    assert_eq!(git_in(worktree.path(), &["status", "--porcelain"]), before);
    assert_eq!(room.kept(), std::slice::from_ref(&name));
    assert_eq!(room.user.git(&["show", &format!("{name}:README.md")]), "changed\n");
    assert_eq!(room.user.git(&["show", &format!("{name}:new.txt")]), "new\n");
}

#[test]
fn resetting_leaves_exactly_the_commit_and_the_ignored_files() {
    let room = Room::new();
    room.commit(".gitignore", "target/\n");
    let worktree = room.add("task-1");
    write(worktree.path(), "target/cache", "kept\n");
    write(worktree.path(), "junk/deep.txt", "junk\n");
    commit_in(&worktree, "a.txt", "a\n");
    write(worktree.path(), "README.md", "changed\n");
    write(worktree.path(), "junk2.txt", "junk\n");
    worktree.reset_hard(&room.tip()).unwrap();
    assert_eq!(worktree.head().unwrap(), room.tip());
    assert!(is_clean(&worktree));
    assert!(!worktree.path().join("a.txt").exists());
    assert_eq!(read(worktree.path(), "target/cache"), "kept\n");
}

#[test]
fn the_listing_tells_what_would_be_lost() {
    let room = Room::new();
    let (clean, committed, dirty) = (room.add("clean"), room.add("committed"), room.add("dirty"));
    commit_in(&committed, "a.txt", "a\n");
    write(dirty.path(), "b.txt", "b\n");
    fs::create_dir_all(room.place("plain.kept-1")).unwrap();
    let folder = room.user.path().join(".octopoid/worktrees");
    let listed = room.repository.worktrees(&folder).unwrap();
    let seen: Vec<_> = listed
        .iter()
        .map(|one| {
            let name = one.path.file_name().unwrap().to_str().unwrap();
            (name, one.head.is_some(), one.dirty, one.unsaved_commits)
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("clean", true, false, false),
            ("committed", true, false, true),
            ("dirty", true, true, false),
            ("plain.kept-1", false, false, false)
        ]
    );
    drop(clean);
    assert!(room.repository.worktrees(&room.user.beside("nowhere")).unwrap().is_empty());
}

#[test]
fn a_repository_that_cannot_be_written_says_so() {
    if nix::unistd::geteuid().is_root() {
        println!("not tested: root may write everywhere");
        return;
    }
    let room = Room::new();
    let objects = room.repository.common().to_owned();
    let mode = |mode| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&objects, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o555);
    let result = room.repository.worktree_add(&room.user.beside("task-1"), &room.tip());
    mode(0o755);
    let error = result.unwrap_err().to_string();
    assert!(error.contains("ermission denied"), "{error}");
}
