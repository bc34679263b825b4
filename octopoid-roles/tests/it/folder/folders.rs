//! Folders that are roles, and such that cannot be.

use super::markdown::in_order;
use super::scene::{Scene, commit};
use octopoid_core::model::{Outcome, OutcomeKind};
use octopoid_core::role::{AgentDefaults, Role, RoleError, WorkspaceKind};
use octopoid_core::transition::Purpose;
use octopoid_roles::folder::{FolderRole, FolderRoleError};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

const DEFINITION: &str = "description: Writes the docs.\noutcomes: [submitted]\n";

/// A role's folder named `docs`.
pub(super) struct Folder {
    _root: tempfile::TempDir,
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(definition: &str, prompt: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("docs");
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("role.yaml"), definition).unwrap();
        std::fs::write(path.join("prompt.md"), prompt).unwrap();
        Self { _root: root, path }
    }

    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }

    pub(super) fn load(&self) -> FolderRole {
        FolderRole::load(&self.path).unwrap()
    }

    fn error(&self) -> FolderRoleError {
        FolderRole::load(&self.path).unwrap_err()
    }
}

/// Loads a folder with this prompt, and expects an error in it at this line.
#[track_caller]
fn wrong_prompt(prompt: &str, line: usize, words: &[&str]) {
    wrong(&Folder::new(DEFINITION, prompt), "prompt.md", Some(line), words);
}

#[track_caller]
fn wrong_definition(definition: &str, line: usize, words: &[&str]) {
    wrong(&Folder::new(definition, "Write the docs."), "role.yaml", Some(line), words);
}

#[track_caller]
fn wrong(folder: &Folder, file: &str, line: Option<usize>, words: &[&str]) {
    let error = folder.error();
    assert_eq!((error.path.clone(), error.line), (folder.path.join(file), line), "{error}");
    let place = match line {
        Some(line) => format!("{}:{line}: ", error.path.display()),
        None => format!("{}: ", error.path.display()),
    };
    assert!(error.to_string().starts_with(&place), "{error}");
    in_order(&error.message, words);
}

#[tokio::test]
async fn a_folder_is_a_role_of_its_name() {
    let folder = Folder::new(
        "description: |\n  Checks the docs.\nclaims_from: provisional\nworkspace: none\noutcomes: [approved, failed]\n\
         output_schema: { type: object }\n",
        "{{ task.title }} as {{ task.role }}, {{ task.priority }}, attempt {{ attempt }}, round {{ round }}, tone {{ settings.tone }}\n\
         {% if not resumed %}afresh: {{ outcomes | join(' or ') }}{% endif %}",
    );
    let role = folder.load();
    let spec = role.spec();
    assert_eq!((spec.name.as_str(), spec.description.as_str()), ("docs", "Checks the docs."));
    assert_eq!((spec.claims, spec.workspace), (Purpose::Review, WorkspaceKind::None));
    let mut scene = Scene::new(Some(json!({ "outcome": "failed", "reason": "no docs" })));
    scene.settings = json!({ "tone": "dry as dust" });
    let ran = scene.run(&role).await;
    assert_eq!(
        ran.prompt(),
        "`Add a greeting` as implement, P2, attempt 1, round 1, tone dry as dust\nafresh: approved or failed"
    );
    assert_eq!(ran.call().output_schema, Some(json!({ "type": "object" })));
    assert_eq!(ran.outcome.unwrap().kind(), OutcomeKind::Failed);
}

#[test]
fn a_role_works_in_a_worktree_of_its_own_unless_it_says_otherwise() {
    let role = Folder::new(DEFINITION, "Write the docs.").load();
    assert_eq!((role.spec().claims, role.spec().workspace), (Purpose::Work, WorkspaceKind::Own));
    let role = Folder::new(&format!("{DEFINITION}claims_from: provisional\n"), "Read the docs.").load();
    assert_eq!((role.spec().claims, role.spec().workspace), (Purpose::Review, WorkspaceKind::Task));
}

