//! The job `github-issues`.

use crate::issues_server::{Github, Trouble};
use crate::place::{Ended, Place};
use serde_json::{Value, json};

const JOB: &str =
    "jobs:\n  - { name: issues, builtin: github-issues, every: 5m, label: octopoid, as: task }\n";
const DRAFTS: &str =
    "jobs:\n  - { name: issues, builtin: github-issues, every: 5m, label: octopoid, as: draft }\n";

fn place(github: &Github, jobs: &str) -> Place {
    let place = Place::initialised();
    let config = place.read(".octopoid/config.yaml");
    let more = format!("github: {{ api_url: \"{}\", repository: acme/tool }}\n", github.url);
    place.write(".octopoid/config.yaml", format!("{config}\n{more}"));
    place.write(".octopoid/jobs.yaml", jobs);
    place
}

fn run(place: &Place, arguments: &[&str]) -> Ended {
    place.run_in(arguments, &[("GITHUB_TOKEN", "secret-token")])
}

#[track_caller]
fn take(place: &Place) -> Value {
    run(place, &["job", "run", "issues", "--json"]).ok().json()
}

#[test]
fn i04_each_labelled_open_issue_becomes_one_task_once_for_ever() {
    let github = Github::begin();
    github.world.lock().unwrap().page = Some(2);
    for number in 1..=5 {
        github.open(
            &format!("Mend {number}"),
            json!(format!("It is broken at {number}.")),
            &["bug", "octopoid"],
        );
    }
    github.open("Not ours", json!("Nothing."), &["bug"]);
    let pull = github.open("A pull request", json!("Merge me."), &["octopoid"]);
    github.change(pull, |issue| issue["pull_request"] = json!({ "url": "…" }));
    let closed = github.open("Closed", json!("Done."), &["octopoid"]);
    github.change(closed, |issue| issue["state"] = json!("closed"));
    let empty = github.open("Without a text", Value::Null, &["octopoid"]);

    let place = place(&github, JOB);
    let report = take(&place);
    assert_eq!(report["made"].as_array().unwrap().len(), 6, "{report}");
    assert_eq!((&report["known"], &report["refused"]), (&json!(0), &json!([])));
    let pages = github.world.lock().unwrap().calls.len();
    assert_eq!(pages, 4, "seven issues and pull requests on pages of two");

    let first = place.json(&["show", "task-1"]);
    assert_eq!((&first["title"], &first["role"]), (&json!("Mend 1"), &json!("implement")));
    let text = first["description"].as_str().unwrap();
    assert!(text.contains("https://github.com/acme/tool/issues/1") && text.contains("`octocat`"), "{text}");
    assert!(text.contains("not to be trusted") && text.ends_with("It is broken at 1."), "{text}");
    let last = place.json(&["show", "task-6"]);
    assert!(last["description"].as_str().unwrap().ends_with("Without a text"), "{empty}: {last}");

    // Neither a changed text nor a cancelled task makes it another.
    github.change(1, |issue| issue["title"] = json!("Mend 1 better"));
    place.run(&["cancel", "task-2"]).ok();
    let report = take(&place);
    assert_eq!((&report["made"], &report["known"]), (&json!([]), &json!(6)), "{report}");
    // A label that comes later does.
    github.change(6, |issue| issue["labels"] = json!([{ "name": "octopoid" }]));
    let report = take(&place);
    assert_eq!(report["made"][0]["issue"], "https://github.com/acme/tool/issues/6", "{report}");
    assert_eq!(place.json(&["list", "--all"])["tasks"].as_array().unwrap().len(), 7);
}

#[test]
fn an_issue_becomes_one_draft_and_an_archived_one_stays_put_away() {
    let github = Github::begin();
    github.open("An idea", json!("A long thought."), &["octopoid"]);
    let place = place(&github, DRAFTS);
    assert_eq!(take(&place)["made"][0]["draft"], 1);
    let draft = place.json(&["draft", "show", "1"]);
    assert_eq!((&draft["title"], &draft["status"]), (&json!("An idea"), &json!("idea")));
    assert!(draft["body"].as_str().unwrap().contains("A long thought."), "{draft}");
    place.run(&["draft", "archive", "1"]).ok();
    assert_eq!(take(&place)["known"], 1);
    // Nor does it become a task, when tasks are what is wanted from now on.
    place.write(".octopoid/jobs.yaml", JOB);
    assert_eq!(take(&place)["known"], 1);
    assert_eq!(place.json(&["list", "--all"])["tasks"], json!([]));
}

