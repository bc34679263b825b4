//! The web dashboard as people start it: `dashboard --web`, `start --dashboard`, `serve`.

use crate::place::{Place, Running};
use crate::server::serve;
use nix::sys::signal::Signal;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;

/// A browser, as far as it keeps a cookie and follows no link by itself.
struct Browser {
    client: Client,
    cookie: Option<String>,
}

impl Browser {
    fn new() -> Self {
        // No connection is encrypted, but a client wants to know how one would be.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        Self { client: Client::builder().redirect(Policy::none()).build().unwrap(), cookie: None }
    }

    fn get(&self, url: &str) -> Response {
        let request = self.client.get(url).header(ACCEPT, "text/html,*/*");
        let cookie = self.cookie.iter();
        cookie.fold(request, |request, cookie| request.header(COOKIE, cookie)).send().unwrap()
    }

    /// Follows a one-time link.
    fn enter(&mut self, url: &str) {
        let answer = self.get(url);
        assert_eq!((answer.status().as_u16(), &answer.headers()[LOCATION]), (303, &"/".parse().unwrap()));
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }

    fn page(&self, url: &str) -> String {
        let answer = self.get(url);
        assert_eq!(answer.status(), 200, "{url}");
        answer.text().unwrap()
    }

    fn post(&self, url: &str, fields: &[(&str, &str)]) -> u16 {
        let page = self.page(&format!("{}/", base(url)));
        let csrf = page.split("data-csrf=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        let cookie = self.cookie.clone().unwrap();
        self.client.post(url).header(COOKIE, cookie).form(&fields).send().unwrap().status().as_u16()
    }
}

/// Returns the scheme and the host of an address.
fn base(url: &str) -> &str {
    let end = url.match_indices('/').nth(2).map_or(url.len(), |(end, _)| end);
    &url[..end]
}

/// Returns the link that a command prints.
fn link(running: &mut Running) -> String {
    running.until("/enter?token=").split_whitespace().last().unwrap().to_owned()
}

#[test]
fn the_dashboard_is_opened_by_the_link_that_is_printed() {
    let place = Place::initialised();
    let id = place.enqueue(&["Add a flag"]);
    let mut running = place.start(&["dashboard", "--web"]);
    let link = link(&mut running);
    assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    let mut browser = Browser::new();
    assert_eq!(browser.get(&format!("{}/", base(&link))).status(), 303);
    browser.enter(&link);
    assert_eq!(browser.get(&link).status(), 403, "it works once");
    let page = browser.page(&format!("{}/", base(&link)));
    assert!(page.contains("Add a flag") && page.contains("no orchestrator runs"), "{page}");
    let status = browser.post(&format!("{}/tasks/{id}/decide", base(&link)), &[("do", "cancel")]);
    assert_eq!((status, place.queue(&id).as_str()), (303, "failed"));
    running.signal(Signal::SIGTERM);
    assert!(running.end().0.success());
}

#[test]
fn the_orchestrator_serves_the_dashboard_while_it_runs() {
    let place = Place::initialised();
    let mut running = place.start(&["start", "--dashboard"]);
    let link = link(&mut running);
    let mut browser = Browser::new();
    browser.enter(&link);
    // Its status is there a moment after the link.
    let begun = std::time::Instant::now();
    loop {
        let page = browser.page(&format!("{}/machines", base(&link)));
        if page.contains("This machine") && page.contains("running") {
            break;
        }
        assert!(begun.elapsed().as_secs() < 20, "{page}");
    }
    running.signal(Signal::SIGTERM);
    assert!(running.end().0.success());
}

#[test]
fn i39_the_link_of_a_background_process_is_printed_and_in_no_file() {
    let place = Place::initialised();
    let started = place.json(&["start", "--daemon", "--dashboard"]);
    let url = started["dashboard"].as_str().unwrap().to_owned();
    let token = url.split_once("token=").unwrap().1;
    let found =
        std::process::Command::new("grep").args(["-r", "-l", token]).arg(place.path()).output().unwrap();
    let mut browser = Browser::new();
    browser.enter(&url);
    let page = browser.page(&format!("{}/", base(&url)));
    place.run(&["stop"]).ok();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    assert!(page.contains("The queue is empty"), "{page}");
}

#[test]
fn i39_a_run_gets_no_link() {
    let place = Place::initialised();
    let call = place.path().join(".octopoid/runtime/runs/task-1.1/call-1");
    let refused = place.run_with_env(&["dashboard", "--web"], &[("OCTOPOID_CALL", call.to_str().unwrap())]);
    let refused = refused.refused(5, "needs a person", "an agent cannot decide");
    assert!(!refused.stdout.contains("token="));
}

#[test]
fn a_server_shows_browsers_the_dashboard_and_programs_what_it_is() {
    let place = Place::empty();
    let key = |more: &[&str]| {
        let arguments = [&["key", "create", "--database", "queue.db"], more].concat();
        place.run(&arguments).ok().stdout.lines().next().unwrap().to_owned()
    };
    let (writer, reader) = (key(&[]), key(&["--read-only"]));
    let (_server, url) = serve(&place, &[]);
    let mut browser = Browser::new();
    let program: serde_json::Value = browser.client.get(format!("{url}/")).send().unwrap().json().unwrap();
    assert_eq!(program["name"], "Octopoid Server");
    assert_eq!(browser.get(&format!("{url}/")).headers()[LOCATION], "/sign-in?next=%2F");
    let mut sign_in = |key: &str| {
        let fields = [("name", "Ada"), ("key", key), ("next", "/costs")];
        let answer = browser.client.post(format!("{url}/sign-in")).form(&fields).send().unwrap();
        if let Some(cookie) = answer.headers().get(SET_COOKIE) {
            browser.cookie = Some(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        answer.status().as_u16()
    };
    assert_eq!(sign_in("oct_wrong"), 403);
    assert_eq!(sign_in(&writer), 303);
    let fields = [("title", "From a browser"), ("description", "Do it.")];
    assert_eq!(browser.post(&format!("{url}/tasks"), &fields), 303);
    assert!(browser.page(&format!("{url}/")).contains("From a browser"));
    let mut sign_in = |key: &str| {
        let answer = browser
            .client
            .post(format!("{url}/sign-in"))
            .form(&[("name", "Eve"), ("key", key)])
            .send()
            .unwrap();
        browser.cookie =
            Some(answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned());
    };
    sign_in(&reader);
    assert!(browser.page(&format!("{url}/")).contains("From a browser"));
    assert_eq!(browser.post(&format!("{url}/tasks"), &fields), 403);
}
