//! The dialect of the `claude` program in print mode.

use super::args::Args;
use super::dialect::{Dialect, Finish, Report};
use octopoid_core::model::Usage;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

pub(super) struct Stream<'a> {
    args: Args,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    session: String,
    /// The path of the file that keeps the conversation: the dollars it has cost.
    memory: Option<PathBuf>,
    cost_before: f64,
    denied: Vec<Value>,
    /// The number of answers so far.
    answers: u32,
}

impl<'a> Stream<'a> {
    /// Starts the conversation; returns the exit status if that fails before the first event.
    pub(super) fn open(
        args: Args,
        environment: &BTreeMap<String, String>,
        stdout: &'a mut dyn Write,
        stderr: &'a mut dyn Write,
    ) -> io::Result<Result<Self, u8>> {
        let set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
        let mut refuse = |text: &str| writeln!(stderr, "{text}").map(|()| Err(1));
        if !args.verbose {
            return refuse("Error: When using --print, --output-format=stream-json requires --verbose");
        }
        if args.skip_permissions && nix::unistd::Uid::effective().is_root() && !set("IS_SANDBOX") {
            return refuse("--dangerously-skip-permissions cannot be used with root/sudo privileges");
        }
        let session = args.resume.clone().or(args.session.clone()).unwrap_or("sim-session".to_owned());
        let home = environment.get("CLAUDE_CONFIG_DIR").map(PathBuf::from);
        let home = home.or_else(|| environment.get("HOME").map(|home| PathBuf::from(home).join(".claude")));
        let memory = home.map(|home| home.join("sim").join(&session));
        let known = memory.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        if args.session.is_some() && known.is_some() {
            return refuse(&format!("Error: Session ID {session} is already in use."));
        }
        if args.resume.is_some() && known.is_none() {
            let text = format!("No conversation found with session ID: {session}");
            let event = json!({
                "type": "result", "subtype": "error_during_execution", "is_error": true, "num_turns": 0,
                "session_id": session, "total_cost_usd": 0, "errors": [text], "terminal_reason": null,
                "usage": {}, "modelUsage": {}, "permission_denials": []
            });
            writeln!(stdout, "{event}")?;
            return refuse(&text);
        }
        let cost_before = known.and_then(|text| text.trim().parse().ok()).unwrap_or(0.0);
        let has_key =
            ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"].into_iter().any(set);
        let mut dialect =
            Self { args, stdout, stderr, session, memory, cost_before, denied: Vec::new(), answers: 0 };
        if !has_key {
            let text = "Not logged in · Please run /login".to_owned();
            dialect.begin()?;
            let finish = Finish::Api { status: None, text, resets_at: None, refusal: false };
            return dialect.finish(&Usage::default(), finish).map(Err);
        }
        Ok(Ok(dialect))
    }

    fn event(&mut self, mut value: Value) -> io::Result<()> {
        value["session_id"] = self.session.clone().into();
        writeln!(self.stdout, "{value}")?;
        self.stdout.flush()
    }

    /// Prints one answer of the model.
    fn assistant(&mut self, content: &[Value]) -> io::Result<()> {
        if self.args.max_turns.is_some_and(|most| self.answers >= most) {
            // It is asked no more than that.
            return Ok(());
        }
        self.answers += 1;
        let id = format!("msg_sim{}", self.answers);
        let message = json!({
            "id": id, "role": "assistant", "model": self.model(), "content": content, "stop_reason": null,
            "usage": { "input_tokens": 1000, "output_tokens": 1, "cache_read_input_tokens": 0 }
        });
        self.event(json!({ "type": "assistant", "message": message, "parent_tool_use_id": null }))
    }

    fn model(&self) -> String {
        self.args.model.clone().unwrap_or("sim-model".to_owned())
    }

