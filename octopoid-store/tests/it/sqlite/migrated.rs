//! A file that an older Octopoid left behind.

use super::setting::{Folder, assert_sound, raw, scope};
use octopoid_core::model::{
    Attributes, Blocker, CommitId, Complexity, DraftStatus, EventKind, MachineStatus, MessageDraft,
    MessageKind, NewDraft, NewProject, NewTask, OrchestratorId, Priority, ProjectId, Queue, SessionId, State,
    TaskId, TaskPatch, Timestamp, TreeId,
};
use octopoid_core::store::{
    DraftQuery, DraftStore, ErrorKind, EventLog, EventQuery, IdempotentStore, MessageStore, ProjectStore,
    RequestKey, RunQuery, RunStore, StoreExt, TaskQuery, TaskStore,
};
use octopoid_core::transition::{Actor, Command};
use std::sync::Arc;

const FIRST: &str = include_str!("../../../migrations/0001_tasks.sql");
/// What was added to it up to the fifth version.
const TO_FIFTH: [&str; 4] = [
    include_str!("../../../migrations/0002_server.sql"),
    include_str!("../../../migrations/0003_review.sql"),
    include_str!("../../../migrations/0004_breakdown.sql"),
    include_str!("../../../migrations/0005_landings.sql"),
];

/// What was added up to the ninth version, the last one that stored copies as replies.
const TO_NINTH: [&str; 4] = [
    include_str!("../../../migrations/0006_cheaper_writes.sql"),
    include_str!("../../../migrations/0007_linked_drafts.sql"),
    include_str!("../../../migrations/0008_run_ends.sql"),
    include_str!("../../../migrations/0009_states.sql"),
];

