//! A scripted Messages API on loopback. What it answers follows from the conversation that a request carries; what it has
//! served, it writes into books of its own.

use super::http::{self, Request};
use octopoid_core::clock::{Clock, SystemClock};
use octopoid_core::model::{Timestamp, Usage};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long an account is closed that has met its limit.
const CLOSED: Duration = Duration::from_secs(3);

/// Whose conversation: a task and a role.
pub(super) type Work = (String, String);

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fate {
    /// A whole answer went out: a call of this tool, with this id.
    Served { id: String, tool: String, usage: Usage },
    /// The account has met its limit.
    Limited,
    /// The connection went down in the middle of the answer.
    Dropped,
    /// No answer at all: the request was held until the program went away.
    Held { open: bool },
}

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) work: Work,
    pub(super) at: Timestamp,
    pub(super) session: String,
    /// The tool calls of earlier answers that the request repeats.
    pub(super) repeats: BTreeSet<String>,
    pub(super) fate: Fate,
}

/// What the API has seen and done.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) entries: Vec<Entry>,
    /// Requests that belong to no task.
    pub(super) strays: Vec<String>,
    /// Whether every request is held.
    pub(super) holding: bool,
    /// When each account opens again.
    pub(super) closed: BTreeMap<String, Timestamp>,
    /// Faults that have happened; each happens once.
    happened: BTreeSet<String>,
}

impl Books {
    pub(super) fn of<'a>(&'a self, work: &'a Work) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.work == *work)
    }

    /// Returns whose requests are held now.
    pub(super) fn held(&self) -> BTreeSet<Work> {
        let held = self.entries.iter().filter(|entry| entry.fate == Fate::Held { open: true });
        held.map(|entry| entry.work.clone()).collect()
    }

    /// Returns whether the program shows that an answer has reached it: by repeating it, or by ending with it.
    fn is_acknowledged(&self, id: &str, tool: &str) -> bool {
        tool == REPORT || self.entries.iter().any(|entry| entry.repeats.contains(id))
    }

    /// Returns what went out for some work in a span of time, and how much of that the program shows to have received.
    pub(super) fn used(&self, work: &Work, span: RangeInclusive<Timestamp>) -> (Usage, Usage) {
        let (mut out, mut received) = (Usage::default(), Usage::default());
        for entry in self.of(work).filter(|entry| span.contains(&entry.at)) {
            if let Fate::Served { id, tool, usage } = &entry.fate {
                out += *usage;
                if self.is_acknowledged(id, tool) {
                    received += *usage;
                }
            }
        }
        (out, received)
    }

    /// Returns what went out in all.
    pub(super) fn served(&self) -> Usage {
        let usage = |entry: &Entry| {
            if let Fate::Served { usage, .. } = entry.fate { usage } else { Usage::default() }
        };
        self.entries.iter().map(usage).sum()
    }

    fn happens_once(&mut self, fault: &str) -> bool {
        self.happened.insert(fault.to_owned())
    }
}

/// The tool that an outcome is reported with.
pub(super) const REPORT: &str = "StructuredOutput";

/// What goes wrong, and where.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    /// The implementer whose connection is dropped once.
    pub(super) dropped: &'static str,
    /// The implementer at whose second turn everything is held.
    pub(super) held: &'static str,
    /// The implementer whose second turn meets the limit of its account.
    pub(super) limited: &'static str,
    /// The reviewer whose first turn meets a limit that says nothing of its end.
    pub(super) limited_review: &'static str,
    /// The implementer who never commits, and how often it is answered.
    pub(super) idler: (&'static str, usize),
}

/// The API.
#[derive(Debug, Clone)]
pub(super) struct Api {
    pub(super) address: SocketAddr,
    books: watch::Sender<Books>,
}

