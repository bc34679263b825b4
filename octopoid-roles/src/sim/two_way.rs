//! The dialects in which the agent is answered while it works.
//!
//! One thread reads what comes, also while the other one works or hangs: a cancellation is answered at once.

use super::dialect::{Dialect, Finish};
use octopoid_core::model::Usage;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The answer to a request, after some notifications: a result, or a code and a message. `None` where the answer comes with the
/// end of the work.
pub(super) type Answered = Option<(Vec<Value>, Result<Value, (i64, String)>)>;

/// What is special about one protocol. Messages that are returned are sent.
pub(super) trait Protocol: Send {
    /// Answers a request.
    fn request(&mut self, id: &Value, method: &str, params: &Value) -> Answered;
    /// Returns the answer to the request that asks for the work, where its end is told otherwise.
    fn begins(&self, method: &str) -> Option<Value> {
        let _ = method;
        None
    }
    /// Returns whether a message cancels the work.
    fn cancels(&self, method: &str) -> bool;
    fn say(&mut self, text: &str) -> Vec<Value>;
    /// Returns the beginning of the use of a tool, the request for permission if that is needed, and the end of it.
    fn tool(&mut self, name: &str, input: &str) -> (Vec<Value>, Option<(String, Value)>, Vec<Value>);
    /// Returns whether an answer to a request for permission allows it.
    fn allows(&self, answer: &Value) -> bool;
    /// Returns a request for permission with these options.
    fn permission(&mut self, kind: &str, options: &[(String, String)]) -> (Vec<Value>, (String, Value));
    fn count(&mut self, usage: &Usage) -> Vec<Value>;
    fn novelties(&self) -> Vec<Value>;
    /// Returns the messages about the end of the work; `None` for the finish is a cancellation.
    fn finish(&mut self, usage: &Usage, finish: Option<&Finish>) -> Vec<Value>;
}

struct State {
    protocol: Box<dyn Protocol>,
    to: File,
    /// Whether the work was asked for.
    begun: bool,
    /// Whether the work was answered for: nothing is said any more.
    over: bool,
    usage: Usage,
    next: u64,
    answers: BTreeMap<String, Value>,
}

impl State {
    fn send(&mut self, messages: &[Value]) -> io::Result<()> {
        messages.iter().try_for_each(|message| writeln!(self.to, "{message}"))
    }

    fn hear(&mut self, message: &Value) -> io::Result<()> {
        let (id, method) = (&message["id"], message["method"].as_str());
        let Some(method) = method else {
            let answer = if message["error"].is_null() { &message["result"] } else { &message["error"] };
            self.answers.insert(id.to_string(), answer.clone());
            return Ok(());
        };
        if self.protocol.cancels(method) {
            if !id.is_null() {
                self.send(&[json!({ "jsonrpc": "2.0", "id": id, "result": {} })])?;
            }
            if self.begun && !self.over {
                self.over = true;
                let last = self.protocol.finish(&self.usage, None);
                self.send(&last)?;
            }
            return Ok(());
        }
        if id.is_null() {
            return Ok(());
        }
        if let Some(result) = self.protocol.begins(method) {
            self.begun = true;
            return self.send(&[json!({ "jsonrpc": "2.0", "id": id, "result": result })]);
        }
        match self.protocol.request(id, method, &message["params"]) {
            None => {
                self.begun = true;
                Ok(())
            }
            Some((before, Ok(result))) => {
                self.send(&before)?;
                self.send(&[json!({ "jsonrpc": "2.0", "id": id, "result": result })])
            }
            Some((before, Err((code, message)))) => {
                self.send(&before)?;
                let error = json!({ "code": code, "message": message });
                self.send(&[json!({ "jsonrpc": "2.0", "id": id, "error": error })])
            }
        }
    }
}

/// The connection to the client.
pub(super) struct Peer<'a> {
    shared: Arc<(Mutex<State>, Condvar)>,
    stderr: &'a mut dyn Write,
    result: PathBuf,
}