#[test]
fn a_role_says_what_holds_for_its_agents() {
    let definition = format!(
        "{DEFINITION}runner: claude\nmodel: small\nmax_turns: 7\ntools: [Read, Grep]\ntimeout_seconds: 60\nidle_timeout_seconds: 30\n\
         budget_usd: 0.5\n"
    );
    let defaults = Folder::new(&definition, "Write.").load().spec().defaults.clone();
    assert_eq!((defaults.runner.as_deref(), defaults.model.as_deref()), (Some("claude"), Some("small")));
    assert_eq!((defaults.max_turns, defaults.budget_usd), (Some(7), Some(0.5)));
    assert_eq!(defaults.tools, ["Read", "Grep"]);
    assert_eq!(defaults.timeout, Some(Duration::from_secs(60)));
    assert_eq!(defaults.idle_timeout, Some(Duration::from_secs(30)));
    let role = Folder::new(DEFINITION, "Write.").load();
    assert_eq!(role.spec().defaults, AgentDefaults::default());
}

#[tokio::test]
async fn a_worker_that_cannot_submit_has_not_submitted_its_commits() {
    let folder = Folder::new("description: Looks.\noutcomes: [nothing, failed]\n", "Look.");
    let mut scene = Scene::new(None);
    scene.host.after = vec![commit('a', "Oops")];
    let outcome = scene.run(&folder.load()).await.outcome.unwrap();
    assert!(matches!(outcome, Outcome::NoReport { .. }), "{outcome:?}");
}

#[tokio::test]
async fn i14_commits_of_a_reviewer_are_not_submitted_work() {
    let folder = Folder::new(
        "description: Looks.\nclaims_from: provisional\noutcomes: [approved, submitted]\n",
        "Look.",
    );
    let mut scene = Scene::new(None);
    scene.host.after = vec![commit('a', "Oops")];
    let outcome = scene.run(&folder.load()).await.outcome.unwrap();
    assert!(matches!(outcome, Outcome::NoReport { .. }), "{outcome:?}");
}

#[test]
fn i24_an_unknown_variable_is_an_error_with_its_line() {
    wrong_prompt("Write.\n\n{{ colour }}\n", 3, &["there is no `colour`", "task, messages", "outcomes"]);
    wrong_prompt("{% if task %}\n{% for x in colours %}{{ x }}{% endfor %}\n{% endif %}", 2, &["`colours`"]);
    wrong_prompt("{{ task.title }}\n{{ Task.title }}", 2, &["`Task`"]);
}

#[test]
fn i24_the_line_of_an_unknown_variable_is_where_it_is_used() {
    wrong_prompt(
        "Mind the colour.\n{# colour #}\n{{ task.colour }}\n{{ 'colour' }}\n{{ colour }}",
        5,
        &["`colour`"],
    );
    wrong_prompt("{{ messages }}\nif i may say so\n{% if i %}{% endif %}", 3, &["`i`"]);
    wrong_prompt("{% if task %}\n{{ a_b }}\n{% endif %}\n{{ a }} {{ round }}", 4, &["`a`"]);
}

#[test]
fn i24_a_broken_template_is_an_error_with_its_line() {
    wrong_prompt("Write.\n{% if task %}\n{{ task.title }", 3, &["syntax error"]);
    wrong_prompt("Write.\n{% fi %}\n", 2, &["syntax error", "fi"]);
}

/// What a template asks of a value is only known when it is rendered; it is an error then, and no empty text.
#[tokio::test]
async fn i24_an_unknown_field_is_an_error_with_its_line_and_no_agent_is_called() {
    for (prompt, line, unknown) in [
        ("Write.\n\n{{ task.colour }}", 3, "`task.colour`"),
        ("\n{% if false %}{{ task.title | shout }}{% endif %}", 2, "`shout`"),
        ("\n{% if false %}{{ messages }}{{ workspace.head.short }}{% endif %}", 2, "`workspace.head.short`"),
    ] {
        let folder = Folder::new(DEFINITION, prompt);
        let error = FolderRole::load(folder.path()).unwrap_err();
        assert_eq!((error.line, error.message.contains(unknown)), (Some(line), true), "{error}");
    }
    for (prompt, line) in [
        ("{{ settings.tone }}", 1),
        ("\n{% for message in [task] %}\n{{ message.colour.name }}\n{% endfor %}", 3),
    ] {
        let folder = Folder::new(DEFINITION, prompt);
        let ran = Scene::work().run(&folder.load()).await;
        let Err(RoleError::Unusable(message)) = ran.outcome else { panic!("{prompt}: {:?}", ran.outcome) };
        in_order(&message, &[&format!("{}:{line}: ", folder.path.join("prompt.md").display())]);
        assert_eq!(ran.call, None);
    }
}