impl Api {
    pub(super) async fn start(faults: Faults) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let api =
            Self { address: listener.local_addr().unwrap(), books: watch::Sender::new(Books::default()) };
        let (serving, faults) = (api.clone(), Arc::new(faults));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (api, faults) = (serving.clone(), faults.clone());
                tokio::spawn(async move { api.serve(&mut stream, &faults).await });
            }
        });
        api
    }

    pub(super) fn books(&self) -> watch::Ref<'_, Books> {
        self.books.borrow()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Books> {
        self.books.subscribe()
    }

    /// Answers again.
    pub(super) fn let_go(&self) {
        self.books.send_modify(|books| books.holding = false);
    }

    async fn serve(&self, stream: &mut TcpStream, faults: &Faults) -> io::Result<()> {
        let request = Request::read(stream).await?;
        let Some(call) = Call::of(&request) else {
            let (method, path) = request.target();
            if method == "HEAD" {
                // Older versions look whether anybody is there.
                return http::answer_head(stream).await;
            }
            self.books.send_modify(|books| books.strays.push(format!("{method} {path}")));
            return http::answer(stream, "404 Not Found", &[], &error("not_found_error", "no such route"))
                .await;
        };
        let mut place = 0;
        let mut answer = Answer::Hold;
        self.books.send_modify(|books| {
            place = books.entries.len();
            answer = decide(&call, books, faults);
            let fate = match &answer {
                Answer::Call { tool, input: _, usage } => {
                    Fate::Served { id: tool_id(place), tool: (*tool).to_owned(), usage: *usage }
                }
                Answer::Limit(_) => Fate::Limited,
                Answer::Drop => Fate::Dropped,
                Answer::Hold => Fate::Held { open: true },
            };
            let Call { work, session, repeats, .. } = call.clone();
            books.entries.push(Entry { work, at: SystemClock.now(), session, repeats, fate });
        });
        match answer {
            Answer::Call { tool, input, usage } => {
                let message = message(place, &call.model, tool, &input, usage);
                if request.body["stream"] == true {
                    http::answer_events(stream, &events(&message), None).await
                } else {
                    http::answer(stream, "200 OK", &[], &message).await
                }
            }
            Answer::Limit(headers) => {
                let body = error("rate_limit_error", "This request would exceed your account's rate limit.");
                http::answer(stream, "429 Too Many Requests", &headers, &body).await
            }
            Answer::Drop => {
                let message =
                    message(place, &call.model, "Bash", &json!({ "command": "true" }), Usage::default());
                http::answer_events(stream, &events(&message), Some(3)).await
            }
            Answer::Hold => {
                http::gone(stream).await;
                self.books.send_modify(|books| books.entries[place].fate = Fate::Held { open: false });
                Ok(())
            }
        }
    }
}

/// What a request asks.
#[derive(Debug, Clone)]
struct Call {
    work: Work,
    session: String,
    account: String,
    model: String,
    folder: String,
    /// Earlier answers' tool calls: id and name.
    tools: Vec<(String, String)>,
    repeats: BTreeSet<String>,
}

impl Call {
    fn of(request: &Request) -> Option<Self> {
        if request.target() != ("POST", "/v1/messages") {
            return None;
        }
        let messages = request.body["messages"].as_array()?;
        let (mut said, mut tools) = (String::new(), Vec::new());
        for message in messages {
            if let Some(text) = message["content"].as_str().filter(|_| message["role"] == "user") {
                said.push_str(text);
            }
            for block in message["content"].as_array().into_iter().flatten() {
                match block["type"].as_str()? {
                    "text" if message["role"] == "user" => said.push_str(block["text"].as_str()?),
                    "tool_use" => {
                        tools.push((block["id"].as_str()?.to_owned(), block["name"].as_str()?.to_owned()));
                    }
                    _ => {}
                }
            }
        }
        let quoted = |before: &str| {
            let (_, after) = said.rsplit_once(before)?;
            after.split('`').next().map(str::to_owned)
        };
        let role = if said.contains("You review the work on one task") { "review" } else { "implement" };
        let account = request.header("x-api-key").or_else(|| request.header("authorization"))?;
        Some(Self {
            work: (quoted("# The task `")?, role.to_owned()),
            session: request.header("x-claude-code-session-id")?.to_owned(),
            account: account.to_owned(),
            model: request.body["model"].as_str()?.to_owned(),
            folder: quoted("- The folder: `").unwrap_or_default(),
            repeats: tools.iter().map(|(id, _)| id.clone()).collect(),
            tools,
        })
    }

    fn has_used(&self, tool: &str) -> bool {
        self.tools.iter().any(|(_, name)| name == tool)
    }
}