/// What the first version wrote: a task that was submitted and sent back, one that waits for it, one that is claimed,
/// and one of another scope.
const CONTENTS: &str = "
    INSERT INTO tasks (seq, scope, id, key, title, role, priority, complexity, branch, created_at, queue, blockers,
                       unresolved, runs, attempts, review_rounds, conflicts, rejections, note, settled_token,
                       settled_command, updated_at, version, claim_token, claim_orchestrator, claim_agent, claimed_at,
                       lease_expires_at)
    VALUES (1, 'default', 'task-1', 'key', 'Say hello', 'implement', 1, 'M', 'main', 1000, 'incoming', 0, 0, 1, 0, 1,
            0, 1, 'not yet', 't1', 'submit', 5000, 5, NULL, NULL, NULL, NULL, NULL),
           (2, 'default', 'task-2', NULL, 'Say it again', 'write', 2, NULL, NULL, 1001, 'blocked', 1, 1, 0, 0, 0,
            0, 0, NULL, NULL, NULL, 1001, 1, NULL, NULL, NULL, NULL, NULL),
           (3, 'default', 'task-3', NULL, 'Be busy', 'implement', 0, NULL, NULL, 1002, 'claimed', 0, 0, 1, 0, 0,
            0, 0, NULL, NULL, NULL, 2000, 2, 't3', 'machine', 'agent', 2000, 9000),
           (5, 'other', 'task-1', NULL, 'Theirs', 'implement', 3, NULL, NULL, 1003, 'backlog', 0, 0, 0, 0, 0,
            0, 0, NULL, NULL, NULL, 1003, 1, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO descriptions VALUES (1, 'Write hello.txt 🐙'), (2, 'Again.'), (3, 'Be it.'), (5, 'Do it.');
    INSERT INTO submissions VALUES (1, 2, 30, 0, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
        'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'cccccccccccccccccccccccccccccccccccccccc', 'octopoid/task-1',
        'session-1', 'It says hello.');
    INSERT INTO blockers VALUES (2, 0, 'default', 'task-1', 0);
    INSERT INTO numbers VALUES ('default', 4), ('other', 1);
    INSERT INTO events (seq, scope, task, kind, actor, from_queue, to_queue, note, at)
    VALUES (1, 'default', 'task-1', 'created', 'ada', NULL, 'incoming', NULL, 1000),
           (2, 'default', 'task-2', 'created', 'ada', NULL, 'blocked', NULL, 1001),
           (3, 'other', 'task-1', 'created', 'eve', NULL, 'backlog', NULL, 1003),
           (9, 'default', 'task-1', 'rejected', 'bob', 'provisional', 'incoming', 'not yet', 5000);
    INSERT INTO messages (id, scope, task, kind, author, body, at)
    VALUES (1, 'default', 'task-1', 'summary', 'agent', 'It says hello.', 4000),
           (7, 'default', 'task-1', 'feedback', 'bob', 'not yet' || char(10) || 'because', 5000);
    INSERT INTO runs (scope, id, task, number, agent, role, orchestrator, stage, started_at, turns, input_tokens,
                      output_tokens, cost_usd, commits, steps)
    VALUES ('default', 'task-1.1', 'task-1', 1, 'agent', 'implement', 'machine', 'settled', 2000, 30, 5, 6, 0.5, 2, '[]');
    PRAGMA application_id = 0x4F43544F;
    PRAGMA user_version = 1;
";

/// A file as the first version left it.
fn old() -> Folder {
    let folder = Folder::new();
    let file = raw(&folder.path());
    file.execute_batch(FIRST).unwrap();
    file.execute_batch(CONTENTS).unwrap();
    folder
}

#[tokio::test]
async fn a_file_of_the_first_version_is_read_whole() {
    let folder = old();
    let store = folder.open();
    let version = |sql: &str| raw(&folder.path()).query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(version("PRAGMA user_version"), 11);

    let tasks = store.all_tasks(&TaskQuery::new(scope())).await.unwrap();
    let queues: Vec<_> = tasks.iter().map(|task| (task.id.as_str(), task.queue())).collect();
    assert_eq!(queues, [("task-1", Queue::Incoming), ("task-2", Queue::Blocked), ("task-3", Queue::Claimed)]);
    for task in &tasks {
        assert_eq!(&store.task(&scope(), &task.id).await.unwrap(), task);
        assert_eq!(task.attributes, Attributes::default());
    }
    let task = &tasks[0];
    assert_eq!((task.title.as_str(), task.description.as_str()), ("Say hello", "Write hello.txt 🐙"));
    assert_eq!((task.priority, task.complexity), (Priority::P1, Some(Complexity::M)));
    assert_eq!((task.key.as_deref(), task.branch.as_deref()), (Some("key"), Some("main")));
    let counters = task.counters;
    assert_eq!((counters.runs, counters.attempts, counters.review_rounds), (1, 0, 1));
    assert_eq!((counters.conflicts, counters.rejections, task.version), (0, 1, 5));
    assert_eq!(task.note.as_deref(), Some("not yet"));
    let work = task.submission.as_ref().unwrap();
    assert_eq!((work.commits, work.turns, work.turn_limit_reached), (2, 30, false));
    assert_eq!(work.head, Some(CommitId::new("a".repeat(40)).unwrap()));
    assert_eq!(work.base, Some(CommitId::new("b".repeat(40)).unwrap()));
    assert_eq!(work.tested, Some(TreeId::new("c".repeat(40)).unwrap()));
    assert_eq!(work.session, Some(SessionId::new("session-1").unwrap()));
    assert_eq!(work.summary.as_deref(), Some("It says hello."));
    // Nobody noted that then.
    assert_eq!(work.at, None);
    let blocker = Blocker::new(TaskId::numbered(1), false);
    assert_eq!(tasks[1].blockers, [blocker]);
    let State::Claimed { claim } = &tasks[2].state else { panic!("{:?}", tasks[2].state) };
    assert_eq!(claim.lease_expires_at, Timestamp::from_millis(9000));

    let thread = store.messages(&scope(), &task.id).await.unwrap();
    let said: Vec<_> = thread.iter().map(|one| (one.id, one.kind, one.author.as_str(), &*one.body)).collect();
    assert_eq!(
        said,
        [
            (1, MessageKind::Summary, "agent", "It says hello."),
            (7, MessageKind::Feedback, "bob", "not yet\nbecause")
        ]
    );
    assert!(thread.iter().all(|one| (&one.to, one.parent, &one.label) == (&None, None, &None)));
    let events = store.events(&EventQuery::of_all_scopes(0)).await.unwrap();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [1, 2, 3, 9]);
    let runs = store.list_runs(&RunQuery::new(scope())).await.unwrap();
    assert_eq!(
        runs.iter().map(|run| (run.id.as_str(), run.usage.turns)).collect::<Vec<_>>(),
        [("task-1.1", 30)]
    );
    assert_eq!(
        store.scopes().await.unwrap().iter().map(|one| one.as_str()).collect::<Vec<_>>(),
        ["default", "other"]
    );
    drop(store);
    assert_sound(&folder.path());
}

