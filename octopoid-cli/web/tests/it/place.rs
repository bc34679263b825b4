//! A dashboard over a store in memory and a real repository.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::git::{Git, Repository};
use octopoid_core::model::{
    AgentName, ClaimToken, CommitId, Gates, Holder, NewTask, OrchestratorId, Outcome, Policy, Review,
    RoleName, Run, RunId, Scope, Submission, Task, TaskId,
};
use octopoid_core::store::{ClaimRequest, EventLog as _, RunStore as _, StoreExt as _, TaskStore as _};
use octopoid_core::testing::TempRepository;
use octopoid_core::transition::Purpose;
use octopoid_store::MemoryStore;
use octopoid_web::{Dashboard, DashboardBuilder, Viewer};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

/// The host that requests are for.
pub(crate) const HOST: &str = "localhost:8788";

/// A dashboard and what it is over.
pub(crate) struct Place {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) repository: TempRepository,
    pub(crate) dashboard: Dashboard,
    pub(crate) router: Router,
    cookie: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// Returns the values of an attribute.
fn values<'a>(text: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    text.split(begin.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

impl Answer {
    /// Checks that no two parts of a page have one name, and that what is named is there: labels of fields, titles of sections.
    fn names_its_parts(&self, path: &str) {
        let all = values(&self.text, "id");
        let ids: BTreeSet<_> = all.iter().copied().collect();
        let twice: Vec<_> = ids.iter().filter(|id| all.iter().filter(|one| one == id).count() > 1).collect();
        assert!(twice.is_empty(), "{path}: two parts are named {twice:?}");
        for attribute in ["for", "aria-labelledby", "aria-describedby", "aria-controls"] {
            for name in values(&self.text, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(ids.contains(name), "{path}: {attribute}=\"{name}\" leads nowhere");
            }
        }
    }

    pub(crate) fn to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn has(&self, part: &str) -> &Self {
        assert!(self.text.contains(part), "there is no {part:?} in {}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn lacks(&self, part: &str) -> &Self {
        assert!(!self.text.contains(part), "there is {part:?} in {}", self.text);
        self
    }

    /// Returns the token of the page's forms.
    pub(crate) fn csrf(&self) -> String {
        let rest = self.text.split("data-csrf=\"").nth(1).expect("a token");
        rest.split('"').next().unwrap().to_owned()
    }
}

/// The git program, with the environment of the tests.
#[expect(clippy::disallowed_methods, reason = "a program reads its environment; libraries are given it")]
pub(crate) fn git() -> Git {
    Git::new(std::env::vars().collect())
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A dashboard with other options.
    pub(crate) fn with(change: impl FnOnce(DashboardBuilder) -> DashboardBuilder) -> Self {
        Self::made(true, change)
    }

    /// A dashboard on a machine that does not have the repository.
    pub(crate) fn without_repository(change: impl FnOnce(DashboardBuilder) -> DashboardBuilder) -> Self {
        Self::made(false, change)
    }

    fn made(is_here: bool, change: impl FnOnce(DashboardBuilder) -> DashboardBuilder) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(clock.clone(), Policy::default()));
        let repository = TempRepository::new();
        let git = git();
        let mut builder = Dashboard::builder(store.clone(), clock);
        if is_here {
            builder = builder.repository(Repository::open(repository.path(), git).unwrap());
        }
        let dashboard = change(builder).build();
        Self { store, repository, router: dashboard.router(), dashboard, cookie: None }
    }

    /// A dashboard at which Ada is signed in.
    pub(crate) async fn signed_in() -> Self {
        let mut place = Self::new();
        place.sign_in(Viewer::new("Ada", Scope::single())).await;
        place
    }

    pub(crate) async fn sign_in(&mut self, viewer: Viewer) {
        let link = self.dashboard.one_time_link(viewer);
        let answer = self.get(&link).await;
        assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/"), "{}", answer.text);
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }

    /// Returns what the browser keeps, to use it again.
    pub(crate) fn clone_cookie(&self) -> Option<String> {
        self.cookie.clone()
    }

    pub(crate) fn use_cookie(&mut self, cookie: Option<String>) {
        self.cookie = cookie;
    }

    pub(crate) fn sign_out(&mut self) {
        self.cookie = None;
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::ACCEPT, "text/html");
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// Returns a page that must be there.
    pub(crate) async fn page(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.names_its_parts(path);
        answer
    }

    /// Sends a form of ours.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.page("/").await.csrf();
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.post_as_is(path, &fields).await
    }

    /// Sends a form with exactly these fields.
    pub(crate) async fn post_as_is(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn task(&self, title: &str) -> TaskId {
        self.store.create_task(NewTask::new(title, "A description.")).await.unwrap().id
    }

    pub(crate) async fn read(&self, id: &TaskId) -> Task {
        self.store.task(&Scope::single(), id).await.unwrap()
    }

    /// Claims a task for an agent; returns the token.
    pub(crate) async fn claimed(&self, id: &TaskId) -> ClaimToken {
        let token =
            ClaimToken::new(format!("token-of-{id}-{}", self.store.last_event().await.unwrap())).unwrap();
        let holder =
            Holder::new(OrchestratorId::new("local-1").unwrap(), AgentName::new("writer-1").unwrap());
        let request = ClaimRequest::new(
            Scope::single(),
            Purpose::Work,
            holder,
            token.clone(),
            Duration::from_secs(300),
        );
        self.store.claim(&request.with_task(id.clone())).await.unwrap().unwrap();
        token
    }

    /// Lets an agent submit what the repository has since `base`; a person has to decide.
    pub(crate) async fn submitted(&self, title: &str, base: &str) -> TaskId {
        let id = self.task(title).await;
        self.submit_again(&id, base).await;
        id
    }

    /// Records the run that submitted a task's work.
    pub(crate) async fn record_run(&self, id: &TaskId) -> RunId {
        let task = self.read(id).await;
        let (agent, machine) = (AgentName::new("writer-1").unwrap(), OrchestratorId::new("local-1").unwrap());
        let now = SystemClock.now();
        let mut run = Run::new(Scope::single(), id.clone(), 1, agent, Some(role("implement")), machine, now);
        run.outcome =
            Outcome::from_result(&serde_json::json!({ "outcome": "submitted", "summary": "Done." })).ok();
        (run.finished_at, run.commits) = (Some(now), 1);
        run.head = task.submission.and_then(|work| work.head);
        self.store.save_run(&run).await.unwrap();
        run.id
    }

    /// Lets an agent claim a task and submit what the repository has since `base`.
    pub(crate) async fn submit_again(&self, id: &TaskId, base: &str) {
        let token = self.claimed(id).await;
        let commit = |name: &str| CommitId::new(self.repository.git(&["rev-parse", name]).trim()).unwrap();
        let mut work = Submission::new(1, 3);
        (work.base, work.head, work.summary) =
            (Some(commit(base)), Some(commit("HEAD")), Some("It works.".to_owned()));
        work.review = Review::of(Gates::Person);
        self.store.submit(&Scope::single(), id, &token, work).await.unwrap();
    }
}

/// Returns the name of a role.
pub(crate) fn role(name: &str) -> RoleName {
    RoleName::new(name).unwrap()
}
