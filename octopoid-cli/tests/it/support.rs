//! What cannot work is refused by `init`, `doctor` and `start`, before an agent is paid.

use crate::place::{Place, agents};
use std::os::unix::fs::PermissionsExt;

/// What `init` writes, for repositories where it refuses to.
fn install_by_hand(place: &Place) {
    place.write(".octopoid/config.yaml", "repo:\n  base_branch: main\n");
    place.write(".octopoid/agents.yaml", agents());
}

/// Checks that each of the three commands refuses with a reason and a remedy, and that no run began.
#[track_caller]
fn refused(place: &Place, reason: &str, remedy: &str) {
    place.run(&["init"]).refused(3, reason, remedy);
    assert!(!place.path().join(".octopoid").exists(), "nothing is written");
    install_by_hand(place);
    let said = place.run(&["doctor"]).code(1).stdout;
    let at = said.find("✗ repository").unwrap_or_else(|| panic!("{said}"));
    assert!(said[at..].contains(reason) && said[at..].contains(remedy), "{said}");
    assert!(!said.contains("✓ repository"), "{said}");
    let id = place.enqueue(&["One"]);
    place.run(&["start", "--until-idle"]).refused(3, reason, remedy);
    place.run(&["start", "--daemon"]).code(3);
    let shown = place.json(&["show", &id]);
    assert_eq!((shown["queue"].as_str(), shown["counters"]["runs"].as_u64()), (Some("incoming"), Some(0)));
}

/// A repository that was made with these options.
fn made_with(options: &[&str]) -> Option<Place> {
    let place = Place::empty();
    let init = [&["init", "--quiet", "--initial-branch", "main"], options].concat();
    if !place.run_git(&init).status.success() {
        return None;
    }
    place.write("README.md", "# Something\n");
    place.commit("First commit");
    Some(place)
}

fn program(place: &Place, name: &str, text: &str) -> String {
    place.write(name, text);
    let path = place.path().join(name);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.canonicalize().unwrap().to_str().unwrap().to_owned()
}

/// A repository whose base branch sends `*.bin` through a filter.
fn filtered(filter: &str) -> Place {
    let place = Place::repository();
    place.write("deep/.gitattributes", format!("*.txt text\n*.bin filter={filter} -text\n"));
    place.commit("Attributes");
    place
}

#[test]
fn a_repository_with_sha256_is_refused() {
    let Some(place) = made_with(&["--object-format=sha256"]) else { return };
    refused(&place, "has the object format `sha256`", "git init --object-format=sha1");
}

#[test]
fn a_repository_with_reftable_is_refused() {
    let Some(place) = made_with(&["--ref-format=reftable"]) else { return };
    refused(&place, "keeps its refs in the format `reftable`", "git refs migrate --ref-format=files");
}

#[test]
fn an_extension_that_is_not_supported_is_refused_by_its_name() {
    let place = Place::repository();
    place.git(&["config", "core.repositoryformatversion", "1"]);
    place.git(&["config", "extensions.partialClone", "origin"]);
    refused(&place, "has the extension `partialclone`", "git config --unset extensions.partialClone");
}

#[test]
fn lfs_without_its_configuration_is_refused() {
    refused(
        &filtered("lfs"),
        "`deep/.gitattributes` names the filter `lfs`, which is not configured",
        "git lfs install",
    );
}

#[test]
fn lfs_without_its_program_is_refused() {
    let place = filtered("lfs");
    place.git(&["config", "filter.lfs.process", "no-such-git-lfs filter-process"]);
    refused(&place, "the filter `lfs`, whose program `no-such-git-lfs` was not found", "package `git-lfs`");
}

#[test]
fn lfs_that_is_installed_is_not_refused() {
    let place = filtered("lfs");
    if !place.run_git(&["lfs", "version"]).status.success() {
        return;
    }
    place.git(&["lfs", "install", "--skip-repo"]);
    place.run(&["init"]).ok();
    assert!(!place.run(&["doctor"]).stdout.contains("lfs"));
}

#[test]
fn an_extension_that_git_does_not_know_is_refused_in_its_words() {
    let place = Place::repository();
    let config =
        place.read(".git/config").replace("repositoryformatversion = 0", "repositoryformatversion = 1");
    place.write(".git/config", format!("{config}[extensions]\n\tnovelty = true\n"));
    let ended = place.run(&["init"]).code(3);
    assert!(ended.stderr.contains("novelty"), "{}", ended.stderr);
    install_by_hand(&place);
    let said = place.run(&["doctor"]).code(1).stdout;
    assert!(said.contains("✗ repository") && said.contains("novelty"), "{said}");
    let ended = place.run(&["start", "--once"]).code(3);
    assert!(ended.stderr.contains("novelty"), "{}", ended.stderr);
}

