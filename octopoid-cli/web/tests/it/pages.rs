//! Every page, and what its forms do.

use crate::place::{Place, role};
use axum::http::StatusCode;
use octopoid_core::model::{
    MessageDraft, MessageKind, NewDraft, NewProject, NewTask, Priority, ProjectId, Queue, Registration, Run,
    RunId, Scope, TaskId,
};
use octopoid_core::store::{
    DraftStore as _, MachineStore as _, MessageStore as _, ProjectStore as _, RunStore as _, StoreExt as _,
    TaskStore as _,
};
use octopoid_core::transition::Actor;

#[tokio::test]
async fn the_board_has_a_column_for_each_kind_of_attention() {
    let place = Place::signed_in().await;
    place.page("/").await.has("The queue is empty").has("Nothing needs you.");
    let waits = place.task("Waits").await;
    let works = place.task("Works").await;
    place.claimed(&works).await;
    let decides = place.submitted("Decides", "HEAD").await;
    let board = place.page("/").await;
    for (id, column) in [(&waits, "waiting"), (&works, "working"), (&decides, "needs_you")] {
        board.has(&format!("data-id=\"{id}\" data-column=\"{column}\""));
    }
    board.has("<title>(1) Board · Octopoid</title>").has("data-needed=\"1\"").has("writer-1 works on it");
    place.page("/?q=works").await.has("Works").lacks("Decides").has("Nothing that matches.");
    place.page("/?priority=P0").await.lacks("card-task-1");
}

#[tokio::test]
async fn every_screen_gives_the_same_number() {
    let place = Place::signed_in().await;
    place.submitted("One", "HEAD").await;
    let failed = place.task("Two").await;
    let token = place.claimed(&failed).await;
    let actor = Actor::Holder(token);
    let fail = octopoid_core::transition::Command::Fail { actor, reason: "it broke".to_owned() };
    place.store.apply(&Scope::single(), &failed, fail).await.unwrap();
    let listed = octopoid_core::ops::needs_you_in(&*place.store, &Scope::single()).await.unwrap().len();
    assert_eq!(listed, 2);
    for page in ["/", "/needs-you", "/projects", "/tasks/task-1"] {
        place.page(page).await.has("data-needed=\"2\"");
    }
    place.page("/needs-you").await.has("id=\"need-task-1\"").has("id=\"need-task-2\"");
}

#[tokio::test]
async fn an_approval_stands_under_the_persons_name() {
    let place = Place::signed_in().await;
    let id = place.submitted("Some work", "HEAD").await;
    let page = place.page(&format!("/tasks/{id}")).await;
    page.has("lands on the base branch").has("It works.").has("Request changes");
    let answer = place.post(&format!("/tasks/{id}/decide"), &[("do", "approve")]).await;
    assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, &*format!("/tasks/{id}")));
    place.page(&format!("/tasks/{id}")).await.has("task-1: approved.").has("approved by Ada (dashboard)");
    let events = place.store.history(&Scope::single(), &id).await.unwrap();
    assert!(events.iter().any(|event| event.kind.as_str() == "approved" && event.actor == "Ada (dashboard)"));
    place.page(&format!("/tasks/{id}/history")).await.has("by Ada (dashboard)");
}