#[tokio::test]
async fn work_goes_on_in_a_file_of_the_first_version() {
    let folder = old();
    let store = folder.open();
    let first = TaskId::numbered(1);
    let person = || Actor::Person("ada".to_owned());
    let mut answer = MessageDraft::new(MessageKind::Comment, "ada", "Why?");
    answer.parent = Some(7);
    answer.label = Some("answer".to_owned());
    let answer = store.post_message(&scope(), &first, answer).await.unwrap();
    assert_eq!((answer.id, answer.parent), (8, Some(7)));
    store.create_project(NewProject::new(scope(), "Hello", "main")).await.unwrap();
    let mut patch = TaskPatch::default();
    patch.attributes.insert("type".to_owned(), "bug".into());
    patch.attributes.insert("project_id".to_owned(), "hello".into());
    let command = Command::Update { actor: person(), patch };
    assert_eq!(store.apply(&scope(), &first, command).await.unwrap().version, 6);
    let mut query = TaskQuery::new(scope());
    query.types = vec!["bug".to_owned()];
    query.project = Some(ProjectId::new("hello").unwrap());
    assert_eq!(store.list_tasks(&query).await.unwrap().total, 1);
    let done = Command::Force { actor: person(), to: Queue::Done.into(), reason: "it is".to_owned() };
    store.apply(&scope(), &first, done).await.unwrap();
    assert_eq!(store.task(&scope(), &TaskId::numbered(2)).await.unwrap().queue(), Queue::Incoming);
    let last = store.history(&scope(), &first).await.unwrap().pop().unwrap();
    assert!(last.seq > 9 && last.kind == EventKind::Forced, "{last:?}");
    // Numbers go on where they were.
    let new = store.create_task(NewTask::new("New", "Do it.")).await.unwrap();
    assert_eq!((new.id.as_str(), new.seq), ("task-5", 6));
    let project = store.create_project(NewProject::new(scope(), "Hello", "main")).await.unwrap();
    drop(store);
    // Opened again, it is not migrated again.
    let store = folder.open();
    assert_eq!(store.project(&scope(), &project.id).await.unwrap(), project);
    assert_eq!(store.task(&scope(), &new.id).await.unwrap(), new);
    drop(store);
    assert_sound(&folder.path());
}

#[tokio::test]
async fn what_tasks_of_the_fifth_version_are_looked_for_by_is_kept() {
    let folder = old();
    let file = raw(&folder.path());
    for migration in TO_FIFTH {
        file.execute_batch(migration).unwrap();
    }
    file.execute_batch(
        r#"UPDATE tasks SET attributes = '{"type":"bug","project_id":"hello"}' WHERE seq = 1;
           DELETE FROM tasks WHERE seq = 5;
           INSERT INTO records (shelf, scope, id, body)
           VALUES ('drafts', 'default', '1', '{"id":1,"scope":"default","slug":"idea","title":"Idea","status":"approved",
                   "author":"ada","linked_task":"task-3","created_at":"1970-01-01T00:00:01.000Z",
                   "updated_at":"1970-01-01T00:00:01.000Z"}');
           PRAGMA user_version = 5;"#,
    )
    .unwrap();
    drop(file);
    let store = folder.open();
    let mut query = TaskQuery::new(scope());
    query.types = vec!["bug".to_owned()];
    query.project = Some(ProjectId::new("hello").unwrap());
    let found = store.list_tasks(&query).await.unwrap().items;
    assert_eq!(found.iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["task-1"]);
    assert_eq!(found[0].attributes.kind.as_deref(), Some("bug"));
    // A draft that came of it is implemented with the task, as one of today is.
    let done = Command::Force {
        actor: Actor::Person("ada".to_owned()),
        to: Queue::Done.into(),
        reason: "it is".to_owned(),
    };
    store.apply(&scope(), &TaskId::numbered(3), done).await.unwrap();
    assert_eq!(store.draft(&scope(), 1).await.unwrap().status, DraftStatus::Implemented);
    // The place of a task that is gone is not given again.
    let new = store.create_task(NewTask::new("New", "Do it.")).await.unwrap();
    assert_eq!((new.id.as_str(), new.seq), ("task-5", 6));
    drop(store);
    assert_sound(&folder.path());
}

#[test]
fn i01_a_file_that_was_brought_up_to_date_still_refuses_what_cannot_be() {
    let folder = old();
    drop(folder.open());
    let file = raw(&folder.path());
    for impossible in [
        "queue = 'nowhere'",
        "queue = 'claimed'",
        "complexity = 'XXL'",
        "priority = 4",
        "hold = 'later'",
        "hold = 'free'",
        "claim_token = 't'",
        "queue = 'failed', reason = ''",
        "queue = 'done'",
        "landed = 'a'",
        "unresolved = 1",
        "approved_by_person = 2",
        "version = 0",
        "type = 'bug'",
        r#"attributes = '{"type":"bug"}'"#,
        r#"attributes = '{"project_id":"hello"}'"#,
    ] {
        let refused = file.execute(&format!("UPDATE tasks SET {impossible} WHERE seq = 1"), []);
        let error = refused.expect_err(impossible);
        assert_eq!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::ConstraintViolation),
            "{impossible}: {error}"
        );
    }
    // Its parts go with a task, as they did.
    file.pragma_update(None, "foreign_keys", true).unwrap();
    file.execute("DELETE FROM tasks WHERE seq = 1", []).unwrap();
    for table in ["descriptions", "submissions"] {
        let left =
            file.query_row(&format!("SELECT count(*) FROM {table} WHERE task = 1"), [], |row| row.get(0));
        assert_eq!(left, Ok(0_i64), "{table}");
    }
}