/// What is answered.
#[derive(Debug)]
enum Answer {
    Call { tool: &'static str, input: Value, usage: Usage },
    Limit(Vec<(&'static str, String)>),
    Drop,
    Hold,
}

fn decide(call: &Call, books: &mut Books, faults: &Faults) -> Answer {
    let (task, role) = (call.work.0.as_str(), call.work.1.as_str());
    let work = role == "implement";
    // Turns differ in their tokens, so that one that is missing or counted twice shows in any sum.
    let place = books.entries.len() as u64;
    let usage = Usage::default().with_turns(1).with_tokens(1000 + (7 << (place % 16)), 20 + place);
    let tool = |tool, input| Answer::Call { tool, input, usage };
    let now = SystemClock.now();
    if books.closed.get(&call.account).is_some_and(|until| now < *until) {
        return limit(books.closed[&call.account]);
    }
    if work && task == faults.held && call.has_used("Write") && books.happens_once("held") {
        books.holding = true;
    }
    let answered = books.of(&call.work).filter(|entry| matches!(entry.fate, Fate::Served { .. })).count();
    let is_idler = work && task == faults.idler.0;
    if books.holding || (is_idler && answered >= faults.idler.1) {
        return Answer::Hold;
    }
    if work && task == faults.limited && call.has_used("Write") && books.happens_once("limit") {
        // Whole seconds, as the header has them.
        let until = Timestamp::from_millis(((now + CLOSED).as_millis() / 1000 + 1) * 1000);
        books.closed.insert(call.account.clone(), until);
        return limit(until);
    }
    if !work && task == faults.limited_review && books.happens_once("limit of a key") {
        return Answer::Limit(vec![("retry-after", "3600".to_owned())]);
    }
    if work && task == faults.dropped && call.has_used("Write") && books.happens_once("drop") {
        return Answer::Drop;
    }
    let shell =
        |command: &str| tool("Bash", json!({ "command": command, "description": "as the task needs" }));
    if is_idler {
        return shell(&format!("echo thinking, for the {}th time", answered + 1));
    }
    match (work, call.has_used("Bash")) {
        (true, false) if !call.has_used("Write") => {
            let file = format!("{}/{task}.txt", call.folder);
            tool("Write", json!({ "file_path": file, "content": format!("{task} is done\n") }))
        }
        (true, false) => shell(&format!("git add --all && git commit --quiet --message 'Do {task}'")),
        (true, true) => tool(REPORT, json!({ "outcome": "submitted", "summary": format!("did {task}") })),
        (false, false) => shell("git log --stat --max-count 1"),
        (false, true) => tool(REPORT, json!({ "outcome": "approved", "feedback": "fine" })),
    }
}

/// The limit of a subscription, which says when it lifts.
fn limit(until: Timestamp) -> Answer {
    let reset = until.as_millis() / 1000;
    Answer::Limit(vec![
        ("retry-after", "3600".to_owned()),
        ("anthropic-ratelimit-unified-status", "rejected".to_owned()),
        ("anthropic-ratelimit-unified-reset", reset.to_string()),
        ("anthropic-ratelimit-unified-representative-claim", "five_hour".to_owned()),
    ])
}

fn error(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_test" })
}

fn tool_id(place: usize) -> String {
    format!("toolu_test{place:06}")
}

fn message(place: usize, model: &str, tool: &str, input: &Value, usage: Usage) -> Value {
    json!({
        "id": format!("msg_test{place:06}"), "type": "message", "role": "assistant", "model": model,
        "content": [{ "type": "tool_use", "id": tool_id(place), "name": tool, "input": input }],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": {
            "input_tokens": usage.input_tokens.saturating_sub(1000), "cache_read_input_tokens": usage.input_tokens.min(1000),
            "cache_creation_input_tokens": 0, "output_tokens": usage.output_tokens,
        },
    })
}

/// Splits an answer into what is streamed.
fn events(message: &Value) -> Vec<(&'static str, Value)> {
    let mut start = message.clone();
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    start["usage"]["output_tokens"] = json!(1);
    let mut block = message["content"][0].clone();
    let input = block["input"].to_string();
    block["input"] = json!({});
    let delta = json!({ "type": "input_json_delta", "partial_json": input });
    let end = json!({ "stop_reason": message["stop_reason"], "stop_sequence": null });
    vec![
        ("message_start", json!({ "message": start })),
        ("content_block_start", json!({ "index": 0, "content_block": block })),
        ("content_block_delta", json!({ "index": 0, "delta": delta })),
        ("content_block_stop", json!({ "index": 0 })),
        ("message_delta", json!({ "delta": end, "usage": message["usage"] })),
        ("message_stop", json!({})),
    ]
}
