//! A directive: one thing to do.

use serde_json::Value;
use std::time::Duration;

/// A line of the script.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Directive {
    Write { path: String, text: String },
    Append { path: String, text: String },
    Delete { path: String },
    Commit { message: String },
    Git { arguments: Vec<String> },
    Say(String),
    Env(String),
    Turns(u32),
    Cost(f64),
    Work(Duration),
    Hang,
    Exit { code: u8, text: String },
    PrintMb(u64),
    LongLine(u64),
    InvalidUtf8,
    SpawnOrphan,
    TouchConfig,
    NoResult,
    RawResult(String),
    Result(Value),
    ApiError { status: u16, text: String },
    Limit { resets_at: i64, text: String },
    Refuse(String),
    Deny(String),
    Permission { kind: String, options: Vec<(String, String)> },
    Novelties,
    Gate(String),
}

impl Directive {
    /// Parses the text after `sim …:`.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let (word, rest) = split(line);
        let text = || unescape(rest);
        let number = || rest.parse::<u64>().map_err(|_| format!("`{word}` needs a number, not `{rest}`"));
        let (first, after) = split(rest);
        Ok(match word {
            "write" => Self::Write { path: first.to_owned(), text: unescape(after) },
            "append" => Self::Append { path: first.to_owned(), text: unescape(after) },
            "delete" => Self::Delete { path: first.to_owned() },
            "commit" => Self::Commit { message: text() },
            "git" => Self::Git { arguments: rest.split_whitespace().map(str::to_owned).collect() },
            "say" => Self::Say(text()),
            "env" => Self::Env(first.to_owned()),
            "turns" => Self::Turns(u32::try_from(number()?).map_err(|error| error.to_string())?),
            "cost" => Self::Cost(rest.parse().map_err(|_| format!("`cost` needs dollars, not `{rest}`"))?),
            "work" => Self::Work(duration(rest)?),
            "hang" => Self::Hang,
            "exit" => {
                let code = first.parse().map_err(|_| format!("`exit` needs a status, not `{first}`"))?;
                Self::Exit { code, text: unescape(after) }
            }
            "print-mb" => Self::PrintMb(number()?),
            "long-line" => Self::LongLine(number()?),
            "invalid-utf8" => Self::InvalidUtf8,
            "spawn-orphan" => Self::SpawnOrphan,
            "touch-config" => Self::TouchConfig,
            "no-result" => Self::NoResult,
            "raw-result" => Self::RawResult(text()),
            "result" => {
                Self::Result(serde_json::from_str(rest).map_err(|error| format!("`result`: {error}"))?)
            }
            "approve" => Self::outcome("approved", "feedback", text()),
            "reject" => Self::outcome("rejected", "feedback", text()),
            "ask" => Self::outcome("needs_input", "question", text()),
            "fail" => Self::outcome("failed", "reason", text()),
            "nothing" => Self::outcome("nothing", "reason", text()),
            "api-error" => {
                let status =
                    first.parse().map_err(|_| format!("`api-error` needs a status, not `{first}`"))?;
                Self::ApiError { status, text: unescape(after) }
            }
            "limit" => {
                let resets_at =
                    first.parse().map_err(|_| format!("`limit` needs a moment, not `{first}`"))?;
                Self::Limit { resets_at, text: unescape(after) }
            }
            "refuse" => Self::Refuse(text()),
            "deny" => Self::Deny(first.to_owned()),
            "permission" => {
                let option =
                    |word: &str| word.split_once(':').map(|(id, kind)| (id.to_owned(), kind.to_owned()));
                let options = after.split_whitespace().map(option).collect::<Option<Vec<_>>>();
                let options =
                    options.ok_or_else(|| format!("`permission` needs ID:KIND …, not `{after}`"))?;
                Self::Permission { kind: first.to_owned(), options }
            }
            "novelties" => Self::Novelties,
            "gate" => Self::Gate(text()),
            _ => return Err(format!("there is no `sim: {word}`")),
        })
    }

    fn outcome(word: &str, field: &str, text: String) -> Self {
        let mut object = serde_json::Map::new();
        object.insert("outcome".to_owned(), word.into());
        object.insert(field.to_owned(), text.into());
        Self::Result(Value::Object(object))
    }

    /// Returns whether it is the work itself, so that nothing is done by default.
    pub(super) const fn is_work(&self) -> bool {
        !matches!(
            self,
            Self::Say(_)
                | Self::Env(_)
                | Self::Turns(_)
                | Self::Cost(_)
                | Self::Work(_)
                | Self::PrintMb(_)
                | Self::LongLine(_)
                | Self::InvalidUtf8
                | Self::SpawnOrphan
                | Self::TouchConfig
                | Self::NoResult
                | Self::RawResult(_)
                | Self::Deny(_)
                | Self::Permission { .. }
                | Self::Novelties
                | Self::Gate(_)
        )
    }
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(first, rest)| (first, rest.trim()))
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n")
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`work` needs a time such as 300ms or 2s, not `{text}`");
    let (number, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 1000),
        (None, None) => return Err(wrong()),
    };
    Ok(Duration::from_millis(number.trim().parse::<u64>().map_err(|_| wrong())? * unit))
}
