//! A GitHub on the loopback: its pull requests are merged in a real bare repository.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// What goes wrong with the next calls.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Trouble {
    Status(u16),
    RateLimit,
    Nonsense,
    /// It is done, and the answer is lost: the next call of this method.
    LostAnswer(Method),
    /// It is done, and no answer ever comes.
    NoAnswer(Method),
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) pulls: Vec<Value>,
    pub(crate) reviews: Vec<Value>,
    pub(crate) remarks: Vec<Value>,
    pub(crate) comments: Vec<Value>,
    pub(crate) events: Vec<Value>,
    /// What the checks say of a commit: by the text of its tree's listing, so that a mended round can pass.
    pub(crate) checks: Option<fn(&str) -> Value>,
    /// The same for commit statuses.
    pub(crate) statuses: Option<fn(&str) -> Value>,
    /// What a pull request that is merged by hand names as its merge, where that is not the commit that it made.
    pub(crate) merged_as: Option<Value>,
    pub(crate) trouble: Vec<Trouble>,
    /// What goes wrong with every call.
    pub(crate) always: Option<Trouble>,
    pub(crate) calls: Vec<String>,
    pub(crate) unchanged: usize,
    /// How many calls were done and never answered.
    pub(crate) unheard: usize,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) world: Arc<Mutex<World>>,
    repository: PathBuf,
}

impl Server {
    pub(crate) async fn begin(repository: &Path) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, world: Arc::default(), repository: repository.to_owned() };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Result<String, String> {
        git(&self.repository, arguments)
    }

    /// Merges it for real.
    pub(crate) fn merge(&self, number: usize, method: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let here = |arguments: &[&str]| git(folder.path(), arguments);
        let branch = self.world.lock().unwrap().pulls[number - 1]["branch"].as_str().unwrap().to_owned();
        here(&["clone", "--quiet", self.repository.to_str().unwrap(), "."])?;
        here(&["config", "user.name", "GitHub"])?;
        here(&["config", "user.email", "noreply@github.invalid"])?;
        let head = format!("origin/{branch}");
        match method {
            "merge" => here(&["merge", "--quiet", "--no-ff", "-m", "Merged", &head])?,
            "squash" => {
                here(&["merge", "--quiet", "--squash", &head])?;
                here(&["commit", "--quiet", "-m", "Squashed"])?
            }
            _ => here(&["cherry-pick", "--no-ff", &format!("main..{head}")])?,
        };
        here(&["push", "--quiet", "origin", "main"])?;
        let sha = here(&["rev-parse", "HEAD"])?.trim().to_owned();
        let mut world = self.world.lock().unwrap();
        let pull = &mut world.pulls[number - 1];
        (pull["state"], pull["merged_at"], pull["merge_commit_sha"]) =
            (json!("closed"), json!("2026-01-01T00:00:00Z"), json!(sha));
        if let Some(other) = &world.merged_as {
            let other = other.clone();
            world.pulls[number - 1]["merge_commit_sha"] = other;
        }
        Ok(sha)
    }

    /// A pull request as it is now. While it is open it follows its branch; afterwards it remembers where that stood.
    fn pull(&self, number: usize) -> Value {
        let mut world = self.world.lock().unwrap();
        let pull = &mut world.pulls[number - 1];
        let branch = format!("refs/heads/{}", pull["branch"].as_str().unwrap());
        if pull["state"] == "open"
            && let Ok(sha) = self.git(&["rev-parse", "--verify", "--quiet", &branch])
        {
            pull["head"] = json!({ "sha": sha.trim() });
        }
        pull.clone()
    }

    /// Deletes a pull request's branch by hand, which closes it.
    pub(crate) fn delete_branch_of(&self, number: usize) {
        let branch = self.pull(number)["branch"].as_str().unwrap().to_owned();
        self.git(&["branch", "-D", &branch]).unwrap();
        let mut world = self.world.lock().unwrap();
        world.pulls[number - 1]["state"] = json!("closed");
        let event = |kind| json!({ "event": kind, "created_at": "2026-01-01T00:00:00Z" });
        world.events = vec![event("head_ref_deleted"), event("closed")];
    }

    fn files(&self, sha: &str) -> String {
        self.git(&["ls-tree", "-r", "--name-only", sha]).unwrap_or_default()
    }

    fn route(&self, method: &Method, path: &str, body: &Value) -> (u16, Value) {
        let Some(path) = path.strip_prefix("/repos/acme/tool/") else {
            return (404, json!({ "message": "Not Found" }));
        };
        let parts: Vec<_> = path.split('/').collect();
        let number = |at: usize| parts[at].parse::<usize>().unwrap();
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["pulls"]) => {
                let count = self.world.lock().unwrap().pulls.len();
                (200, (1..=count).map(|number| self.pull(number)).collect())
            }
            ("POST", ["pulls"]) => {
                let mut world = self.world.lock().unwrap();
                let number = world.pulls.len() + 1;
                world.pulls.push(json!({
                    "number": number, "state": "open", "branch": body["head"], "title": body["title"], "body": body["body"],
                    "html_url": format!("https://github.com/acme/tool/pull/{number}"), "merge_commit_sha": null,
                }));
                drop(world);
                (201, self.pull(number))
            }
            ("PATCH", ["pulls", _]) => {
                let mut world = self.world.lock().unwrap();
                let pull = &mut world.pulls[number(1) - 1];
                (pull["title"], pull["body"]) = (body["title"].clone(), body["body"].clone());
                drop(world);
                (200, self.pull(number(1)))
            }
            ("GET", ["pulls", _, "reviews"]) => (200, json!(self.world.lock().unwrap().reviews)),
            ("GET", ["pulls", _, "comments"]) => (200, json!(self.world.lock().unwrap().remarks)),
            ("POST", ["pulls", number, "comments"]) => {
                let mut world = self.world.lock().unwrap();
                // Only lines that the diff shows.
                if body["line"].as_u64().is_none_or(|line| line > 50) {
                    return (422, json!({ "message": "line must be part of the diff" }));
                }
                let place = world.remarks.len() + 1;
                let mut remark = body.clone();
                remark["html_url"] =
                    json!(format!("https://github.com/acme/tool/pull/{number}#discussion_r{place}"));
                remark["user"] = json!({ "login": "octopoid" });
                remark["author_association"] = json!("MEMBER");
                world.remarks.push(remark.clone());
                (201, remark)
            }
            ("GET", ["issues", _, "comments"]) => (200, json!(self.world.lock().unwrap().comments)),
            ("POST", ["issues", number, "comments"]) => {
                let mut world = self.world.lock().unwrap();
                let place = world.comments.len() + 1;
                // GitHub keeps the line ends of a form.
                let said = body["body"].as_str().unwrap().replace('\n', "\r\n");
                let url = format!("https://github.com/acme/tool/pull/{number}#issuecomment-{place}");
                world.comments.push(json!({ "body": said, "html_url": url }));
                (201, world.comments[place - 1].clone())
            }
            ("GET", ["issues", _, "events"]) => (200, json!(self.world.lock().unwrap().events)),
            ("GET", ["git", "ref", rest @ ..]) => {
                match self.git(&["rev-parse", "--verify", "--quiet", &format!("refs/{}", rest.join("/"))]) {
                    Ok(sha) => (200, json!({ "object": { "sha": sha.trim() } })),
                    Err(_) => (404, json!({ "message": "Not Found" })),
                }
            }
            ("GET", ["commits", sha, "status"]) => {
                let files = self.files(sha);
                let statuses = self.world.lock().unwrap().statuses;
                (200, json!({ "statuses": statuses.map_or(json!([]), |statuses| statuses(&files)) }))
            }
            ("GET", ["commits", sha, "check-runs"]) => {
                let files = self.files(sha);
                let checks = self.world.lock().unwrap().checks;
                (200, json!({ "check_runs": checks.map_or(json!([]), |checks| checks(&files)) }))
            }
            ("PUT", ["pulls", _, "merge"]) => {
                if self.pull(number(1))["head"]["sha"] != body["sha"] {
                    return (409, json!({ "message": "Head branch was modified" }));
                }
                match self.merge(number(1), body["merge_method"].as_str().unwrap()) {
                    Ok(sha) => (200, json!({ "sha": sha, "merged": true })),
                    Err(why) => (405, json!({ "message": why })),
                }
            }
            _ => (404, json!({ "message": "Not Found" })),
        }
    }
}

