//! Repositories inside the worktree: what they hold must not vanish behind a pointer (I32).

use super::{agent, read, says};
use crate::orchestrator::setting::Setting;
use octopoid_core::model::Queue;
use octopoid_core::orchestrator::LeftoverLimits;
use octopoid_core::testing::Scene;

/// Makes a repository in a folder of the worktree, as scaffolding tools do.
fn scaffold(scene: &Scene<'_>, folder: &str) {
    scene.write(format!("{folder}/index.js"), "console.log(1)\n");
    scene.git(&["-C", folder, "init", "--quiet", "--initial-branch=main"]);
    scene.git(&["-C", folder, "add", "--all"]);
    scene.git(&["-C", folder, "commit", "--quiet", "--message", "Scaffold"]);
}

fn commit(scene: &Scene<'_>) {
    scene.git(&["-c", "advice.addEmbeddedRepo=false", "add", "--all"]);
    scene.git(&["commit", "--quiet", "--message", "Scaffold the app"]);
}

async fn lands_with(setting: &Setting, files: &[&str]) -> String {
    let id = setting.take().await;
    let said = setting.said(&id).await;
    assert_eq!(setting.queue(&id).await, Queue::Done, "{said}");
    assert_eq!(setting.files_in_main(), files, "{said}");
    let tree = setting.repository.git(&["ls-tree", "-r", "main"]);
    assert!(!tree.contains("160000"), "{tree}");
    assert!(setting.repository.git(&["status", "--porcelain"]).is_empty());
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_committed_pointer_lands_as_the_files_it_stood_for() {
    let setting = Setting::new(agent(|scene| {
        scaffold(scene, "app");
        commit(scene);
    }));
    let said = lands_with(&setting, &["README.md", "app/index.js"]).await;
    says(&said, &["pointers: `app` held a repository of its own"]);
    says(&setting.review_prompts(), &["`app`", "console.log(1)"]);
    assert_eq!(read(setting.repository.path(), "app/index.js"), "console.log(1)\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_repository_that_was_not_committed_lands_as_its_files() {
    let setting = Setting::new(agent(|scene| scaffold(scene, "app")));
    let said = lands_with(&setting, &["README.md", "app/index.js"]).await;
    says(&said, &["`app/`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_an_empty_repository_does_not_block_the_landing() {
    let setting = Setting::new(agent(|scene| {
        scene.write("app/index.js", "console.log(1)\n");
        scene.git(&["-C", "app", "init", "--quiet"]);
        scene.write("work.txt", "work\n");
    }));
    lands_with(&setting, &["README.md", "app/index.js", "work.txt"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_repositories_in_repositories_land_as_their_files() {
    let setting = Setting::new(agent(|scene| {
        scaffold(scene, "app/plugins/one");
        scaffold(scene, "app");
        commit(scene);
    }));
    lands_with(&setting, &["README.md", "app/index.js", "app/plugins/one/index.js"]).await;
    let setting = Setting::new(agent(|scene| {
        scaffold(scene, "app/plugins/one");
        scaffold(scene, "app");
    }));
    lands_with(&setting, &["README.md", "app/index.js", "app/plugins/one/index.js"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_what_a_nested_repository_ignores_does_not_land() {
    for committed in [true, false] {
        let setting = Setting::new(agent(move |scene| {
            scene.write("app/.gitignore", "node_modules/\n");
            scene.write("app/node_modules/left-pad/index.js", "pad\n");
            scaffold(scene, "app");
            if committed {
                commit(scene);
            }
        }));
        lands_with(&setting, &["README.md", "app/.gitignore", "app/index.js"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_modes_and_links_of_a_nested_repository_stay() {
    for committed in [true, false] {
        let setting = Setting::new(agent(move |scene| {
            scene.write("app/run.sh", "#!/bin/sh\n");
            scene.git(&["init", "--quiet", "app"]);
            scene.git(&["-C", "app", "add", "--chmod=+x", "run.sh"]);
            use std::os::unix::fs::{PermissionsExt, symlink};
            let folder = scene.request().directory.join("app");
            std::fs::set_permissions(folder.join("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
            symlink("run.sh", folder.join("link")).unwrap();
            scaffold(scene, "app");
            if committed {
                commit(scene);
            }
        }));
        lands_with(&setting, &["README.md", "app/index.js", "app/link", "app/run.sh"]).await;
        let tree = setting.repository.git(&["ls-tree", "-r", "main"]);
        assert!(tree.contains("120000") && tree.contains("100755"), "{tree}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_repository_left_beside_commits_is_kept_apart_with_its_files() {
    let setting = Setting::new(agent(|scene| {
        if scene.request().resume.is_none() {
            scene.write("work.txt", "work\n");
            scene.commit("Add work");
            scaffold(scene, "app");
        }
    }));
    let said = lands_with(&setting, &["README.md", "work.txt"]).await;
    says(&said, &["`app/`", "moved to"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn i32_a_pointer_whose_repository_is_gone_is_sent_back_to_the_agent() {
    let setting = Setting::new(agent(|scene| {
        if scene.request().attempt > 1 || scene.request().resume.is_some() {
            if scene.git(&["ls-files", "--stage", "app"]).starts_with("160000") {
                scene.git(&["rm", "--quiet", "--cached", "app"]);
                scene.write("app/index.js", "console.log(2)\n");
                commit(scene);
            }
            return;
        }
        scaffold(scene, "app");
        commit(scene);
        std::fs::remove_dir_all(scene.request().directory.join("app/.git")).unwrap();
    }));
    let said = lands_with(&setting, &["README.md", "app/index.js"]).await;
    says(&said, &["`app` is committed as a pointer", "commit the files"]);
    setting.assert_in_main("app/index.js", "console.log(2)\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_with_more_files_than_the_bound_is_not_taken_in() {
    let mut setting = Setting::new(agent(|scene| {
        scene.write("README.md", "# Changed\n");
        for number in 0..5 {
            scene.write(format!("vendor/{number}.c"), "int x;\n");
        }
        scaffold(scene, "vendor");
    }));
    setting.settings.leftovers = LeftoverLimits::default().with_files(4).with_bytes(1 << 20);
    let said = lands_with(&setting, &["README.md"]).await;
    says(&said, &["`vendor/4.c`", "not part of the work"]);
    assert!(!said.contains("are part of it"), "{said}");
    setting.assert_in_main("README.md", "# Changed\n");
}
