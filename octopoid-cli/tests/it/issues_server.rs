//! A GitHub on the loopback that keeps issues, and hands them out page by page.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What goes wrong with every call until it is mended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Trouble {
    Status(u16),
    RateLimit,
    Nonsense,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) issues: Vec<Value>,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) calls: Vec<String>,
    /// The longest page, whatever is asked for; none as GitHub has it.
    pub(crate) page: Option<usize>,
    pub(crate) unchanged: usize,
}

pub(crate) struct Github {
    pub(crate) url: String,
    pub(crate) world: Arc<Mutex<World>>,
}

impl Github {
    pub(crate) fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(World::default()));
        let (served, address) = (world.clone(), url.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A caller that was stopped while it asked is no trouble of the server's.
                let _ = stream.and_then(|stream| answer(stream, &served, &address));
            }
        });
        Self { url, world }
    }

    /// Opens an issue with labels; gives its number.
    pub(crate) fn open(&self, title: &str, body: Value, labels: &[&str]) -> usize {
        let mut world = self.world.lock().unwrap();
        let number = world.issues.len() + 1;
        let labels: Vec<_> = labels.iter().map(|name| json!({ "name": name })).collect();
        world.issues.push(json!({
            "number": number, "title": title, "body": body, "state": "open", "labels": labels,
            "html_url": format!("https://github.com/acme/tool/issues/{number}"), "user": { "login": "octocat" },
        }));
        number
    }

    pub(crate) fn change(&self, number: usize, change: impl FnOnce(&mut Value)) {
        change(&mut self.world.lock().unwrap().issues[number - 1]);
    }

    pub(crate) fn trouble(&self, trouble: Option<Trouble>) {
        self.world.lock().unwrap().trouble = trouble;
    }
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

fn answer(stream: TcpStream, world: &Mutex<World>, address: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut world = world.lock().unwrap();
    world.calls.push(target.clone());
    let trusted = headers.get("authorization").is_some_and(|key| key == "Bearer secret-token");
    let mut reply = match world.trouble {
        _ if !trusted => refusal(401, "Bad credentials"),
        Some(Trouble::Status(status)) => refusal(status, "It is as it is"),
        Some(Trouble::RateLimit) => {
            let mut reply = refusal(429, "API rate limit exceeded");
            reply.headers.push(("Retry-After", "60".to_owned()));
            reply
        }
        Some(Trouble::Nonsense) => Reply { status: 200, headers: Vec::new(), body: "<html>".to_owned() },
        None => listing(&world, &target, address),
    };
    let mut hasher = DefaultHasher::new();
    (&reply.body, &reply.headers).hash(&mut hasher);
    let version = format!("\"{:x}\"", hasher.finish());
    if headers.get("if-none-match") == Some(&version) {
        world.unchanged += 1;
        // As GitHub does: without the addresses of other pages.
        reply = Reply { status: 304, headers: Vec::new(), body: String::new() };
    }
    reply.headers.push(("ETag", version));
    let mut head = format!(
        "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    (&stream).write_all(format!("{head}\r\n{}", reply.body).as_bytes())
}

fn refusal(status: u16, message: &str) -> Reply {
    Reply { status, headers: Vec::new(), body: json!({ "message": message }).to_string() }
}

fn listing(world: &World, target: &str, address: &str) -> Reply {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != "/repos/acme/tool/issues" {
        return refusal(404, "Not Found");
    }
    let query: BTreeMap<_, _> = query.split('&').filter_map(|part| part.split_once('=')).collect();
    let number = |name: &str, default: usize| query.get(name).map_or(default, |text| text.parse().unwrap());
    let size = number("per_page", 30).min(world.page.unwrap_or(100));
    let wanted = |issue: &&Value| {
        let labels = issue["labels"].as_array().unwrap();
        query.get("state").is_none_or(|state| issue["state"] == **state)
            && query.get("labels").is_none_or(|label| labels.iter().any(|known| known["name"] == **label))
    };
    let all: Vec<_> = world.issues.iter().filter(wanted).collect();
    let page = number("page", 1);
    let part: Vec<_> = all.iter().skip((page - 1) * size).take(size).collect();
    let mut headers = Vec::new();
    if page * size < all.len() {
        let rest: Vec<_> =
            query.iter().filter(|(name, _)| **name != "page").map(|(n, v)| format!("{n}={v}")).collect();
        let next = format!("<{address}{path}?{}&page={}>; rel=\"next\"", rest.join("&"), page + 1);
        headers.push(("Link", next));
    }
    Reply { status: 200, headers, body: json!(part).to_string() }
}