#[tokio::test]
async fn changes_are_requested_with_words_and_never_without() {
    let place = Place::signed_in().await;
    let id = place.submitted("Some work", "HEAD").await;
    let path = format!("/tasks/{id}/decide");
    let empty = place.post(&path, &[("do", "reject"), ("words", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    place.post(&path, &[("do", "reject"), ("words", "Handle zero.\r\nTest it.")]).await;
    assert_eq!(place.read(&id).await.queue(), Queue::Incoming);
    place.page(&format!("/tasks/{id}")).await.has("Handle zero.\nTest it.").has("changes requested");
    let late = place.post(&path, &[("do", "reject"), ("words", "More of it.")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    late.has("What you had written:").has("More of it.");
}

#[tokio::test]
async fn a_question_is_answered_in_place_and_the_task_goes_on() {
    let place = Place::signed_in().await;
    let (id, scope) = (place.task("Asks").await, Scope::single());
    let token = place.claimed(&id).await;
    let ask = octopoid_core::transition::Command::Suspend {
        actor: Actor::Holder(token),
        reason: "Which one?".to_owned(),
        question: true,
    };
    place.store.apply(&scope, &id, ask).await.unwrap();
    let page = place.page(&format!("/tasks/{id}")).await;
    page.has("Which one?").has("Answer and let it go on");
    let question = place.store.messages(&scope, &id).await.unwrap().last().unwrap().id.to_string();
    let fields = [("reply_to", question.as_str()), ("text", "The first."), ("then", "retry")];
    let answer = place.post(&format!("/tasks/{id}/comments"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(place.read(&id).await.queue(), Queue::Incoming);
    let thread = place.store.messages(&scope, &id).await.unwrap();
    let given = thread.iter().find(|message| message.body == "The first.").unwrap();
    assert_eq!(
        (given.author.as_str(), given.parent.map(|id| id.to_string())),
        ("Ada (dashboard)", Some(question))
    );
    place.page(&format!("/tasks/{id}")).await.lacks("Answer and let it go on");
}

#[tokio::test]
async fn tasks_are_created_edited_and_found_twice() {
    let place = Place::signed_in().await;
    place.page("/tasks/new?title=From+a+link").await.has("value=\"From a link\"");
    let fields =
        [("title", "Add a flag"), ("description", "Print\r\nit."), ("role", "implement"), ("priority", "P1")];
    let made = place.post("/tasks", &fields).await;
    assert_eq!((made.status, made.to()), (StatusCode::SEE_OTHER, "/tasks/task-1"));
    let id = TaskId::numbered(1);
    let task = place.read(&id).await;
    assert_eq!((task.description.as_str(), task.priority), ("Print\nit.", Priority::P1));
    let twice = place.post("/tasks", &fields).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    twice.has("task-1 says the same").has("value=\"Add a flag\"");
    for wrong in [("title", ""), ("role", "no such role!"), ("priority", "P9"), ("blocked_by", "task-77")] {
        let fields: Vec<_> = fields
            .iter()
            .filter(|(name, _)| *name != wrong.0)
            .copied()
            .chain([wrong, ("again", "1")])
            .collect();
        let refused = place.post("/tasks", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        refused.has("role=\"alert\"").has("Print");
    }
    let version = task.version.to_string();
    let edit = [
        ("title", "Add a flag"),
        ("description", "Print it all."),
        ("role", "implement"),
        ("priority", "P0"),
        ("blocked_by", ""),
        ("version", version.as_str()),
    ];
    place.page(&format!("/tasks/{id}/edit")).await.has("Print\nit.");
    assert_eq!(place.post(&format!("/tasks/{id}/edit"), &edit).await.status, StatusCode::SEE_OTHER);
    let task = place.read(&id).await;
    assert_eq!(
        (task.description.as_str(), task.priority, task.title.as_str()),
        ("Print it all.", Priority::P0, "Add a flag")
    );
}

#[tokio::test]
async fn what_cannot_be_changed_any_more_says_why() {
    let place = Place::signed_in().await;
    let id = place.task("Begun").await;
    place.claimed(&id).await;
    let page = place.page(&format!("/tasks/{id}/edit")).await;
    page.has("It stays as it is: an agent works on it").has("<fieldset disabled>");
    // What a browser sends of such a form.
    let fields = [
        ("priority", "P0"),
        ("model", "big"),
        ("max_turns", "7"),
        ("budget_usd", "1.5"),
        ("complexity", "M"),
    ];
    assert_eq!(place.post(&format!("/tasks/{id}/edit"), &fields).await.status, StatusCode::SEE_OTHER);
    let task = place.read(&id).await;
    assert_eq!(
        (task.title.as_str(), task.priority, task.attributes.max_turns),
        ("Begun", Priority::P0, Some(7))
    );
    assert_eq!(task.attributes.model.as_deref(), Some("big"));
    place.page(&format!("/tasks/{id}/edit")).await.has("value=\"1.5\"");
    let wrong = place.post(&format!("/tasks/{id}/edit"), &[("budget_usd", "much")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.has("is not a number").has("value=\"much\"");
    let late = place.post(&format!("/tasks/{id}/edit"), &[("title", "Another")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_has_landed_nothing_cannot_be_taken_back() {
    let place = Place::signed_in().await;
    let id = place.task("Waits").await;
    let refused = place.post(&format!("/tasks/{id}/revert"), &[("words", "It broke.")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.has("It broke.");
}

#[tokio::test]
async fn many_tasks_are_changed_at_once_and_what_is_refused_is_said() {
    let place = Place::signed_in().await;
    let (one, two) = (place.task("One").await, place.submitted("Two", "HEAD").await);
    place.post("/bulk", &[("task", one.as_str()), ("task", two.as_str()), ("do", "P0")]).await;
    assert_eq!(
        (place.read(&one).await.priority, place.read(&two).await.priority),
        (Priority::P0, Priority::P0)
    );
    place.page("/").await.has("2 tasks P0.");
    place.post("/bulk", &[("task", one.as_str()), ("task", two.as_str()), ("do", "approve")]).await;
    place.page("/").await.has("1 task approved. Refused: task-1:");
    let wrong = place.post("/bulk", &[("task", one.as_str()), ("do", "explode")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn blockers_are_let_go_and_tasks_moved_by_force() {
    let place = Place::signed_in().await;
    let first = place.task("First").await;
    let second = place
        .store
        .create_task(NewTask::new("Second", "It.").with_blocked_by([first.clone()]))
        .await
        .unwrap()
        .id;
    let failed = place.post(&format!("/tasks/{first}/decide"), &[("do", "cancel")]).await;
    assert_eq!(failed.status, StatusCode::SEE_OTHER);
    let page = place.page(&format!("/tasks/{second}")).await;
    page.has("Stop waiting for task-1");
    place.post(&format!("/tasks/{second}/decide"), &[("do", "unblock"), ("blocker", first.as_str())]).await;
    assert_eq!(place.read(&second).await.queue(), Queue::Incoming);
    place
        .post(&format!("/tasks/{second}/decide"), &[("do", "force"), ("to", "done"), ("words", "by hand")])
        .await;
    assert_eq!(place.read(&second).await.queue(), Queue::Done);
    place.page("/done").await.has("Second").has("First");
    place.page("/done?q=second").await.has("Second").lacks("card-task-1");
}

#[tokio::test]
async fn projects_show_how_far_they_are_and_are_approved() {
    let place = Place::signed_in().await;
    place.page("/projects").await.has("There are no projects");
    let mut new = NewProject::new(Scope::single(), "Big <numbers>", "main");
    (new.id, new.status) =
        (Some(ProjectId::new("big").unwrap()), octopoid_core::model::ProjectStatus::Active);
    place.store.create_project(new).await.unwrap();
    place.page("/projects/big").await.has("It has no tasks yet.");
    let mut attributes = octopoid_core::model::Attributes::default();
    attributes.project = Some(ProjectId::new("big").unwrap());
    let part = |title: &str| NewTask::new(title, "It.").with_attributes(attributes.clone());
    let one = place.store.create_task(part("One")).await.unwrap().id;
    let two = place.store.create_task(part("Two").with_blocked_by([one.clone()])).await.unwrap().id;
    place
        .page("/projects/big")
        .await
        .has("Big &lt;numbers&gt;")
        .has("<svg class=\"graph\"")
        .has("0 of 2 tasks done")
        .has("task-2 · waiting");
    for id in [&one, &two] {
        place
            .post(&format!("/tasks/{id}/decide"), &[("do", "force"), ("to", "done"), ("words", "by hand")])
            .await;
    }
    place.page("/projects").await.has("2 of 2 done").has("needs you");
    place.page("/projects/big").await.has("Approve the project");
    assert_eq!(place.post("/projects/big/approve", &[]).await.status, StatusCode::SEE_OTHER);
    place.page("/projects/big").await.has("The project big is completed.").lacks("Approve the project");
    assert_eq!(place.get("/projects/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn drafts_are_edited_approved_and_deleted() {
    let place = Place::signed_in().await;
    let made = place.post("/drafts", &[("title", "An idea"), ("body", "# Why\r\n- so")]).await;
    assert_eq!(made.to(), "/drafts/1");
    place.page("/drafts").await.has("An idea").has("Ada (dashboard)");
    place.page("/drafts/1").await.has("<h4>Why</h4>").has("Make a task of it");
    place.post("/drafts/1", &[("title", "A better idea"), ("body", "So."), ("status", "review")]).await;
    let approved =
        place.post("/drafts/1/approve", &[("as", "task"), ("role", "implement"), ("priority", "P1")]).await;
    assert_eq!(approved.to(), "/tasks/task-1");
    assert_eq!(place.read(&TaskId::numbered(1)).await.title, "A better idea");
    place.page("/drafts/1").await.has("It has become").lacks("Make a task of it");
    let again = place.post("/drafts/1/approve", &[("as", "task"), ("role", "implement")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    place.store.create_draft(NewDraft::new(Scope::single(), "A goal", "role:scout")).await.unwrap();
    let project = place.post("/drafts/2/approve", &[("as", "project"), ("base_branch", "main")]).await;
    assert_eq!(project.to(), "/projects/draft-2");
    place.store.create_draft(NewDraft::new(Scope::single(), "Nothing", "ada")).await.unwrap();
    assert_eq!(place.post("/drafts/3/delete", &[]).await.to(), "/drafts");
    assert_eq!(place.get("/drafts/3").await.status, StatusCode::NOT_FOUND);
    assert_eq!(place.get("/drafts/x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn machines_are_taken_out_of_service_and_put_back() {
    let place = Place::signed_in().await;
    place.page("/machines").await.has("No machine has registered");
    let mut registration = Registration::new(Scope::single(), "prod", "laptop", "https://example.org/x.git");
    registration.hostname = Some("<b>host</b>".to_owned());
    place.store.register(registration).await.unwrap();
    place.page("/machines").await.has("prod-laptop").has("Take out of service").has("&lt;b&gt;host");
    place.post("/machines/prod-laptop/drain", &[]).await;
    place.page("/machines").await.has("Put back into service").has("takes nothing new");
    place.post("/machines/prod-laptop/resume", &[]).await;
    place.page("/machines").await.has("Take out of service");
    assert_eq!(place.post("/machines/nobody/drain", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn costs_are_drawn_by_day_and_listed_by_anything() {
    let place = Place::signed_in().await;
    place.page("/costs").await.has("Nothing was used.");
    let id = place.task("Costs").await;
    let now = octopoid_core::clock::Clock::now(&octopoid_core::clock::SystemClock);
    let mut run = Run::new(
        Scope::single(),
        id.clone(),
        1,
        octopoid_core::model::AgentName::new("writer-1").unwrap(),
        Some(role("implement")),
        octopoid_core::model::OrchestratorId::new("local-1").unwrap(),
        now,
    );
    (run.usage.turns, run.usage.cost_usd, run.usage.input_tokens) = (12, 1.25, 30_000);
    place.store.save_run(&run).await.unwrap();
    for (by, name) in [
        ("role", "implement"),
        ("agent", "writer-1"),
        ("task", "task-1"),
        ("project", "no project"),
        ("day", "20"),
    ] {
        place
            .page(&format!("/costs?by={by}&days=7"))
            .await
            .has("$1.25")
            .has("<svg class=\"bars\"")
            .has(name)
            .has("30.0k");
    }
    place.page("/costs?by=nonsense&days=x").await.has("$1.25");
    place.page("/").await.has("12 turns").has("$1.25");
    place
        .page(&format!("/tasks/{id}"))
        .await
        .has("12 turns · 30.0k tokens · $1.25")
        .has("Attempts and reviews");
    assert_eq!(run.id, RunId::of(&id, 1));
}

#[tokio::test]
async fn flows_are_drawn_with_their_numbers() {
    let place = Place::signed_in().await;
    place.task("One").await;
    place.page("/flows").await.has("incoming").has("1 task").has("<svg class=\"graph\"");
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let place = Place::signed_in().await;
    for path in [
        "/tasks/task-9",
        "/tasks/task-9/changes",
        "/tasks/..%2f..",
        "/nothing",
        "/assets/x/none.js",
        "/drafts/9",
    ] {
        let answer = place.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        answer.has("id=\"why\"").has("style.css");
    }
    let wrong = place.post_as_is("/", &[]).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn assets_are_kept_by_browsers() {
    let place = Place::new();
    let page = place.page("/sign-in").await;
    let style = page
        .text
        .split("href=\"")
        .find(|part| part.contains("style.css"))
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let answer = place.page(style).await;
    assert_eq!(answer.headers["cache-control"], "public, max-age=31536000, immutable");
    assert_eq!(answer.headers["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn the_thread_shows_who_said_what() {
    let place = Place::signed_in().await;
    let (id, scope) = (place.task("Talks").await, Scope::single());
    for (kind, body) in [(MessageKind::Summary, "I did it."), (MessageKind::TestFailure, "1 test failed")] {
        place.store.post_message(&scope, &id, MessageDraft::new(kind, "writer-1", body)).await.unwrap();
    }
    place.page(&format!("/tasks/{id}")).await.has("I did it.").has("tests failed").has("Write in the thread");
    let posted = place.post(&format!("/tasks/{id}/comments"), &[("text", "Thanks.\nReally.")]).await;
    assert_eq!(posted.to(), format!("/tasks/{id}#message-3"));
    place.page(&format!("/tasks/{id}")).await.has("Thanks.\nReally.");
    assert_eq!(
        place.post(&format!("/tasks/{id}/comments"), &[("text", " \n ")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_verdict_on_work_that_has_changed_since_is_refused_with_its_words() {
    let place = Place::signed_in().await;
    let id = place.submitted("Some work", "HEAD").await;
    let read = place.read(&id).await.submission.unwrap().head.unwrap();
    place.page(&format!("/tasks/{id}")).await.has(&format!("name=\"head\" value=\"{read}\""));
    // Somebody else sends it back, and an agent hands in another round.
    place.post(&format!("/tasks/{id}/decide"), &[("do", "reject"), ("words", "No.")]).await;
    place.repository.write("more.txt", "more\n");
    place.repository.commit("More");
    place.submit_again(&id, "HEAD~1").await;
    let head = read.as_str();
    for (path, fields) in [
        (format!("/tasks/{id}/decide"), vec![("do", "approve"), ("words", "Kept."), ("head", head)]),
        (format!("/tasks/{id}/decide"), vec![("do", "reject"), ("words", "Kept."), ("head", head)]),
        (format!("/tasks/{id}/review"), vec![("verdict", "approve"), ("summary", "Kept."), ("head", head)]),
    ] {
        let answer = place.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{path}");
        answer.has("has changed since you read it").has("Kept.");
    }
    let selected = format!("{id}:{head}");
    place.post("/bulk", &[("task", selected.as_str()), ("do", "approve")]).await;
    place.page("/").await.has("0 tasks approved. Refused: task-1: ");
    assert_eq!(place.read(&id).await.queue(), Queue::Provisional);
    let newest = place.read(&id).await.submission.unwrap().head.unwrap();
    let answer =
        place.post(&format!("/tasks/{id}/decide"), &[("do", "approve"), ("head", newest.as_str())]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_machines_register_decides_what_needs_a_person_on_a_server() {
    let place = Place::signed_in().await;
    let submit = async |title: &str| {
        let id = place.task(title).await;
        let token = place.claimed(&id).await;
        place
            .store
            .submit(&Scope::single(), &id, &token, octopoid_core::model::Submission::new(1, 1))
            .await
            .unwrap();
        id
    };
    let register = async |name: &str, claims: serde_json::Value, lands: bool| {
        let mut machine = Registration::new(Scope::single(), "prod", name, "/repo");
        machine.capabilities = Some(serde_json::json!({ "agents": 2, "claims": claims, "lands": lands }));
        place.store.register(machine).await.unwrap();
    };
    let waits = submit("Waits for a review").await;
    let column = |id: &TaskId, column: &str| format!("data-id=\"{id}\" data-column=\"{column}\"");
    place.page("/").await.has(&column(&waits, "waiting"));
    register("one", serde_json::json!({ "implement": "work" }), true).await;
    place.page("/").await.has(&column(&waits, "needs_you")).has("data-needed=\"1\"");
    register("two", serde_json::json!({ "review": "review" }), false).await;
    place.page("/").await.has(&column(&waits, "waiting")).has("data-needed=\"0\"");
    let listed =
        async || octopoid_core::ops::needs_you_in(&*place.store, &Scope::single()).await.unwrap().len();
    assert_eq!(listed().await, 0);
    // Neither lands without a person by now.
    register("one", serde_json::json!({ "implement": "work" }), false).await;
    let scope = Scope::single();
    let review = octopoid_core::store::ClaimRequest::new(
        scope.clone(),
        octopoid_core::transition::Purpose::Review,
        octopoid_core::model::Holder::new("prod-two".parse().unwrap(), "rev".parse().unwrap()),
        "a-token-of-the-reviewer".parse().unwrap(),
        std::time::Duration::from_secs(60),
    );
    place.store.claim(&review.with_task(waits.clone())).await.unwrap().unwrap();
    let actor = Actor::Reviewer { token: "a-token-of-the-reviewer".parse().unwrap(), role: role("review") };
    let approve = octopoid_core::transition::Command::Approve { actor, comments: String::new() };
    place.store.apply(&scope, &waits, approve).await.unwrap();
    place.page("/").await.has(&column(&waits, "needs_you")).has("a person must approve too");
    assert_eq!(listed().await, 1);
}