async fn answer(
    State(server): State<Server>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    assert_eq!(headers["authorization"], "Bearer secret-token");
    let trouble = {
        let mut world = server.world.lock().unwrap();
        world.calls.push(format!("{method} {}", uri.path()));
        let at = world.trouble.iter().position(|trouble| match trouble {
            Trouble::LostAnswer(of) | Trouble::NoAnswer(of) => *of == method,
            _ => true,
        });
        at.map(|at| world.trouble.remove(at)).or_else(|| world.always.clone())
    };
    match &trouble {
        Some(Trouble::Status(status)) => return StatusCode::from_u16(*status).unwrap().into_response(),
        Some(Trouble::RateLimit) => {
            let headers = [("retry-after", "1")];
            return (StatusCode::TOO_MANY_REQUESTS, headers, "{}").into_response();
        }
        Some(Trouble::Nonsense) => return "<html>".into_response(),
        Some(Trouble::LostAnswer(_) | Trouble::NoAnswer(_)) | None => {}
    }
    let (status, value) =
        server.route(&method, uri.path(), &serde_json::from_slice(&body).unwrap_or_default());
    if let Some(Trouble::NoAnswer(_)) = trouble {
        server.world.lock().unwrap().unheard += 1;
        return std::future::pending().await;
    }
    if trouble.is_some() {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let text = value.to_string();
    let version = format!(
        "\"{}-{}\"",
        text.len(),
        text.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
    );
    if headers.get("if-none-match").is_some_and(|known| known.to_str().unwrap() == version) {
        server.world.lock().unwrap().unchanged += 1;
        return StatusCode::NOT_MODIFIED.into_response();
    }
    (StatusCode::from_u16(status).unwrap(), [("etag", version)], text).into_response()
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").args(arguments).current_dir(folder).output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