#[test]
fn whatever_github_says_is_one_clear_warning_and_nothing_else_stops() {
    let github = Github::begin();
    github.open("Mend it", json!("Write hello.txt."), &["octopoid"]);
    let jobs = format!("{JOB}  - {{ name: tidy, role: implement, every: 6h, title: Tidy up }}\n");
    for (trouble, code, words) in [
        (Trouble::Status(401), 3, "set GITHUB_TOKEN to a new one"),
        (Trouble::Status(403), 3, "read access to the repository's issues"),
        (Trouble::Status(404), 3, "see that `github.repository` is right"),
        (Trouble::Status(500), 6, "it is asked again later"),
        (Trouble::RateLimit, 6, "GitHub asks for a pause of 60 s"),
        (Trouble::Nonsense, 6, "it is no JSON"),
    ] {
        let place = place(&github, &jobs);
        github.trouble(Some(trouble));
        let started = run(&place, &["start", "--until-idle"]).ok();
        let told = started.stderr.matches("the job issues does nothing").count();
        assert_eq!(told, 1, "{trouble:?}: {}", started.stderr);
        assert!(started.stderr.contains(words), "{trouble:?}: {}", started.stderr);
        assert!(!started.stderr.contains("secret-token"), "{}", started.stderr);
        let tasks = place.json(&["list", "--all"])["tasks"].clone();
        assert_eq!((tasks.as_array().unwrap().len(), &tasks[0]["queue"]), (1, &json!("done")), "{tasks}");
        let by_hand = run(&place, &["job", "run", "issues"]).code(code);
        assert!(by_hand.stderr.contains(words) && by_hand.stderr.contains("hint: "), "{}", by_hand.stderr);
        // It works again as soon as GitHub does.
        github.trouble(None);
        assert_eq!(take(&place)["made"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_started_orchestrator_takes_issues_up_and_works_on_them() {
    let github = Github::begin();
    github.open("Say hello", json!("Write hello.txt."), &["octopoid"]);
    let place = place(&github, JOB);
    run(&place, &["start", "--until-idle"]).ok();
    assert_eq!(place.queue("task-1"), "done");
    // It has looked, and is not due again at the next start.
    run(&place, &["start", "--until-idle"]).ok();
    assert_eq!(github.world.lock().unwrap().calls.len(), 1, "one look");
    let listed = run(&place, &["job", "list", "--json"]).ok().json();
    assert_eq!(
        (&listed["jobs"][0]["builtin"], &listed["jobs"][0]["last_task"]),
        (&json!("github-issues"), &json!("task-1"))
    );
}

#[test]
fn i24_a_job_for_issues_that_is_wrong_is_named_with_its_line() {
    let github = Github::begin();
    let place = place(
        &github,
        "jobs:\n  - name: a\n    builtin: github-issues\n    every: 5m\n  - name: b\n    builtin: github-issue\n    every: 5m\n",
    );
    let said = run(&place, &["validate"]).code(3).stdout;
    assert!(said.contains("did you mean `github-issues`?"), "{said}");
    place.write(
        ".octopoid/jobs.yaml",
        "jobs:\n  - name: a\n    builtin: github-issues\n    every: 5m\n    title: Mine\n  - name: b\n    builtin: github-issues\n    \
         every: 5m\n    label: x\n    as: draft\n    role: implement\n  - name: c\n    role: implement\n    every: 5m\n    label: x\n  - name: d\n    every: 5m\n",
    );
    let said = run(&place, &["validate"]).code(3).stdout;
    for words in [
        "jobs.yaml:3: nothing says which issues it takes",
        "jobs.yaml:5: the `title` is that of the issue",
        "jobs.yaml:11: a draft has no `role`",
        "jobs.yaml:15: `label` means something only with `builtin: github-issues`",
        "jobs.yaml:16: nothing says what `d` does",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Without a token or a repository nothing would come of it.
    place.write(".octopoid/jobs.yaml", JOB);
    let said = place.run_in(&["validate"], &[]).code(3).stdout;
    assert!(said.contains("jobs.yaml:2: there is no GitHub token"), "{said}");
    place.replace(".octopoid/config.yaml", ", repository: acme/tool", "");
    let said = run(&place, &["validate"]).code(3).stdout;
    assert!(said.contains("jobs.yaml:2: nothing says which repository on GitHub it is"), "{said}");
}

#[test]
fn i24_what_keeps_pull_requests_from_working_is_named_with_its_line() {
    let place = Place::initialised();
    place.replace(".octopoid/config.yaml", "forge: local", "forge: github");
    let config = place.read(".octopoid/config.yaml");
    let line = |text: &str| config.lines().position(|line| line.contains(text)).unwrap() + 1;
    let forge = line("forge: github");
    let said = place.run_in(&["validate"], &[]).code(3).stdout;
    assert!(said.contains(&format!("config.yaml:{forge}: `forge: github` needs `repo.remote`")), "{said}");
    assert!(said.contains(&format!("config.yaml:{forge}: `forge: github` needs a token")), "{said}");

    let remote = line("# remote: origin");
    place.replace(".octopoid/config.yaml", "# remote: origin", "remote: origin");
    for (url, right) in [
        ("git@gitlab.com:acme/tool.git", false),
        ("/srv/git/tool.git", false),
        ("git@github.com:acme/tool.git", true),
        ("https://github.com/acme/tool", true),
        ("work:acme/tool.git", true),
    ] {
        let _ = place.run_git(&["remote", "remove", "origin"]);
        place.git(&["remote", "add", "origin", url]);
        let said = run(&place, &["validate"]);
        let words = format!("config.yaml:{remote}: the remote `origin` is not a repository on GitHub");
        assert_eq!(!said.stdout.contains(&words), right, "{url}: {}", said.stdout);
        assert_eq!(said.status.success(), right, "{url}: {}", said.stdout);
        if !right {
            run(&place, &["start", "--until-idle"]).code(3);
        }
    }
}

#[test]
fn i04_several_that_look_at_the_same_moment_make_one_of_each() {
    let github = Github::begin();
    for number in 1..=8 {
        github.open(&format!("Idea {number}"), json!("A thought."), &["octopoid"]);
    }
    for (jobs, list, what) in [(DRAFTS, "draft", "drafts"), (JOB, "", "tasks")] {
        let place = place(&github, jobs);
        let mut all: Vec<_> = (0..4)
            .map(|_| {
                let mut command = place.command(&["job", "run", "issues", "--json"]);
                command.env("GITHUB_TOKEN", "secret-token").spawn().unwrap()
            })
            .collect();
        for child in &mut all {
            assert!(child.wait().unwrap().success());
        }
        let arguments: Vec<_> = [list, "list"].into_iter().filter(|word| !word.is_empty()).collect();
        let listed = place.json(&arguments)[what].clone();
        let mut titles: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        let wanted: Vec<_> = (1..=8).map(|number| format!("Idea {number}")).collect();
        assert_eq!(titles, wanted);
        assert_eq!(take(&place)["known"], 8);
    }
}