/// Replies as the versions up to the ninth stored them: tasks by place and, before that, by name; other values as they were.
const REPLIES: [(&str, &str); 9] = [
    (
        "by place",
        r#"{"tasks":[["task-1","default",1,"key","Say hello","implement","P1","M","main",{"queue":"incoming"},[],
           [1,0,1,0,1],null,{},null,"not yet",{"token":"t","command":"submit"},1000,2000,4]]}"#,
    ),
    (
        "by name",
        r#"{"done":{"id":"task-2","scope":"default","seq":2,"title":"Say it again","description":"Again."}}"#,
    ),
    ("many by name", r#"{"done":[{"id":"task-1","scope":"default","seq":1,"description":"Say hello"}]}"#),
    ("none", r#"{"tasks":[]}"#),
    ("gone", r#"{"tasks":[["task-4","default",4]]}"#),
    ("nothing", r#"{"done":null}"#),
    ("refused", r#"{"refused":{"kind":"invalid","field":"title","message":"title: must not be empty"}}"#),
    ("draft", r#"{"done":{"id":1,"scope":"default","slug":"idea","title":"Idea"}}"#),
    ("machine", r#"{"done":[{"id":"prod-1","registration":{"scope":"default"}},true]}"#),
];

#[tokio::test]
async fn i04_a_request_that_is_repeated_over_an_update_has_no_second_effect() {
    let folder = old();
    let file = raw(&folder.path());
    file.pragma_update(None, "foreign_keys", false).unwrap();
    for migration in TO_FIFTH.iter().chain(&TO_NINTH) {
        file.execute_batch(migration).unwrap();
    }
    let sql = "INSERT INTO requests (key, digest, answer, at) VALUES (?1, ?2, ?3, 0)";
    for (key, answer) in REPLIES {
        file.execute(sql, (format!("0#{key}"), [7_u8; 32], answer)).unwrap();
    }
    file.execute_batch("PRAGMA user_version = 9").unwrap();
    drop(file);

    let store = Arc::new(folder.open());
    let request = |key: &str| Arc::clone(&store).for_request(RequestKey::new(key, [7; 32]));
    let create = async |key: &str| request(key).create_task(NewTask::new("Anew", "Do it.")).await;
    let first = store.task(&scope(), &TaskId::numbered(1)).await.unwrap();
    assert_eq!(create("by place").await.unwrap(), first);
    assert_eq!(create("by name").await.unwrap(), store.task(&scope(), &TaskId::numbered(2)).await.unwrap());
    assert_eq!(request("many by name").expire_leases(&scope(), None).await.unwrap(), [first]);
    assert_eq!(request("none").expire_leases(&scope(), None).await.unwrap(), []);
    assert_eq!(create("gone").await.unwrap_err().kind(), &ErrorKind::NotFound);
    request("nothing").delete_task(&scope(), &TaskId::numbered(1), "ada").await.unwrap();
    let refused = create("refused").await.unwrap_err();
    assert_eq!(refused.to_string(), "title: must not be empty");
    assert_eq!(refused.kind(), &ErrorKind::Invalid { field: "title".to_owned() });
    // Of other replies it is only known that the request was carried out.
    let draft = || NewDraft::new(scope(), "Idea", "ada");
    let refused = request("draft").create_draft(draft()).await.unwrap_err();
    assert_eq!(refused.kind(), &ErrorKind::Conflict);
    assert!(refused.to_string().contains("was carried out before Octopoid was updated"), "{refused}");
    let (machine, id) = (request("machine"), OrchestratorId::new("prod-1").unwrap());
    let refused = machine.set_machine_status(&scope(), &id, MachineStatus::Active).await.unwrap_err();
    assert_eq!(refused.kind(), &ErrorKind::Conflict);
    assert_eq!(store.all_tasks(&TaskQuery::new(scope())).await.unwrap().len(), 3);
    assert_eq!(store.list_drafts(&DraftQuery::new(scope())).await.unwrap().total, 0);
    drop(store);
    assert_sound(&folder.path());
}
