//! Reading an original's server.

use super::row::Row;
use super::source::{Draft, Message, Project, Source, Task};
use crate::error::{CliError, Result, with_causes};
use reqwest::StatusCode;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_rustls::rustls::crypto::ring;

/// The rows of a page, the most that it gives of tasks.
const PAGE: u64 = 500;
/// The most pages of a list; more of them is an answer that makes no sense.
const PAGES: u64 = 10_000;
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Which server, and which of its queues.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) key: Option<String>,
    pub(crate) scope: String,
}

/// Reads everything of a scope.
pub(crate) async fn read_server(address: &Address) -> Result<Source> {
    let _ = ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(TIMEOUT).build();
    let http = http.map_err(|error| CliError::failure(format!("cannot prepare: {}", with_causes(&error))))?;
    let server = Server { http, address };
    let mut source = Source { name: address.url.clone(), ..Source::default() };
    let rows = server.list("projects", true, &mut source).await?;
    source.projects = take(rows, Project::of, "project", &mut source);
    let rows = server.list("tasks", true, &mut source).await?;
    source.tasks = take(rows, Task::of, "task", &mut source);
    let rows = server.list("drafts", true, &mut source).await?;
    source.drafts = take(rows, Draft::of, "draft", &mut source);
    // The first servers have none.
    let rows = server.list("messages", false, &mut source).await?;
    source.messages = take(rows, Message::of, "message", &mut source);
    Ok(source)
}

/// The rows that can be read; the others are named.
fn take<T>(rows: Vec<Row>, read: impl Fn(&Row) -> Option<T>, what: &str, source: &mut Source) -> Vec<T> {
    let mut taken = Vec::new();
    for row in rows {
        match read(&row) {
            Some(one) => taken.push(one),
            None => {
                let name = row.text("id").unwrap_or_else(|| "without an id".to_owned());
                source.skip(format!("{what} {name}"), "it lacks what it needs, such as its text");
            }
        }
    }
    taken
}

struct Server<'a> {
    http: reqwest::Client,
    address: &'a Address,
}

impl Server<'_> {
    /// Reads a list to its end, each row once: rows move between pages while others write.
    async fn list(&self, name: &str, needed: bool, source: &mut Source) -> Result<Vec<Row>> {
        let (mut rows, mut seen, mut offset, mut total) = (Vec::new(), BTreeSet::new(), 0, 0);
        for _ in 0..PAGES {
            let Some(page) = self.page(name, offset, needed).await? else {
                source.skip(name, "the server has no such list");
                return Ok(rows);
            };
            let Some(Value::Array(items)) = page.get(name) else {
                return Err(self.unusable(&format!("its list of {name} has none")));
            };
            if items.is_empty() {
                break;
            }
            offset += items.len() as u64;
            for item in items {
                let Value::Object(row) = item else { continue };
                let row = Row(row.clone());
                if seen.insert(row.text("id")) {
                    rows.push(row);
                }
            }
            total = page.get("total").and_then(Value::as_u64).unwrap_or(offset);
            if offset >= total {
                break;
            }
        }
        let missing = total.saturating_sub(rows.len() as u64);
        if missing > 0 {
            source.skip(format!("{missing} {name}"), "the list changed while it was read; import again");
        }
        Ok(rows)
    }

    /// Reads one page; none where there is no such list and it is not needed.
    async fn page(&self, name: &str, offset: u64, needed: bool) -> Result<Option<Value>> {
        let url = format!("{}/api/v1/{name}", self.address.url);
        let (limit, offset) = (PAGE.to_string(), offset.to_string());
        let query = [("scope", self.address.scope.as_str()), ("limit", &limit), ("offset", &offset)];
        let mut request = self.http.get(&url).query(&query);
        if let Some(key) = &self.address.key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.map_err(|error| {
            CliError::unavailable(format!("cannot reach {url}: {}", with_causes(&error)))
                .hint("is the address right, and does the server run?")
        })?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| self.unusable(&with_causes(&error)))?;
        let body: Option<Value> = serde_json::from_str(&text).ok();
        if status.is_success() {
            return body.map(Some).ok_or_else(|| self.unusable("it answers with something else than JSON"));
        }
        if status == StatusCode::NOT_FOUND && !needed {
            return Ok(None);
        }
        let said = |name: &str| body.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let words =
            said("error").or_else(|| said("detail")).unwrap_or_else(|| "it does not say why".to_owned());
        let error = CliError::refused(format!("the server refuses {url} ({}): {words}", status.as_u16()));
        Err(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                error.hint("give the key of the scope with --key-file, and the scope with --scope")
            }
            _ => error.hint("is it the address of an Octopoid server, without a path?"),
        })
    }

    fn unusable(&self, why: &str) -> CliError {
        CliError::failure(format!("{} gives no usable answer: {why}", self.address.url))
            .hint("is it the address of an Octopoid server, without a path?")
    }
}
