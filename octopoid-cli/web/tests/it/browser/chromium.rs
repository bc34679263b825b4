//! Chromium and its driver.

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a browser may take to show something.
const PATIENCE: Duration = Duration::from_secs(20);

/// Process of `chromedriver`, which is ended with this.
pub(super) struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts the driver; none where it or Chromium is not installed, which is said.
    pub(super) async fn start(test: &str) -> Option<Self> {
        let has = |program: &str| {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        if !has("chromedriver") || !(has("chromium") || has("google-chrome")) {
            // The harness would swallow what is printed by a macro.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED {test}: it needs the programs chromium and chromedriver"
            );
            return None;
        }
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = tokio::task::spawn_blocking(move || {
            let started = lines.map_while(Result::ok).find(|line| line.contains("successfully on port"));
            started?.rsplit(' ').next()?.trim_end_matches('.').parse().ok()
        });
        let port = port.await.unwrap().expect("the port of chromedriver");
        Some(Self { process, port })
    }

    /// Opens a browser of its own, with or without JavaScript.
    pub(super) async fn browser(&self, scripts: bool) -> Browser {
        let setting = if scripts { 1 } else { 2 };
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"],
            "prefs": { "profile.managed_default_content_settings.javascript": setting },
        });
        let capabilities = json!({ "goog:chromeOptions": options, "unhandledPromptBehavior": "ignore" });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("a session of chromium");
        Browser { client }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One browser.
pub(super) struct Browser {
    pub(super) client: Client,
}

impl Browser {
    /// Returns what a script gives.
    pub(super) async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until a script gives `true`.
    pub(super) async fn until(&self, condition: &str) {
        let begun = Instant::now();
        loop {
            // A page that is being left answers nothing.
            let found: Result<Value, CmdError> =
                self.client.execute(&format!("return Boolean({condition})"), Vec::new()).await;
            if matches!(found, Ok(Value::Bool(true))) {
                return;
            }
            if begun.elapsed() > PATIENCE {
                let source = self.client.source().await.unwrap_or_default();
                panic!("not seen in time: {condition} in {source}");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until the page hears of news.
    pub(super) async fn is_live(&self) {
        self.until("document.body.dataset.live === 'live'").await;
    }

    /// Waits until the browser is at an address that begins so, and the page there is ready for keys.
    pub(super) async fn is_at(&self, address: &str) {
        self.until(&format!(
            "(location.pathname + location.search).startsWith('{address}') && document.readyState === 'complete'"
        ))
        .await;
    }

    /// Waits until the page has a text in its source, without a script: a form that was just sent may still be under way.
    pub(super) async fn until_source_has(&self, part: &str) {
        let begun = Instant::now();
        loop {
            let source = self.client.source().await.unwrap_or_default();
            if source.contains(part) {
                return;
            }
            assert!(begun.elapsed() <= PATIENCE, "there is no {part:?} in {source}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits for an element, which may be on a page that is still being loaded.
    async fn element(&self, selector: &str) -> Element {
        self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await.unwrap()
    }

    pub(super) async fn click(&self, selector: &str) {
        self.element(selector).await.click().await.unwrap();
    }

    pub(super) async fn type_into(&self, selector: &str, text: &str) {
        self.element(selector).await.send_keys(text).await.unwrap();
    }

    /// Presses keys where the focus is.
    pub(super) async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    pub(super) async fn close(self) {
        self.client.close().await.unwrap();
    }
}
