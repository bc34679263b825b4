//! The README's table of a prompt's variables is the truth.

use super::folders::Folder;
use super::scene::{Scene, commit};
use crate::support::message;
use octopoid_core::model::{
    Anchor, CommentAuthor, ConflictResolution, Diff, FileDiff, LineRange, MessageKind, NewReviewComment,
    PlacedComment, Position, Scope, SessionId, Side, TaskId, Timestamp,
};
use octopoid_core::role::PreviousAttempt;
use octopoid_roles::folder::variables;
use std::collections::BTreeSet;

const README: &str = include_str!("../../../README.md");

/// The names in the table, with whether they are marked as from elsewhere.
fn documented() -> BTreeSet<(String, bool)> {
    let section = README.split("## A role that is a folder").nth(1).unwrap().split("\n## ").next().unwrap();
    let row = |line: &str| {
        let (name, about) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((name.to_owned(), about.ends_with("**·** |")))
    };
    section.lines().filter_map(row).collect()
}

fn previous() -> PreviousAttempt {
    PreviousAttempt::new(2, "it was cut off").with_last_words("next I will test")
}

fn placed_comment() -> PlacedComment {
    let (scope, task, at) = (Scope::single(), TaskId::numbered(7), Timestamp::from_millis(0));
    let (base, head) = (commit('b', "").id, commit('a', "").id);
    let anchor = Anchor::of_file("a.txt", Side::New, LineRange::line(1), (base, head), "one\n").unwrap();
    let comment =
        NewReviewComment::new(CommentAuthor::person("grace"), "Why?").at(anchor).with_replacement("two");
    let reply = NewReviewComment::new(CommentAuthor::person("bob"), "So.").in_reply_to(1);
    let reply = reply.with_id(2, scope.clone(), task.clone(), at);
    PlacedComment::new(comment.with_id(1, scope, task, at), Some(Position::Same), vec![reply])
}

/// Prints the name of everything that there is, and of everything that is printed in quotes.
const EVERYTHING: &str = "\
{% macro field(name, value) %}{{ name | raw }} {{ '`' | raw in value ~ workspace.path }}\n{% endmacro %}
{% for key, value in task | items %}{{ field('task.' ~ key, value) }}{% endfor %}
{% for key, value in messages[0] | items %}{{ field('messages[].' ~ key, value) }}{% endfor %}
{% for key, value in workspace | items %}{{ field('workspace.' ~ key, value) }}{% endfor %}
{% for key, value in commits[0] | items %}{{ field('commits[].' ~ key, value) }}{% endfor %}
{% for key, value in changes | items %}{{ field('changes.' ~ key, value) }}{% endfor %}
{% for key, value in resolution | items %}{{ field('resolution.' ~ key, value) }}{% endfor %}
{% for key, value in previous | items %}{{ field('previous.' ~ key, value) }}{% endfor %}
{% for key, value in notices[0] | items %}{{ field('notices[].' ~ key, value) }}{% endfor %}
{% for key, value in comments[0] | items %}{{ field('comments[].' ~ key, value) }}{% endfor %}
{{ field('checks', checks) }}
";

async fn there_are() -> BTreeSet<(String, bool)> {
    let definition = "description: D\noutcomes: [submitted]\n";
    let error = octopoid_roles::folder::FolderRole::load(Folder::new(definition, "{{ nothing }}").path());
    let error = error.unwrap_err().message;
    let top = error.split_once("a prompt can speak about ").unwrap().1.split(", ");
    let mut all: BTreeSet<(String, bool)> =
        top.filter(|name| *name != "checks").map(|name| (name.to_owned(), false)).collect();

    let change = octopoid_core::model::Change::Modified;
    let file = |path: &str| FileDiff::new(path, change).with_patch(1, 0, format!("+{path} and so on\n"));
    let mut scene = Scene::work()
        .after(vec![message(MessageKind::Feedback, "Say it better.")])
        .at(vec![commit('a', "Say it well")])
        .changing(Diff::new(vec![file("one"), file("another one")]));
    scene.checks = Some("all is well".to_owned());
    scene.previous = Some(previous());
    scene.notices = vec!["a file was left".to_owned()];
    scene.comments = vec![placed_comment()];
    let (short, same) = (file("one").with_patch(1, 0, "+a\n"), file("the same"));
    scene.resolution = Some(ConflictResolution::between(
        Diff::new(vec![file("a long one"), same.clone()]),
        Diff::new(vec![short, same]),
    ));
    scene.task.complexity = Some(octopoid_core::model::Complexity::M);
    scene.settings = serde_json::json!({ "diff_bytes": 20 });
    let text = scene.prompt(&Folder::new(definition, EVERYTHING).load()).await;
    all.extend(text.lines().filter_map(|line| {
        let (name, quoted) = line.split_once(' ')?;
        Some((name.to_owned(), quoted == "True"))
    }));
    all
}

#[tokio::test]
async fn every_variable_is_documented_and_every_documented_one_is_there() {
    assert_eq!(documented(), there_are().await);
}

#[test]
fn what_a_prompt_speaks_about_is_told_with_what_it_is() {
    let told = |prompt: &str| {
        let role = Folder::new("description: D\noutcomes: [submitted]\n", prompt).load();
        role.variables().iter().map(|variable| variable.name).collect::<Vec<_>>()
    };
    assert_eq!(told("{{ task.title }} {{ workspace.base[:10] }}"), ["task.title", "workspace.base"]);
    assert_eq!(told("{% for one in messages %}{{ one.body }}{% endfor %}round"), ["messages"]);
    assert!(told("Just do it.").is_empty());
}

#[test]
fn what_is_told_of_the_variables_is_what_is_documented() {
    let told: BTreeSet<_> =
        variables().iter().map(|variable| (variable.name.to_owned(), variable.foreign)).collect();
    assert_eq!(told, documented());
    for variable in variables() {
        assert!(README.contains(&format!("| `{}` | {}", variable.name, variable.about)), "{variable:?}");
    }
}

#[tokio::test]
async fn i34_an_agent_is_told_why_it_begins_again_whatever_its_prompt_says() {
    let definition = "description: D\noutcomes: [submitted]\n";
    let asked = async |prompt: &str, session: Option<&str>| {
        let mut scene = Scene::work();
        scene.previous = Some(previous());
        scene.session = session.map(|id| SessionId::new(id).unwrap());
        let ran = scene.run(&Folder::new(definition, prompt).load()).await;
        (ran.prompt().to_owned(), ran.call().resume.clone().map(|id| id.to_string()))
    };
    let (prompt, resume) = asked("Just do it.\n", Some("talk-2")).await;
    assert_eq!(resume.as_deref(), Some("talk-2"));
    assert!(prompt.contains("attempt 2:") && prompt.contains("it was cut off"), "{prompt}");
    assert!(prompt.contains("This is the same conversation"), "{prompt}");
    let (prompt, resume) = asked("Just do it.\n", None).await;
    assert_eq!(resume, None);
    assert!(prompt.contains("next I will test") && !prompt.contains("same conversation"), "{prompt}");
    // A prompt that says it in its own words is left as it is.
    let (prompt, _) = asked("Before: {{ previous.why }}\n", None).await;
    assert_eq!(prompt.matches("it was cut off").count(), 1, "{prompt}");
}