#[test]
fn a_required_filter_without_its_program_is_refused_until_it_is_there() {
    let place = filtered("secret");
    place.git(&["config", "filter.secret.clean", "tools/clean --fast %f"]);
    place.git(&["config", "filter.secret.smudge", "cat"]);
    place.git(&["config", "filter.secret.required", "true"]);
    refused(
        &place,
        "the filter `secret`, whose program `tools/clean` was not found",
        "install `tools/clean`",
    );
    // git runs filters at the top of the checkout.
    program(&place, "tools/clean", "#!/bin/sh\ncat\n");
    place.run(&["doctor"]).ok();
    place.run(&["start", "--until-idle"]).ok();
    assert_eq!(place.queue("task-1"), "done");
}

#[test]
fn a_filter_in_the_repositorys_own_attributes_counts_too() {
    let place = Place::repository();
    place.write(".git/info/attributes", "*.bin filter=lfs\n");
    refused(&place, "`info/attributes` names the filter `lfs`", "git lfs install");
}

#[test]
fn a_filter_that_git_works_without_is_only_mentioned() {
    let place = filtered("pretty");
    place.run(&["init"]).ok();
    let said = place.run(&["doctor"]).stdout;
    assert!(
        said.contains("! filter") && said.contains("the filter `pretty`, which is not configured"),
        "{said}"
    );
    assert!(!said.contains("✗ repository"), "{said}");
    place.git(&["config", "filter.pretty.clean", "no-such-program"]);
    let said = place.run(&["doctor"]).stdout;
    assert!(said.contains("whose program `no-such-program` was not found; files stay as they are"), "{said}");
    // The user's own settings of `git grep` change nothing.
    place.git(&["config", "grep.lineNumber", "true"]);
    place.git(&["config", "grep.patternType", "perl"]);
    place.git(&["config", "color.ui", "always"]);
    let filter = |said: &str| said.lines().find(|line| line.starts_with("! filter")).map(str::to_owned);
    assert_eq!(filter(&place.run(&["doctor"]).stdout), filter(&said));
}

#[test]
fn attributes_of_other_branches_do_not_count() {
    let place = Place::repository();
    place.git(&["checkout", "--quiet", "-b", "other"]);
    place.write(".gitattributes", "*.bin filter=lfs\n");
    place.commit("Attributes");
    place.run(&["init", "--base-branch", "main"]).ok();
    place.run(&["init", "--force", "--base-branch", "other"]).refused(
        3,
        "the filter `lfs`",
        "git lfs install",
    );
}

#[test]
fn a_partial_clone_without_its_remote_is_refused_and_with_it_works() {
    let place = Place::repository();
    place.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", place.path().canonicalize().unwrap().display());
    place.git(&["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    place.run(&["init", "--dir", "partial"]).ok();
    std::fs::remove_dir_all(place.path().join("partial/.octopoid")).unwrap();
    place.git(&["-C", "partial", "remote", "remove", "origin"]);
    place.run(&["init", "--dir", "partial"]).refused(
        3,
        "is a partial clone",
        "git config remote.NAME.promisor true",
    );
    place.git(&["-C", "partial", "remote", "add", "origin", &url]);
    place.git(&["-C", "partial", "config", "remote.origin.promisor", "true"]);
    place.run(&["init", "--dir", "partial"]).ok();
}

#[test]
fn what_git_manages_is_not_refused() {
    let place = Place::repository();
    place.write("deep/file", "x\n");
    place.commit("Deep");
    let url = format!("file://{}", place.path().canonicalize().unwrap().display());
    place.git(&["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    place.git(&["clone", "--quiet", "--bare", ".", "bare.git"]);
    place.git(&["clone", "--quiet", "--sparse", ".", "sparse"]);
    place.git(&["clone", "--quiet", ".", "split"]);
    place.git(&["-C", "split", "update-index", "--split-index"]);
    place.git(&["clone", "--quiet", ".", "super"]);
    place.git(&[
        "-C",
        "super",
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &url,
        "sub",
    ]);
    place.git(&["-C", "super", "commit", "--quiet", "--message", "A submodule"]);
    for folder in ["shallow", "bare.git", "sparse", "split", "super"] {
        place.run(&["init", "--runner", "command", "--dir", folder]).ok();
        place.write(&format!("{folder}/.octopoid/agents.yaml"), agents());
        let healthy = place.json(&["doctor", "--dir", folder]);
        assert_eq!(healthy["healthy"], true, "{folder}: {healthy}");
    }
}

#[test]
fn a_repository_path_that_leads_nowhere_is_said_with_its_setting() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "repo:\n", "repo:\n  path: ../gone\n");
    let gone = place.path().canonicalize().unwrap().join("../gone");
    let reason = format!("`repo.path` names {}, and there is no such folder", gone.display());
    let said = place.run(&["validate"]).code(3).stdout;
    assert!(said.contains(&reason) && said.contains("config.yaml:4: "), "{said}");
    assert!(place.run(&["doctor"]).code(1).stdout.contains(&reason));
    place.run(&["start", "--once"]).refused(3, &reason, "octopoid validate");
    std::fs::create_dir(place.path().join("../gone")).unwrap();
    let said = place.run(&["validate"]).code(3).stdout;
    assert!(said.contains("which is not in a git repository"), "{said}");
}