    fn result(&mut self, usage: &Usage, turns: u32, mut fields: Value) -> io::Result<()> {
        let total = self.cost_before + usage.cost_usd;
        if let Some(path) = &self.memory {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, total.to_string())?;
        }
        let models = json!({ self.model(): {
            "inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens, "cacheReadInputTokens": 0,
            "cacheCreationInputTokens": 0, "costUSD": usage.cost_usd
        } });
        let common = json!({
            "num_turns": turns, "total_cost_usd": total,
            "usage": { "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens },
            "modelUsage": models, "permission_denials": self.denied, "result_index": 0, "type": "result"
        });
        if let (Value::Object(fields), Value::Object(common)) = (&mut fields, common) {
            fields.extend(common);
        }
        self.event(fields)
    }
}

impl Dialect for Stream<'_> {
    fn begin(&mut self) -> io::Result<()> {
        let model = self.model();
        self.event(json!({
            "type": "system", "subtype": "init", "tools": ["Bash", "Edit", "Write"], "mcp_servers": [],
            "model": model, "permissionMode": "bypassPermissions", "claude_code_version": "0.0.0-sim"
        }))
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.assistant(&[json!({ "type": "text", "text": text })])
    }

    fn tool(&mut self, name: &str, input: &str) -> io::Result<bool> {
        let input = json!({ "command": input });
        self.assistant(&[json!({ "type": "tool_use", "id": "toolu_sim", "name": name, "input": input })])?;
        Ok(true)
    }

    fn deny(&mut self, tool: &str) -> io::Result<()> {
        self.denied.push(json!({ "tool_name": tool, "tool_use_id": "toolu_sim", "tool_input": {} }));
        let message = format!("{tool} was denied");
        self.event(json!({
            "type": "system", "subtype": "permission_denied", "tool_name": tool, "message": message
        }))
    }

    fn count(&mut self, usage: &Usage) -> io::Result<()> {
        // A turn that nothing was said in is an answer all the same.
        if usage.turns > self.answers { self.assistant(&[]) } else { Ok(()) }
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)?;
        self.stdout.flush()
    }

    fn limits(&self) -> (Option<u32>, Option<f64>) {
        (self.args.max_turns, self.args.budget_usd)
    }

    fn finish(&mut self, usage: &Usage, finish: Finish) -> io::Result<u8> {
        let turns = usage.turns;
        match finish {
            Finish::Done(report) => {
                let mut fields = json!({
                    "subtype": "success", "is_error": false, "terminal_reason": "completed",
                    "stop_reason": "end_turn", "api_error_status": null, "result": "done"
                });
                if let (Report::Object(value), true) = (report, self.args.schema.is_some()) {
                    fields["result"] = value.to_string().into();
                    fields["structured_output"] = value;
                }
                self.result(usage, turns, fields)?;
                Ok(0)
            }
            Finish::Exit { code, text, .. } => {
                writeln!(self.stderr, "{text}")?;
                Ok(code)
            }
            Finish::MaxTurns => {
                let most = self.args.max_turns.unwrap_or(turns);
                self.result(
                    usage,
                    most + 1,
                    json!({
                        "subtype": "error_max_turns", "is_error": true, "terminal_reason": "max_turns",
                        "errors": [format!("Reached maximum number of turns ({most})")]
                    }),
                )?;
                Ok(1)
            }
            Finish::Budget => {
                let most = self.args.budget_usd.unwrap_or_default();
                self.result(usage, turns, json!({
                    "subtype": "error_max_budget_usd", "is_error": true, "terminal_reason": "budget_exhausted",
                    "errors": [format!("Reached maximum budget (${most})")]
                }))?;
                Ok(1)
            }
            Finish::Api { status, text, resets_at, refusal } => {
                if let Some(moment) = resets_at {
                    let info =
                        json!({ "status": "rejected", "resetsAt": moment, "rateLimitType": "five_hour" });
                    self.event(json!({ "type": "rate_limit_event", "rate_limit_info": info }))?;
                }
                self.result(
                    usage,
                    turns,
                    json!({
                        "subtype": "success", "is_error": true, "terminal_reason": "api_error",
                        "stop_reason": if refusal { "refusal" } else { "stop_sequence" },
                        "api_error_status": status, "result": text
                    }),
                )?;
                Ok(1)
            }
        }
    }
}