#[test]
fn i24_a_wrong_definition_is_an_error_with_its_line() {
    wrong_definition("description: D\ncolour: red\noutcomes: [submitted]\n", 2, &["colour", "outcomes"]);
    wrong_definition("description: D\noutcomes: [submited]\n", 2, &["submited", "submitted"]);
    wrong_definition("description: D\n\noutcomes: submitted\n", 3, &["outcomes"]);
    wrong_definition("description: D\nworkspace: mine\noutcomes: [submitted]\n", 2, &["mine", "own"]);
    wrong_definition("description: D\noutcomes: [submitted\n", 3, &[]);
}

#[test]
fn i24_a_definition_that_says_too_little_is_an_error() {
    wrong_definition("outcomes: [submitted]\n", 1, &["description"]);
    wrong_definition("description: D\n", 1, &["outcomes"]);
    wrong_definition("", 1, &["description"]);
    wrong_definition(
        "workspace: own\ndescription: ' '\noutcomes: [submitted]\n",
        2,
        &["`description` is empty"],
    );
    wrong_definition("description: D\n\noutcomes: []\n", 3, &["`outcomes` is empty", "submitted, approved"]);
    wrong_definition("description: D\noutcomes: [no_report]\n", 2, &["`no_report`", "submitted, approved"]);
}

#[test]
fn i24_words_of_ones_own_that_say_nothing_clear_are_errors_with_their_line() {
    let wrong = |outcomes: &str, line, words: &[&str]| {
        wrong_definition(
            &format!("description: D\nworkspace: own\noutcomes:{outcomes}\nmodel: m\n"),
            line,
            words,
        );
    };
    wrong(" {}", 3, &["`outcomes` is empty", "submitted, approved"]);
    wrong("\n  good: approved\n  bad: no_report", 5, &["cannot report `no_report`", "submitted, approved"]);
    wrong("\n  good: approved\n  bad: aproved\n  x: failed", 5, &["aproved", "approved"]);
    wrong("\n  good: approved\n  bad: { means: bad }", 5, &["`bad`", "approved"]);
    wrong("\n  good: approved\n  bad:\n    mean: failed", 6, &["`mean`", "`means`"]);
    wrong("\n  good: approved\n  bad: { description: d }", 5, &["missing field `means`"]);
    wrong("\n  good: approved\n  bad: 7", 5, &["7", "one of submitted"]);
    wrong("\n  good: approved\n  bad: failed\n  good: failed", 6, &["`good` is there twice"]);
    wrong("\n  looks good: approved", 4, &["\"looks good\" cannot be", "letters, digits"]);
    wrong("\n  '': approved", 4, &["\"\" cannot be"]);
    wrong("\n  größe: approved", 4, &["cannot be"]);
    wrong(&format!("\n  {}: approved", "x".repeat(41)), 4, &["cannot be", "1 to 40"]);
    wrong("\n  - submitted\n  - failed\n  - submitted", 6, &["`submitted` is there twice"]);
    wrong(" submitted", 3, &["a list of outcomes", "good: approved"]);
}

#[test]
fn i24_defaults_that_cannot_hold_are_errors_with_their_line() {
    for (default, words) in [
        ("max_turns: 0", "`max_turns` is 0"),
        ("timeout_seconds: 0", "`timeout_seconds` is 0"),
        ("idle_timeout_seconds: 0", "`idle_timeout_seconds` is 0"),
        ("budget_usd: -1", "`budget_usd` is not an amount"),
        ("budget_usd: .nan", "`budget_usd` is not an amount"),
        ("max_turns: many", "max_turns"),
        ("tools: Read", "tools"),
    ] {
        wrong_definition(&format!("description: D\noutcomes: [failed]\n{default}\n"), 3, &[words]);
    }
}

#[test]
fn i24_a_missing_file_is_named() {
    for file in ["role.yaml", "prompt.md"] {
        let folder = Folder::new(DEFINITION, "Write.");
        std::fs::remove_file(folder.path.join(file)).unwrap();
        wrong(&folder, file, None, &["cannot be read"]);
    }
}

#[test]
fn i24_a_folder_that_cannot_be_a_name_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let error = FolderRole::load(&root.path().join("my docs")).unwrap_err();
    assert_eq!(error.path, root.path().join("my docs"));
    in_order(&error.message, &["my docs", "role name"]);
}