fn lock(shared: &(Mutex<State>, Condvar)) -> MutexGuard<'_, State> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Peer<'a> {
    /// Listens to the client until it asks for the work. When it closes the connection, this process ends.
    pub(super) fn listen(
        protocol: Box<dyn Protocol>,
        result: Option<&String>,
        stderr: &'a mut dyn Write,
    ) -> io::Result<Self> {
        let (from, to) =
            (File::from(nix::unistd::dup(io::stdin())?), File::from(nix::unistd::dup(io::stdout())?));
        let (begun, over, usage, next) = (false, false, Usage::default(), 0);
        let state = State { protocol, to, begun, over, usage, next, answers: BTreeMap::new() };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let reader = shared.clone();
        std::thread::Builder::new().spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                let message = serde_json::from_str(&line).unwrap_or_default();
                let heard = lock(&reader).hear(&message);
                reader.1.notify_all();
                if heard.is_err() {
                    break;
                }
            }
            leave();
        })?;
        let peer = Self { shared, stderr, result: result.map(PathBuf::from).unwrap_or_default() };
        peer.wait(|state| state.begun.then_some(()));
        Ok(peer)
    }

    fn wait<T>(&self, done: impl Fn(&State) -> Option<T>) -> T {
        let mut state = lock(&self.shared);
        loop {
            if let Some(value) = done(&state) {
                return value;
            }
            state = self.shared.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says what the protocol has for it, while the work is not answered for.
    fn tell(&self, messages: impl FnOnce(&mut dyn Protocol) -> Vec<Value>) -> io::Result<()> {
        let mut state = lock(&self.shared);
        if state.over {
            return Ok(());
        }
        let messages = messages(state.protocol.as_mut());
        state.send(&messages)
    }

    /// Sends a request, and waits for its answer.
    fn ask(&self, (method, params): (String, Value)) -> io::Result<Value> {
        let id = {
            let mut state = lock(&self.shared);
            let id = state.next;
            state.next += 1;
            state.send(&[json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })])?;
            id.to_string()
        };
        Ok(self.wait(|state| state.answers.get(&id).cloned()))
    }
}

impl Dialect for Peer<'_> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.tell(|protocol| protocol.say(text))
    }

    fn tool(&mut self, name: &str, input: &str) -> io::Result<bool> {
        let (before, request, after) = lock(&self.shared).protocol.tool(name, input);
        self.tell(|_| before)?;
        let Some(request) = request else {
            return self.tell(|_| after).map(|()| true);
        };
        let answer = self.ask(request)?;
        let allowed = lock(&self.shared).protocol.allows(&answer);
        if allowed {
            self.tell(|_| after)?;
        }
        Ok(allowed)
    }

    fn deny(&mut self, tool: &str) -> io::Result<()> {
        self.say(&format!("{tool} was denied"))
    }

    fn permission(&mut self, kind: &str, options: &[(String, String)]) -> io::Result<String> {
        let (before, request) = lock(&self.shared).protocol.permission(kind, options);
        self.tell(|_| before)?;
        self.ask(request).map(|answer| answer.to_string())
    }

    fn novelties(&mut self) -> io::Result<()> {
        self.tell(|protocol| protocol.novelties())
    }

    fn count(&mut self, usage: &Usage) -> io::Result<()> {
        lock(&self.shared).usage = *usage;
        self.tell(|protocol| protocol.count(usage))
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        lock(&self.shared).to.write_all(bytes)
    }

    fn finish(&mut self, usage: &Usage, finish: Finish) -> io::Result<u8> {
        match finish {
            Finish::Exit { code, text, report } => {
                report.write(&self.result)?;
                writeln!(self.stderr, "{text}")?;
                return Ok(code);
            }
            Finish::Done(report) => {
                report.clone().write(&self.result)?;
                self.tell(|protocol| protocol.finish(usage, Some(&Finish::Done(report))))?;
            }
            other => self.tell(|protocol| protocol.finish(usage, Some(&other)))?,
        }
        lock(&self.shared).over = true;
        // It stays for what comes next, until the client closes the connection.
        self.wait(|_| None)
    }
}

#[expect(clippy::disallowed_methods, reason = "the other thread may hang, as the script says")]
fn leave() -> ! {
    std::process::exit(0)
}
