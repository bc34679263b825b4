//! The pages in a real browser: headless Chromium, driven by WebDriver.

mod chromium;
mod desk;
mod live;
mod scriptless;

use crate::place::Place;
use chromium::{Browser, Driver};
use octopoid_core::model::Scope;
use octopoid_web::Viewer;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A dashboard that browsers can reach, and their driver.
struct Desk {
    place: Place,
    address: SocketAddr,
    serving: JoinHandle<()>,
    driver: Driver,
}

impl Desk {
    /// Serves a dashboard; none where there is no browser, which is said.
    async fn open(test: &str) -> Option<Self> {
        let driver = Driver::start(test).await?;
        let place = Place::signed_in().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = serve(&place, listener);
        Some(Self { place, address, serving, driver })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A browser in which somebody is signed in, on a page.
    async fn browser(&self, name: &str, path: &str) -> Browser {
        self.enter(self.driver.browser(true).await, name, path).await
    }

    /// The same, without JavaScript.
    async fn browser_without_scripts(&self, name: &str, path: &str) -> Browser {
        self.enter(self.driver.browser(false).await, name, path).await
    }

    async fn enter(&self, browser: Browser, name: &str, path: &str) -> Browser {
        let link = self.place.dashboard.one_time_link(Viewer::new(name, Scope::single()));
        browser.client.goto(&self.url(&link)).await.unwrap();
        browser.client.goto(&self.url(path)).await.unwrap();
        browser
    }

    /// Cuts all connections and refuses new ones.
    async fn go_away(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    /// Answers again, at the same address.
    async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serving = serve(&self.place, listener);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Serves each connection in a task that ends with this one.
fn serve(place: &Place, listener: TcpListener) -> JoinHandle<()> {
    let router = place.router.clone();
    tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            connections.spawn(async move {
                let io = hyper_util::rt::TokioIo::new(stream);
                let server =
                    hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
                // A browser that goes away is no failure.
                let _ = server.serve_connection(io, service).await;
            });
        }
    })
}
